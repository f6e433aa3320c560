"""The column to predict: what kind of task it is, and its numeric codes."""

import shlex
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth.data.columns import is_boolean
from finetooth.errors import InputError, counted, unknown
from finetooth.records import Finding, Kind

ClassType = Literal["text", "integer", "number", "boolean"]  # of the classes in the user's table

MOST_CLASSES = 100
LARGEST, SMALLEST = 1e60, 1e-60  # a regression's target, and its SD: the fourth powers of both are within float64
_POSITIVE = frozenset({"1", "true", "yes", "y", "t", "positive", "pos"})
_NEGATIVE = frozenset({"0", "-1", "false", "no", "n", "f", "negative", "neg"})
FEW = 5  # development rows of a class; with fewer, some of the usual five folds have none to test


@dataclass(frozen=True, slots=True)
class Target:
    """The target of the rows that have one.

    `y` (rows,) holds class codes 0..k-1 or numbers, `rows` the row numbers of the table they belong to,
    `classes` the class names in code order (empty for regression; class 1 of two is the positive one), `missing`
    how many rows have no target.
    """

    name: str
    kind: Kind
    y: NDArray[np.float64]
    rows: NDArray[np.int64]
    classes: tuple[str, ...]
    missing: int = 0
    class_type: ClassType = "text"


def read_target(column: pd.Series, kind: Kind | None, positive: str | None = None) -> Target:
    """Infer the task unless `kind` is given, and code the target, `positive` being the second of two classes.

    Without it that is what is usually called so (1, true, yes ... against 0, false, no ...), else the rarer class.

    Raises `InputError` when it cannot be tuned for.
    """
    name = str(column.name)
    present = column.notna().to_numpy()
    values = column[present]
    if len(values) == 0:
        raise InputError(f"the target '{name}' must have values; all {len(column)} are missing.")
    if values.nunique() < 2:
        raise InputError(f"the target '{name}' must vary; every row is {values.tolist()[0]!r}.")
    rows = np.flatnonzero(present)
    task = kind or infer_kind(values)
    if task == "regression":
        if positive is not None:
            raise InputError(f"a positive class must come with two classes; the target '{name}' is a number.")
        return Target(name, task, _numbers(values), rows, (), len(column) - len(rows))
    found = _classes(name, values, rows, kind, len(column) - len(rows))
    if positive is None and len(found.classes) == 2:
        positive = _usual_positive(found)
    return found if positive is None else _with_positive(found, positive)


def task_taken(target: Target) -> tuple[Finding, ...]:
    """A finding of severity info that says what the target is taken for, and how to say otherwise."""
    if target.kind == "regression":
        least, largest = float(target.y.min()), float(target.y.max())
        form = "g" if f"{least:g}" != f"{largest:g}" else ".15g"
        text = f"'{target.name}' is taken as a number, from {least:{form}} to {largest:{form}}: a regression."
        distinct, whole = len(np.unique(target.y)), bool((target.y == np.floor(target.y)).all())
        few = distinct <= MOST_CLASSES and (whole or distinct * 5 <= len(target.y))
        remedy = "If the numbers are names of classes, say --set data.kind=multiclass." if few else ""
    elif target.kind == "binary":
        share = float(target.y.mean())
        text = (
            f"'{target.name}' is taken as two classes; the positive class, which F1, precision and probabilities speak "
            f"of, is '{target.classes[1]}' ({share:.1%} of the rows), the other '{target.classes[0]}'."
        )
        remedy = f"For the other one, say --positive {shlex.quote(target.classes[0])}."
    else:
        ordered = target.class_type in ("integer", "number")
        ends = f", from {target.classes[0]} to {target.classes[-1]}" if ordered else ""
        text = f"'{target.name}' is taken as {len(target.classes)} classes{ends}: multiclass."
        remedy = "If their order counts, as that of ratings, say --set data.kind=regression." if ordered else ""
    return (
        Finding(
            check="task",
            severity="info",
            columns=(target.name,),
            message=text,
            meaning="Metric, folds and model follow from it.",
            remedy=remedy,
        ),
    )


def missing_target(name: str, missing: int) -> tuple[Finding, ...]:
    """A finding of severity info on the rows whose target is missing; empty when there are none."""
    if not missing:
        return ()
    return (
        Finding(
            check="missing_target",
            severity="info",
            columns=(name,),
            message=f"no value in '{name}': {counted(missing, 'row')} left out.",
            meaning="Nothing can be learned or tested there.",
            evidence={"rows": missing},
        ),
    )


