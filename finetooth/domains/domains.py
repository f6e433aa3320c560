"""Domains: what one parameter may be, and its map to the unit interval.

Searches work on genes in [0, 1]; only the domains here know logarithms, integers and categories.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from finetooth.errors import InputError
from finetooth.records import Value

When = Mapping[str, tuple[Value, ...] | list[Value]]


def _check_bounds(name: str, low: float, high: float, log: bool) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"'{name}' must have low < high, both finite; got low={low}, high={high}.")
    if log and low <= 0:
        raise InputError(f"'{name}' must have low > 0 on a log scale; got low={low}; raise it or set log to false.")


@dataclass(frozen=True)
class Float:
    """A real number in [low, high], uniform or log-uniform. `when` names the parents that switch it on."""

    name: str
    low: float
    high: float
    log: bool = False
    when: When = field(default_factory=dict)
    why: str = ""

    def __post_init__(self) -> None:
        _check_bounds(self.name, self.low, self.high, self.log)

    def from_unit(self, unit: float) -> float:
        """The value at `unit` in [0, 1]."""
        if self.log:
            value = math.exp(math.log(self.low) + unit * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + unit * (self.high - self.low)
        return min(max(value, self.low), self.high)

    def to_unit(self, value: Any) -> float:
        """The place of `value` in [0, 1]; values outside the range are clipped to it."""
        clipped = min(max(float(value), self.low), self.high)
        if self.log:
            return (math.log(clipped) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (clipped - self.low) / (self.high - self.low)

    def contains(self, value: Any) -> bool:
        """Whether `value` may be proposed."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    @property
    def size(self) -> float:
        """How many values there are."""
        return math.inf


@dataclass(frozen=True)
class Int:
    """A whole number in [low, high], both ends included, uniform or log-uniform."""

    name: str
    low: int
    high: int
    log: bool = False
    when: When = field(default_factory=dict)
    why: str = ""

    def __post_init__(self) -> None:
        _check_bounds(self.name, self.low, self.high, self.log)

    @property
    def _edges(self) -> tuple[float, float]:
        # Each integer owns the interval half a step around it, so that the two ends are as likely as the rest.
        low, high = self.low - 0.5, self.high + 0.5
        return (math.log(low), math.log(high)) if self.log else (low, high)

    def from_unit(self, unit: float) -> int:
        """The value at `unit` in [0, 1]."""
        low, high = self._edges
        place = low + unit * (high - low)
        return min(max(round(math.exp(place) if self.log else place), self.low), self.high)

    def to_unit(self, value: Any) -> float:
        """The place of `value` in [0, 1]; values outside the range are clipped to it."""
        low, high = self._edges
        clipped = min(max(float(value), self.low), self.high)
        return ((math.log(clipped) if self.log else clipped) - low) / (high - low)

    def contains(self, value: Any) -> bool:
        """Whether `value` may be proposed."""
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    @property
    def size(self) -> float:
        """How many values there are."""
        return self.high - self.low + 1


@dataclass(frozen=True)
class Choice:
    """One of a few values without an order."""

    name: str
    options: tuple[Value, ...] | list[Value]
    when: When = field(default_factory=dict)
    why: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.options))
        if len(self.options) == 0 or len({repr(o) for o in self.options}) < len(self.options):
            raise InputError(f"'{self.name}' must have different options; got {list(self.options)}.")

    def from_unit(self, unit: float) -> Value:
        """The option whose share of [0, 1] holds `unit`."""
        return self.options[min(int(unit * len(self.options)), len(self.options) - 1)]

    def to_unit(self, value: Any) -> float:
        """The middle of the option's share of [0, 1]; an unknown value is taken for the first option."""
        place = next((i for i, o in enumerate(self.options) if o == value and type(o) is type(value)), 0)
        return (place + 0.5) / len(self.options)

    def contains(self, value: Any) -> bool:
        """Whether `value` may be proposed."""
        return any(o == value and type(o) is type(value) for o in self.options)

    @property
    def size(self) -> float:
        """How many values there are."""
        return len(self.options)


Domain = Float | Int | Choice
