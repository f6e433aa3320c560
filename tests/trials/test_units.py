"""The answer to a regression does not depend on the unit of its target, nor on what is added to it."""

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from finetooth.config.loading import load_tune
from finetooth.data.split import split_table
from finetooth.data.store import open_development
from finetooth.metrics import METRICS
from finetooth.models import boosters
from finetooth.models.boosters import Task, is_standardised
from finetooth.models.boosting import fit_all
from finetooth.models.fold_matrices import fold_matrices
from finetooth.models.learner import Learner
from finetooth.models.model import FitJob, Model, fit, load_model
from finetooth.records import Candidate, Fidelity
from finetooth.spaces.catalogue import family
from finetooth.trials.evaluate import Job, evaluate
from tests.conftest import OPEN_GATE, frame_of

UNITS = {"small": (1e-12, 0.0), "large": (1e12, 0.0), "far": (1.0, 1e9)}
NAMES = ["xgboost", "hist_gradient_boosting", "forest", "linear", "svm", "nystroem", "mlp"]
QUICK = {"mlp": {"max_iter": 20}, "forest": {"n_estimators": 5}, "hist_gradient_boosting": {"max_iter": 10}}
REGRESSION = Task("regression", 0, METRICS["rmse"])


@pytest.fixture(scope="module")
def in_units(tmp_path_factory):
    """The same table with its target in several units, split: unit -> (frame, data)."""
    folder = tmp_path_factory.mktemp("units")
    made = {}
    for name, (unit, mean) in {"one": (1.0, 0.0), **UNITS}.items():
        frame = frame_of("regression", 120)
        frame["target"] = frame["target"] * unit + mean
        frame.to_parquet(folder / f"{name}.parquet")
        config = load_tune({"data": {"source": str(folder / f"{name}.parquet"), "target": "target"}})
        made[name] = frame, split_table(config, folder / name, OPEN_GATE).data
    return made


def trial_of(name, data, metric="rmse", learner=None, **params):
    found = family(name, "regression")
    candidate = Candidate(0, {**found.default, **QUICK.get(name, {}), **params}, "default")
    return evaluate(Job("refine", candidate, Fidelity(folds=3), data, learner or found.learner, metric, 0))


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_the_same_up_to_the_unit(name, in_units):
    one = trial_of(name, in_units["one"][1])
    for unit, (factor, _) in UNITS.items():
        trial = trial_of(name, in_units[unit][1])
        # Around 1e9 the target itself has seven digits less, which may turn a split.
        assert np.array(trial.scores) / factor == pytest.approx(one.scores, rel=0.1 if unit == "far" else 1e-6)
        assert np.array(trial.train_scores) / factor == pytest.approx(one.train_scores, rel=0.1, abs=1e-3)
        assert np.array(trial.curve) / factor == pytest.approx(one.curve, rel=0.1 if unit == "far" else 1e-6)
        assert trial.rounds == one.rounds


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_model_predicts_the_same_up_to_the_unit(name, in_units, tmp_path):
    found = family(name, "regression")
    params = {"n_estimators": 20} if name == "xgboost" else {**found.default, **QUICK.get(name, {})}
    predicted = {}
    for unit, (frame, data) in in_units.items():
        fit(FitJob(data, found.learner, params, "rmse", 1)).save(tmp_path / unit)
        predicted[unit] = load_model(tmp_path / unit).predict(frame).to_numpy()
    spread = predicted["one"].std()
    for unit, (factor, mean) in UNITS.items():
        moved = (predicted[unit] - mean) / factor - predicted["one"]
        # Around 1e9 the target itself has seven digits less, which may turn a split.
        assert np.sqrt((moved**2).mean()) < spread * (0.2 if unit == "far" else 1e-6)


def test_the_coefficient_of_determination_of_boosted_trees_has_no_unit(in_units):
    scores = [trial_of("xgboost", in_units[unit][1], "r2").scores for unit in ("one", "small", "large")]
    assert scores[1] == pytest.approx(scores[0])
    assert scores[2] == pytest.approx(scores[0])


