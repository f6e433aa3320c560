"""The catalogue: its defaults are the libraries' own, and everything it can propose can be built."""

import json
from itertools import product

import numpy as np
import pytest
import xgboost as xgb
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR

from finetooth.errors import InputError
from finetooth.models.estimator import build
from finetooth.models.schedules import rate
from finetooth.spaces.catalogue import FAMILIES, family, names
from finetooth.spaces.linear import logistic, ridge_or_elastic_net
from finetooth.spaces.mlp import mlp_classifier
from finetooth.spaces.svm import svc
from finetooth.spaces.xgboost import LIBRARY_DEFAULTS

TEXTS = ("grow_policy", "schedule")
KINDS = ("binary", "multiclass", "regression")
LIBRARY = {
    "hist_gradient_boosting": (HistGradientBoostingClassifier, HistGradientBoostingRegressor),
    "forest": (RandomForestClassifier, RandomForestRegressor),
    "linear": (LogisticRegression, Ridge),
    "svm": (SVC, SVR),
    "mlp": (MLPClassifier, MLPRegressor),
    "mlp-scheduled": (MLPClassifier, MLPRegressor),
}
# What the engine sets beside the searched parameters, or writes in another way, with the same meaning.
ALLOWED = {"forest": {"max_samples": 1.0}, "linear": {"max_iter": 1000}}


def assert_is_the_librarys(model, name, kind):
    ours, theirs = model.get_params(), LIBRARY[name][kind == "regression"]().get_params()
    changed = {key: value for key, value in ours.items() if value != theirs[key]}
    allowed = {} if (name, kind) == ("linear", "regression") else ALLOWED.get(name, {})
    assert changed == allowed


@pytest.mark.parametrize(("name", "kind"), product(LIBRARY, KINDS))
def test_trial_zero_is_the_model_that_the_library_gives_without_arguments(name, kind):
    found = family(name, kind)
    assert_is_the_librarys(build(found.learner, found.default), name, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_nystroem_starts_from_the_defaults_of_both_of_its_steps(kind):
    found = family("nystroem", kind)
    kernel, model = build(found.learner, found.default)
    assert kernel.get_params() == Nystroem().get_params()
    assert_is_the_librarys(model, "linear", kind)


def test_a_forest_that_draws_all_rows_is_the_librarys_own_that_leaves_max_samples_open():
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    ours = RandomForestClassifier(5, max_samples=1.0, random_state=0).fit(X, y).predict_proba(X)
    theirs = RandomForestClassifier(5, random_state=0).fit(X, y).predict_proba(X)
    assert (ours == theirs).all()


def test_xgboost_defaults_are_read_back_from_the_library():
    booster = xgb.train({}, xgb.DMatrix(np.zeros((4, 1)), label=[0.0, 1.0, 0.0, 1.0]), 1)
    config = json.loads(booster.save_config())["learner"]["gradient_booster"]
    trees = {**config["tree_train_param"], **config["gbtree_model_param"], "booster": config["name"]}
    elsewhere = {"n_estimators": xgb.sklearn.DEFAULT_N_ESTIMATORS, "scale_pos_weight": 1.0}
    for name, ours in LIBRARY_DEFAULTS.items():
        theirs = elsewhere.get(name, trees.get(name))
        assert type(ours)(theirs) == pytest.approx(ours) if not isinstance(ours, str) else theirs == ours, name


@pytest.mark.parametrize("kind", KINDS)
def test_xgboost_starts_from_the_model_of_its_defaults_and_never_searches_the_rounds(kind):
    found = family("xgboost", kind)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(900, 4)), rng.integers(0, 3 if kind == "multiclass" else 2, 900)
    made = xgb.XGBRegressor if kind == "regression" else xgb.XGBClassifier
    ours, theirs = (made(**params, n_jobs=1, random_state=0).fit(X, y) for params in (found.default, {}))
    assert ours.get_booster().get_dump() == theirs.get_booster().get_dump()
    assert "n_estimators" not in found.space.names


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["xgboost", "xgboost-scheduled"])
def test_the_starters_of_boosting_lie_in_its_space_and_are_as_complete_as_any_candidate(name, kind):
    found = family(name, kind)
    assert len(found.starters) == 3
    for starter in found.starters:
        assert found.space.allows(starter)
        placed = found.space.from_unit(found.space.to_unit(starter))
        assert set(starter) == set(placed)
        assert all(placed[key] == pytest.approx(value) for key, value in starter.items() if key not in TEXTS)


