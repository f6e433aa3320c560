"""Whatever table is written, the file that was trained on reads the same again, value by value, and so do the checks."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finetooth.data import later_table
from finetooth.data.open_table import open_table
from finetooth.data.schema import encode_table, infer
from finetooth.leakage import columns as check_columns

ROWS = 30
DAYS = pd.date_range("2019-12-25", periods=200, freq="D")


def _cells(values):
    """A column: each cell one of `values`, or a gap in some of them."""
    return st.lists(st.one_of(values, values, values, st.none()), min_size=ROWS, max_size=ROWS)


def _dates(pattern):
    return st.integers(0, 199).map(lambda day: DAYS[day].strftime(pattern))


COLUMNS = st.one_of(
    _cells(st.integers(-1000, 1000)),
    _cells(st.floats(-1e6, 1e6, width=32)),
    _cells(st.booleans()),
    _cells(st.sampled_from(["red", "green", "NA", "None", "n/a"])),
    _cells(st.sampled_from(["00007", "00012", "501"])),
    _cells(st.sampled_from(["1", "2", "X"])),
    _cells(st.sampled_from(["1.10", "1.20", "x"])),
    _cells(st.integers(0, 10**7).map(lambda n: f"${n / 100:,.2f}")),
    _cells(st.integers(0, 100).map(lambda n: f"{n}%")),
    _cells(st.integers(0, 10**5).map(lambda n: f"{n / 10:.1f}".replace(".", ","))),
    _cells(st.sampled_from(["12:30", "1:05", "23:59"])),
    _cells(_dates("%d/%m/%Y")),
    _cells(_dates("%d-%b-%Y")),
    _cells(_dates("%B %d, %Y")),
    _cells(_dates("%Y-%m-%dT%H:%M:%S+09:00")),
    _cells(st.integers(0, 10**5).map(lambda n: f"{n // 1000}.{n % 1000:03d},5")),
    _cells(st.sampled_from(["1h 30m", "2 days", "PT45M"])),
    _cells(st.sampled_from(["10:30 PM", "1:05 am", "12:00 PM"])),
    _cells(st.text("abc é,;\"'\n", max_size=4)),
)
TABLES = st.lists(COLUMNS, min_size=1, max_size=4).map(
    lambda columns: pd.DataFrame({f"c{place}": pd.Series(cells, dtype=object) for place, cells in enumerate(columns)})
)


def _write(frame, path):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.infer_objects().to_parquet(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=TABLES, ending=st.sampled_from(["csv", "parquet"]))
def test_a_table_reads_the_same_in_training_in_the_checks_and_later(tmp_path, frame, ending):
    path = tmp_path / f"t.{ending}"
    _write(frame.assign(row=range(ROWS)), path)
    with open_table(str(path)) as table:
        trained = pd.DataFrame({name: table.read(name).to_pandas() for name in table.schema.names})
        schema = infer(trained.items(), table.readings)
    X = encode_table(schema, trained)
    later = later_table.read_table(str(path), schema)
    later_table.check_table(schema, later)
    np.testing.assert_array_equal(encode_table(schema, later), X)
    shuffled = later.sample(frac=1, random_state=0)
    np.testing.assert_array_equal(encode_table(schema, shuffled), X[shuffled.index])
    for column in schema.columns:
        place = schema.features.index(column.features[0])
        if column.kind in ("number", "boolean"):
            checked = check_columns.read(trained[column.name]).numbers()
            np.testing.assert_array_equal(checked.astype(np.float32), X[:, place])
        if column.kind == "date":
            days = check_columns.read(trained[column.name]).numbers() / 86_400
            np.testing.assert_allclose(days, X[:, place], rtol=1e-6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=TABLES, ending=st.sampled_from(["csv", "parquet"]), later_as=st.sampled_from(["csv", "parquet", "frame"]))
def test_the_same_rows_mean_the_same_in_whatever_form_they_come_later(tmp_path, frame, ending, later_as):
    path = tmp_path / f"first.{ending}"
    _write(frame.assign(row=range(ROWS)), path)
    with open_table(str(path)) as table:
        trained = pd.DataFrame({name: table.read(name).to_pandas() for name in table.schema.names})
        schema = infer(trained.items(), table.readings)
    later = frame.assign(row=range(ROWS))
    if later_as != "frame":
        other = tmp_path / f"later.{later_as}"
        _write(later, other)
        later = later_table.read_table(str(other), schema)
    later_table.check_table(schema, later)
    encoded = encode_table(schema, later_table.as_learned(schema, later))
    np.testing.assert_array_equal(encoded, encode_table(schema, trained))
