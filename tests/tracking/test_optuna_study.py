"""A run in Optuna: what its dashboard reads is what the journal holds."""

import math

import optuna
import pytest

from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.tracking.optuna_study import export

SPACE = Space(
    [
        Float("eta", 0.01, 0.3, log=True),
        Float("alpha", 1e-3, 10.0, log=True),
        Int("depth", 2, 8),
        Choice("booster", ["gbtree", "dart"]),
        Float("drop", 0.0, 0.5, when={"booster": ["dart"]}),
    ],
    name="small",
)
DEFAULT = {"eta": 0.5, "alpha": 0.0, "depth": 12, "booster": "gblinear", "n_estimators": 100}
TREE = {"eta": 0.1, "alpha": 0.5, "depth": 4, "booster": "gbtree"}
DART = {"eta": 0.05, "alpha": 0.5, "depth": 3, "booster": "dart", "drop": 0.1}


def trial(index, params, *scores, stage="refine", **more):
    state = more.pop("state", "complete" if scores else "failed")
    origin = "default" if index == 0 else "random"
    candidate = Candidate(index, params, origin, (0,) if index == 2 else ())
    return Trial(stage, candidate, Fidelity(1.0, 2), state, scores, seconds=2.0, **more)


TRIALS = (
    trial(0, DEFAULT, -0.5, -0.7, stage="coarse"),
    trial(0, DEFAULT, -0.4, -0.6),
    trial(1, TREE, -0.3, -0.5, curve=(-0.9, -0.5, math.nan, -0.4), rounds=4),
    trial(2, DART, reason="no convergence"),
    trial(3, TREE | {"eta": 0.002, "depth": 1}, state="pruned", curve=(-0.9, -0.8), reason="lost to the default"),
    *(trial(1, TREE, -0.3 - r / 10, stage="replicate", repeat=r) for r in range(3)),
)


@pytest.fixture
def storage(tmp_path):
    return f"sqlite:///{tmp_path / 'trials.db'}"


def loaded(storage, name):
    return optuna.load_study(study_name=name, storage=storage)


def test_each_stage_is_a_study_in_the_metrics_own_direction(storage):
    names = export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {"label": "IMPROVED"})
    assert names == ("run-coarse", "run-refine", "run-replicate")
    study = loaded(storage, "run-refine")
    assert (study.direction.name, study.metric_names) == ("MINIMIZE", ["log_loss"])
    assert study.user_attrs == {"label": "IMPROVED", "stage": "refine"}
    assert [t.state.name for t in study.trials] == ["COMPLETE", "COMPLETE", "FAIL", "PRUNED"]
    assert [t.value for t in study.trials] == pytest.approx([0.5, 0.4, None, 0.8])
    assert (study.best_trial.number, study.best_value) == (1, pytest.approx(0.4))


def test_larger_is_better_stays_so(storage):
    export(storage, "run", SPACE, METRICS["roc_auc"], (trial(0, TREE, 0.8), trial(1, DART, 0.9)), {})
    study = loaded(storage, "run-refine")
    assert (study.direction.name, study.best_value) == ("MAXIMIZE", 0.9)


def test_parameters_come_back_as_they_were_tried_with_ranges_that_hold_them(storage):
    export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    study = loaded(storage, "run-refine")
    default, tree, dart, _ = study.trials
    assert default.params == {"eta": 0.5, "depth": 12, "booster": "gblinear"}
    assert default.user_attrs["not searched or outside the range"] == {"alpha": 0.0, "n_estimators": 100}
    assert (tree.params, dart.params) == (TREE, DART)
    ranges = tree.distributions
    assert (ranges["eta"].low, ranges["eta"].high, ranges["eta"].log) == (0.002, 0.5, True)
    assert (ranges["depth"].low, ranges["depth"].high) == (1, 12)
    assert ranges["booster"].choices == ("gbtree", "dart", "gblinear")
    assert "drop" not in tree.distributions


def test_curves_are_intermediate_values_at_their_rounds_without_gaps(storage):
    export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    trials = loaded(storage, "run-refine").trials
    assert trials[1].intermediate_values == {1: 0.9, 2: 0.5, 4: 0.4}
    assert trials[3].intermediate_values == {1: 0.9, 2: 0.8}


def test_repeats_of_a_finalist_are_one_trial_with_a_value_each(storage):
    export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    (finalist,) = loaded(storage, "run-replicate").trials
    assert finalist.intermediate_values == pytest.approx({0: 0.3, 1: 0.4, 2: 0.5})
    assert finalist.value == pytest.approx(0.4)
    assert finalist.duration.total_seconds() == pytest.approx(6, abs=0.1)


def test_where_a_trial_came_from_and_why_it_ended_are_told(storage):
    export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    attributes = [t.user_attrs for t in loaded(storage, "run-refine").trials]
    assert (attributes[0]["origin"], attributes[1]["rounds"], attributes[2]["reason"]) == (
        "default",
        4,
        "no convergence",
    )
    assert (attributes[2]["parents"], attributes[3]["reason"], attributes[1]["folds"]) == (
        [0],
        "lost to the default",
        2,
    )


def test_an_optuna_sampler_can_go_on_from_it(storage):
    export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    study = loaded(storage, "run-refine")
    asked = study.ask({"eta": optuna.distributions.FloatDistribution(0.01, 0.3, log=True)})
    assert asked.number == 4


def test_a_study_that_is_there_is_left_as_it_is(storage):
    export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    with pytest.raises(InputError, match=r"a study must be new; .* holds 'run-coarse' already"):
        export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    assert len(loaded(storage, "run-refine").trials) == 4


@pytest.mark.parametrize("storage", ["nonsense", "nothing://x", "sqlite:////nowhere/at/all/x.db"])
def test_a_storage_that_cannot_be_written_is_said_so_in_one_line(storage):
    with pytest.raises(InputError, match="an Optuna storage must be writable") as caught:
        export(storage, "run", SPACE, METRICS["log_loss"], TRIALS, {})
    assert "\n" not in str(caught.value)
