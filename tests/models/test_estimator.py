"""Fits of scikit-learn estimators: what goes in, what comes out, and that nothing leaks between folds or threads."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from finetooth.errors import InputError
from finetooth.models import preprocessing
from finetooth.models.estimator import TRUSTED_TYPES, build, fit_predict, load_object, pipeline, predict
from finetooth.models.fit_warnings import collect
from finetooth.models.learner import Learner
from finetooth.models.threads import limit_threads
from finetooth.spaces.catalogue import FAMILIES, family

ROWS, TRAIN = 160, 120
CATEGORICAL = (False, True, True, False)
NAMES = [name for name in FAMILIES if not name.startswith("xgboost")]
QUICK = {
    "mlp": {"max_iter": 5},
    "mlp-scheduled": {"max_iter": 5, "schedule": "cosine"},
    "forest": {"n_estimators": 5},
    "hist_gradient_boosting": {"max_iter": 5},
}


def table():
    """Numbers, four levels, 80 levels, numbers; missing values in all but the last; and a target a kind."""
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, 4))
    X[:, 1] = random.integers(0, 4, ROWS)
    X[:, 2] = random.integers(0, 80, ROWS)
    signal = X[:, 0] + X[:, 3] + (X[:, 1] == 2)
    for column in range(3):
        X[column :: 9 + column, column] = np.nan
    y = {"binary": signal > 0, "multiclass": np.digitize(signal, [-0.5, 1.0]), "regression": 100 * signal}
    return X.astype(np.float32), {kind: values.astype(np.float64) for kind, values in y.items()}


X, Y = table()


def fit(name, kind, needs, params=None, seed=1, **changes):
    found = family(name, kind)
    values = {**found.default, **QUICK.get(name, {}), **(params or {})}
    y = changes.pop("y", Y[kind])
    return fit_predict(
        found.learner, values, CATEGORICAL, kind, X[:TRAIN], y[:TRAIN], X[TRAIN:], seed, needs, **changes
    )


CASES = [("binary", "score"), ("binary", "probability"), ("binary", "label")]
CASES += [("multiclass", "probability"), ("multiclass", "label"), ("regression", "value")]


@pytest.mark.parametrize(("name", "case"), product(NAMES, CASES))
def test_every_family_learns_something_from_missing_values_and_categories(name, case):
    kind, needs = case
    found = fit(name, kind, needs)
    for predicted, rows in ((found.test, ROWS - TRAIN), (found.train, TRAIN)):
        assert predicted.shape == ((rows, 3) if kind == "multiclass" else (rows,))
        assert predicted.dtype == np.float64
        assert np.isfinite(predicted).all()
    if needs in ("probability", "label"):
        assert found.test.min() >= 0
        assert found.test.max() <= 1
    if kind == "multiclass":
        assert found.test.sum(axis=1) == pytest.approx(1)
    elif not name.startswith("mlp"):  # five epochs teach a network little
        assert np.corrcoef(found.test, Y[kind][TRAIN:])[0, 1] > 0.3


@pytest.mark.parametrize(("name", "kind"), product(NAMES, ("binary", "multiclass", "regression")))
def test_a_saved_model_predicts_the_same_and_holds_only_known_types(name, kind):
    needs = "value" if kind == "regression" else "probability"
    found = fit(name, kind, needs)
    file = skops.io.dumps(found.pipeline)
    assert set(skops.io.get_untrusted_types(data=file)) <= set(TRUSTED_TYPES)
    again = skops.io.loads(file, trusted=list(TRUSTED_TYPES))
    assert np.array_equal(predict(again, X[TRAIN:], kind, needs, 3 if kind == "multiclass" else 2), found.test)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_predictions(name):
    assert np.array_equal(fit(name, "binary", "score").test, fit(name, "binary", "score").test)


def test_another_seed_gives_another_forest():
    assert not np.array_equal(fit("forest", "binary", "score").test, fit("forest", "binary", "score", seed=2).test)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_predicted_without_regard_to_the_rows_beside_it(name):
    found = fit(name, "regression", "value")
    alone = predict(found.pipeline, X[TRAIN : TRAIN + 3], "regression", "value", 2)
    assert alone == pytest.approx(found.test[:3], rel=1e-6)


@pytest.mark.parametrize(("name", "needs"), product(("forest", "svm", "linear"), ("probability", "label")))
def test_a_class_that_the_fold_lacks_keeps_its_column(name, needs):
    y = np.where(Y["multiclass"] == 1, 3.0, Y["multiclass"])
    found = fit(name, "multiclass", needs, y=y, classes=5)
    assert found.test.shape == (ROWS - TRAIN, 5)
    assert (found.test[:, [1, 4]] == 0).all()
    assert found.test.sum(axis=1) == pytest.approx(1)


def test_training_predictions_are_left_out_on_request():
    assert fit("linear", "binary", "score", train=False).train is None


def test_support_vectors_rank_without_calibration_and_calibrate_only_for_probabilities():
    score, label, probability = (fit("svm", "binary", needs) for needs in ("score", "label", "probability"))
    assert score.test.min() < 0
    assert set(label.test) == {0.0, 1.0}
    assert np.array_equal(label.test, score.test > 0)
    assert np.array_equal(np.argsort(score.test), np.argsort(probability.test))
    with pytest.raises(InputError, match="the model must give probabilities for this metric"):
        predict(score.pipeline, X, "binary", "probability", 2)


@pytest.mark.parametrize("name", ["svm", "linear", "mlp", "nystroem"])
def test_the_targets_unit_does_not_change_a_scaled_model(name):
    metres, kilometres = fit(name, "regression", "value"), fit(name, "regression", "value", y=Y["regression"] / 1000)
    assert metres.test == pytest.approx(kilometres.test * 1000, rel=1e-4)


def test_levels_are_counted_without_missing_values():
    few = np.array([[1, 0.5], [np.nan, 0.5], [3, np.nan], [3, 1]], dtype=np.float32)
    assert preprocessing.count_levels(few, (True, False)) == (2, 0)


def test_boosting_takes_more_levels_than_its_histograms_hold():
    random = np.random.default_rng(3)
    wide = np.column_stack([random.integers(0, 600, 900), random.integers(0, 3, 900), random.normal(size=900)])
    effect = random.normal(size=600)[wide[:, 0].astype(int)]
    train, test, y = wide[:600].astype(np.float32), wide[600:].astype(np.float32), (effect > 0).astype(float)
    test[0, 0], test[1, 0] = np.nan, 5000
    learner = family("hist_gradient_boosting", "binary").learner
    found = fit_predict(learner, {}, (True, True, False), "binary", train, y[:600], test, 0, "score")
    assert np.corrcoef(found.test, y[600:])[0, 1] > 0.3
    assert found.pipeline[-1].get_params()["categorical_features"] == [0]
    small = pipeline(learner, {}, (True, True, False), "binary", 0, "score", (9, 3, 0))
    assert small[-1].get_params()["categorical_features"] == [0, 1]


def test_a_noise_category_of_many_levels_does_not_look_like_signal():
    random = np.random.default_rng(4)
    noise = random.integers(0, 300, (900, 1)).astype(np.float32)
    y = random.integers(0, 2, 900).astype(float)
    learner = family("linear", "binary").learner
    found = fit_predict(learner, {}, (True,), "binary", noise[:600], y[:600], noise[600:], 0, "score")
    # Means taken over the rows themselves would get a coefficient near 2; cross-fitted ones have nothing to say.
    assert abs(found.pipeline[-1].coef_[0, 0]) < 0.5


def test_dense_preparation_says_where_values_were_missing_and_pools_rare_levels():
    rows = np.array([[1.0, k, k] for k in [0] * 8 + [1] * 8 + [2, 3, 4, 5, 6]], dtype=np.float32)
    rows[0, 0] = np.nan
    steps = preprocessing.dense((False, True, True), (0, 7, 7), "binary", 0, scaled=False)
    made = steps.fit_transform(rows, np.arange(len(rows)) % 2)
    # One number, its indicator, and for each category two levels and one for all the rare ones.
    assert made.shape == (len(rows), 2 + 2 * 3)
    assert made[0].tolist()[:2] == [1.0, 1.0]


def test_seeds_reach_every_step_and_no_fit_takes_more_than_one_core():
    learner = Learner("own", "estimator", "sklearn.ensemble:BaggingClassifier", constants={"n_jobs": 2})
    made = pipeline(learner, {}, (False,), "binary", 7, "score")
    assert made[-1].get_params()["random_state"] == 7
    assert made[-1].get_params()["n_jobs"] == 1
    other = Learner("own", "estimator", "xgboost:XGBClassifier")
    assert pipeline(other, {}, (False,), "binary", 7, "score")[-1].get_params()["n_jobs"] == 1
    inside = {"estimator": build(other, {})}
    wrapped = pipeline(learner, inside, (False,), "binary", 7, "score")[-1].get_params()
    assert (wrapped["estimator__n_jobs"], wrapped["estimator__random_state"]) == (1, 7)


def test_constants_and_nested_names_reach_the_model():
    path = "sklearn.ensemble:AdaBoostClassifier"
    learner = Learner("own", "estimator", path, constants={"n_estimators": 3})
    assert build(learner, {"learning_rate": 0.5}).get_params()["n_estimators"] == 3
    nested = Learner("own", "estimator", "finetooth.spaces.nystroem:nystroem_classifier")
    assert build(nested, {"model__C": 3.0, "n_components": 9}).get_params()["model__C"] == 3.0
    assert load_object("sklearn.linear_model:LogisticRegression") is LogisticRegression


def test_warnings_of_a_fit_are_collected_once_each_and_not_printed(capfd):
    found = fit("linear", "binary", "score", {"max_iter": 1})
    assert len(found.notices) == 1
    assert found.notices[0].startswith("ConvergenceWarning: ")
    assert len(found.notices[0]) <= 160
    assert capfd.readouterr().err == ""


def test_each_thread_collects_its_own_warnings_and_other_threads_keep_theirs():
    barrier = threading.Barrier(3, timeout=20)

    def work(text):
        with collect() as notices:
            barrier.wait()
            warnings.warn(text, UserWarning, stacklevel=1)
            barrier.wait()
        return notices

    with warnings.catch_warnings(record=True) as outside, ThreadPoolExecutor(2) as pool:
        warnings.simplefilter("always")
        futures = [pool.submit(work, text) for text in "ab"]
        barrier.wait()
        warnings.warn("outside", UserWarning, stacklevel=1)
        barrier.wait()
        assert [future.result() for future in futures] == [["UserWarning: a"], ["UserWarning: b"]]
    assert [str(warning.message) for warning in outside] == ["outside"]


def test_warnings_reach_everybody_again_after_somebody_else_recorded_some():
    with warnings.catch_warnings(record=True) as before:
        warnings.simplefilter("always")
        with warnings.catch_warnings(record=True), collect():
            warnings.warn("inside", UserWarning, stacklevel=1)
        warnings.warn("afterwards", UserWarning, stacklevel=1)
    assert [str(warning.message) for warning in before] == ["afterwards"]


def test_what_a_fit_says_does_not_depend_on_filters_that_other_threads_swap_meanwhile():
    def say():
        with collect() as notices:
            warnings.warn("a socket was left open", ResourceWarning, stacklevel=1)
            warnings.warn("an old name", DeprecationWarning, stacklevel=1)
            warnings.warn("`sklearn.utils.parallel.delayed` should be used with it", UserWarning, stacklevel=1)
            warnings.warn("it did not converge", UserWarning, stacklevel=1)
        return notices

    with warnings.catch_warnings():
        warnings.resetwarnings()  # as scikit-learn does for a moment before each of its parallel calls
        assert [say(), say()] == [["UserWarning: it did not converge"]] * 2


def test_every_thread_is_limited_to_one_core():
    def cores():
        limit_threads()
        limit_threads()
        return _openmp_effective_n_threads()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: cores(), range(2))) == [1, 1]


@pytest.mark.parametrize("name", ["hist_gradient_boosting", "forest", "linear", "svm", "nystroem", "mlp"])
def test_every_family_learns_from_thousands_of_levels(name):
    """Four rows a level, of which each level's mean is known."""
    random = np.random.default_rng(4)
    levels = np.repeat(np.arange(2000), 4)
    effect = random.normal(size=2000)[levels]
    wide = np.column_stack([levels, random.normal(size=8000)]).astype(np.float32)
    order = random.permutation(8000)
    train, test = order[:6000], order[6000:]
    found = family(name, "regression")
    params = {**found.default, **QUICK.get(name, {}), **({"max_iter": 60} if name == "mlp" else {})}
    params |= {"n_components": 20} if name == "nystroem" else {}
    fitted = fit_predict(
        found.learner, params, (True, False), "regression", wide[train], effect[train], wide[test], 0, "value"
    )
    assert np.corrcoef(fitted.test, effect[test])[0, 1] > 0.8
