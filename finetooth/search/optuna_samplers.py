"""Optuna's samplers and importances on our trials: a study is built anew from the trials each time, and thrown away."""

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
from finetooth.search.scores import telling

ASKED = 8  # how often a sampler is asked for a candidate that is new and allowed
FEWEST = 4


def propose_tpe(view: View) -> Candidate:
    """Tree-structured Parzen estimator (Bergstra et al. 2011; optuna.samplers.TPESampler), its defaults kept.

    Trials under way count as bad, so that they are not proposed again (constant liar). Of more than 240 trials it sees
    the newest half and the best of the others, which bounds its time. Raises `SpaceExhausted`.
    """
    import optuna

    # `view.prior` is left out: scores of other fidelities cannot be compared inside one study.
    sampler = optuna.samplers.TPESampler(seed=int(view.rng.integers(2**31)), constant_liar=True)
    study = study_of(view.space, telling(view.trials), sampler)
    asked = (suggest(view.space, study.ask()) for _ in range(ASKED))
    return propose_new(view, "tpe", asked)


def propose_gp(view: View) -> Candidate:
    """Gaussian process with expected improvement (optuna.samplers.GPSampler, its defaults kept; needs torch).

    A parameter that is inactive lies in the middle of its range (Levesque et al. 2017). Of more than 240 trials it
    sees the newest half and the best of the others. Raises `SpaceExhausted`.
    """
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.GPSampler(seed=int(view.rng.integers(2**31)))
    study = study_of(view.space, telling(view.trials), sampler, whole=True)
    asked = (_active_only(view.space, suggest(view.space, study.ask(), whole=True)) for _ in range(ASKED))
    return propose_new(view, "gp", asked)


def _active_only(space: Space, params: Params) -> dict[str, Value]:
    """The parameters without those whose condition does not hold."""
    kept: dict[str, Value] = dict(space.constants)
    for domain in space.domains:
        if space.active(domain, kept):
            kept[domain.name] = params[domain.name]
    return kept


def distribution(domain: Domain) -> Any:
    """The distribution of Optuna that a domain is; a choice is the place among its options."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(domain, Choice):
        return CategoricalDistribution(list(range(len(domain.options))))
    kind = IntDistribution if isinstance(domain, Int) else FloatDistribution
    return kind(domain.low, domain.high, log=domain.log)


def suggest(space: Space, asked: Any, *, whole: bool = False) -> dict[str, Value]:
    """The candidate that an Optuna trial suggests, parents before children; `whole` asks for inactive ones as well."""
    params: dict[str, Value] = dict(space.constants)
    for domain in space.domains:
        if not (whole or space.active(domain, params)):
            continue
        if isinstance(domain, Choice):
            params[domain.name] = domain.options[asked.suggest_categorical(domain.name, range(len(domain.options)))]
        elif isinstance(domain, Int):
            params[domain.name] = asked.suggest_int(domain.name, domain.low, domain.high, log=domain.log)
        else:
            params[domain.name] = asked.suggest_float(domain.name, domain.low, domain.high, log=domain.log)
    return params


def study_of(space: Space, trials: Sequence[Trial], sampler: Any = None, *, whole: bool = False) -> Any:
    """An Optuna study, in memory and maximizing, that holds `trials`; a failed trial is the worst of them.

    With `whole`, each has every parameter, those that are absent in the middle of their range.
    """
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    finite = [trial.score for trial in trials if trial.state == "complete"]
    worst = min(finite, default=0.0)
    distributions = {domain.name: distribution(domain) for domain in space.domains}
    rows = genes_of(space, trials)
    for trial, genes in zip(trials, np.nan_to_num(rows, nan=INACTIVE) if whole else rows, strict=True):
        params = _placed(space, genes)
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


def _placed(space: Space, genes: Any) -> dict[str, Any]:
    """The parameters as Optuna has them: inside their ranges, choices as places; only those that are present."""
    placed: dict[str, Any] = {}
    for domain, gene in zip(space.domains, genes.tolist(), strict=True):
        if gene == gene:  # noqa: PLR0124  NaN: the parameter is absent
            if isinstance(domain, Choice):
                placed[domain.name] = min(int(gene * len(domain.options)), len(domain.options) - 1)
            else:
                placed[domain.name] = domain.from_unit(gene)
    return placed


def importance(space: Space, trials: Sequence[Trial], seed: int = 0) -> dict[str, float]:
    """How much of the score's variation each parameter explains, summing to 1, largest first.

    fANOVA (Hutter et al. 2014; optuna.importance) on the completed trials, separately for parameters that only some
    trials have, weighted by the share of trials that have them. Empty with fewer than 4 completed trials.
    """
    done = [trial for trial in trials if trial.state == "complete"]
    spread = np.ptp([trial.score for trial in done]) if done else 0.0
    if len(done) < FEWEST or spread == 0:
        return {}
    genes = genes_of(space, done)
    common = [name for name, column in zip(space.names, genes.T, strict=True) if not np.isnan(column).any()]
    found = _evaluated(space, done, common, seed)
    for name, column in zip(space.names, genes.T, strict=True):
        having = [trial for trial, gene in zip(done, column, strict=True) if gene == gene]  # noqa: PLR0124  not NaN
        if name not in common and len(having) >= FEWEST:
            alone = _evaluated(space, having, [*common, name], seed).get(name, 0.0)
            found[name] = alone * len(having) / len(done)
    total = sum(found.values())
    shares = {name: value / total for name, value in found.items()} if total > 0 else {}
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _evaluated(space: Space, trials: Sequence[Trial], names: Sequence[str], seed: int) -> dict[str, float]:
    import optuna

    genes = genes_of(space, trials)
    varied = [n for n in names if np.ptp(genes[:, space.names.index(n)]) > 0]
    if not varied or np.ptp([trial.score for trial in trials]) == 0:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=32, seed=seed)
    return dict(optuna.importance.get_param_importances(study_of(space, trials), evaluator=evaluator, params=varied))
