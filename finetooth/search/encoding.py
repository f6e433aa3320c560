"""Candidates as rows of genes, many at a time, and the columns that a surrogate reads."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetooth.domains.domains import Choice, Domain, Float
from finetooth.domains.space import Space
from finetooth.records import Candidate, Params, Trial, Value
from finetooth.search.memo import Remembered

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

INACTIVE = 0.5


def genes_of(space: Space, trials: Sequence[Trial]) -> Matrix:
    """The genes (trials, genes) of trials; NaN where a parameter is absent or has no place on its scale."""
    if not trials:
        return np.empty((0, len(space.names)))
    return np.array([_genes(space, trial.candidate) for trial in trials])


def _placed(space: Space, candidate: Candidate) -> Matrix:
    try:
        return space.to_unit(candidate.params)
    except (TypeError, ValueError):  # an enqueued point may hold what a domain cannot place, such as None
        return np.array([_gene(domain, candidate.params) for domain in space.domains])


_genes = Remembered(_placed)


def _gene(domain: Domain, params: Params) -> float:
    try:
        return domain.to_unit(params[domain.name]) if domain.name in params else math.nan
    except (TypeError, ValueError):
        return math.nan


def settle(space: Space, genes: Matrix) -> Matrix:
    """Finite genes (rows, genes) as their candidates have them: at the values' own places, NaN where inactive."""
    settled = genes.copy()
    on: dict[str, Flags] = {domain.name: np.ones(len(genes), bool) for domain in space.domains}
    parents = {parent for domain in space.domains for parent in domain.when}
    for column, domain in enumerate(space.domains):
        if isinstance(domain, Float) and domain.name not in parents:
            values: list[Value] = []
        else:
            values = [domain.from_unit(gene) for gene in genes[:, column].tolist()]
            settled[:, column] = _places(domain, values)
        settled[~on[domain.name], column] = math.nan
        for child in space.domains:
            if domain.name in child.when:
                wanted = child.when[domain.name]
                on[child.name] &= on[domain.name] & np.array([value in wanted for value in values], bool)
    return settled


def _places(domain: Domain, values: Sequence[Value]) -> list[float]:
    places = {(type(value), value): domain.to_unit(value) for value in values}
    return [places[type(value), value] for value in values]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a surrogate reads: `values` (rows, columns), and the parameter that each column belongs to."""

    values: Matrix
    groups: Places


def columns_of(space: Space, genes: Matrix, shares: float | Matrix) -> Columns:
    """Columns for a surrogate: a number as its gene, a choice as one column an option, the fidelity last.

    `genes` (rows, genes) with NaN where inactive: a number then lies in the middle (Levesque et al. 2017), a choice
    has no option. Two different options are at distance 1.
    """
    blocks: list[Matrix] = []
    groups: list[int] = []
    for column, domain in enumerate(space.domains):
        gene = genes[:, column]
        if isinstance(domain, Choice):
            places = np.array([domain.to_unit(option) for option in domain.options])
            blocks.append((np.abs(gene[:, None] - places) < 0.25 / len(places)) / math.sqrt(2))
        else:
            blocks.append(np.where(np.isnan(gene), INACTIVE, gene)[:, None])
        groups += [column] * blocks[-1].shape[1]
    blocks.append(np.broadcast_to(np.asarray(shares, float), len(genes))[:, None])
    return Columns(np.hstack(blocks), np.array([*groups, len(space.names)]))
