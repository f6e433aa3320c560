"""Challenger against champion on the same sealed rows: who wins, by how much, and on which rows."""

from dataclasses import replace

import numpy as np
import pytest

from finetooth.data.schema import encode_table
from finetooth.data.split import Gate, split_table
from finetooth.data.store import open_development
from finetooth.errors import InputError, VaultSpentError
from finetooth.metrics import METRICS
from finetooth.retraining.challenge import CHAMPION, LEARNED, compare_with_champion, fit_challenger
from finetooth.retraining.guardrails import PairedPredictions, worse_slices
from finetooth.runs.run import Run
from finetooth.spaces.resolve import resolve
from tests.models.own_named import PATH, SPACE

WEAK = {"learning_rate": 0.3, "max_depth": 2, "n_estimators": 1}
STRONG = {"learning_rate": 0.3, "max_depth": 3, "n_estimators": 20}


@pytest.fixture
def challenged(tables, study, tmp_path):
    """A function that seals a table beside a champion's encoding, and compares a challenger with it."""

    def run(champion, challenger, kind="binary", learned=0, order=1, families=({}, {}), **changes):
        table = tables[kind]
        champion_model = fit_challenger(study(kind, **families[0]), champion, 0)
        schema = open_development(table.data).about.schema

        def beside(holdout):
            return {CHAMPION: encode_table(schema, holdout), LEARNED: np.arange(len(holdout)) < learned}

        gate = Gate(lambda *_: (), lambda *_: (), beside, f"{champion}{learned}")
        config = table.config.model_copy(
            update={"validation": table.config.validation.model_copy(update={"seeds": 2, "bootstrap": 200} | changes)}
        )
        sealed = split_table(config, tmp_path / ".store", gate)
        made = study(kind, config=config, run=Run(tmp_path / "run", config), data=sealed.data, **families[1])
        models = [fit_challenger(made, challenger, number) for number in range(2)]
        return compare_with_champion(made, champion_model, "files/abc", models, None, order)

    return run


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_a_better_model_is_superior_and_a_worse_one_inferior(challenged, kind):
    assert challenged(WEAK, STRONG, kind).standing == "superior"
    assert challenged(STRONG, WEAK, kind).standing == "inferior"


def test_a_model_of_named_columns_can_be_champion_and_challenger(challenged):
    """Each side is scored on the sealed rows in the form that it takes."""
    named, boosted = {"family": resolve(PATH, "binary", SPACE)}, {}
    forward = challenged({"model__C": 1.0}, WEAK, families=(named, boosted))
    backward = challenged(WEAK, {"model__C": 1.0}, families=(boosted, named))
    assert (forward.champion, forward.challenger) == (backward.challenger, backward.champion)
    assert challenged({"model__C": 1.0}, {"model__C": 1.0}, families=(named, named), again=True).difference == 0
    assert backward.standing == "superior"


def test_a_model_does_not_beat_itself(challenged):
    comparison = challenged(STRONG, STRONG)
    assert (comparison.difference, comparison.low, comparison.high, comparison.turned) == (0, 0, 0, (0, 0))
    assert comparison.standing == "not inferior"


def test_rows_that_the_champion_learned_from_are_left_out(challenged):
    comparison = challenged(WEAK, STRONG, learned=15)
    assert (comparison.rows, comparison.left_out) == (32, 15)


def test_too_few_unseen_rows_are_said(challenged):
    with pytest.raises(InputError, match="the champion has not learned from 7: wait for more new rows"):
        challenged(WEAK, STRONG, learned=40)


def test_a_later_comparison_is_more_careful(challenged):
    first, third = challenged(WEAK, STRONG), None
    assert first.level == pytest.approx(0.95)
    with pytest.raises(VaultSpentError):  # the same rows are not looked at twice
        challenged(WEAK, STRONG, order=3)
    third = challenged(WEAK, STRONG, order=3, again=True)
    assert third.level == pytest.approx(1 - 0.10 / 12)
    assert third.low < first.low


def test_the_same_comparison_comes_out_the_same(challenged):
    assert challenged(WEAK, STRONG) == challenged(WEAK, STRONG)


def test_a_part_of_the_rows_that_does_worse_is_an_objection():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 600).astype(float)
    north = np.arange(600) < 300
    good, bad = y + 0.6 * rng.normal(size=600), y + 3 * rng.normal(size=600)
    challenger, champion = np.where(north, bad, good)[None], np.where(north, good, bad)[None]
    parts = {"region": np.where(north, "region = north", "region = south")}
    said = worse_slices(PairedPredictions(METRICS["roc_auc"], y, challenger, champion, None), parts, 0)
    assert len(said) == 1
    assert said[0].startswith("Where region = north (300 rows) it is worse")


def test_turned_counts_rows_that_became_wrong_and_right(challenged):
    wrong, right = challenged(WEAK, STRONG).turned
    assert right > wrong
    assert replace(challenged(WEAK, STRONG), turned=None).turned is None
