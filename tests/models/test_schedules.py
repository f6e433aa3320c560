"""Learning-rate schedules: what each does, that it reaches every fit, and that it depends on the round alone."""

import numpy as np
import pytest

from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.models.boosters import Task
from finetooth.models.boosting import fit_all, train_folds
from finetooth.models.fold_matrices import fold_matrices
from finetooth.models.schedules import NAMES, rate
from finetooth.records import Fidelity

TASK = Task("binary", 2, METRICS["roc_auc"])
PARAMS = {"learning_rate": 0.4, "schedule_decay": 0.25, "schedule_period": 4}


def rates(name, rounds=9):
    return [rate(PARAMS | {"schedule": name}, round_) for round_ in range(rounds)]


def test_a_constant_rate_is_left_alone():
    assert rate(PARAMS, 3) is None
    assert rates("constant") == [None] * 9


def test_every_schedule_starts_at_the_full_rate_and_falls_as_it_says():
    step, exponential, cosine, restarts = (rates(name) for name in NAMES[1:])
    assert step == pytest.approx([0.4] * 4 + [0.1] * 4 + [0.025])
    assert exponential == pytest.approx([0.4 * 0.25 ** (r / 4) for r in range(9)])
    assert cosine == pytest.approx([0.4, 0.35607, 0.25, 0.14393, 0.1, 0.1, 0.1, 0.1, 0.1], abs=1e-5)
    assert restarts == cosine[:4] * 2 + [0.4]


def test_a_rate_that_is_left_out_is_the_librarys():
    assert rate({"schedule": "step"}, 100) == pytest.approx(0.03)
    assert rate({"schedule": "step", "eta": 0.5}, 0) == 0.5


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"schedule": "cosin"}, r"schedule 'cosin' must exist .*Did you mean 'cosine'"),
        ({"schedule": "step", "schedule_decay": 0.0}, r"schedule_decay in \(0, 1\]"),
        ({"schedule": "step", "schedule_period": 0}, "at least 1 round"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        rate(wrong, 0)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_schedule_reaches_trials_and_final_fits_and_does_not_look_ahead(tables, name):
    data, params = tables["binary"].data, PARAMS | {"schedule": name, "max_depth": 2}
    folds = fold_matrices(data, Fidelity(folds=3), 0, "refine", 0)
    plain, short, long = (
        train_folds(TASK, p | {"n_estimators": n}, folds, [1, 2, 3], None)
        for p, n in [({"learning_rate": 0.4, "max_depth": 2}, 12), (params, 7), (params, 12)]
    )
    assert long.curve[:7] == short.curve
    assert long.curve != plain.curve
    assert plain.curve[0] == long.curve[0]
    made = [fit_all(TASK, p | {"n_estimators": 12}, data, 1) for p in (params, PARAMS | {"max_depth": 2})]
    assert made[0] != made[1]


def test_a_schedule_that_does_not_fall_is_a_constant_rate(tables):
    folds = fold_matrices(tables["binary"].data, Fidelity(folds=3), 0, "refine", 0)
    params = {"learning_rate": 0.4, "max_depth": 2, "n_estimators": 8}
    level = params | {"schedule": "cosine", "schedule_decay": 1.0}
    found = [train_folds(TASK, p, folds, [1, 2, 3], None).curve for p in (params, level)]
    np.testing.assert_array_equal(*found)
