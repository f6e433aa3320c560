"""Do rows of one entity tell on each other, though nobody declared a group?"""

from dataclasses import dataclass

import numpy as np

from finetooth import seeds
from finetooth.data.id_names import named_like_id
from finetooth.leakage import entities, paired
from finetooth.leakage.columns import Codes, Floats
from finetooth.leakage.entities import Entity
from finetooth.leakage.findings import waiver_hint
from finetooth.leakage.identifiers import columns_to_drop
from finetooth.leakage.paired import Comparison
from finetooth.leakage.table import Matrix, Rows, Table
from finetooth.records import Finding, Kind

CHECK = "undeclared_group"
GAP = 0.02  # AUC or R2 that is lost for new entities
P = 1e-3  # one-sided, of the paired difference over entities
# Share of the score above chance that is lost. Of 61 real tables honest columns lose up to .05 (p < .01), Parkinson's
# patients .16 to .25, and generated entities .5 and more.
LOST = 0.10
NOTABLY = 0.20  # for a warning
MOSTLY = 0.50  # for an error, where neither name nor date says what it is
SMALL = 15  # rows an entity up to which it is more likely observed again than a category
ROWS = 3_000  # rows a candidate is judged on, whole entities
GROUPS = 60  # entities that the subset keeps at least; larger ones are thinned
FEATURES = 60  # columns that the model gets at most, those that tell most by themselves


@dataclass(frozen=True, slots=True)
class Leak:
    """An entity whose rows tell on each other; `itself` says that nothing but its own column gives it away."""

    entity: Entity
    comparison: Comparison
    lost: float
    itself: bool
    error: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """An entity with the rows that it is judged on, its codes in these, and the features that it is not."""

    table: Table
    entity: Entity
    rows: Rows
    codes: Codes
    others: list[str]

    def given_away(self) -> Comparison | None:
        """Whether a model that does not see the entity finds its other rows."""
        return paired.compare(*self._inputs(self.others), self.codes, self._seed) if self.others else None

    def effect(self, features: list[str]) -> Comparison | None:
        """Whether other rows of the entity tell more than all columns do, its own among them if that has an order."""
        table = self.table
        own = [name for name in self.entity.columns if table.column(name).role in ("number", "date")]
        names = [name for name in features if name in own or name in self.others]
        return paired.of_residuals(*self._inputs(names), self.codes, self._seed) if names else None

    @property
    def _seed(self) -> int:
        return seeds.seed(self.table.seed, "leakage", CHECK, self.entity.label)

    def _inputs(self, names: list[str]) -> tuple[Kind, Matrix, Floats]:
        if len(names) > FEATURES:
            own = [name for name in names if name in self.entity.columns]
            chosen = seeds.stream(self._seed, "features").permutation(self.others)[:FEATURES]
            names = [*map(str, chosen), *own]
        return self.table.kind, self.table.matrix(names, self.rows), self.table.targets[self.rows]


def check(table: Table) -> tuple[Finding, ...]:
    """The same rows predicted with and without other rows of their entity, by each column that may name one.

    A number that may name an entity is a feature of both models: if it explains itself, as a measurement does, new
    values are predicted as well. A category counts only where other columns give it away, or where its rows look
    like one thing observed again. Not needed when the split follows a declared group or time.
    """
    if table.declared.group is not None or table.declared.split in ("group", "time") or np.ptp(table.y) == 0:
        return ()
    left_out = set(columns_to_drop(table))
    features = [name for name in table.features if name not in left_out]
    leaks: list[Leak] = []
    for entity in entities.columns(table, left_out):
        # Where a subject is found, its age is no second finding.
        if not any(_coarser(entity.codes, leak.entity.codes) for leak in leaks):
            leaks += filter(None, [_leak(table, entity, features)])
    if not leaks and (together := entities.combination(table, features)) is not None:
        leaks += filter(None, [_leak(table, together, features)])
    errors = [leak for leak in leaks if leak.error]
    warnings = [leak for leak in leaks if not leak.error and leak.lost >= NOTABLY]
    found = tuple(_finding(table, leak) for leak in errors)
    return found if errors or not warnings else (_finding(table, max(warnings, key=lambda leak: leak.lost)),)


