"""The split as a stage: what cannot end in an interval is refused before any compute, whichever run sealed the rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from finetooth.errors import InputError
from finetooth.tasks.split import split
from tests.data.sealing import config_of, write


def sealed(source, store, metric, **sections):
    config = config_of(source, metric=metric, **sections)
    return split(SimpleNamespace(config=config, flow="tune", store=store))


@pytest.mark.parametrize("first", [("log_loss",), ()])
def test_a_metric_that_the_sealed_rows_cannot_tell_is_refused_also_where_another_run_sealed_them(tmp_path, first):
    rng = np.random.default_rng(0)
    source = write(tmp_path, x=rng.normal(size=200), target=np.arange(200) % 20 == 0)
    for metric in first:
        assert sealed(source, tmp_path / "store", metric).held == (38, 2)
    with pytest.raises(
        InputError, match=r"at least 5 rows of each class for AUC .* it has 2 of its rarest class in 40 rows"
    ):
        sealed(source, tmp_path / "store", "roc_auc")


def test_too_few_groups_for_an_interval_are_refused_before_the_search(tmp_path):
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(15), 20)
    source = write(tmp_path, x=rng.normal(size=300), who=group, target=rng.normal(size=300))
    with pytest.raises(
        InputError, match=r"at least 5 groups, different rows or times for an interval .* it has 3 in 60 rows"
    ):
        sealed(source, tmp_path / "store", "rmse", split={"group": "who"})


@pytest.mark.parametrize(("unseen", "new"), [("times", "later times"), ("groups", "new groups")])
def test_a_panel_is_held_apart_as_it_is_declared_and_no_check_takes_that_for_a_leak(tmp_path, unseen, new):
    """Known groups are on both sides on purpose, and so are the times of new groups."""
    rng = np.random.default_rng(0)
    shop, day = (a.ravel() for a in np.meshgrid(np.arange(30), np.arange(40), indexing="ij"))
    source = write(tmp_path, x=rng.normal(size=1200), shop=shop, day=day, target=rng.normal(size=1200))
    split_section = {"group": "shop", "time": "day", "unseen": unseen}
    outcome = sealed(source, tmp_path / "store", "rmse", split=split_section)
    assert config_of(source, split=split_section).split.new_in_use == new
    assert [f.message for f in outcome.findings if f.check in {"time", "declared_group"} and f.severity != "info"] == []
