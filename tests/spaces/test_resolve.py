"""A user's own model: found by import path, refused when fitted, and its default is the library's."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from finetooth.domains.domains import Choice, Float, Int
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.models.estimator import build
from finetooth.models.inputs import decided
from finetooth.models.learner import Family, Learner
from finetooth.spaces.catalogue import family
from finetooth.spaces.resolve import read_space, resolve, with_constants, with_space

NEIGHBOURS = Space((Int("model__n_neighbors", 1, 30, log=True), Choice("model__weights", ("uniform", "distance"))))


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of the user's, importable as `own_models`."""
    (tmp_path / "own_models.py").write_text(
        """
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from finetooth.domains.domains import Int
from finetooth.domains.space import Space
from finetooth.models.learner import Family, Learner
from finetooth.spaces.catalogue import family

PIPELINE = Pipeline([("scale", StandardScaler()), ("model", KNeighborsClassifier())])
FITTED = Pipeline([("scale", StandardScaler().fit([[0.0], [1.0]])), ("model", KNeighborsClassifier())])
FAMILY = Family(Learner("mine", "estimator", "own_models:make"), Space((Int("k", 1, 5),)), {"k": 2}, "mine", "me")
NUMBER = 3

def make(k=4, power=2):
    return KNeighborsClassifier(k, p=power)

def for_kind(kind):
    return family("forest", kind)

def wrong(kind):
    return 3

def asking(n_neighbors=4):
    return KNeighborsClassifier(n_neighbors)

asking.finetooth_input = "codes"

def objective(train, test, seed, n_neighbors=4):
    return test

objective.finetooth_input = "frame"

def misspelt(n_neighbors=4):
    return KNeighborsClassifier(n_neighbors)

misspelt.finetooth_input = "table"

def no_model(k=4):
    return k
"""
    )
    monkeypatch.syspath_prepend(tmp_path)
    return "own_models"


def test_a_pipeline_is_searched_by_step_names_and_starts_from_its_own_values(own):
    found = resolve(f"{own}:PIPELINE", "binary", NEIGHBOURS)
    assert found.learner == Learner(f"{own}:PIPELINE", "estimator", f"{own}:PIPELINE", prepare="auto")
    assert dict(found.default) == {"model__n_neighbors": 5, "model__weights": "uniform"}
    model = build(found.learner, {"model__n_neighbors": 7})
    assert isinstance(model, Pipeline)
    assert model.get_params()["model__n_neighbors"] == 7


def test_building_never_touches_the_users_own_object(own):
    found = resolve(f"{own}:PIPELINE", "binary", NEIGHBOURS)
    build(found.learner, {"model__n_neighbors": 7})
    assert build(found.learner, {}).get_params()["model__n_neighbors"] == 5


def test_a_class_and_a_factory_start_from_their_signatures(own):
    space = Space((Int("n_neighbors", 1, 9),), {"weights": "distance"})
    by_class = resolve("sklearn.neighbors:KNeighborsClassifier", "multiclass", space)
    assert dict(by_class.default) == {"n_neighbors": 5, "weights": "distance"}
    by_factory = resolve(f"{own}:make", "binary", Space((Int("k", 1, 9),)))
    assert dict(by_factory.default) == {"k": 4}
    assert isinstance(build(by_factory.learner, {"k": 3}), KNeighborsClassifier)


def test_a_model_that_takes_missing_values_is_given_them(own):
    found = resolve("sklearn.ensemble:ExtraTreesClassifier", "binary", Space((Int("min_samples_leaf", 1, 9),)))
    assert decided(found.learner, found.default).prepare == "native"
    assert isinstance(build(found.learner, {}), ExtraTreesClassifier)


@pytest.mark.parametrize(("wanted", "prepare"), [("frame", "frame"), ("codes", "native"), ("prepared", "scaled")])
def test_the_configuration_says_what_an_own_model_gets(own, wanted, prepare):
    """What is typed goes before what the model's code asks for."""
    assert resolve(f"{own}:PIPELINE", "binary", NEIGHBOURS, wanted).learner.prepare == prepare
    assert resolve(f"{own}:asking", "binary", SPACE, wanted).learner.prepare == prepare
    objective = resolve(f"{own}:objective", "binary", SPACE, wanted).learner
    assert objective == Learner(f"{own}:objective", "objective", f"{own}:objective", prepare)


def test_an_objective_may_ask_by_an_attribute(own):
    """A module can say once what its objective takes, for every run of it."""
    assert resolve(f"{own}:objective", "binary", SPACE).learner.prepare == "frame"


@pytest.mark.parametrize("name", ["linear", "own_models:FAMILY"])
def test_a_family_says_itself_what_its_model_gets(own, name):
    """A wish that would be ignored is refused before a trial is spent."""
    with pytest.raises(InputError, match=f"model.input must be auto for a family, .*; got 'frame' for '{name}'; "):
        resolve(name, "binary", None, "frame")


def test_families_and_functions_of_kind_are_taken_as_they_are(own):
    assert isinstance(resolve(f"{own}:FAMILY", "binary"), Family)
    assert dict(resolve(f"{own}:FAMILY", "binary").default) == {"k": 2}
    assert resolve(f"{own}:for_kind", "regression") == family("forest", "regression")
    assert resolve("svm", "binary") == family("svm", "binary")


SPACE = Space((Int("n_neighbors", 1, 9),))


