"""The facts that stages pass to each other: frozen, slotted, and the same when read back from JSON."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count, islice
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BeforeValidator, Field, TypeAdapter

from finetooth.details import Details, Real
from finetooth.statistics import opening_alpha

Kind = Literal["binary", "multiclass", "regression"]
Value = bool | int | float | str | None
Params = Mapping[str, Value]
Severity = Literal["error", "warning", "info"]
State = Literal["complete", "pruned", "failed", "running"]
Label = Literal["IMPROVED", "BETTER", "EQUIVALENT", "INCONCLUSIVE", "WORSE", "NO-CANDIDATE", "INVALID"]


_RENAMED = {"BETTER-BUT-SMALL": "BETTER"}  # labels of 0.1.0: what was not shown to be large was called small


def _current_label(label: Any) -> Any:
    return _RENAMED.get(label, label) if isinstance(label, str) else label


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, so that equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def digest(value: Any) -> str:
    """The first 16 hex digits of the SHA-256 of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class DataRef:
    """Where a table lies after the split: the only "data" that Prefect or a worker is handed.

    `uri` is the folder of the development rows, `rows` and `columns` count them and their features,
    `fingerprint` names the content: source bytes, target, and every choice that shaped the split.
    """

    uri: str
    fingerprint: str
    rows: int
    columns: int
    target: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How much a trial is allowed to see: share of development rows, folds, boosting rounds (None: all)."""

    rows: float = 1.0
    folds: int = 5
    rounds: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.rows <= 1:
            raise ValueError(f"rows must lie in (0, 1]; got {self.rows}")
        if self.folds < 1:
            raise ValueError(f"folds must be at least 1; got {self.folds}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Parameters that a search proposes. `parents` are indices of earlier trials of the same search.

    `fidelity` says how much the trial may see; None: as much as the search's trials see.
    """

    index: int
    params: Params
    origin: str
    parents: tuple[int, ...] = ()
    fidelity: Fidelity | None = None

    @property
    def digest(self) -> str:
        """The identity of the parameters, whoever proposed them."""
        return digest(dict(self.params))


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one candidate at one fidelity. Larger scores are better, whatever the metric.

    `scores` has one entry a fold, `train_scores` the same on the rows that were fitted, `curve` the mean
    validation score after the boosting rounds `curve_rounds` (empty for models without rounds), `rounds` the round that
    was chosen from it, `seconds` the fitting time alone. `folds` names the rows that scored it, a digest a fold.
    """

    stage: str
    candidate: Candidate
    fidelity: Fidelity
    state: State
    scores: tuple[float, ...] = ()
    train_scores: tuple[Real, ...] = ()
    curve: tuple[Real, ...] = ()
    rounds: int | None = None
    seconds: float = 0.0
    worker: str = ""
    reason: str = ""
    repeat: int = 0
    folds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.state == "complete" and (not self.scores or not all(map(math.isfinite, self.scores))):
            raise ValueError(f"a complete trial must have finite scores; got {self.scores}")

    @property
    def score(self) -> float:
        """The mean over folds; minus infinity for a trial that did not complete."""
        return sum(self.scores) / len(self.scores) if self.state == "complete" else -math.inf

    @property
    def params(self) -> dict[str, Value]:
        """The parameters to fit again: those of the candidate, with the rounds that the curve chose."""
        frozen = {} if self.rounds is None else {"n_estimators": self.rounds}
        return frozen | dict(self.candidate.params)


def is_watched(rounds: int) -> bool:
    """Whether a learning curve has a point after so many rounds: the first 20, then every fifth.

    Scoring a round costs nearly as much as boosting it, and five rounds further on the curve looks the same.
    """
    return rounds <= 20 or rounds % 5 == 0


def curve_rounds(points: int) -> tuple[int, ...]:
    """The numbers of rounds that the first `points` points of a learning curve belong to."""
    return tuple(islice(filter(is_watched, count(1)), points))


@dataclass(frozen=True, slots=True)
class Waiver:
    """A user's word that a finding is known and accepted; it is printed in the verdict."""

    check: Annotated[str, Field(title="Check", description="The check whose finding is accepted.")]
    reason: Annotated[str, Field(title="Reason", description="Why it is no leak here.")]
    column: Annotated[str | None, Field(title="Column", description="Its column; left empty, any.")] = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a leakage check saw. `message` says what was measured, `meaning` why it matters, `remedy` what to do.

    `strict` errors cannot be waived. `evidence` holds the numbers behind the message, ready for JSON;
    `table` is an optional small table for the report: the first row is its header.
    """

    check: str
    severity: Severity
    columns: tuple[str, ...]
    message: str
    meaning: str = ""
    remedy: str = ""
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    table: tuple[tuple[str, ...], ...] = ()
    strict: bool = False
    waiver: Waiver | None = None

    @property
    def stops(self) -> bool:
        """Whether this finding ends the run before any trial is spent."""
        return self.severity == "error" and (self.strict or self.waiver is None)


@dataclass(frozen=True, slots=True)
class StageCost:
    """What a stage took: fits, seconds of fitting summed over workers, seconds on the wall."""

    stage: str
    trials: int
    fit_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether tuning helped, on rows that no earlier stage could read.

    Scores are in the metric's own direction (a loss stays a loss); `difference` is the gain of tuned over
    default, positive when tuned is better, with its 95 % two-way bootstrap interval [`ci_low`, `ci_high`].
    `bootstrap_support` is the share of bootstrap differences above zero: not a probability.
    `params` are those of the shipped model: the tuned ones, or the default's when that is kept.
    """

    label: Annotated[Label, BeforeValidator(_current_label)]
    metric: str
    tuned: Real
    default: Real
    difference: Real
    ci_low: Real
    ci_high: Real
    bootstrap_support: Real
    search_score: Real
    optimism: Real
    min_gain: Real
    seeds: int
    seed_sd: Real
    holdout_rows: int
    vault_openings: int
    waivers: tuple[Waiver, ...]
    trials: int
    seconds: float
    shipped: Literal["tuned", "default"]
    params: Params
    tuned_params: Params
    default_params: Params
    findings: tuple[Finding, ...] = ()
    costs: tuple[StageCost, ...] = ()
    notes: tuple[str, ...] = ()
    extra: Details = field(default_factory=Details)
    sentence: str = ""

    @property
    def level(self) -> float:
        """What the interval covers: the k-th opening of the vault spends an error of .10 / 2^k."""
        return 1 - opening_alpha(max(self.vault_openings, 1))

    @property
    def interval_name(self) -> str:
        """`95 % interval`, or a wider one after a further look at the same rows."""
        return f"{100 * self.level:g} % interval"


Record = TypeVar("Record")


_adapter: Any = cache(TypeAdapter)  # building one takes milliseconds


def to_json(record: Any) -> str:
    """One line of JSON for a record."""
    return str(_adapter(type(record)).dump_json(record), "utf-8")


def from_json(cls: type[Record], text: str | bytes) -> Record:
    """Read a record back; raises `pydantic.ValidationError` when the text is not one."""
    return cast(Record, _adapter(cls).validate_json(text))
