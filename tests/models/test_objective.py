"""A user's own objective: it is handed what it may know, its answer is checked, and finetooth scores it."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from finetooth.errors import InputError
from finetooth.models.learner import Learner
from finetooth.models.model import FitJob, fit, load_model
from finetooth.models.objective import defaults, is_objective
from finetooth.models.user_code import is_own, own_code
from finetooth.records import Candidate, Fidelity
from finetooth.trials.evaluate import Job, evaluate

MODULE = """
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

seen = []

def classify(train, test, seed, C=1.0):
    X, y = train
    seen.append((X.shape, y.dtype.kind, test.shape, seed))
    X[:] = np.nan_to_num(X)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=C))
    return model.fit(X, y).predict_proba(np.nan_to_num(test))

def ranks(train, test, seed, C=1.0):
    return classify(train, test, seed, C)[:, 1]

def estimate(train, test, seed, C=1.0):
    X, y = train
    return LinearRegression().fit(np.nan_to_num(X), y).predict(np.nan_to_num(test))

def short(train, test, seed, C=1.0):
    return np.zeros(3)

def blank(train, test, seed, C=1.0):
    return np.full(len(test), np.nan)

def breaks(train, test, seed, C=1.0):
    raise RuntimeError("no luck today")

def bare(train, test, seed, C):
    return test

def builder(C=1.0):
    return LogisticRegression(C=C)
"""


@pytest.fixture
def objective(tmp_path, monkeypatch):
    """A learner for a function of the module above."""
    (tmp_path / "own_objective.py").write_text(MODULE)
    monkeypatch.delitem(sys.modules, "own_objective", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return lambda name: Learner(f"own_objective:{name}", "objective", f"own_objective:{name}")


def job(tables, learner, kind="binary", metric="roc_auc", **changes):
    candidate = Candidate(0, {"C": 0.5}, "default")
    return replace(Job("refine", candidate, Fidelity(1.0, 3), tables[kind].data, learner, metric, 0), **changes)


def test_it_sees_the_target_of_training_rows_alone_and_a_seed_a_fold(tables, objective):
    trial = evaluate(job(tables, objective("classify")))
    assert (trial.state, len(trial.scores), trial.train_scores, trial.rounds) == ("complete", 3, (), None)
    assert min(trial.scores) > 0.7
    seen = sys.modules["own_objective"].seen[-3:]
    rows = tables["binary"].data.rows
    assert all(shape[0] + test[0] == rows and kind == "i" for shape, kind, test, _ in seen)
    assert len({seed for *_, seed in seen}) == 3


def test_it_is_scored_on_the_same_folds_as_any_model(tables, objective):
    linear = Learner("linear", "estimator", "sklearn.linear_model:LogisticRegression", prepare="scaled")
    assert evaluate(job(tables, objective("ranks"))).folds == evaluate(job(tables, linear)).folds


def test_it_cannot_change_the_rows_that_others_see(tables, objective):
    first, second = (evaluate(job(tables, objective("classify"))) for _ in range(2))
    assert first.scores == second.scores


@pytest.mark.parametrize(
    ("kind", "name", "metric"), [("multiclass", "classify", "log_loss"), ("regression", "estimate", "rmse")]
)
def test_it_serves_every_kind_of_target(tables, objective, kind, name, metric):
    assert evaluate(job(tables, objective(name), kind, metric)).state == "complete"


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        (
            "short",
            "binary",
            "ValueError: own_objective:short must return one number a row, shape (64,); got shape (3,)",
        ),
        ("blank", "binary", "got values that are not finite"),
        ("ranks", "multiclass", "must return probabilities of each class, shape (65, 3); got shape (65,)"),
        ("breaks", "binary", "RuntimeError: no luck today"),
    ],
)
def test_an_answer_that_cannot_be_scored_is_a_failed_trial_with_its_reason(tables, objective, name, kind, reason):
    metric = "log_loss" if kind == "multiclass" else "roc_auc"
    trial = evaluate(job(tables, objective(name), kind, metric))
    assert trial.state == "failed"
    assert reason in trial.reason


def test_its_model_predicts_by_fitting_again_also_after_it_was_saved(tables, objective, tmp_path):
    table = tables["binary"]
    made = fit(FitJob(table.data, objective("ranks"), {"C": 0.5}, "roc_auc", 3))
    made.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again == made
    assert made.probable
    predicted = again.predict(table.frame)
    assert (predicted == table.frame["target"]).mean() > 0.7
    shares = again.predict_proba(table.frame)
    assert np.allclose(shares.sum(axis=1), 1)


def test_a_model_whose_development_rows_are_gone_says_so(tables, objective, tmp_path):
    lost = replace(tables["binary"].data, uri=str(tmp_path / "nowhere"))
    kept = fit(FitJob(tables["binary"].data, objective("ranks"), {}, "roc_auc", 3))
    gone = replace(kept, payload=kept.payload.replace(tables["binary"].data.uri.encode(), lost.uri.encode()))
    with pytest.raises(InputError, match="the stored development rows must be there"):
        gone.predict(tables["binary"].frame)


def test_an_objective_is_known_by_what_it_takes_and_must_have_defaults(objective):
    objective("ranks")
    import own_objective as module

    assert [is_objective(made) for made in (module.ranks, module.builder, object())] == [True, False, False]
    assert defaults("own:ranks", module.ranks) == {"C": 1.0}
    with pytest.raises(
        InputError,
        match=r"each parameter of an objective must have a default, .* 'C' of own:bare has none; write C=VALUE",
    ):
        defaults("own:bare", module.bare)


def test_own_code_is_told_from_that_of_libraries_and_has_a_digest_that_follows_it(objective, tmp_path):
    own = objective("ranks")
    library = Learner("forest", "estimator", "sklearn.ensemble:RandomForestClassifier")
    assert [is_own(learner) for learner in (own, library, Learner("xgboost", "xgboost"))] == [True, False, False]
    assert own_code(library) == ""
    before = own_code(own)
    (tmp_path / "own_objective.py").write_text(MODULE + "\n# changed\n")
    assert own_code(own) != before != ""