@pytest.mark.parametrize(
    ("name", "kind", "space", "message"),
    [
        ("nowhere.models:X", "binary", SPACE, "the module of 'nowhere.models:X' must import; got ModuleNotFoundError"),
        ("own_models:PIPELIN", "binary", SPACE, "name 'PIPELIN' must exist in 'own_models'; it has: "),
        ("own_models:", "binary", SPACE, "an import path must read package.module:NAME; got 'own_models:'"),
        ("own_models:PIPELINE", "binary", None, "an estimator must come with a space of its parameters"),
        ("own_models:FITTED", "binary", NEIGHBOURS, "own_models:FITTED must be unfitted, or what it learnt leaks into"),
        ("own_models:NUMBER", "binary", SPACE, "'own_models:NUMBER' must name a Family, an unfitted estimator"),
        ("own_models:misspelt", "binary", SPACE, "finetooth_input of own_models:misspelt must be one of auto, frame, "),
        ("own_models:wrong", "binary", SPACE, "a function of kind must return a Family; own_models:wrong returned int"),
        (
            "own_models:no_model",
            "binary",
            Space((Int("k", 1, 9),)),
            "must return a scikit-learn estimator; it returned int",
        ),
        (
            "own_models:PIPELINE",
            "regression",
            NEIGHBOURS,
            "a regression target must have a regressor; own_models:PIPELINE",
        ),
        ("sklearn.linear_model:Ridge", "binary", Space((Float("alpha", 1.0, 2.0),)), "must have a classifier"),
        ("sklearn.svm:SVC", "binary", Space((Float("Gamma", 1.0, 2.0),)), "parameter 'Gamma' must exist in the model"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(own, name, kind, space, message):
    with pytest.raises(InputError) as caught:
        resolve(name, kind, space)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_space_changes_the_default_to_the_librarys_values_of_what_it_searches():
    space = Space(
        (Int("max_leaves", 0, 64), Float("eta", 0.01, 0.3), Choice("booster", ("gbtree", "dart"))), {"subsample": 0.8}
    )
    found = with_space(family("xgboost", "binary"), space)
    assert dict(found.default) == {
        "subsample": 0.8,
        "max_leaves": 0,
        "eta": 0.3,
        "booster": "gbtree",
        "n_estimators": 100,
    }
    assert found.space is space


def test_a_default_without_a_place_in_the_range_is_left_to_the_library():
    space = Space((Int("max_depth", 1, 20), Int("min_samples_leaf", 1, 20)))
    found = with_space(family("forest", "binary"), space)
    assert dict(found.default) == {"min_samples_leaf": 1}
    assert np.isnan(found.space.to_unit(found.default)).tolist() == [True, False]


def test_another_space_must_name_parameters_that_the_model_has():
    with pytest.raises(
        InputError, match=r"parameter 'max_dept' must exist in the model 'xgboost'; .*Did you mean 'max_depth'\?"
    ):
        with_space(family("xgboost", "binary"), Space((Int("max_dept", 1, 9),)))


def test_fixed_parameters_are_in_every_candidate_and_the_default_and_are_searched_no_more():
    found = with_constants(family("mlp", "binary"), {"layers": 2, "tol": 1e-3})
    assert "layers" not in found.space.names
    assert "width_3" not in found.space.names
    assert found.space.from_unit(np.full(len(found.space.names), 0.5)).keys() >= {"layers", "tol", "width_1", "width_2"}
    assert found.default["layers"] == 2
    assert found.default["tol"] == 1e-3
    with pytest.raises(InputError, match="parameter 'layerz' must exist in the model 'mlp'"):
        with_constants(family("mlp", "binary"), {"layerz": 2})


def test_fitted_parts_are_found_inside_a_pipeline():
    assert not [key for key in vars(Pipeline([("a", StandardScaler()), ("b", Ridge())])) if key.endswith("_")]


@pytest.mark.parametrize("how", ["searched", "fixed in the space", "constant"])
def test_the_linear_booster_is_refused_before_any_trial(how):
    def chosen():
        plain = family("xgboost", "binary")
        if how == "constant":
            return with_constants(plain, {"booster": "gblinear"})
        depth = Int("max_depth", 2, 5)
        if how == "searched":
            return with_space(plain, Space((depth, Choice("booster", ("gbtree", "gblinear")))))
        return with_space(plain, Space((depth,), constants={"booster": "gblinear"}))

    with pytest.raises(InputError, match="the booster must be gbtree or dart; got gblinear"):
        chosen()


def test_a_space_of_ones_own_may_search_a_schedule_of_the_learning_rate():
    space = Space(
        (Choice("schedule", ("constant", "cosine")), Int("schedule_period", 10, 50, when={"schedule": ("cosine",)}))
    )
    assert with_space(family("xgboost", "binary"), space).default == {"schedule": "constant", "n_estimators": 100}


@pytest.mark.parametrize("name", ["SPACE", "DISTRIBUTIONS", "DOMAINS"])
def test_a_space_may_be_an_object_of_a_module(tmp_path, monkeypatch, name):
    (tmp_path / "own_spaces.py").write_text(
        """
from scipy.stats import loguniform, randint
from finetooth import Float, Int, Space

DOMAINS = [Int("k", 1, 5), Float("c", 0.1, 10.0, log=True)]
SPACE = Space(tuple(DOMAINS))
DISTRIBUTIONS = {"k": randint(1, 6), "c": loguniform(0.1, 10.0)}
NUMBER = 3
"""
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert read_space(f"own_spaces:{name}").domains == (Int("k", 1, 5), Float("c", 0.1, 10.0, log=True))
    for path, message in (
        ("own_spaces:NUMBER", "a space must be a Space, .*; got int"),
        ("own_spaces:DOMANS", "Did you mean 'DOMAINS'"),
        ("no_such_module:SPACE", "the module of 'no_such_module:SPACE' must import"),
        ("own_spaces", "there is no file own_spaces"),
    ):
        with pytest.raises(InputError, match=message):
            read_space(path)
