"""What reading changed, dropped or doubts is said, a line a column; what is plain is not."""

import numpy as np
import pandas as pd
import pytest

from finetooth.config.data import DataConfig
from finetooth.data.declared import declarations
from finetooth.data.open_table import open_table
from finetooth.data.reading_findings import changed, doubts, left_out
from finetooth.data.schema import infer

N = 400
K = np.arange(N)


def findings(tmp_path, data=None, **columns):
    """Check and message of every finding on a table of these columns, through a CSV file."""
    path = tmp_path / "t.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    with open_table(str(path), declarations(data or DataConfig())) as table:
        frame = pd.DataFrame({name: table.read(name).to_pandas() for name in table.schema.names})
        schema = infer(frame.items(), table.readings)
        known = doubts(schema.columns, frame, table.readings, (data or DataConfig()).types)
        found = (*changed(table), *known, *left_out(frame, [column.name for column in schema.columns]))
    return [(finding.check, finding.message) for finding in found]


PRICES = [f"${1000 + 7 * k:,}.50" for k in K]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (K * 1.5, []),
        (["x", "y"] * (N // 2), []),
        (PRICES, [("reading", "column 'a' is read as numbers; written as text, such as '$1,000.50'.")]),
        (
            [*PRICES[:-4], *["n/a"] * 4],
            [
                (
                    "reading",
                    "column 'a' is read as numbers; written as text, such as '$1,000.50'; 4 values (1.0%) read as missing: 'n/a'.",
                )
            ],
        ),
        (
            ["1,234", "5,678"] * (N // 2),
            [
                ("reading", "column 'a' is read as numbers; written as text, such as '1,234'."),
                ("doubt", "column 'a' is read as numbers, but '1,234' could be another: no value decides."),
            ],
        ),
        (
            ["01/02/2020", "03/04/2020"] * (N // 2),
            [("doubt", "column 'a' is read as dates, but '01/02/2020' could be another: no value decides.")],
        ),
        (["13/02/2020", "03/04/2020"] * (N // 2), []),
        (
            ["1", "2", "3", "X"] * (N // 4),
            [
                (
                    "doubt",
                    "column 'a' stays words, although 75% of its values could be numbers or dates, such as 'X', others not.",
                )
            ],
        ),
        (
            np.where(K % 10 == 0, -999, 20 + K % 50),
            [
                (
                    "doubt",
                    "column 'a' holds -999 in 10.0% of its rows, apart from all others: it may stand for a missing value.",
                )
            ],
        ),
        (np.where(K % 10 == 0, -1, K % 50 - 20), []),  # among other negative numbers, -1 is one of them
        (
            1_600_000_000 + 3600 * K,
            [("doubt", "column 'a' may be seconds since 1970, from 2020-09-13 to 2020-09-30.")],
        ),
        (
            10_007 + 911 * (K % 40) ** 2,
            [
                (
                    "doubt",
                    "column 'a' is read as a number; its 40 different whole numbers may be names, each in 10 rows.",
                )
            ],
        ),
        (
            np.where(K % 100 == 0, 1e300, K * 1.5),
            [
                (
                    "reading",
                    "column 'a' holds 4 values (1.0%) larger than 3.4e+38; a model sees them as missing.",
                )
            ],
        ),
        (
            np.where(K % 200 == 0, np.inf, K * 1.5),
            [("reading", "column 'a' holds 2 values (0.5%) infinite; a model sees them as missing.")],
        ),
        (["same"] * N, [("left_out", "1 column with one value or none is left out: 'a'.")]),
        (
            ["1:30", "2 days"] * (N // 2),
            [("reading", "column 'a' is read as times, in seconds; written as text, such as '1:30'.")],
        ),
    ],
)
def test_one_column(tmp_path, values, expected):
    assert findings(tmp_path, b=K % 7, a=values) == expected


def test_a_name_of_codes_is_enough_for_small_numbers(tmp_path):
    expected = "column 'shop_id' is read as a number; its 40 different whole numbers may be names, each in 10 rows."
    assert findings(tmp_path, shop_id=K % 40, age=20 + K % 40) == [("doubt", expected)]


def test_what_is_declared_is_not_doubted(tmp_path):
    assert findings(tmp_path, DataConfig(types={"shop_id": "number"}), shop_id=K % 40, b=K % 7) == []


def test_what_was_declared_missing_is_counted(tmp_path):
    data = DataConfig(missing={"a": [-999, -1]})
    assert findings(tmp_path, data, a=np.where(K % 10 == 0, -999, K % 50 + 0.5), b=K % 7) == [
        ("reading", "column 'a' is read as numbers; 40 values (10.0%) missing, as declared: '-999', '-1'.")
    ]


def test_columns_without_a_second_value_are_named_together(tmp_path):
    empty = {f"pixel{k}": [0] * N for k in range(7)}
    assert findings(tmp_path, b=K % 7, **empty) == [
        (
            "left_out",
            "7 columns with one value or none are left out: " + ", ".join(f"'pixel{k}'" for k in range(5)) + ", ....",
        )
    ]


def test_other_columns_of_a_file_settle_what_one_leaves_open(tmp_path):
    (tmp_path / "t.csv").write_text(
        "a;b;c;d;e;f;g\n"
        + "".join(
            f"1.{k:03d};{k},5;0{1 + k % 9}/02/2020;2{k % 9}/03/2020;2.{k:03d};{k}%;0.{k}\n" for k in range(100, 200)
        )
    )
    with open_table(str(tmp_path / "t.csv")) as table:
        first = {name: table.read(name).to_pylist()[0] for name in table.schema.names}
        messages = [finding.check for finding in changed(table)]
    assert first == {
        "a": 1100,
        "b": 100.5,
        "c": pd.Timestamp("2020-02-02"),
        "d": pd.Timestamp("2020-03-21"),
        "e": 2100,
        "f": 1.0,
        "g": 0.1,  # nobody groups the digits of a number below one
    }
    assert "doubt" not in messages


def test_an_old_spreadsheet_is_read_and_said(tmp_path):
    (tmp_path / "t.csv").write_bytes("name;paid\ncaf\u00e9;1,5\nth\u00e9;2,5\n".encode("cp1252"))
    with open_table(str(tmp_path / "t.csv")) as table:
        assert table.read("name").to_pylist() == ["caf\u00e9", "th\u00e9"]
        assert table.note == "the table is read as a CSV file with fields parted by semicolons, encoded as CP1252."
