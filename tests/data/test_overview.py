"""What each column is taken for is said in a line of its own, also of those that are no features."""

import pandas as pd

from finetooth.data.overview import ColumnSummary, overview
from finetooth.data.schema import infer
from finetooth.data.words import Reading

FRAME = pd.DataFrame(
    {
        "age": [20.0, None, 40.5, 20.0],
        "rows": [1, 2, 3_000_000, 2],
        "sex": ["f", "m", "f", None],
        "smokes": [True, False, False, False],
        "size": ["low", "high", "low", "high"],
        "when": pd.to_datetime(["2020-01-01", "2020-03-01", None, "2020-02-01"]),
        "note": ["so it is", "and was", "and will be", "once"],
        "key": ["a", "b", "c", "d"],
        "same": [1, 1, 1, 1],
        "none": [None] * 4,
        "y": [0, 1, 0, 1],
    }
)
READINGS = {"note": Reading(declared=True), "size": Reading(order=("low", "high"))}


def test_every_column_has_a_line():
    features = infer(FRAME.drop(columns=["key", "y"]).items(), READINGS).columns
    assert overview(FRAME, features, {"y": "target", "key": "left out: id"}) == (
        ColumnSummary("age", "number", "20 to 40.5, 2 different", 0.25),
        ColumnSummary("rows", "number", "1 to 3,000,000, 3 different", 0.0),
        ColumnSummary("sex", "category", "2 different: f (67%), m (33%)", 0.25),
        ColumnSummary("smokes", "boolean", "true in 25.0%", 0.0),
        ColumnSummary("size", "ordinal", "low < high", 0.0),
        ColumnSummary("when", "date", "2020-01-01 to 2020-03-01", 0.25),
        ColumnSummary("note", "text", "8 characters a row: their number, and 16 counts of words", 0.0),
        ColumnSummary("key", "left out: id", "4 different: a (25%), b (25%), c (25%), ...", 0.0),
        ColumnSummary("same", "left out: one value", "1 different: 1 (100%)", 0.0),
        ColumnSummary("none", "left out: no value", "", 1.0),
        ColumnSummary("y", "target", "2 different: 0 (50%), 1 (50%)", 0.0),
    )
