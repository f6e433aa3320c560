"""From what a user names (a family, an import path, a space of one's own, fixed values) to a `Family`."""

import inspect
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from finetooth.config.tune import ModelConfig, ModelInput
from finetooth.domains.domains import Choice, Domain
from finetooth.domains.objects import from_object
from finetooth.domains.space import Space
from finetooth.domains.yaml_file import from_yaml
from finetooth.errors import InputError, one_line, unknown
from finetooth.models import inputs
from finetooth.models.boosters import LINEAR
from finetooth.models.estimator import build, load_object
from finetooth.models.learner import Family, Learner
from finetooth.models.moved import current_path
from finetooth.models.objective import defaults, is_objective
from finetooth.records import Kind, Params, Value
from finetooth.spaces import catalogue
from finetooth.spaces.unfitted import check_unfitted
from finetooth.spaces.xgboost import LIBRARY_DEFAULTS

# XGBoost's native names of what its scikit-learn interface calls otherwise.
_NATIVE_NAMES = {"eta": "learning_rate", "alpha": "reg_alpha", "lambda": "reg_lambda", "min_split_loss": "gamma"}
_IMPORT_PATH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_DART = ("rate_drop", "skip_drop")
# The engine's own, beside XGBoost's (see `finetooth.models.schedules`).
_SCHEDULE: Params = {"schedule": "constant", "schedule_decay": 0.1, "schedule_period": 100}


def choose(model: ModelConfig, kind: Kind) -> Family:
    """The family of `model` for a kind of target, with the user's space and constants in place of its own.

    Raises `InputError` when the name, the space or a constant cannot be used.
    """
    family = resolve(model.name, kind, read_space(model.space) if model.space is not None else None, model.input)
    return with_constants(family, model.constants) if model.constants else family


def read_space(source: str) -> Space:
    """The space in a YAML file, or at an import path `package.module:NAME` of anything that `from_object` reads.

    Raises `InputError` for what cannot be read or imported.
    """
    if not _IMPORT_PATH.fullmatch(source) or Path(source).is_file():
        return from_yaml(Path(source))
    return from_object(load_object(source), name=source.partition(":")[2])


def resolve(name: str, kind: Kind, space: Space | None = None, wanted: ModelInput = "auto") -> Family:
    """The family of a name or of an import path `package.module:NAME`, with `space` in place of its own if given.

    NAME may be a `Family`, a function of `kind` that returns one, or (with a `space`) an unfitted scikit-learn
    estimator or Pipeline, its class, a function that takes parameters and returns one, or an objective: a function of
    `train`, `test`, `seed` and parameters that returns predictions (see `finetooth.models.objective`). Only the import
    path travels to workers. `wanted` is what an estimator or objective gets, in place of what it asks for itself (see
    `finetooth.models.inputs`). Raises `InputError` for what cannot be imported, is fitted, or does not suit the task.
    """
    if ":" not in name:
        return _of_family(name, catalogue.family(name, kind), space, wanted)
    name = current_path(name)
    made = load_object(name)
    if inspect.isfunction(made) and "kind" in inspect.signature(made).parameters:
        made = made(kind)
        if not isinstance(made, Family):
            raise InputError(f"a function of kind must return a Family; {name} returned {type(made).__name__}.")
    if isinstance(made, Family):
        return _of_family(name, made, space, wanted)
    if is_objective(made):
        return _of_objective(name, made, space, wanted)
    if space is None:
        raise InputError(f"an estimator must come with a space of its parameters; {name} has none; set model.space.")
    return _of_estimator(name, made, kind, space, wanted)


def _of_family(name: str, family: Family, space: Space | None, wanted: ModelInput) -> Family:
    """A family as it is, or with a space of the user's."""
    if wanted != "auto":
        raise InputError(
            f"model.input must be auto for a family, which says itself what its model gets; got '{wanted}' for "
            f"'{name}'; leave it out, or name an estimator of your own."
        )
    return family if space is None else with_space(family, space)


def with_space(family: Family, space: Space) -> Family:
    """The family with another space; its default becomes the library's values for what that space searches."""
    library = library_values(family.learner)
    # The default of boosted trees says what the library's is, in terms of the family's own space.
    known: Params = library if family.learner.engine == "xgboost" else {**library, **family.default}
    _check_names(family.learner, (*space.names, *space.constants), {*known, *family.space.names})
    _check_booster(family.learner, space)
    default: dict[str, Value] = dict(space.constants)
    for domain in space.domains:
        # A default such as None or "scale" has no place on a numeric range; left out, the library uses it anyway.
        if domain.name in known and _has_place(domain, known[domain.name]) and space.active(domain, default):
            default[domain.name] = known[domain.name]
    if "n_estimators" in family.default:
        default.setdefault("n_estimators", family.default["n_estimators"])
    return replace(family, space=space, default=default, starters=())