def rare_classes(target: Target, development: NDArray[np.int64], sealed: NDArray[np.int64]) -> tuple[Finding, ...]:
    """A warning where a class has fewer than `FEW` development rows, or no sealed row. Both are row numbers."""
    if not target.classes:
        return ()
    development_counts, sealed_counts = (
        np.bincount(target.y[rows].astype(np.int64), minlength=len(target.classes)) for rows in (development, sealed)
    )
    rare = np.flatnonzero((development_counts < FEW) | (sealed_counts == 0))
    if not len(rare):
        return ()
    descriptions = [
        f"'{target.classes[code]}' ({counted(int(development_counts[code]), 'row')}, {sealed_counts[code]} sealed)"
        for code in rare
    ]
    return (
        Finding(
            check="rare_class",
            severity="warning",
            columns=(target.name,),
            message=f"too few rows of '{target.name}' = {', '.join(descriptions)} for {FEW} folds and the sealed rows.",
            meaning="Some folds learn or test nothing of such a class, nor may the sealed rows: scores leave it out.",
            remedy="Gather more of its rows, merge it into another class, or drop it.",
            evidence={
                "classes": len(rare),
                "fewest": int(development_counts[rare].min()),
                "sealed": int(sealed_counts[rare].min()),
            },
        ),
    )


def infer_kind(values: pd.Series) -> Kind:
    """Two values: binary; text, or at most 20 whole numbers that repeat: multiclass; other numbers: regression."""
    distinct = values.nunique()
    if distinct == 2:
        return "binary"
    if not pd.api.types.is_numeric_dtype(values):
        return "multiclass"
    whole = bool((values == values.round()).all())
    return "multiclass" if whole and distinct <= 20 and distinct * 5 <= len(values) else "regression"


def _numbers(values: pd.Series) -> NDArray[np.float64]:
    try:
        y = values.astype(float).to_numpy()
    except (TypeError, ValueError):
        raise InputError(
            f"the target '{values.name}' must be numeric for regression; got values such as {values.tolist()[0]!r}."
        ) from None
    if infinite := int((~np.isfinite(y)).sum()):
        raise InputError(
            f"the target '{values.name}' must be finite; it is infinite in {counted(infinite, 'row')}: drop them."
        )
    largest = float(np.abs(y).max())
    if largest > LARGEST:
        raise InputError(
            f"the target '{values.name}' must be at most {LARGEST:g} in size; got {largest:g}; "
            "give it in a larger unit."
        )
    spread = float(y.std())
    if spread < SMALLEST:
        raise InputError(
            f"the target '{values.name}' must have a standard deviation of {SMALLEST:g} at least; got {spread:g}; give "
            "it in a smaller unit."
        )
    return np.asarray(y, dtype=np.float64)


def _classes(name: str, values: pd.Series, rows: NDArray[np.int64], requested: Kind | None, missing: int) -> Target:
    codes, classes = pd.factorize(values, sort=True)
    counts = np.bincount(codes)
    if len(classes) > MOST_CLASSES:
        raise InputError(
            f"the target '{name}' must have at most {MOST_CLASSES} classes; it has {len(classes)}; "
            "is it an id or a text? Name another target, or set the task to regression for numbers."
        )
    if requested == "binary" and len(classes) != 2:
        raise InputError(f"the target '{name}' must have two classes for a binary task; it has {len(classes)}.")
    if counts.min() < 2:
        raise InputError(
            f"each class of the target '{name}' must have at least 2 rows; '{classes[int(counts.argmin())]}' has 1; "
            "drop that row or merge the class into another."
        )
    kind: Kind = "binary" if len(classes) == 2 else "multiclass"
    names = tuple(map(_class_name, classes))
    return Target(name, kind, codes.astype(np.float64), rows, names, missing, _class_type(values, names))


def _with_positive(target: Target, positive: str) -> Target:
    """The target with `positive` as class 1."""
    if positive not in target.classes:
        raise unknown("positive class", positive, f"the target '{target.name}'", target.classes)
    if len(target.classes) != 2:
        raise InputError(
            f"a positive class must be one of two; the target '{target.name}' has {len(target.classes)} classes."
        )
    if positive == target.classes[1]:
        return target
    return replace(target, y=1.0 - target.y, classes=target.classes[::-1])


def _usual_positive(target: Target) -> str:
    """The class that is called so everywhere, else the rarer one, else the one that sorts last."""
    first, last = target.classes
    for negative, positive in ((first, last), (last, first)):
        if positive.lower() in _POSITIVE and negative.lower() in _NEGATIVE:
            return positive
    return first if float(target.y.mean()) > 0.5 else last


def class_labels(classes: tuple[str, ...], class_type: ClassType) -> NDArray[Any]:
    """The classes (k,) with the type that they had in the user's table."""
    if class_type == "boolean":
        return np.array([name == "True" for name in classes])
    types: dict[ClassType, Any] = {"integer": np.int64, "number": np.float64}
    return np.array(classes).astype(types[class_type]) if class_type in types else np.array(classes)


def _class_type(values: pd.Series, names: tuple[str, ...]) -> ClassType:
    if is_boolean(values):
        return "boolean"
    if not pd.api.types.is_numeric_dtype(values):
        return "text"
    return "integer" if all(name.lstrip("-").isdigit() for name in names) else "number"


def _class_name(value: object) -> str:
    """Whole numbers read the same whether or not the column has gaps, which make them floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
