"""Candidates as rows of genes in [0, 1], and the features that a surrogate is fitted on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetooth.domains.domains import Choice, Domain, Float
from finetooth.domains.space import Space
from finetooth.records import Candidate, Params, Trial, Value
from finetooth.search.memo import Memo

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]

INACTIVE = 0.5  # the gene of a parameter that is absent, where it must have one


def genes_of(space: Space, trials: Sequence[Trial]) -> Matrix:
    """The genes (trials, genes) of trials; NaN where a parameter is absent or lies on no scale."""
    if not trials:
        return np.empty((0, len(space.names)))
    return np.array([_genes(space, trial.candidate) for trial in trials])


def _encode(space: Space, candidate: Candidate) -> Matrix:
    try:
        return space.to_unit(candidate.params)
    except (TypeError, ValueError):  # an enqueued point may hold what a domain cannot place, such as None
        return np.array([_gene(domain, candidate.params) for domain in space.domains])


_genes = Memo(_encode)


def _gene(domain: Domain, params: Params) -> float:
    try:
        return domain.to_unit(params[domain.name]) if domain.name in params else math.nan
    except (TypeError, ValueError):
        return math.nan


def snap_genes(space: Space, genes: Matrix) -> Matrix:
    """Finite genes (rows, genes) moved to those of the values that they decode to; NaN where inactive.

    The same as `space.to_unit(space.from_unit(row))` for each row, for many rows at once.
    """
    snapped = genes.copy()
    active: dict[str, Mask] = {domain.name: np.ones(len(genes), bool) for domain in space.domains}
    parents = {parent for domain in space.domains for parent in domain.when}
    for column, domain in enumerate(space.domains):
        if isinstance(domain, Float) and domain.name not in parents:
            values: list[Value] = []
        else:
            values = [domain.from_unit(gene) for gene in genes[:, column].tolist()]
            snapped[:, column] = _genes_of_values(domain, values)
        snapped[~active[domain.name], column] = math.nan
        for child in space.domains:
            if domain.name in child.when:
                switching = child.when[domain.name]
                active[child.name] &= active[domain.name] & np.array([value in switching for value in values], bool)
    return snapped


def _genes_of_values(domain: Domain, values: Sequence[Value]) -> list[float]:
    genes = {(type(value), value): domain.to_unit(value) for value in values}
    return [genes[type(value), value] for value in values]


@dataclass(frozen=True, slots=True)
class Features:
    """What a surrogate is fitted on: `values` (rows, features), and `groups`, the parameter of each feature."""

    values: Matrix
    groups: Indices


def features_of(space: Space, genes: Matrix, shares: float | Matrix) -> Features:
    """The features of candidates: a number as its gene, a choice as one feature an option, the fidelity last.

    `genes` (rows, genes) with NaN where inactive: a number then lies in the middle (Levesque et al. 2017), a choice
    has no option. Two different options are at distance 1. `shares` is the share of the fidelity, one or (rows,).
    """
    blocks: list[Matrix] = []
    groups: list[int] = []
    for column, domain in enumerate(space.domains):
        gene = genes[:, column]
        if isinstance(domain, Choice):
            options = np.array([domain.to_unit(option) for option in domain.options])
            blocks.append((np.abs(gene[:, None] - options) < 0.25 / len(options)) / math.sqrt(2))
        else:
            blocks.append(np.where(np.isnan(gene), INACTIVE, gene)[:, None])
        groups += [column] * blocks[-1].shape[1]
    blocks.append(np.broadcast_to(np.asarray(shares, float), len(genes))[:, None])
    return Features(np.hstack(blocks), np.array([*groups, len(space.names)]))
