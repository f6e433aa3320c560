"""A user's own model in a trial: it is fitted on what it asks for, and scored as it would be outside."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from finetooth.config.loading import load_tune
from finetooth.data.split import split_table
from finetooth.data.store import open_development
from finetooth.domains.domains import Float
from finetooth.domains.space import Space
from finetooth.models.model import FitJob, fit, load_model
from finetooth.records import Candidate, Fidelity
from finetooth.spaces.resolve import resolve
from finetooth.trials.evaluate import Job, evaluate
from tests.conftest import OPEN_GATE, frame_of

MODULE = """
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

numbers = make_pipeline(SimpleImputer(), StandardScaler())
parts = [("numbers", numbers, ["second", "first"]), ("words", OneHotEncoder(handle_unknown="ignore"), ["color"])]
NAMED = Pipeline([("columns", ColumnTransformer(parts)), ("model", LogisticRegression())])
seen = []

def either(trees=False, C=1.0):
    return HistGradientBoostingClassifier(max_iter=5) if trees else LogisticRegression(C=C)

def spoils(rows):
    seen.append(rows)
    rows["first"] = 0.0
    return rows[["first", "second"]].fillna(0.0)

def spoiling(C=1.0):
    return make_pipeline(FunctionTransformer(spoils), LogisticRegression(C=C))

spoiling.finetooth_input = "frame"

def objective(train, test, seed, C=1.0):
    X, y = train
    seen.append((X, test))
    model = LogisticRegression(C=C)
    if hasattr(X, "columns"):
        X["noise"] = 0.0
        X, test = X[["first"]], test[["first"]]
    return model.fit(np.nan_to_num(X), y).predict_proba(np.nan_to_num(test))
"""
FOLDS = Fidelity(1.0, 3)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of the user's, and a table whose category has gaps: its frame, and the reference to its rows."""
    (tmp_path / "own_trials.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_trials", raising=False)
    frame = frame_of("binary")
    frame.loc[::13, "color"] = None
    frame.to_csv(tmp_path / "table.csv", index=False)
    config = load_tune({"data": {"source": str(tmp_path / "table.csv")}})
    return frame, split_table(config, tmp_path / "store", OPEN_GATE).data


def learner(name, parameter="C", wanted="auto"):
    return resolve(f"own_trials:{name}", "binary", Space((Float(parameter, 0.01, 10.0),)), wanted).learner


def trial_of(data, found, **params):
    return evaluate(Job("refine", Candidate(0, params, "default"), FOLDS, data, found, "roc_auc", 0))


def test_a_model_that_names_columns_scores_as_it_does_outside(own):
    """Gaps of a category, the order of columns and their names reach it as pandas would hand them over."""
    frame, data = own
    trial = trial_of(data, learner("NAMED", "model__C"), model__C=0.5)
    development = open_development(data)
    table = frame.iloc[development.row_numbers]
    y = (table["target"] == "yes").to_numpy()
    scores = []
    for train, test in development.folds(FOLDS, 0, "refine", 0):
        from own_trials import NAMED
        from sklearn.base import clone

        model = clone(NAMED).set_params(model__C=0.5).fit(table.iloc[train], y[train])
        scores.append(roc_auc_score(y[test], model.predict_proba(table.iloc[test])[:, 1]))
    assert (trial.state, trial.scores) == ("complete", tuple(scores))


def test_a_model_that_names_columns_predicts_the_same_when_it_was_saved_and_the_table_was_written_otherwise(
    own, tmp_path
):
    """A later table in words gives what the same rows gave in training, and so does the model's file."""
    frame, data = own
    made = fit(FitJob(data, learner("NAMED", "model__C"), {"model__C": 0.5}, "roc_auc", 3))
    made.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert (again, again.learner.prepare) == (made, "frame")
    shares = made.predict_proba(frame)
    pd.testing.assert_frame_equal(
        again.predict_proba(frame.astype(object).where(frame.notna(), "").astype(str)), shares
    )
    development = open_development(data)
    np.testing.assert_array_equal(again.scores(development.named), shares["yes"].iloc[development.row_numbers])


def test_each_candidate_gets_what_its_own_model_takes(own):
    """Trees and a linear model of one function complete side by side, and their models remember how they were fitted."""
    _, data = own
    found = learner("either")
    assert [trial_of(data, found, trees=trees).state for trees in (True, False)] == ["complete", "complete"]
    made = [fit(FitJob(data, found, {"trees": trees}, "roc_auc", 0)).learner.prepare for trees in (True, False)]
    assert made == ["native", "scaled"]


def test_own_code_cannot_change_the_rows_of_others(own):
    """A step that writes into its frame, in a fold or in the final fit, leaves the shared columns as they are."""
    _, data = own
    before = open_development(data).named.copy()
    assert trial_of(data, learner("spoiling"), C=1.0).state == "complete"
    fit(FitJob(data, learner("spoiling"), {"C": 1.0}, "roc_auc", 0))
    assert trial_of(data, learner("objective", wanted="frame"), C=1.0).state == "complete"
    pd.testing.assert_frame_equal(open_development(data).named, before)


@pytest.mark.parametrize(
    ("wanted", "kind", "columns"), [("auto", np.ndarray, 10), ("frame", pd.DataFrame, 6), ("prepared", np.ndarray, 0)]
)
def test_an_objective_gets_what_it_asks_for_in_trials_and_in_its_model(own, wanted, kind, columns):
    """Training and test rows come in the same form, and the model that is fitted anew later gets it again."""
    frame, data = own
    found = learner("objective", wanted=wanted)
    assert trial_of(data, found, C=0.5).state == "complete"
    predicted = fit(FitJob(data, found, {"C": 0.5}, "roc_auc", 0)).predict(frame)
    assert len(predicted) == len(frame)
    seen = sys.modules["own_trials"].seen
    assert [(type(X), type(test)) for X, test in seen] == [(kind, kind)] * 4
    assert all(X.shape[1] == test.shape[1] for X, test in seen)
    if wanted == "prepared":  # as many columns as the fold's own levels and gaps make
        assert all(X.shape[1] > 10 and np.isfinite(X).all() and np.isfinite(test).all() for X, test in seen)
    else:
        assert {X.shape[1] for X, _ in seen} == {columns}


def test_a_regression_of_counts_is_fitted_on_prepared_columns(own, tmp_path):
    """The target of a model that takes positive ones alone stays as it is."""
    counts = frame_of("regression").assign(target=lambda made: np.exp(made["target"] / 10).round())
    counts.to_csv(tmp_path / "counts.csv", index=False)
    config = load_tune({"data": {"source": str(tmp_path / "counts.csv"), "kind": "regression"}})
    data = split_table(config, tmp_path / "store", OPEN_GATE).data
    found = resolve("sklearn.linear_model:PoissonRegressor", "regression", Space((Float("alpha", 0.01, 1.0),))).learner
    trial = evaluate(Job("refine", Candidate(0, {"alpha": 0.1}, "default"), FOLDS, data, found, "rmse", 0))
    assert trial.state == "complete"
    assert -min(trial.scores) < counts["target"].std()
