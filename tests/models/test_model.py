"""A fitted model: the same predictions before and after its files, on a user's own table, and no pickle anywhere."""

import json
import pickletools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer

from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.metrics import DEFAULTS
from finetooth.models import model
from finetooth.models.estimator import TRUSTED_TYPES
from finetooth.models.model import FitJob, fit, load_model
from finetooth.records import DataRef
from finetooth.spaces.catalogue import family

KINDS = ("binary", "multiclass", "regression")
FILES = {"xgboost": "model.ubj", "linear": "model.skops", "svm": "model.skops"}


@pytest.fixture(scope="module")
def fitted(tables):
    """A function that fits a family's default once."""
    made = {}

    def make(name, kind, metric=None):
        if (name, kind, metric) not in made:
            found = family(name, kind)
            params = dict(found.default) | ({"n_estimators": 6} if name == "xgboost" else {})
            job = FitJob(tables[kind].data, found.learner, params, metric or DEFAULTS[kind], 3)
            made[name, kind, metric] = fit(job)
        return made[name, kind, metric]

    return make


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["xgboost", "linear", "svm"])
def test_a_model_that_was_saved_is_the_model_that_was_fitted(fitted, tables, tmp_path, name, kind):
    made, frame = fitted(name, kind), tables[kind].frame
    made.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again == made
    pd.testing.assert_series_equal(again.predict(frame), made.predict(frame))
    if kind != "regression":
        pd.testing.assert_frame_equal(again.predict_proba(frame), made.predict_proba(frame))
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == sorted(["model.json", FILES[name]])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_predictions_have_the_names_and_rows_of_the_users_table(fitted, tables, name, kind):
    made = fitted(name, kind)
    frame = tables[kind].frame.iloc[::7].set_index(pd.Index([f"row {i}" for i in range(0, 240, 7)]))
    found = made.predict(frame.drop(columns="target"))
    assert (found.name, found.index.tolist()) == ("target", frame.index.tolist())
    if kind == "regression":
        assert np.corrcoef(found, frame["target"])[0, 1] > 0.8
    else:
        assert (found == frame["target"]).mean() > 0.7
        shares = made.predict_proba(frame)
        assert shares.columns.tolist() == sorted(set(tables[kind].frame["target"]))
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
        assert found.tolist() == shares.idxmax(axis=1).tolist()


def test_a_model_scores_the_encoded_rows_as_it_predicts_the_table(fitted, tables):
    made, development = fitted("xgboost", "binary"), open_development(tables["binary"].data)
    shares = made.predict_proba(development.frame())
    np.testing.assert_array_equal(made.scores(development.X), shares["yes"])
    assert (made.kind, made.classes, made.probable) == ("binary", ("no", "yes"), True)


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "log_loss"])
def test_labels_are_the_models_own_whatever_it_was_tuned_for(fitted, tables, metric):
    """A support vector machine that is handed over gives probabilities unless its own labels were tuned for."""
    made, development = fitted("svm", "binary", metric), open_development(tables["binary"].data)
    pipeline = skops.io.loads(made.payload, trusted=list(TRUSTED_TYPES))
    own = np.array(made.classes)[pipeline.predict(development.X)]
    found, shares = made.predict(development.frame()), made.predict_proba(development.frame())
    assert found.tolist() == own.tolist()
    assert shares.idxmax(axis=1).tolist() == own.tolist()
    assert made.probable == (metric != "accuracy")


@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_columns_may_come_in_any_order_with_others_beside_them(fitted, tables, name):
    made, frame = fitted(name, "binary"), tables["binary"].frame
    other = frame.assign(extra=1, another="x")[["another", *reversed(frame.columns), "extra"]]
    pd.testing.assert_frame_equal(made.predict_proba(other), made.predict_proba(frame))


@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_values_that_training_never_met_are_predicted_too(fitted, tables, name):
    made, frame = fitted(name, "binary"), tables["binary"].frame.head(3)
    strange = frame.assign(color=["ultraviolet", None, "red"], first=[None, np.inf, 1], member=[True, None, False])
    assert made.predict(strange.astype({"member": object})).isin(made.classes).all()


def test_a_missing_column_is_named_with_the_nearest(fitted, tables):
    frame = tables["binary"].frame.rename(columns={"second": "secnd"})
    with pytest.raises(InputError) as caught:
        fitted("xgboost", "binary").predict(frame)
    assert str(caught.value) == (
        "column 'second' must exist in the table to predict; it has: first, secnd, noise, color, member, day, target. "
        "Did you mean 'secnd'?"
    )


@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_a_fit_depends_on_its_job_alone(tables, name):
    found = family(name, "multiclass")
    params = dict(found.default) | ({"n_estimators": 4, "subsample": 0.6} if name == "xgboost" else {})
    job = FitJob(tables["multiclass"].data, found.learner, params, "log_loss", 3)
    X = open_development(tables["multiclass"].data).X
    np.testing.assert_array_equal(fit(job).scores(X), fit(job).scores(X))
    if name == "xgboost":
        assert fit(job).payload == fit(job).payload != fit(replace(job, seed=4)).payload


def test_no_file_of_a_model_is_a_pickle(fitted, tmp_path):
    for name in FILES:
        fitted(name, "binary").save(tmp_path / name)
    for path in tmp_path.rglob("*.*"):
        with pytest.raises(Exception):  # noqa: B017 (whatever the parser of pickles says of other files)
            pickletools.dis(path.read_bytes())
    assert "pickle" not in dir(model)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["linear", "svm"])
def test_models_hold_trusted_types_alone(fitted, name, kind):
    assert set(skops.io.get_untrusted_types(data=fitted(name, kind).payload)) <= set(TRUSTED_TYPES)


def test_a_model_file_with_other_types_is_refused(fitted, tables, tmp_path):
    strange = skops.io.dumps(FunctionTransformer(KMeans.fit_predict))
    replace(fitted("linear", "binary"), payload=strange).save(tmp_path)
    with pytest.raises(InputError, match="a model file must hold known types alone; this one has "):
        load_model(tmp_path).predict(tables["binary"].frame)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"learner": {"name": "x", "engine": "other"}}'])
def test_a_folder_without_a_model_gives_one_line(tmp_path, content):
    if content is not None:
        (tmp_path / "model.json").write_text(content)
    with pytest.raises(InputError) as caught:
        load_model(tmp_path)
    assert str(caught.value).startswith(f"a saved model must be in {tmp_path}; reading it gave ")
    assert "\n" not in str(caught.value)


def test_a_model_whose_weights_are_gone_gives_one_line(fitted, tmp_path):
    fitted("xgboost", "binary").save(tmp_path)
    (tmp_path / "model.ubj").unlink()
    with pytest.raises(InputError, match="a saved model must be in "):
        load_model(tmp_path)


def test_what_is_known_of_the_table_travels_with_the_model(fitted, tables, tmp_path):
    fitted("xgboost", "binary").save(tmp_path)
    about = json.loads((tmp_path / "model.json").read_text())["about"]
    assert [column["name"] for column in about["schema"]["columns"]] == list(tables["binary"].frame)[:-1]
    assert isinstance(tables["binary"].data, DataRef)
    assert str(tables["binary"].store) not in json.dumps(about)
