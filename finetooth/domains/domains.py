"""What may be tried: domains, conditions and constraints, and their map to the unit cube.

Searches work on genes in [0, 1]; only the domains here know logarithms, integers and categories.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth.errors import InputError, unknown
from finetooth.records import Params, Value, digest

Unit = NDArray[np.float64]
When = Mapping[str, tuple[Value, ...] | list[Value]]
Constraint = Callable[[Params], bool]


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


@dataclass(frozen=True)
class Space:
    """A set of domains, constants that go with every candidate, and constraints between parameters.

    A domain is active when every parent in its `when` is active and has one of the values named there.
    Inactive parameters are absent from a candidate and NaN in its genes.
    """

    domains: tuple[Domain, ...] | list[Domain]
    constants: Params = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    name: str = "space"

    def __post_init__(self) -> None:
        object.__setattr__(self, "domains", _parents_first(tuple(self.domains)))
        if not self.domains:
            raise InputError(f"the space '{self.name}' must have at least one parameter to search; it has none.")
        clash = set(self.constants) & set(self.names)
        if clash:
            raise InputError(f"'{min(clash)}' must be either searched or constant; the space names it as both.")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The searched parameters, parents before children: the order of the genes."""
        return tuple(domain.name for domain in self.domains)

    @property
    def size(self) -> float:
        """An upper bound of how many different candidates there are."""
        return math.prod(domain.size for domain in self.domains)

    def active(self, domain: Domain, params: Params) -> bool:
        """Whether the parents of `domain` have values that switch it on."""
        return all(p in params and params[p] in values for p, values in domain.when.items())

    def from_unit(self, unit: Unit) -> dict[str, Value]:
        """The candidate at a point of the unit cube, constants included. `unit` (genes,)."""
        params: dict[str, Value] = dict(self.constants)
        for domain, gene in zip(self.domains, unit, strict=True):
            if self.active(domain, params):
                params[domain.name] = domain.from_unit(0.5 if math.isnan(gene) else float(gene))
        return params

    def to_unit(self, params: Params) -> Unit:
        """The genes (genes,) of a candidate; NaN where a parameter is absent."""
        return np.array([d.to_unit(params[d.name]) if d.name in params else math.nan for d in self.domains])

    def allows(self, params: Params) -> bool:
        """Whether every constraint holds."""
        return all(constraint(params) for constraint in self.constraints)

    def check(self, params: Params) -> None:
        """Raise `InputError` unless `params` is a candidate of this space."""
        for name in params:
            if name not in self.names and name not in self.constants:
                raise unknown("parameter", name, f"the space '{self.name}'", (*self.names, *self.constants))
        for domain in self.domains:
            wanted = self.active(domain, params)
            if wanted != (domain.name in params):
                state = "be given" if wanted else "be absent, since its condition does not hold"
                raise InputError(f"'{domain.name}' must {state}; got {dict(params)}.")
            if wanted and not domain.contains(params[domain.name]):
                raise InputError(f"'{domain.name}' must lie in its domain {domain}; got {params[domain.name]!r}.")

    @cached_property
    def digest(self) -> str:
        """The identity of the space; constraints count by their names."""
        rows = [{"type": type(d).__name__} | {k: v for k, v in vars(d).items() if k != "why"} for d in self.domains]
        rules = [getattr(c, "__qualname__", repr(c)) for c in self.constraints]
        return digest({"domains": rows, "constants": dict(self.constants), "constraints": rules})


def _parents_first(domains: tuple[Domain, ...]) -> tuple[Domain, ...]:
    """The domains with every parent before its children, otherwise in the order given."""
    by_name = {domain.name: domain for domain in domains}
    if len(by_name) < len(domains):
        names = [domain.name for domain in domains]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"each parameter must be named once; '{twice}' is named twice.")
    for domain in domains:
        for parent, values in domain.when.items():
            if parent not in by_name:
                raise unknown("parameter", parent, f"the space, since '{domain.name}' depends on it", by_name)
            impossible = [v for v in values if not by_name[parent].contains(v)]
            if impossible:
                raise InputError(
                    f"the condition of '{domain.name}' must name values that '{parent}' can have; got {impossible}."
                )
    ordered: dict[str, Domain] = {}

    def place(domain: Domain, below: Iterable[str]) -> None:
        if domain.name in below:
            raise InputError(f"conditions must not run in a circle; '{domain.name}' depends on itself.")
        for parent in domain.when:
            place(by_name[parent], (*below, domain.name))
        ordered.setdefault(domain.name, domain)

    for domain in domains:
        place(domain, ())
    return tuple(ordered.values())
