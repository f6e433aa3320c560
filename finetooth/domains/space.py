"""The search space: domains with their conditions, constants and constraints, and their map to the unit cube."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from finetooth.domains.domains import Domain
from finetooth.errors import InputError, unknown
from finetooth.records import Params, Value, digest

Unit = NDArray[np.float64]
Constraint = Callable[[Params], bool]


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
