"""The best candidates with their parameters."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

from finetooth.errors import most_decimals
from finetooth.metrics import METRICS, Metric
from finetooth.records import Trial
from finetooth.report import formatting
from finetooth.report.blocks import Cell, Section, TextTable
from finetooth.report.record import RunRecord, candidate_trials, default_digest, last_search, metric_of, tuned_digest
from finetooth.trials.comparable import comparable, extent


def leaderboard_rows(trials: tuple[Trial, ...], metric: Metric | str, limit: int = 20) -> list[dict[str, Any]]:
    """The best candidates among `trials` of one stage, as rows for a table; scores in the metric's own direction.

    Those that saw most come first, and each candidate stands with its trials at its highest fidelity. Repeats of a
    candidate are one row: `score` is their mean, `sd` the spread over folds. Where not all trials saw as much, `rows`
    is their share of the rows and `rounds` their number. Parameters follow by name.
    """
    resolved_metric = METRICS[metric] if isinstance(metric, str) else metric
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.state == "complete":
            groups.setdefault(trial.candidate.digest, []).append(trial)
    highest = [comparable(group) for group in groups.values()]
    ranked = sorted(highest, key=_sort_key)
    mixed = len({group[0].fidelity for group in ranked}) > 1
    return [_row(rank, group, resolved_metric.sign, mixed=mixed) for rank, group in enumerate(ranked[:limit], 1)]


def _sort_key(group: Sequence[Trial]) -> tuple[float, ...]:
    fidelity = extent(group[0].fidelity)
    return (*(-part for part in fidelity), -_mean(group), group[0].candidate.index)


def _mean(group: Sequence[Trial]) -> float:
    return sum(trial.score for trial in group) / len(group)


def _row(rank: int, group: Sequence[Trial], sign: int, *, mixed: bool) -> dict[str, Any]:
    first = group[0]
    fold_scores = [score for trial in group for score in trial.scores]
    train_scores = [score for trial in group for score in trial.train_scores]
    fidelity = {"rows": first.fidelity.rows, "rounds": first.fidelity.rounds or "all"} if mixed else {}
    return {
        "rank": rank,
        "trial": first.candidate.index,
        "origin": first.candidate.origin,
        "score": _short(sign * _mean(group)),
        "sd": _short(statistics.stdev(fold_scores)) if len(fold_scores) > 1 else None,
        "train": _short(sign * statistics.fmean(train_scores)) if train_scores else None,
        "seconds": round(sum(trial.seconds for trial in group), 3),
        **fidelity,
        **_params(first),
    }


def _short(score: float) -> float:
    """A score with six decimals, of a small one six digits."""
    return round(score, most_decimals(score)) if math.isfinite(score) else score


def _params(trial: Trial) -> dict[str, Any]:
    return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in trial.params.items()}


_FIXED = ("rank", "trial", "origin", "score", "sd", "train", "seconds")


def section(record: RunRecord, limit: int = 15) -> Section:
    """The best of the last search stage; tuned and default are marked, the default is shown whatever its rank."""
    key, heading = "leaderboard", "Leaderboard"
    rows = leaderboard_rows(last_search(record), metric_of(record), limit=10**6)
    if not rows:
        return Section(key, heading, empty="No trial completed.")
    digests = {t.candidate.index: t.candidate.digest for t in last_search(record)}
    default = default_digest(record)
    shown = [row for at, row in enumerate(rows) if at < limit or digests[row["trial"]] == default]
    stage = last_search(record)[0].stage
    best_of = f"; the best {limit} and the default are shown" if len(rows) > limit else ""
    text = f"{formatting.count(len(rows), 'completed candidate')} of {stage}{best_of}."
    return Section(key, heading, (text,), tables=(table(record, shown, digests),))


def table(record: RunRecord, rows: list[dict[str, Any]], digests: dict[int, str]) -> TextTable:
    """Rows of `leaderboard` as text, with the confirmation score where there is one."""
    places, sign = formatting.decimals(record), metric_of(record).sign
    names = list(dict.fromkeys(name for row in rows for name in row if name not in _FIXED))
    tuned, default = tuned_digest(record), default_digest(record)
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        replicates = [trial.score for trial in candidate_trials(record, "replicate", digests[row["trial"]])]
        confirmed = formatting.number(sign * statistics.fmean(replicates), places) if replicates else formatting.NONE
        scores = (formatting.number(row["score"], places), formatting.number(row["sd"], places), confirmed)
        params = (formatting.value(row[name]) if name in row else formatting.NONE for name in names)
        lines.append((str(row["rank"]), str(row["trial"]), row["origin"], *scores, *params))
    marks = tuple({tuned: "tuned", default: "default"}.get(digests[row["trial"]], "") for row in rows)
    header = ("Rank", "Trial", "Origin", metric_of(record).title, "SD of folds", "Confirmed", *names)
    return TextTable(header, tuple(lines), numeric=frozenset(range(len(header))) - {2}, marks=marks)