def _leak(table: Table, entity: Entity, features: list[str]) -> Leak | None:
    rows = _whole_groups(table, entity.codes, entity.label)
    codes = np.unique(entity.codes[rows], return_inverse=True)[1]
    named = all(named_like_id(name) for name in entity.columns)
    if entities.effective(codes) < (entities.NAMED_FEWEST if named else entities.FEWEST):
        return None  # a few large ones, without which whole kinds of rows are missing
    asked = _Asked(table, entity, rows, codes, [name for name in features if name not in entity.columns])
    if not named and not any(table.column(name).role == "date" for name in entity.columns):
        return _by_effect(asked, features, sure=False)
    given = asked.given_away() if len(entity.columns) == 1 else None
    if given is not None and _is_leak(given):
        return Leak(entity, given, given.share_lost(table.kind), itself=False, error=True)
    return _by_effect(asked, features, sure=True)


def _by_effect(asked: _Asked, features: list[str], *, sure: bool) -> Leak | None:
    """A leak if the entity has an effect of its own, and a model can know the entity; `sure` that it is one."""
    table, entity, effect = asked.table, asked.entity, asked.effect(features)
    if effect is None or not _is_leak(effect) or (lost := effect.share_lost(table.kind)) < LOST:
        return None
    even = entities.is_even(asked.codes)
    apart = even or len(asked.codes) <= SMALL * entities.effective(asked.codes)
    if len(entity.columns) > 1 or entities.is_identified(table, entity, asked.others):
        return Leak(entity, effect, lost, itself=False, error=sure or (lost >= MOSTLY and apart))
    if entity.columns[0] in features and lost >= MOSTLY and even:
        return Leak(entity, effect, lost, itself=True, error=True)
    given = None if sure else asked.given_away()
    if given is None or not _is_leak(given) or (lost := given.share_lost(table.kind)) < LOST:
        return None  # an honest category, or one that none of the other columns gives away
    return Leak(entity, given, lost, itself=False, error=lost >= MOSTLY)


def _is_leak(comparison: Comparison) -> bool:
    return comparison.gap > GAP and comparison.p < P


def _coarser(coarse: Codes, fine: Codes) -> bool:
    """Whether one column's value is fixed by the other's."""
    pairs = np.unique((fine + 1) * (coarse.max() + 2) + coarse + 1)
    return len(pairs) <= 1.02 * len(np.unique(fine))


def _whole_groups(table: Table, codes: Codes, label: str) -> Rows:
    """Rows of entities drawn by chance until there are enough; one that is too large is thinned."""
    rng = seeds.stream(table.seed, "leakage", CHECK, label)
    rows = rng.permutation(np.flatnonzero(codes >= 0))
    order = rng.permutation(codes.max() + 1)
    rows = rows[np.argsort(order[codes[rows]], kind="stable")]
    starts = np.flatnonzero(np.r_[True, np.diff(codes[rows]) != 0])
    position_in_group = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    return np.sort(rows[position_in_group < ROWS // GROUPS][:ROWS]) if len(rows) > ROWS else np.sort(rows)


def _finding(table: Table, leak: Leak) -> Finding:
    comparison, entity = leak.comparison, leak.entity
    measure = "R2" if table.kind == "regression" else "AUC"
    first = entity.columns[0]
    date = len(entity.columns) == 1 and table.column(first).role == "date"
    declare = "the time column (split.time)" if date else "the group (split.group)"
    who = (
        "The column itself gives"
        if leak.itself
        else "The other columns give"
        if len(entity.columns) == 1
        else "They give"
    )
    return Finding(
        check=CHECK,
        severity="error" if leak.error else "warning",
        columns=entity.columns,
        message=f"rows are predicted with an {measure} of {comparison.known:.3f} where other rows of the same "
        f"{entity.label} are trained on, and of {comparison.new:.3f} where none are ({comparison.entities:,} values, "
        f"p {comparison.p:.1g}).",
        meaning=f"{who} away which rows belong together, and these give away the target: scores are too high for any "
        "new one.",
        remedy=f"Declare {entity.label} as {declare} if new ones will be predicted"
        + (f"; else {waiver_hint(CHECK, first)}." if leak.error else "; nothing, if all are known."),
        evidence={
            "known": comparison.known,
            "new": comparison.new,
            "lost": leak.lost,
            "p": comparison.p,
            "groups": comparison.entities,
            "rows": comparison.rows,
        },
    )
