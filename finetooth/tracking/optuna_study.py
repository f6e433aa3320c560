"""A finished run as Optuna studies, one a stage, so that optuna-dashboard opens it: `<run>-coarse`, `<run>-refine`, ...

Values are in the metric's own direction. What an Optuna study cannot say is kept in the attributes of its trials:
constants, the number of rounds that a curve chose, and values outside the range of a parameter that no widened range
can hold (such as 0 on a logarithmic scale; the library's defaults may lie anywhere).
The journal knows how long a trial took, not when it started: they are laid one after the other.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from finetooth.domains.domains import Choice, Domain, Int
from finetooth.domains.space import Space
from finetooth.errors import InputError, one_line
from finetooth.metrics import Metric
from finetooth.records import Trial, Value, curve_rounds

_STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL", "running": "RUNNING"}


def export(
    storage: str, run: str, space: Space, metric: Metric, trials: Sequence[Trial], about: Mapping[str, Any]
) -> tuple[str, ...]:
    """Write the studies of a run into an Optuna storage such as `sqlite:///trials.db`; their names.

    `about` goes into the attributes of each study. Raises `InputError` when the storage cannot be written, or has
    a study of that name, which stays as it is.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    stages = {stage: tuple(group) for stage, group in groupby(trials, key=lambda trial: trial.stage)}
    names = tuple(f"{run}-{stage}" for stage in stages)
    try:
        stored = optuna.storages.get_storage(storage)
        taken = set(names) & {study.study_name for study in stored.get_all_studies()}
    except Exception as error:  # noqa: BLE001 (each storage raises its own)
        answer = one_line(error, 200)
        raise InputError(
            f"an Optuna storage must be writable, such as sqlite:///trials.db; '{storage}' answered "
            f"{type(error).__name__}: {answer}."
        ) from None
    if taken:
        raise InputError(f"a study must be new; '{storage}' holds '{min(taken)}' already; name another storage.")
    for name, (stage, stage_trials) in zip(names, stages.items(), strict=True):
        study = optuna.create_study(
            storage=stored, study_name=name, direction="maximize" if metric.greater_is_better else "minimize"
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the name of a value counts as experimental; the dashboard shows it
            study.set_metric_names([metric.name])
        for key, value in {**about, "stage": stage}.items():
            study.set_user_attr(key, value)
        study.add_trials(_frozen(space, metric, _candidates(stage_trials)))
    return names


def _candidates(trials: Sequence[Trial]) -> list[tuple[Trial, ...]]:
    """The trials of each candidate: one, or after the search one a repeat."""
    by_index: dict[int, list[Trial]] = {}
    for trial in trials:
        by_index.setdefault(trial.candidate.index, []).append(trial)
    return [tuple(by_index[index]) for index in sorted(by_index)]


def _frozen(space: Space, metric: Metric, candidates: Sequence[tuple[Trial, ...]]) -> list[Any]:
    """Optuna's records of candidates, laid one after the other in time."""
    import optuna

    tried = [repeats[0].candidate.params for repeats in candidates]
    domains = {
        domain.name: _distribution(domain, [p[domain.name] for p in tried if domain.name in p])
        for domain in space.domains
    }
    end = datetime.now(tz=UTC).replace(tzinfo=None)  # Optuna's times have no zone
    start = end - timedelta(seconds=sum(trial.seconds for repeats in candidates for trial in repeats))
    records = []
    for number, repeats in enumerate(candidates):
        params = dict(repeats[0].candidate.params)
        fits = {n: v for n, v in params.items() if n in domains and _holds(domains[n], v)}
        state, value, steps = _outcome(metric, repeats)
        stop = start + timedelta(seconds=sum(trial.seconds for trial in repeats))
        records.append(
            optuna.trial.FrozenTrial(
                number=number,
                trial_id=-1,
                state=optuna.trial.TrialState[state],
                value=value,
                datetime_start=start,
                datetime_complete=None if state == "RUNNING" else stop,
                params=fits,
                distributions={name: domains[name] for name in fits},
                user_attrs=_attributes(repeats, {n: v for n, v in params.items() if n not in fits}),
                system_attrs={},
                intermediate_values=steps,
            )
        )
        start = stop
    return records


def _outcome(metric: Metric, repeats: tuple[Trial, ...]) -> tuple[str, float | None, dict[int, float]]:
    """State, value and intermediate values: the learning curve by its rounds, or the score of each repeat."""
    first = repeats[0]
    if len(repeats) > 1:
        done = [trial for trial in repeats if trial.state == "complete"]
        steps = {trial.repeat: metric.sign * trial.score for trial in done}
        if len(done) < len(repeats):
            return "FAIL", None, steps
        return "COMPLETE", math.fsum(steps.values()) / len(steps), steps
    rounds = curve_rounds(len(first.curve))
    curve = {r: metric.sign * point for r, point in zip(rounds, first.curve, strict=True) if math.isfinite(point)}
    if first.state == "complete":
        return "COMPLETE", metric.sign * first.score, curve
    value = None
    if first.state == "pruned" and first.scores:
        value = metric.sign * math.fsum(first.scores) / len(first.scores)
    elif first.state == "pruned" and curve:
        value = curve[max(curve)]
    return _STATES[first.state], value, curve


def _attributes(repeats: tuple[Trial, ...], not_searched: Mapping[str, Value]) -> dict[str, Any]:
    first = repeats[0]
    attributes: dict[str, Any] = {"trial": first.candidate.index, "origin": first.candidate.origin}
    attributes |= {"rows": first.fidelity.rows, "folds": first.fidelity.folds}
    attributes |= {"parents": list(first.candidate.parents)} if first.candidate.parents else {}
    attributes |= {"rounds": first.rounds} if first.rounds is not None else {}
    attributes |= {"reason": first.reason} if first.reason else {}
    return attributes | ({"not searched or outside the range": dict(not_searched)} if not_searched else {})


def _distribution(domain: Domain, values: Sequence[Value]) -> Any:
    """The distribution of a domain, widened so that it holds the values that were tried where it can."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(domain, Choice):
        more = [value for value in values if not domain.contains(value)]
        return CategoricalDistribution([*domain.options, *dict.fromkeys(more)])
    fit = [v for v in values if isinstance(v, int | float) and math.isfinite(v) and (v > 0 or not domain.log)]
    if isinstance(domain, Int):
        whole = [int(v) for v in fit if int(v) == v]
        return IntDistribution(min([domain.low, *whole]), max([domain.high, *whole]), log=domain.log)
    return FloatDistribution(min([domain.low, *fit]), max([domain.high, *fit]), log=domain.log)


def _holds(distribution: Any, value: Value) -> bool:
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))  # noqa: SLF001 (it has no other)
    except (TypeError, ValueError):
        return False
