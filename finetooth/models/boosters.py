"""Boosters under way: one a fold, which go on from where they are, here or on a worker that starts them again.

Every round draws its random numbers from (seed, round) alone, so a booster that stood still while others were boosted
goes on as if it had not. That holds for the object itself: one that is read back from a file draws its columns anew.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xgboost as xgb

from finetooth.errors import InputError
from finetooth.metrics import Metric
from finetooth.models import interruption, schedules
from finetooth.models.cache import BoundedCache, Shelf
from finetooth.models.fold_matrices import FoldMatrix
from finetooth.models.level_means import LevelMeans
from finetooth.models.segments import Segment
from finetooth.models.target_scale import AS_IT_IS, TargetScale
from finetooth.records import Kind, Params, is_watched

LARGER_IS_BETTER = {"auc", "aucpr"}
LINEAR = "the booster must be gbtree or dart; got gblinear; for a linear model choose the model linear."
_MOST_BYTES = 2**28
_ROW = 48  # bytes a training row: gradients, predictions and where the row stands in the tree
_OBJECTIVES: dict[Kind, str] = {
    "binary": "binary:logistic",
    "multiclass": "multi:softprob",
    "regression": "reg:squarederror",
}
# With these a model of standard scores is a model of the target; others need it as it is, such as counts.
_OF_ANY_UNIT = {"reg:squarederror", "reg:absoluteerror", "reg:quantileerror"}
_CURVES_OF_ANY_UNIT = {"rmse", "mae"}
_CENTRE, _SCALE, _MEANS = "target_centre", "target_scale", "level_means"  # attributes of a booster, saved with it


@dataclass(frozen=True, slots=True)
class Task:
    """What is learned: the kind of target, its number of classes (0 for regression), and the metric."""

    kind: Kind
    classes: int
    metric: Metric


@dataclass(slots=True)
class Grown:
    """A fold's booster after so many rounds, with its learning curve so far (larger is better)."""

    booster: Any
    rows: int
    curve: list[float] = field(default_factory=list)
    rounds: int = 0


def _weight(grown: Grown) -> int:
    return grown.rows * _ROW + 4 * len(grown.booster.save_raw("ubj"))


_shelf = Shelf(_MOST_BYTES, _weight)
_ends = BoundedCache(_MOST_BYTES, lambda end: len(end[0]))


def settings(task: Task, params: Params, seed: int) -> dict[str, Any]:
    """What XGBoost is told. Raises `InputError` for linear boosters, which do not take binned rows.

    One thread: the same model comes out with more of them (adult, California housing, diamonds; 2, 3, 4 and 8
    threads), but on cores that are not idle two threads took 4 to 60 times as long as one, since they wait for each
    other after every split.
    """
    if params.get("booster") == "gblinear":
        raise InputError(LINEAR)
    apart = {"n_estimators", *schedules.PARAMETERS}
    fixed: dict[str, Any] = {
        "objective": _OBJECTIVES[task.kind],
        "eval_metric": task.metric.curve[task.kind],
        "tree_method": "hist",
        "nthread": 1,
        "seed": seed,
        # The engine of a thread is shared by all its boosters: without this, each would depend on the others.
        "seed_per_iteration": True,
        # Histograms of all nodes are kept otherwise: 668 MB a booster at depth 12 (49 columns), now 112 MB, and the
        # same predictions, no later.
        "max_cached_hist_node": 256,
        "verbosity": 0,
    }
    if task.kind == "multiclass":
        fixed["num_class"] = task.classes
    return fixed | {name: value for name, value in params.items() if name not in apart}


def is_standardised(task: Task, params: Params) -> bool:
    """Whether the labels are standard scores of the target: for a regression whose settings mean the same in any unit.

    A user's own objective, metric or `base_score` may speak of the target's unit.
    """
    if task.kind != "regression" or params.get("base_score") is not None:
        return False
    used = settings(task, params, 0)
    return used["objective"] in _OF_ANY_UNIT and used["eval_metric"] in _CURVES_OF_ANY_UNIT


def write_scale(booster: Any, scale: TargetScale) -> None:
    """Write into a booster, and so into its file, what unit its predictions are in."""
    if scale != AS_IT_IS:
        booster.set_attr(**{_CENTRE: repr(scale.centre), _SCALE: repr(scale.scale)})


