"""Every model of the catalogue, and a user's own, through the registry and back: the same predictions, no pickle."""

import io
import pickle
import pickletools
import sys

import numpy as np
import pytest

from finetooth.domains.yaml_file import from_mapping
from finetooth.errors import InputError
from finetooth.metrics import DEFAULTS
from finetooth.models import score_table
from finetooth.models.model import FitJob, fit, load_model
from finetooth.registry.registry import Registry
from finetooth.spaces.catalogue import family, names
from finetooth.spaces.resolve import resolve

FEW = {"n_estimators": 4, "max_iter": 20}  # whatever a family calls its rounds
OWN = """
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures
import numpy as np


def squashed(X):
    return np.tanh(X)


def build(k=3, learning_rate=0.1):
    steps = [
        ("fill", SimpleImputer()),
        ("squash", FunctionTransformer(squashed)),
        ("squares", PolynomialFeatures(2)),
        ("select", SelectKBest(f_classif, k=k)),
        ("model", GradientBoostingClassifier(n_estimators=5, learning_rate=learning_rate)),
    ]
    return Pipeline(steps)
"""


def few(found, params):
    """Parameters with few rounds; those of XGBoost are not searched, and the curve of no trial has chosen any here."""
    given = {key: FEW.get(key, value) for key, value in params.items()}
    return given | ({"n_estimators": 4} if found.learner.engine == "xgboost" else {})


def there_and_back(made, tmp_path):
    """A model after it was saved, registered in a store without a file system, fetched and loaded."""
    made.save(tmp_path / "model")
    registry = Registry(f"memory://{tmp_path.name}")
    version = registry.register("any", tmp_path / "model", {"run": "one"})
    return load_model(registry.open(version)), registry.open(version)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def whole(model, frame):
    """All that a model is to whoever uses it: what it predicts for a table, its parameters, learner and columns."""
    return score_table.predictions(model, frame).to_dict("list"), model.params, model.learner, model.about


def is_pickle(path):
    try:
        pickletools.dis(path.read_bytes(), out=io.StringIO())
    except Exception:  # noqa: BLE001 (whatever the parser of pickles says of other files)
        return False
    return True


def pickles(folder):
    """The files of a saved model that are pickles."""
    return [path.name for path in folder.iterdir() if path.is_file() and is_pickle(path)]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", names())
def test_a_family_of_the_catalogue_predicts_the_same_from_the_registry(tables, tmp_path, name, kind):
    found = family(name, kind)
    params = few(found, found.default)
    made = fit(FitJob(tables[kind].data, found.learner, params, DEFAULTS[kind], 3))
    again, folder = there_and_back(made, tmp_path)
    frame = tables[kind].frame.drop(columns="target")
    assert whole(again, frame) == whole(made, frame)
    assert pickles(folder) == []


def test_the_far_ends_of_each_space_hold_trusted_types_too(tables, tmp_path):
    """Other solvers, kernels and penalties bring other classes into a file than the defaults do."""
    frame = tables["binary"].frame.drop(columns="target")
    for name in names():
        found = family(name, "binary")
        for number, unit in enumerate((0.0, 0.99)):
            drawn = found.space.from_unit(np.full(len(found.space.names), unit))
            made = fit(FitJob(tables["binary"].data, found.learner, few(found, drawn), "log_loss", 3))
            folder = tmp_path / f"{name}{number}"
            made.save(folder)
            assert whole(load_model(folder), frame) == whole(made, frame)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of the user's own, as a run finds it."""
    (tmp_path / "own_pipeline.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "own_pipeline", raising=False)
    return resolve("own_pipeline:build", "binary", from_mapping({"k": {"low": 2, "high": 5}}))


def test_a_pipeline_of_the_users_own_predicts_the_same_from_the_registry(tables, tmp_path, own):
    made = fit(FitJob(tables["binary"].data, own.learner, {"k": 4}, "roc_auc", 3))
    again, folder = there_and_back(made, tmp_path)
    frame = tables["binary"].frame.drop(columns="target")
    assert whole(again, frame) == whole(made, frame)
    assert pickles(folder) == []


def test_a_pickle_would_be_found(tmp_path):
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({"weights": [1.0]}))
    (tmp_path / "model.json").write_text("{}")
    assert pickles(tmp_path) == ["model.pkl"]


def test_a_pipeline_whose_module_is_not_there_is_said_so(tables, tmp_path, own, monkeypatch):
    made = fit(FitJob(tables["binary"].data, own.learner, {"k": 4}, "roc_auc", 3))
    made.save(tmp_path / "model")
    monkeypatch.delitem(sys.modules, "own_pipeline")
    (tmp_path / "own_pipeline.py").unlink()
    sys.path_importer_cache.clear()
    with pytest.raises(InputError, match="the module of 'own_pipeline:build' must import, since the model is made of"):
        load_model(tmp_path / "model").predict(tables["binary"].frame)
