"""What was declared for the table that a model learned from holds for every later one, from a file or a frame."""

import numpy as np
import pandas as pd
import pytest

from finetooth.config.data import CsvConfig, DataConfig
from finetooth.data import later_table
from finetooth.data.declared import declarations
from finetooth.data.open_table import open_table
from finetooth.data.schema import encode_table, infer
from finetooth.errors import InputError

N = 40
NAIVE = pd.Timestamp("2021-07-01 12:00")
FRAME = pd.DataFrame(
    {
        "income": [1200, -999, 3400, 2] * (N // 4),
        "size": ["low", "high", "medium", "unsaid"] * (N // 4),
        "local": [f"2021-07-{day:02d} 12:00" for day in (1, 2, 3, 4)] * (N // 4),
        "seen": [1_600_000_000 + 86_400 * k for k in range(4)] * (N // 4),
        "when": ["03/04/2021", "05/06/2021", "07/08/2021", "09/10/2021"] * (N // 4),
        "amount": ["1.234", "5.678", "9.012", "3.456"] * (N // 4),
        "code": [1, 2, 3, 1] * (N // 4),
    }
)
DATA = DataConfig(
    types={
        "size": ["low", "medium", "high"],
        "local": "date Europe/Berlin",
        "seen": "date epoch",
        "when": "date day-first",
        "amount": "number decimal-comma",
        "code": "category",
    },
    missing={"income": -999, "size": "unsaid"},
)


def learned(path, data=DATA):
    with open_table(str(path), declarations(data)) as table:
        frame = pd.DataFrame({name: table.read(name).to_pandas() for name in table.schema.names})
        schema = infer(frame.items(), table.readings)
    return schema, frame


@pytest.fixture(params=["csv", "parquet"])
def path(tmp_path, request):
    place = tmp_path / f"t.{request.param}"
    FRAME.to_csv(place, index=False) if request.param == "csv" else FRAME.to_parquet(place)
    return place


def test_columns_are_read_as_they_are_declared(path):
    schema, frame = learned(path)
    kinds = {column.name: column.kind for column in schema.columns}
    assert kinds == {
        "income": "number",
        "size": "ordinal",
        "local": "date",
        "seen": "date",
        "when": "date",
        "amount": "number",
        "code": "category",
    }
    first = frame.iloc[0].to_dict()
    assert first == {
        "income": 1200,
        "size": "low",
        "local": pd.Timestamp("2021-07-01 10:00"),
        "seen": pd.Timestamp("2020-09-13 12:26:40"),
        "when": pd.Timestamp("2021-04-03"),
        "amount": 1234,
        "code": "1",
    }
    assert frame[["income", "size"]].isna().sum().tolist() == [N // 4, N // 4]


@pytest.mark.parametrize("form", ["the file", "csv", "parquet", "frame", "frame of moments"])
def test_a_later_table_means_what_the_first_one_meant(path, tmp_path, form):
    schema, frame = learned(path)
    expected = encode_table(schema, frame)
    if form == "the file":
        later = later_table.read_table(str(path), schema)
    elif form.startswith("frame"):
        later = FRAME.assign(local=pd.to_datetime(FRAME["local"])) if form == "frame of moments" else FRAME
    else:
        other = tmp_path / f"later.{form}"
        FRAME.to_csv(other, index=False) if form == "csv" else FRAME.to_parquet(other)
        later = later_table.read_table(str(other), schema)
    assert later_table.check_table(schema, later) == ()
    np.testing.assert_array_equal(encode_table(schema, later_table.as_learned(schema, later)), expected)


def test_instants_with_a_zone_are_what_they_are(path):
    schema, frame = learned(path)
    later = FRAME.assign(local=pd.to_datetime(FRAME["local"]).dt.tz_localize("Asia/Tokyo"))
    encoded = encode_table(schema, later_table.as_learned(schema, later))
    moved = encode_table(schema, frame)
    place = schema.features.index("local.hour")
    assert moved[0, place] == 10
    assert encoded[0, place] == 3  # noon in Tokyo


def test_an_order_must_hold_every_value(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    data = DataConfig(types={"size": ["low", "high"]}, missing={"size": "unsaid"})
    with pytest.raises(InputError) as caught:
        learned(tmp_path / "t.csv", data)
    assert str(caught.value) == (
        "column 'size' must hold low, high, as its order is declared; row 3 holds 'medium'; add it to the order, or say "
        "--missing size=medium."
    )


def test_an_order_that_was_stored_stays(tmp_path):
    sizes = pd.Categorical(FRAME["size"], ["low", "medium", "high", "unsaid"], ordered=True)
    FRAME.assign(size=sizes).to_parquet(tmp_path / "t.parquet")
    schema, frame = learned(tmp_path / "t.parquet", DataConfig())
    column = next(column for column in schema.columns if column.name == "size")
    assert (column.kind, column.levels) == ("ordinal", ("low", "medium", "high", "unsaid"))
    assert encode_table(schema, frame)[:4, schema.features.index("size")].tolist() == [0, 2, 1, 3]


CSV = DataConfig(csv=CsvConfig(delimiter=":", decimal=",", encoding="latin-1", quote="'", comment="!", header=2))


def test_a_csv_file_is_read_as_it_is_declared_to_be_written(tmp_path):
    text = "made:by:me\nname:paid:note\n'caf\u00e9':1,5:a\n! no row\nth\u00e9:2.000,25:b\n"
    (tmp_path / "t.csv").write_bytes(text.encode("latin-1"))
    with open_table(str(tmp_path / "t.csv"), declarations(CSV)) as table:
        values = {name: table.read(name).to_pylist() for name in table.schema.names}
    assert values == {"name": ["caf\u00e9", "th\u00e9"], "paid": [1.5, 2000.25], "note": ["a", "b"]}


def test_a_file_without_a_header_has_numbered_columns(tmp_path):
    (tmp_path / "t.csv").write_text("5.1,x\n4.9,y\n")
    with open_table(str(tmp_path / "t.csv"), declarations(DataConfig(csv=CsvConfig(header=0)))) as table:
        values = {name: table.read(name).to_pylist() for name in table.schema.names}
    assert values == {"column_1": [5.1, 4.9], "column_2": ["x", "y"]}


def test_csv_declarations_without_a_csv_file_are_refused(tmp_path):
    FRAME.to_parquet(tmp_path / "t.parquet")
    with (
        pytest.raises(InputError, match=r"data\.csv must come with a CSV file"),
        open_table(str(tmp_path / "t.parquet"), declarations(CSV)),
    ):
        pass