def with_constants(family: Family, constants: Params) -> Family:
    """The family with some parameters fixed, in every candidate and in the default, instead of searched."""
    space = family.space
    _check_names(family.learner, constants, {*library_values(family.learner), *family.default, *space.names})
    freed: dict[str, Domain] = {}
    for domain in space.domains:
        fixed = {parent: values for parent, values in domain.when.items() if parent in constants}
        open_ = {parent: values for parent, values in domain.when.items() if parent not in constants}
        possible = all(constants[parent] in values for parent, values in fixed.items()) and set(open_) <= set(freed)
        if domain.name not in constants and possible:
            freed[domain.name] = replace(domain, when=open_)
    found = Space(tuple(freed.values()), {**space.constants, **constants}, space.constraints, space.name)
    _check_booster(family.learner, found)
    kept = {name: value for name, value in family.default.items() if name not in space.names or name in freed}
    starters = tuple(
        {**{name: value for name, value in starter.items() if name not in space.names or name in freed}, **constants}
        for starter in family.starters
    )
    return replace(family, space=found, default={**kept, **constants}, starters=starters)


def library_values(learner: Learner) -> dict[str, Any]:
    """What the library takes for every parameter that a learner is not given."""
    if learner.engine == "xgboost":
        from xgboost import XGBModel

        native = {alias: LIBRARY_DEFAULTS[name] for alias, name in _NATIVE_NAMES.items()}
        return {**dict.fromkeys(_DART, 0.0), **XGBModel().get_params(), **native, **LIBRARY_DEFAULTS, **_SCHEDULE}
    values: dict[str, Any] = {}
    made = load_object(learner.estimator)
    if learner.engine == "objective":
        return dict(defaults(learner.name, made))
    # A factory may need arguments; then its signature has to do.
    with suppress(TypeError):
        model = build(learner, {})
        values.update(model.get_params() if hasattr(model, "get_params") else {})
    if inspect.isfunction(made):
        parameters = inspect.signature(made).parameters.values()
        named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        values.update({p.name: None if p.default is p.empty else p.default for p in named})
    return values


def _has_place(domain: Domain, value: Any) -> bool:
    return isinstance(domain, Choice) or (isinstance(value, int | float) and not isinstance(value, bool))


def _check_names(learner: Learner, names: Iterable[str], known: Collection[str]) -> None:
    """Raise `InputError` for a parameter that the model does not have."""
    for name in names:
        if name not in known:
            raise unknown("parameter", name, f"the model '{learner.name}'", sorted(known))


def _check_booster(learner: Learner, space: Space) -> None:
    """Raise `InputError` for XGBoost's linear booster, which the engine's binned rows do not suit."""
    searched = [domain.options for domain in space.domains if domain.name == "booster" and isinstance(domain, Choice)]
    asked = {space.constants.get("booster"), *(option for options in searched for option in options)}
    if learner.engine == "xgboost" and "gblinear" in asked:
        raise InputError(LINEAR)


def _of_objective(name: str, made: Any, space: Space | None, wanted: ModelInput) -> Family:
    """The family of an objective of the user's own; its default candidate is what its signature says."""
    if space is None:
        raise InputError(f"an objective must come with a space of its parameters; {name} has none; set model.space.")
    check_unfitted(name, made)
    prepare = inputs.asked(name, made) if wanted == "auto" else inputs.PREPARE[wanted]
    learner = Learner(name, "objective", name, "native" if prepare == "auto" else prepare)
    known = library_values(learner)
    if known:
        _check_names(learner, (*space.names, *space.constants), known)
    return with_space(Family(learner, space, {}, f"Your own objective {name}.", "your own"), space)


def _of_estimator(name: str, made: Any, kind: Kind, space: Space, wanted: ModelInput) -> Family:
    """The family of an estimator, its class or its factory."""
    if not callable(made) and not hasattr(made, "get_params"):
        raise InputError(
            f"'{name}' must name a Family, an unfitted estimator, its class or a function that returns one; "
            f"got {type(made).__name__}."
        )
    check_unfitted(name, made)
    learner = Learner(name, "estimator", name, inputs.PREPARE[wanted])
    known = library_values(learner)
    if known:
        _check_names(learner, (*space.names, *space.constants), known)
    # The middle of the space is as good a point as any to see whether the model takes the names.
    middle = space.from_unit(np.full(len(space.names), 0.5))
    try:
        model = build(learner, middle)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must take the parameters of the space; got {one_line(error)}.") from error
    if not hasattr(model, "get_params"):
        raise InputError(f"{name} must return a scikit-learn estimator; it returned {type(model).__name__}.")
    check_unfitted(name, model)
    _check_task(name, model, kind)
    inputs.decided(learner, middle)  # whether what it asks for is known
    return with_space(Family(learner, space, {}, f"Your own model {name}.", "your own"), space)


def _check_task(name: str, model: Any, kind: Kind) -> None:
    from sklearn.base import is_classifier, is_regressor

    fits = is_regressor(model) if kind == "regression" else is_classifier(model)
    if not fits:
        wanted = "a regressor" if kind == "regression" else "a classifier"
        raise InputError(f"a {kind} target must have {wanted}; {name} is {type(model).__name__}.")
