"""What became of categories of hundreds of levels is said."""

import numpy as np
import pandas as pd

from finetooth.data import columns
from finetooth.data.columns import Column
from finetooth.data.levels import wide_levels
from finetooth.data.schema import Schema, encode_table, infer
from finetooth.records import Finding

NAMES = [f"s{number:04d}" for number in range(300)]
MEANS = "each becomes the smoothed mean of the target, learned inside each fold"


def test_every_level_that_was_seen_twice_has_a_code_of_its_own():
    """All beyond 254 shared one."""
    frame = pd.DataFrame({"shop": [*NAMES, *NAMES, "once", "one time"], "few": ["a", "b"] * 301})
    schema = infer(frame.items())
    assert schema.columns == (
        Column("shop", "category", tuple(NAMES), rest=True),
        Column("few", "category", ("a", "b")),
    )
    assert schema.wide == {0: 301}
    codes = encode_table(schema, pd.DataFrame({"shop": ["s0299", "once", "never", None], "few": "a"}))[:, 0]
    np.testing.assert_array_equal(codes, [299, 300, 300, np.nan])
    assert wide_levels(schema, frame) == (
        Finding(
            check="levels",
            severity="info",
            columns=("shop",),
            message=f"'shop' has 302 categories; those seen once (2) share one code; {MEANS}.",
            meaning="So many levels are too many to tell apart one by one; a model of your own that takes missing "
            "values gets their codes.",
            evidence={"levels": 302, "rare": 2},
        ),
    )


def test_where_few_levels_repeat_the_others_share_a_code(monkeypatch):
    monkeypatch.setattr(columns, "MOST_LEVELS", 299)
    frame = pd.DataFrame({"id": [*NAMES, "s0007"], "shop": [*NAMES[1:], "s0007", "s0008"]})
    schema = infer(frame.items())
    assert [(c.levels, c.rest) for c in schema.columns] == [(("s0007",), True), (("s0007", "s0008"), True)]
    assert [finding.message for finding in wide_levels(schema, frame)] == [
        "'id' has 300 categories; those seen once (299) share one code.",
        "'shop' has 299 categories; those seen once (297) share one code.",
    ]


def test_there_is_a_bound_to_levels(monkeypatch):
    monkeypatch.setattr(columns, "MOST_LEVELS", 280)
    schema = infer(pd.DataFrame({"shop": [*NAMES, *NAMES]}).items())
    assert (schema.columns[0].levels, schema.columns[0].rest) == (tuple(NAMES[:280]), True)


def test_a_schema_of_an_older_model_reads_as_it_did():
    """254 levels and one code for all others, which are categories to XGBoost."""
    schema = Schema((Column("shop", "category", tuple(NAMES[:254]), rest=True),))
    assert schema.wide == {}
    codes = encode_table(schema, pd.DataFrame({"shop": ["s0000", "s0253", "s0299", None]}))[:, 0]
    np.testing.assert_array_equal(codes, [0, 253, 254, np.nan])
