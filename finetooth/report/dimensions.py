"""The searched parameters as axes of a chart."""

import math
from dataclasses import dataclass

from finetooth.domains.domains import Choice, Domain, Float, Int
from finetooth.records import Trial, Value
from finetooth.report import formatting
from finetooth.report.record import RunRecord, last_search


@dataclass(frozen=True, slots=True)
class Dimension:
    """One parameter: numeric between two ends (on a log scale or not), or one of a few options."""

    name: str
    log: bool
    options: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 1.0

    def position(self, value: Value) -> float:
        """The coordinate of a value: itself, or the index of its option (an unknown one after the last).

        Zero has no logarithm: on a log scale it stands at the lower end.
        """
        if not self.options:
            number = float(value) if isinstance(value, int | float) else math.nan
            return self.low if self.log and number <= 0 else number
        same = (n for n, option in enumerate(self.options) if option == value and type(option) is type(value))
        return float(next(same, len(self.options)))

    def unit(self, value: Value) -> float:
        """The position of a value in [0, 1] between the ends, clipped."""
        position, low, high = self.position(value), self.low, self.high
        if self.log:
            position, low, high = math.log(max(position, low)), math.log(low), math.log(high)
        return min(max((position - low) / ((high - low) or 1.0), 0.0), 1.0)

    @property
    def ends(self) -> tuple[str, str]:
        """The labels of the two ends."""
        if self.options:
            return formatting.short(formatting.value(self.options[0]), 14), formatting.short(
                formatting.value(self.options[-1]), 14
            )
        return formatting.value(self.low), formatting.value(self.high)


def dimensions(record: RunRecord, most: int) -> tuple[Dimension, ...]:
    """The parameters that matter most, first; all in the order of the space when importance is unknown."""
    completed = [trial for trial in last_search(record) if trial.state == "complete"]
    names = list(record.space.names) if record.space else []
    names += [name for trial in completed for name in trial.candidate.params if name not in names]
    ranked = sorted(dict.fromkeys(names), key=lambda name: -record.importance.get(name, 0.0))
    domains = {domain.name: domain for domain in record.space.domains} if record.space else {}
    candidates = (_dimension(name, domains.get(name), completed) for name in ranked)
    return tuple(dimension for dimension in candidates if dimension is not None)[:most]


def _dimension(name: str, domain: Domain | None, trials: list[Trial]) -> Dimension | None:
    values = [trial.candidate.params[name] for trial in trials if name in trial.candidate.params]
    if isinstance(domain, Choice):
        return Dimension(name, log=False, options=tuple(domain.options), high=max(len(domain.options) - 1, 1))
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if isinstance(domain, Float | Int):
        # The default may lie outside what is searched, and is drawn where it is; a zero has no logarithm.
        drawable = [n for n in numbers if n > 0 or not domain.log]
        return Dimension(name, domain.log, low=min([domain.low, *drawable]), high=max([domain.high, *drawable]))
    if len(set(map(repr, values))) < 2:
        return None  # a constant
    if len(numbers) == len(values):
        low, high = min(numbers), max(numbers)
        return Dimension(name, log=low > 0 and high / low >= 100, low=low, high=high)
    options = tuple({repr(v): v for v in sorted(values, key=repr)}.values())
    return Dimension(name, log=False, options=options, high=max(len(options) - 1, 1))
