"""Which parameters matter: fANOVA on the trials of a search."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from finetooth.domains.space import Space
from finetooth.records import Trial
from finetooth.search.encoding import genes_of
from finetooth.search.optuna_samplers import build_study

LEAST_TRIALS = 4


def parameter_importance(space: Space, trials: Sequence[Trial], seed: int = 0) -> dict[str, float]:
    """How much of the score's variation each parameter explains, summing to 1, largest first.

    fANOVA (Hutter et al. 2014; optuna.importance) on the completed trials, separately for parameters that only some
    trials have, weighted by the share of trials that have them. Empty with fewer than 4 completed trials.
    """
    done = [trial for trial in trials if trial.state == "complete"]
    spread = np.ptp([trial.score for trial in done]) if done else 0.0
    if len(done) < LEAST_TRIALS or spread == 0:
        return {}
    genes = genes_of(space, done)
    common = [name for name, column in zip(space.names, genes.T, strict=True) if not np.isnan(column).any()]
    importances = _fanova(space, done, common, seed)
    for name, column in zip(space.names, genes.T, strict=True):
        having = [trial for trial, gene in zip(done, column, strict=True) if gene == gene]  # noqa: PLR0124  not NaN
        if name not in common and len(having) >= LEAST_TRIALS:
            alone = _fanova(space, having, [*common, name], seed).get(name, 0.0)
            importances[name] = alone * len(having) / len(done)
    total = sum(importances.values())
    shares = {name: value / total for name, value in importances.items()} if total > 0 else {}
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _fanova(space: Space, trials: Sequence[Trial], names: Sequence[str], seed: int) -> dict[str, float]:
    import optuna

    genes = genes_of(space, trials)
    varied = [n for n in names if np.ptp(genes[:, space.names.index(n)]) > 0]
    if not varied or np.ptp([trial.score for trial in trials]) == 0:
        return {}
    # Standard scores: the forest takes a variance below 1e-14 or so for none, whatever the unit of the scores.
    scores = np.array([trial.score for trial in trials])
    plain = [
        replace(trial, scores=(float(score),))
        for trial, score in zip(trials, (scores - scores.mean()) / scores.std(), strict=True)
    ]
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=32, seed=seed)
    return dict(optuna.importance.get_param_importances(build_study(space, plain), evaluator=evaluator, params=varied))
