"""Challenger against champion on the same sealed rows, none of which either has learned from: the vault is opened here.

The champion is one model; the challenger is fitted with several seeds, as in the verdict of a tuning run, so that a
lucky seed does not win.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.config.tune import identity
from finetooth.data import slices, vault
from finetooth.data.split import TIME
from finetooth.errors import InputError
from finetooth.metrics import Floats, Metric
from finetooth.models import score_table
from finetooth.models.model import FitJob, Model, fit
from finetooth.records import Params
from finetooth.retraining import guardrails
from finetooth.retraining.comparison import Challenge
from finetooth.statistics import comparison_alpha, opening_alpha
from finetooth.trials.study import Study
from finetooth.verdict.bootstrap import check_holdout, two_way
from finetooth.verdict.diagnostics import score_error
from finetooth.version import code_version

CHAMPION, LEARNED = "champion", "learned"  # names of the arrays that are sealed with the rows


def fit_challenger(study: Study, params: Params, number: int) -> Model:
    """Fit the challenger with the seed of one replicate."""
    seed = seeds.seed(study.config.seed, "validate", number)
    job = FitJob(study.data, study.family.learner, params, study.metric.name, seed)
    return study.executor.submit(fit, job).result()


def compare_with_champion(
    study: Study,
    champion: Model,
    champion_files: str,
    challengers: Sequence[Model],
    margin: float | None,
    order: int,
) -> Challenge:
    """Open the vault, and compare both on the rows that the champion has not learned from.

    The sealed rows hold the champion's own encoding of them beside the challenger's. `champion_files` names the
    champion in the commitment. Raises `InputError` when too few of its unseen rows are left for an interval.
    """
    config, metric = study.config, study.metric
    payload = _commitment(study, challengers[0].params, champion_files, margin, order)
    folder = study.run.store / "vault" / study.data.fingerprint
    unread = score_table.unread([champion, *challengers])
    sealed = vault.open_vault(folder, payload, again=config.validation.again, unread=unread)
    unseen = np.flatnonzero(~sealed.extra[LEARNED].astype(bool))
    y, blocks = sealed.y[unseen], None if sealed.blocks is None else sealed.blocks[unseen]
    times = sealed.extra.get(TIME)
    time = None if times is None else times[unseen]
    _check_unseen(metric, y, blocks if time is None else time, len(sealed.y))
    predicted = score_table.sealed_scores(challengers, sealed.X, sealed.extra, unseen)
    (by_champion,) = score_table.sealed_scores([champion], sealed.extra[CHAMPION], sealed.extra, unseen)
    repeated = np.broadcast_to(by_champion, predicted.shape)  # it has one seed
    # A further opening of the same rows spends less, as in a tuning run; so does a further comparison with a champion.
    error = min(comparison_alpha(order), opening_alpha(sealed.openings))
    rng = seeds.stream(config.seed, "challenge")
    draws = max(config.validation.bootstrap, math.ceil(20 / error))
    interval = two_way(metric, y, predicted, repeated, blocks=blocks, time=time, draws=draws, rng=rng, level=1 - error)
    score = metric.natural(y, by_champion)
    parts = {name: values[unseen] for name, values in _parts(study, sealed).items()}
    predictions = guardrails.PairedPredictions(metric, y, predicted, repeated, blocks, time)
    return Challenge(
        metric=metric.name,
        challenger=float(np.mean([metric.natural(y, of_seed) for of_seed in predicted])),
        champion=score,
        difference=interval.difference,
        low=interval.low,
        high=interval.high,
        level=1 - error,
        margin=metric.min_gain(score) if margin is None else margin,
        rows=len(y),
        left_out=len(sealed.y) - len(y),
        seeds=len(predicted),
        order=order,
        score_error=score_error(metric, y, predicted[0], blocks=blocks, time=time, rng=rng),
        turned=guardrails.turned_rows(y, predicted[0], by_champion, champion.kind),
        objections=guardrails.objections(predictions, parts, challengers[0], champion, config.seed),
        params=dict(challengers[0].params),
        no_interval=interval.reason,
    )


def _check_unseen(metric: Metric, y: Floats, blocks: NDArray[Any] | None, sealed: int) -> None:
    try:
        check_holdout(metric, y, blocks)
    except InputError as error:
        raise InputError(
            f"{error} Of {sealed} sealed rows the champion has not learned from {len(y)}: wait for more new rows, or "
            "name a table of new rows alone."
        ) from None


def _commitment(study: Study, params: Params, champion: str, margin: float | None, order: int) -> dict[str, Any]:
    """The payload of the vault: everything that is fixed before it is opened."""
    config = study.config
    return {
        "config": identity(config),
        "winner": dict(params),
        "default": {"champion": champion},
        "metric": study.metric.name,
        "margin": margin,
        "order": order,
        "bootstrap": config.validation.bootstrap,
        "seeds": [seeds.seed(config.seed, "validate", i) for i in range(config.validation.seeds)],
        "data": study.data.fingerprint,
        "code": code_version(),
    }


def _parts(study: Study, sealed: vault.Holdout) -> Mapping[str, NDArray[np.str_]]:
    columns = study.config.validation.slices
    return (
        slices.slice_names(slices.read_rules(Path(study.data.uri)), sealed.extra["slices"], columns) if columns else {}
    )