def read_scale(booster: Any) -> TargetScale:
    """The scale of a booster's predictions; a booster that names none predicts in the target's unit."""
    centre, scale = booster.attr(_CENTRE), booster.attr(_SCALE)
    return AS_IT_IS if centre is None or scale is None else TargetScale(float(centre), float(scale))


def write_means(booster: Any, means: LevelMeans) -> None:
    """Write into a booster, and so into its file, what its wide categories became."""
    if means.features:
        booster.set_attr(**{_MEANS: means.to_text()})


def read_means(booster: Any) -> LevelMeans:
    """What became of the wide categories of the rows that a booster takes."""
    text = booster.attr(_MEANS)
    return LevelMeans() if text is None else LevelMeans.from_text(text)


def _key(task: Task, params: Mapping[str, Any], fold: FoldMatrix, seed: int, lineage: Sequence[Segment]) -> Hashable:
    chosen = tuple(sorted((name, repr(value)) for name, value in params.items() if name != "n_estimators"))
    return task.kind, task.classes, task.metric.name, chosen, fold.key, seed, tuple(lineage)


def take(task: Task, params: Params, fold: FoldMatrix, seed: int, lineage: Sequence[Segment] = ()) -> Grown:
    """The booster that an earlier trial left here, however far it is; else one at the end of its lineage."""
    kept: Grown | None = _shelf.take(_key(task, params, fold, seed, lineage))
    return start(task, params, fold, seed, lineage) if kept is None else kept


def put(task: Task, params: Params, fold: FoldMatrix, seed: int, lineage: Sequence[Segment], grown: Grown) -> None:
    """Leave a booster for the trials that go on from it."""
    _shelf.put(_key(task, params, fold, seed, lineage), grown)


def start(task: Task, params: Params, fold: FoldMatrix, seed: int, lineage: Sequence[Segment] = ()) -> Grown:
    """A booster at the end of its lineage; without one, before its first round.

    A model changes its parameters as a file: the next segment starts from what was saved, also where the ancestor is
    at hand, so that nothing but the file counts.
    """
    told = settings(task, params, seed)
    rows = [part for part in (fold.train, fold.test) if part is not None]
    booster, size = xgb.Booster(told, rows), fold.train.num_row()
    write_scale(booster, fold.scale)
    if not lineage:
        return Grown(booster, size)
    saved, curve = _end(task, fold, seed, lineage)
    booster.load_model(bytearray(saved))
    booster.set_param(told)
    return Grown(booster, size, list(curve), lineage[-1].until)


def _end(task: Task, fold: FoldMatrix, seed: int, lineage: Sequence[Segment]) -> tuple[bytes, tuple[float, ...]]:
    """The model at the end of a chain and its curve until there, made from the start where it is not at hand."""
    *before, last = lineage

    def build() -> tuple[bytes, tuple[float, ...]]:
        grown = take(task, last.params, fold, seed, before)
        if grown.rounds > last.until:
            grown = start(task, last.params, fold, seed, before)
        boost(grown, last.params, fold, last.until)
        return bytes(grown.booster.save_raw("ubj")), tuple(grown.curve)

    end: tuple[bytes, tuple[float, ...]] = _ends.get(_key(task, last.params, fold, seed, lineage), build)
    return end


def boost(grown: Grown, params: Params, fold: FoldMatrix, until: int, *, watch: bool = True) -> None:
    """Boost up to and including round `until`; `watch` records the curve of the test rows.

    Raises `TrialStoppedError` when the run was interrupted.
    """
    while grown.rounds < until:
        interruption.check()
        rate = schedules.rate(params, grown.rounds)
        if rate is not None:
            grown.booster.set_param({"learning_rate": rate})
        grown.booster.update(fold.train, grown.rounds)
        grown.rounds += 1
        if watch and fold.test is not None and is_watched(grown.rounds):
            grown.curve.append(_watched(grown.booster, fold, grown.rounds - 1))


def _watched(booster: Any, fold: FoldMatrix, round_: int) -> float:
    name, value = booster.eval_set([(fold.test, "test")], round_).split("\t")[1].rsplit(":", 1)
    return float(value) if name.removeprefix("test-") in LARGER_IS_BETTER else -float(value) * fold.scale.scale
