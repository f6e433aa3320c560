"""Reading tables: every form gives the same table, and every file that cannot be read gives one line."""

import gzip
from decimal import Decimal

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finetooth.data.open_table import open_table
from finetooth.data.source import stem
from finetooth.errors import InputError

FRAME = pd.DataFrame({"city": ["Oslo", None, "Zürich"], "age": [31, 64, 5], "height": [1.5, None, 0.9]})
TEXT = "city,age,height\nOslo,31,1.5\n,64,\nZürich,5,0.9\n"


def read(url):
    """The whole table at a place, and its fingerprint."""
    with open_table(url) as table:
        arrays = [table.read(name).combine_chunks() for name in table.schema.names]
        found = pa.Table.from_arrays(arrays, schema=table.schema)
        assert found.num_rows == table.rows
        return found, table.fingerprint


def write_gzip(path):
    path.write_bytes(gzip.compress(TEXT.encode()))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("table.csv", lambda path: path.write_text(TEXT, encoding="utf-8")),
        ("table.csv.gz", write_gzip),
        ("table.parquet", FRAME.to_parquet),
        ("table.pq", FRAME.to_parquet),
    ],
)
def test_every_format_and_url_gives_the_same_table(tmp_path, name, write):
    path = tmp_path / name
    write(path)
    with fsspec.open(f"memory://folder/{name}", "wb") as copy:
        copy.write(path.read_bytes())
    urls = [str(path), path.as_uri(), f"memory://folder/{name}"]
    found = [read(url) for url in urls]
    for table, fingerprint in found:
        assert table.to_pylist() == pa.Table.from_pandas(FRAME, preserve_index=False).to_pylist()
        assert fingerprint == found[0][1]


def test_the_fingerprint_follows_the_content_and_not_the_name(tmp_path):
    for name, text in [("a.csv", TEXT), ("b.csv", TEXT), ("c.csv", TEXT + "Bern,7,1.2\n")]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    a, b, c = (read(str(tmp_path / name))[1] for name in ("a.csv", "b.csv", "c.csv"))
    assert (a == b, a == c) == (True, False)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("breast_cancer", (569, 31)),
        ("diabetes", (442, 11)),
        ("digits", (1797, 65)),
        ("iris", (150, 5)),
        ("wine", (178, 14)),
    ],
)
def test_bundled_tables_come_with_a_target_and_the_same_fingerprint_each_time(name, shape):
    table, fingerprint = read(f"sklearn:{name}")
    assert (table.shape, table.column_names[-1]) == (shape, "target")
    assert read(f"sklearn:{name}")[1] == fingerprint


@pytest.mark.parametrize(
    ("first", "last", "kind", "value"),
    [
        ("1", "1.5", pa.float64(), 1.5),
        ("1", "x", pa.float64(), None),
        ("1.5", "x", pa.float64(), None),
        ("true", "maybe", pa.bool_(), None),
        ("2024-01-01", "soon", pa.timestamp("us"), None),
        ("", "7", pa.int64(), 7),
        ("1", "99999999999999999999", pa.float64(), 1e20),
    ],
)
def test_a_column_whose_type_breaks_far_below_is_widened(tmp_path, first, last, kind, value):
    path = tmp_path / "long.csv"  # longer than two blocks of a megabyte, in which types could be inferred apart
    path.write_text("wide,padding\n" + f"{first},{'p' * 60}\n" * 40_000 + f"{last},p\n")
    column = read(str(path))[0]["wide"]
    assert (column.type, column[-1].as_py()) == (kind, value)


