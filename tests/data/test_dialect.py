"""A CSV file is read as it was written: its delimiter, its encoding, and remarks above its header."""

from dataclasses import replace

import pytest

from finetooth.config.data import CsvConfig
from finetooth.data.dialect import Dialect, sniff
from finetooth.data.open_table import open_table


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("a,b\n1,x\n2,y\n", Dialect()),
        ("a;b\n1,5;x\n2,5;y\n", Dialect(";")),
        ("a\tb\n1\tx, y\n2\tz\n", Dialect("\t")),
        ("a|b\n1|x\n", Dialect("|")),
        ("a,b\n1,x;y\n2,p;q\n", Dialect()),
        ('a,b\n1,"one;two,\nthree"\n', Dialect()),
        ("a\n1\n2\n", Dialect()),
        ("# made by a machine\n# on a day\na,b\n1,2\n", Dialect(skipped=2)),
        ("#id,b\n1,2\n", Dialect()),
        ("a;b\n", Dialect(";")),
        ("Sales\n\nname;paid\nx;1\ny;2\nz;3\nu;4\nv;5\n", Dialect(";", skipped=2)),
        ("x\n1,5\n2,5\n3,5\n4,5\n5,5\n6,5\n", Dialect(",")),
        ("a,b\n1\n", Dialect()),
    ],
)
def test_the_dialect_of_a_file(tmp_path, text, dialect):
    (tmp_path / "t.csv").write_text(text)
    assert replace(sniff(tmp_path / "t.csv", CsvConfig()), header=()) == dialect


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"a;b;c\n1,5;x;37%\n2,25;n/a;4%\n", "the table is read as a CSV file with fields parted by semicolons."),
        (
            "a\tb\tc\n1.5\tx\t37%\n2.25\tn/a\t4%\n".encode("utf-16"),
            "the table is read as a CSV file with fields parted by tabs, encoded as UTF-16.",
        ),
        (
            b"# one\n# two\na,b,c\n1.5,x,37%\n2.25,n/a,4%\n",
            "the table is read as a CSV file with 2 lines above the header left out.",
        ),
    ],
)
def test_the_same_table_in_other_dialects(tmp_path, content, note):
    (tmp_path / "t.csv").write_bytes(content)
    with open_table(str(tmp_path / "t.csv")) as table:
        columns = {name: table.read(name).to_pylist() for name in table.schema.names}
        assert (columns, table.note) == ({"a": [1.5, 2.25], "b": ["x", "n/a"], "c": [0.37, 0.04]}, note)
