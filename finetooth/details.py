"""What a verdict carries besides its result: how it was measured, and what was measured next to it. None of it decides.

Scores are in the metric's own direction. What is None was not measured, and has no key in verdict.json.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, model_serializer


def _nan_for_null(value: Any) -> Any:
    return math.nan if value is None else value


Real = Annotated[float, BeforeValidator(_nan_for_null)]  # JSON has no NaN: null
_Measured = Annotated[float | None, BeforeValidator(_nan_for_null)]  # null is a NaN here too; None has no key


@dataclass(frozen=True, slots=True)
class BootstrapDraws:
    """What the interval rests on: draws, those that were drawn again for want of a class, and units resampled.

    `unit` names them (row, different row, group, period), `effective` says how many equally large ones they are worth,
    and `heaviest_share` which part of the variance the most influential one has, or is None where that was not
    measured. `reason` says why there is no interval, or is None.
    """

    draws: int
    redrawn: int
    units: int
    unit: str | None = None
    effective: _Measured = None
    heaviest_share: _Measured = None
    reason: str | None = None

    @model_serializer(mode="wrap")
    def _stored(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_none(write(self))


@dataclass(frozen=True, slots=True)
class FoldTest:
    """The corrected t-test of the gain on fresh folds (Nadeau & Bengio 2003), with its 95 % interval [low, high]."""

    difference: Real
    p: Real
    low: Real
    high: Real


@dataclass(frozen=True, slots=True)
class Posterior:
    """How probable it is, given the folds, that the gain is below, inside or above the region of equivalence."""

    worse: Real
    equivalent: Real
    better: Real


class Incumbent(NamedTuple):
    """A trial that took the lead of a search, with its scores on training rows and on search folds."""

    trial: int
    train: Real
    search: Real


@dataclass(frozen=True, slots=True)
class StageScores:
    """One model's scores from training rows to sealed rows, and what was lost on the way (positive: lost).

    `gap` is train minus confirmation. `to_confirmation` and `to_holdout` are the search score minus those, each with
    its standard error.
    """

    train: Real
    search: Real
    confirmation: Real
    holdout: Real
    gap: Real
    to_confirmation: Real
    to_confirmation_error: Real
    to_holdout: Real
    to_holdout_error: Real


@dataclass(frozen=True, slots=True)
class Monitor:
    """Over- and underfitting: who led the search, and the scores of each model whose trial is known."""

    incumbents: tuple[Incumbent, ...]
    tuned: StageScores | None = None
    default: StageScores | None = None

    @model_serializer(mode="wrap")
    def _stored(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_none(write(self))


@dataclass(frozen=True, slots=True)
class BiasCorrected:
    """The best search score, and what BBC-CV makes of it (Tsamardinos et al. 2018)."""

    best: Real
    corrected: Real
    candidates: float


class CalibrationBin(NamedTuple):
    """A share of the rows with neighbouring probabilities: their mean, how often the class came, how many rows."""

    predicted: Real
    observed: Real
    rows: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far probabilities can be taken at their word. `curve` runs from low to high probabilities.

    `form` is what was predicted: "class 1" of two, or the "top label" of several.
    """

    brier: Real
    expected_error: Real
    curve: tuple[CalibrationBin, ...]
    form: str = "class 1"


@dataclass(frozen=True, slots=True)
class Calibrations:
    """The calibration of both models."""

    tuned: Calibration
    default: Calibration


@dataclass(frozen=True, slots=True)
class SliceScores:
    """Both scores in one slice of the sealed rows, such as "sex = female", and the gain's interval [low, high]."""

    slice: str
    rows: int
    tuned: Real
    default: Real
    low: Real
    high: Real


@dataclass(frozen=True, slots=True)
class Details:
    """The rest of what is known of a comparison.

    `selection` says why the candidate was chosen on fresh folds, `confirmed` and `confirmed_default` are the scores
    there (larger is better), `seed_share` is the seeds' share of the variance of the gain. `nadeau_bengio` and
    `bayesian` compare the scores on fresh folds. `bbc_cv` is the search score without its luck. `slices_left_out`
    counts the slices that were too small. `checks` names the leakage checks made after the search; `vault_head` is
    the last entry of the vault's hash chain, `positive` the class that probabilities speak of, if there are two.
    `period` is the first and the last sealed time as text, and `unseen` what is new in the sealed rows: later times,
    new groups, or both.
    """

    selection: str | None = None
    confirmed: _Measured = None
    confirmed_default: _Measured = None
    seed_share: _Measured = None
    bootstrap: BootstrapDraws | None = None
    nadeau_bengio: FoldTest | None = None
    bayesian: Posterior | None = None
    monitor: Monitor | None = None
    bbc_cv: BiasCorrected | None = None
    calibration: Calibrations | None = None
    slices: tuple[SliceScores, ...] | None = None
    slices_left_out: int | None = None
    checks: tuple[str, ...] | None = None
    vault_head: str | None = None
    positive: str | None = None
    period: tuple[str, str] | None = None
    unseen: str | None = None

    @model_serializer(mode="wrap")
    def _stored(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_none(write(self))


def _without_none(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}
