"""Optuna's samplers as search methods: a study is built anew from the trials for each proposal, and thrown away."""

import logging
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from finetooth.domains.domains import Choice, Domain, Int
from finetooth.domains.space import Space
from finetooth.records import Candidate, Params, Trial, Value
from finetooth.search.candidates import propose_new
from finetooth.search.encoding import INACTIVE, genes_of
from finetooth.search.protocol import View
from finetooth.search.scores import limit_trials

MOST_SUGGESTIONS = 8  # of a sampler, until one is new and allowed


def propose_tpe(view: View) -> Candidate:
    """Tree-structured Parzen estimator (Bergstra et al. 2011; optuna.samplers.TPESampler), its defaults kept.

    Trials under way count as bad, so that they are not proposed again (constant liar). Of more than 240 trials it sees
    the newest half and the best of the others, which bounds its time. Raises `SpaceExhausted`.
    """
    import optuna

    # `view.prior` is left out: scores of other fidelities cannot be compared inside one study.
    sampler = optuna.samplers.TPESampler(seed=int(view.rng.integers(2**31)), constant_liar=True)
    study = build_study(view.space, limit_trials(view.trials), sampler)
    suggestions = (suggest_params(view.space, study.ask()) for _ in range(MOST_SUGGESTIONS))
    return propose_new(view, "tpe", suggestions)


def propose_gp(view: View) -> Candidate:
    """Gaussian process with expected improvement (optuna.samplers.GPSampler, its defaults kept; needs torch).

    A parameter that is inactive lies in the middle of its range (Levesque et al. 2017). Of more than 240 trials it
    sees the newest half and the best of the others. Raises `SpaceExhausted`.
    """
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.GPSampler(seed=int(view.rng.integers(2**31)))
    study = build_study(view.space, limit_trials(view.trials), sampler, with_inactive=True)
    suggestions = (
        _active_only(view.space, suggest_params(view.space, study.ask(), with_inactive=True))
        for _ in range(MOST_SUGGESTIONS)
    )
    return propose_new(view, "gp", suggestions)


def _active_only(space: Space, params: Params) -> dict[str, Value]:
    """The parameters without those whose condition does not hold."""
    active: dict[str, Value] = dict(space.constants)
    for domain in space.domains:
        if space.active(domain, active):
            active[domain.name] = params[domain.name]
    return active


def distribution(domain: Domain) -> Any:
    """The Optuna distribution of a domain; a choice becomes the number of its option."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(domain, Choice):
        return CategoricalDistribution(list(range(len(domain.options))))
    kind = IntDistribution if isinstance(domain, Int) else FloatDistribution
    return kind(domain.low, domain.high, log=domain.log)


def suggest_params(space: Space, trial: Any, *, with_inactive: bool = False) -> dict[str, Value]:
    """The candidate that an Optuna trial suggests, parents before children; `with_inactive` asks for all parameters."""
    params: dict[str, Value] = dict(space.constants)
    for domain in space.domains:
        if not (with_inactive or space.active(domain, params)):
            continue
        if isinstance(domain, Choice):
            params[domain.name] = domain.options[trial.suggest_categorical(domain.name, range(len(domain.options)))]
        elif isinstance(domain, Int):
            params[domain.name] = trial.suggest_int(domain.name, domain.low, domain.high, log=domain.log)
        else:
            params[domain.name] = trial.suggest_float(domain.name, domain.low, domain.high, log=domain.log)
    return params


def build_study(space: Space, trials: Sequence[Trial], sampler: Any = None, *, with_inactive: bool = False) -> Any:
    """An Optuna study, in memory and maximizing, that holds `trials`; a failed trial is the worst of them.

    With `with_inactive`, each has every parameter, those that are absent in the middle of their range.
    """
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    finite = [trial.score for trial in trials if trial.state == "complete"]
    worst = min(finite, default=0.0)
    distributions = {domain.name: distribution(domain) for domain in space.domains}
    rows = genes_of(space, trials)
    for trial, genes in zip(trials, np.nan_to_num(rows, nan=INACTIVE) if with_inactive else rows, strict=True):
        params = _optuna_params(space, genes)
        running = trial.state == "running"
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState.RUNNING if running else optuna.trial.TrialState.COMPLETE,
                value=None if running else max(trial.score, worst),
                params=params,
                distributions={name: distributions[name] for name in params},
            )
        )
    return study


def _optuna_params(space: Space, genes: Any) -> dict[str, Any]:
    """The parameters as Optuna has them: within their ranges, choices as option numbers; only those that are active."""
    params: dict[str, Any] = {}
    for domain, gene in zip(space.domains, genes.tolist(), strict=True):
        if gene == gene:  # noqa: PLR0124  NaN: the parameter is absent
            if isinstance(domain, Choice):
                params[domain.name] = min(int(gene * len(domain.options)), len(domain.options) - 1)
            else:
                params[domain.name] = domain.from_unit(gene)
    return params