@pytest.mark.parametrize("gap", ["?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "n/a", "-", "<NA>"])
def test_the_usual_words_for_missing_are_missing_among_numbers_and_dates_and_words_among_words(tmp_path, gap):
    path = tmp_path / "gaps.csv"
    path.write_text(f"text,number,day\na,1,2024-01-31\n{gap},{gap},{gap}\n")
    columns = read(str(path))[0].to_pydict()
    assert (columns["text"], columns["number"]) == (["a", gap], [1, None])
    assert [value is None for value in columns["day"]] == [False, True]


@pytest.mark.parametrize("gap", ["", '""', " "])
def test_an_empty_field_is_missing_whatever_the_column_holds(tmp_path, gap):
    path = tmp_path / "gaps.csv"
    path.write_text(f"text,number,day,pad\na,1,2024-01-31,p\n{gap},{gap},{gap},p\n")
    columns = read(str(path))[0].to_pydict()
    assert [columns[name][1] for name in ("text", "number", "day")] == [None, None, None]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    path = tmp_path / "bom.csv"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert read(str(path))[0].column_names == ["city", "age", "height"]


def test_line_breaks_in_quotes_belong_to_the_value(tmp_path):
    path = tmp_path / "breaks.csv"
    path.write_text('a,b\n"one\ntwo",1\n')
    assert read(str(path))[0].to_pydict() == {"a": ["one\ntwo"], "b": [1]}


def test_decimals_of_a_parquet_file_are_numbers(tmp_path):
    path = tmp_path / "money.parquet"
    pq.write_table(pa.table({"price": [Decimal("1.25"), None], "n": [1, 2]}), path)
    table = read(str(path))[0]
    assert (table.schema.types, table.to_pydict()) == (
        [pa.float64(), pa.int64()],
        {"price": [1.25, None], "n": [1, 2]},
    )


LATIN = (
    "the table must be encoded as UTF-8 or as declared; {path} is not; save it again as UTF-8, or name its encoding, such "
    "as --set data.csv.encoding=latin-1."
)
NO_ROWS = "the table must have rows; {path} has a header and none below it."
UNREADABLE = "the table must be a readable CSV, CSV.gz or Parquet file; {path}: "
LATE = b"name,n\n" + b"plain,1\n" * 150_000 + b"caf\x81,1\n"  # a byte that no letter of cp1252 has
NO_TABLES = {
    "empty": ("empty.csv", b"", "the table must have rows; {path} is an empty file."),
    "header": ("header.csv", b"a,b\n", NO_ROWS),
    "header without an end": ("header.csv", b"a,b", UNREADABLE),
    "blank": ("blank.csv", b"\n\n", UNREADABLE),
    "twice": ("twice.csv", b"a,b,a\n1,2,3\n", "column names must differ; {path} has 'a' more than once; rename one."),
    "latin value": ("value.csv", b"name,n\ncaf\x81,1\n", LATIN),
    "latin name": ("header.csv", b"caf\x81,n\nx,1\n", LATIN),
    "latin far below": ("late.csv", LATE, LATIN),
    "ragged": ("ragged.csv", b"a,b\n1,2\n1,2,3\n", UNREADABLE),
    "broken parquet": ("broken.parquet", b"PAR1 and no more", UNREADABLE),
    "broken gzip": ("broken.csv.gz", b"no gzip at all", UNREADABLE),
    "cut gzip": ("cut.csv.gz", gzip.compress(TEXT.encode(), mtime=0)[:-12], UNREADABLE),
}


@pytest.mark.parametrize("case", NO_TABLES)
def test_a_file_that_is_no_table_gives_one_line(tmp_path, case):
    name, content, message = NO_TABLES[case]
    path = tmp_path / name
    path.write_bytes(content)
    said = error_of(str(path))
    expected = message.format(path=path)
    assert said.startswith(expected) if message == UNREADABLE else said == expected


def test_columns_of_lists_give_one_line(tmp_path):
    path = tmp_path / "nested.parquet"
    pq.write_table(pa.table({"tags": [["a"], ["b", "c"]], "n": [1, 2]}), path)
    assert error_of(str(path)).startswith(f"each column must hold plain values; 'tags' of {path} holds list<")


def test_a_missing_file_names_the_nearest_one(tmp_path):
    (tmp_path / "adult.csv").write_text("a\n1\n")
    assert error_of(str(tmp_path / "adlt.csv")) == (
        f"file 'adlt.csv' must exist in '{tmp_path}'; it has: adult.csv. Did you mean 'adult.csv'?"
    )


def test_a_missing_folder_is_named(tmp_path):
    assert error_of(str(tmp_path / "no" / "adult.csv")).startswith(
        f"file 'adult.csv' must exist in '{tmp_path / 'no'}'"
    )


def test_an_unknown_bundled_table_names_the_nearest_one():
    assert error_of("sklearn:iriss") == (
        "table 'iriss' must exist in the tables that ship with scikit-learn; it has: breast_cancer, diabetes, digits, "
        "iris, wine. Did you mean 'iris'?"
    )


def test_a_folder_is_no_table(tmp_path):
    said = f"the table must be a file; got the folder {tmp_path}; name a CSV or Parquet file in it."
    assert error_of(str(tmp_path)) == said
    assert error_of(tmp_path.as_uri()).startswith(f"the table must be readable; {tmp_path.as_uri()} answered ")


@pytest.mark.parametrize("url", ["memory://none.csv", "file:///no/such/file.csv", "unheard://of/table.csv"])
def test_a_url_that_gives_nothing_says_what_answered(url):
    assert error_of(url).startswith(f"the table must be readable; {url} answered ")


class DeniedError(Exception):
    """What a storage library of its own kind raises: neither an `OSError` nor a `ValueError`."""


def test_an_error_of_a_storage_library_gives_one_line(monkeypatch):
    def denied(*_args, **_named):
        raise DeniedError("403\nno such key")

    monkeypatch.setattr(fsspec, "open", denied)
    url = "s3://bucket/table.csv"
    assert error_of(url) == f"the table must be readable; {url} answered DeniedError: 403 no such key"


def test_a_parquet_file_that_breaks_off_in_a_column_gives_one_line(tmp_path):
    path = tmp_path / "torn.parquet"
    FRAME.to_parquet(path, compression=None)
    content = bytearray(path.read_bytes())
    content[4:40] = bytes(36)  # the first pages, long before the footer
    path.write_bytes(content)
    assert error_of(str(path)).startswith(UNREADABLE.format(path=path))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("data/adult.csv.gz", "adult"),
        ("sklearn:iris", "iris"),
        ("s3://bucket/my table.parquet", "my-table"),
        ("memory://x/", "x"),
        ("???", "table"),
    ],
)
def test_a_run_is_named_after_its_table(url, name):
    assert stem(url) == name


def error_of(url):
    with pytest.raises(InputError) as caught:
        read(url)
    said = str(caught.value)
    assert (caught.value.exit_code, "\n" in said) == (2, False)
    return said