@pytest.mark.parametrize(("name", "kind"), product(("xgboost", "mlp"), KINDS))
def test_the_scheduled_variant_starts_from_the_constant_rate_and_gives_others_a_period(name, kind):
    plain, found = family(name, kind), family(f"{name}-scheduled", kind)
    assert dict(found.default) == {**plain.default, "schedule": "constant"}
    seen = {}
    for unit in np.random.default_rng(0).random((60, len(found.space.names))):
        params = found.space.from_unit(unit)
        seen[params["schedule"]] = sorted(name for name in params if name.startswith("schedule_"))
        start = params["learning_rate" if name == "xgboost" else "learning_rate_init"]
        assert rate(params, 500) is None or 0 < rate({**params, "learning_rate": start}, 500) <= start
    both = ["schedule_decay", "schedule_period"]
    assert seen == {"constant": [], "step": both, "exponential": both, "cosine": both, "restarts": both}


def test_boosting_of_numbers_searches_nothing_that_has_the_targets_unit():
    assert not {"gamma", "reg_alpha"} & set(family("xgboost", "regression").space.names)
    assert {"gamma", "reg_alpha"} <= set(family("xgboost", "binary").space.names)


@pytest.mark.parametrize(("name", "kind"), product(FAMILIES, KINDS))
def test_every_point_of_the_cube_is_a_candidate_that_can_be_built(name, kind):
    found = family(name, kind)
    learner = found.learner
    for unit in [*np.random.default_rng(0).random((20, len(found.space.names))), np.zeros(20), np.ones(20)]:
        params = found.space.from_unit(unit[: len(found.space.names)])
        found.space.check(params)
        assert found.space.from_unit(found.space.to_unit(params)).keys() == params.keys()
        model = xgb.XGBModel(**params) if learner.engine == "xgboost" else build(learner, params)
        assert model.get_params()


@pytest.mark.parametrize(("name", "kind"), product(FAMILIES, KINDS))
def test_every_default_has_a_place_in_the_cube_and_every_parameter_a_reason(name, kind):
    found = family(name, kind)
    genes = found.space.to_unit(found.default)
    assert (np.isnan(genes) | ((genes >= 0) & (genes <= 1))).all()
    assert all(domain.why for domain in found.space.domains)
    assert found.summary
    assert found.source


def test_widths_of_a_network_exist_only_where_its_layers_do():
    space = family("mlp", "binary").space
    seen = {}
    for unit in np.random.default_rng(1).random((60, len(space.names))):
        params = space.from_unit(unit)
        seen[params["layers"]] = sorted(name for name in params if name.startswith("width"))
        assert len(build(family("mlp", "binary").learner, params).hidden_layer_sizes) == params["layers"]
    assert seen == {1: ["width_1"], 2: ["width_1", "width_2"], 3: ["width_1", "width_2", "width_3"]}


def test_a_wrong_name_is_answered_with_the_list_and_the_nearest():
    with pytest.raises(
        InputError, match=r"model 'xgbost' must exist in the catalogue .*xgboost, .*Did you mean 'xgboost'\?"
    ):
        family("xgbost", "binary")
    assert names() == (
        "xgboost",
        "xgboost-scheduled",
        "hist_gradient_boosting",
        "forest",
        "linear",
        "svm",
        "nystroem",
        "mlp",
        "mlp-scheduled",
    )


def test_builders_infer_what_a_users_own_space_leaves_out():
    assert svc().gamma == "scale"
    assert svc(gamma=0.5).gamma == 0.5
    assert svc(gamma_rule="scale", gamma=0.5).gamma == "scale"
    assert logistic(l1_ratio=0.5).solver == "saga"
    assert type(ridge_or_elastic_net(alpha=0.1)).__name__ == "ElasticNet"
    assert type(ridge_or_elastic_net(ridge_alpha=0.1)).__name__ == "Ridge"
    assert mlp_classifier(layers=2, width_1=5, width_2=6).hidden_layer_sizes == (5, 6)
    with pytest.raises(ValueError, match="width_2 is missing"):
        mlp_classifier(layers=2)