def test_a_booster_without_a_scale_predicts_in_the_units_of_its_labels(in_units):
    """Models that were saved by 0.1.0 were fitted to the target as it is."""
    frame, data = in_units["one"]
    rows = fold_matrices(data, Fidelity(folds=3), 0, "refine", 0)[0]
    assert np.array_equal(rows.train.get_label(), rows.y_sample.astype(np.float32))
    booster = xgb.train(boosters.settings(REGRESSION, {}, 0), rows.train, 5)
    about = open_development(data).about
    model = Model(Learner("xgboost", "xgboost"), {"n_estimators": 5}, "rmse", about, bytes(booster.save_raw("ubj")))
    predicted = model.predict(frame)
    assert predicted.std() > 3
    own = booster.predict(rows.test)
    assert set(own.astype(float)) <= set(predicted)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, True),
        ({"objective": "reg:absoluteerror"}, True),
        ({"objective": "count:poisson"}, False),
        ({"objective": "reg:tweedie"}, False),
        ({"objective": "reg:pseudohubererror"}, False),
        ({"eval_metric": "mape"}, False),
        ({"base_score": 3.0}, False),
    ],
)
def test_only_settings_that_mean_the_same_in_any_unit_get_standard_scores(params, expected):
    assert is_standardised(REGRESSION, params) is expected
    assert not is_standardised(Task("binary", 2, METRICS["roc_auc"]), params)


def test_an_objective_of_counts_gets_the_counts(tmp_path):
    frame = frame_of("regression", 120)
    frame["target"] = np.random.default_rng(1).poisson(np.exp(frame["first"]))
    frame.to_csv(tmp_path / "counts.csv", index=False)
    config = load_tune({"data": {"source": str(tmp_path / "counts.csv"), "target": "target", "kind": "regression"}})
    data = split_table(config, tmp_path / "store", OPEN_GATE).data
    learner = Learner("xgboost", "xgboost", constants={"objective": "count:poisson"})
    assert trial_of("xgboost", data, learner=learner).state == "complete"
    payload = fit_all(REGRESSION, {"objective": "count:poisson", "n_estimators": 3}, data, 0)
    booster = xgb.Booster()
    booster.load_model(bytearray(payload))
    assert booster.attributes() == {}
    model = Model(learner, {"n_estimators": 3}, "rmse", open_development(data).about, payload)
    assert model.predict(frame).min() > 0


def test_a_wide_category_is_learned_by_its_means_and_stays_so_in_the_saved_model(tmp_path):
    """A level decides the class; 300 codes in one file, without pickle."""
    rng = np.random.default_rng(2)
    shop = rng.permutation(np.repeat(np.arange(300), 6))
    frame = pd.DataFrame({"noise": rng.normal(size=1800), "shop": [f"s{number:03d}" for number in shop]})
    frame["target"] = np.where((shop % 7 < 3) ^ (rng.random(1800) < 0.05), "yes", "no")
    frame.to_csv(tmp_path / "shops.csv", index=False)
    config = load_tune({"data": {"source": str(tmp_path / "shops.csv"), "target": "target"}})
    split = split_table(config, tmp_path / "store", OPEN_GATE)
    (finding,) = [finding for finding in split.findings if finding.check == "levels"]
    assert finding.evidence == {"levels": 300, "rare": 1}
    candidate = Candidate(0, {"n_estimators": 20}, "default")
    job = Job("refine", candidate, Fidelity(folds=3), split.data, Learner("xgboost", "xgboost"), "roc_auc", 0)
    assert evaluate(job).score > 0.85
    fit(FitJob(split.data, job.learner, {"n_estimators": 20}, "roc_auc", 0)).save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    new = pd.DataFrame({"noise": [0.0] * 3, "shop": ["s001", "s005", None]})
    probabilities = again.predict_proba(new)["yes"].to_numpy()
    assert probabilities[0] > 0.7
    assert probabilities[1] < 0.3
    assert 0.1 < probabilities[2] < 0.9
