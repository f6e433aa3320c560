"""Learning curves, and how the scores of one model shrink from training rows to sealed rows."""

from bisect import bisect_right
from typing import Any

from finetooth.records import Trial, curve_rounds
from finetooth.report import formatting
from finetooth.report.blocks import Cell, Chart, Section, TextTable
from finetooth.report.record import (
    RunRecord,
    candidate_trials,
    default_digest,
    metric_of,
    search_stages,
    stages,
    tuned_digest,
)
from finetooth.report.svg import DEFAULT, INK, PAPER, TUNED, axes_of, chart, label, ticks, title

# XGBoost's own metrics, as `Metric.curve` names them
NAMES = {
    "auc": "AUC",
    "aucpr": "average precision",
    "logloss": "log loss",
    "mlogloss": "log loss",
    "error": "error rate",
    "merror": "error rate",
    "rmse": "RMSE",
    "mae": "MAE",
}
Steps = list[tuple[str, float | None]]


def _compared_models(record: RunRecord) -> list[tuple[str, str | None, str]]:
    """(Name, digest, colour) of tuned and default; of default alone when the search chose it."""
    tuned, default = tuned_digest(record), default_digest(record)
    name = "tuned" if record.verdict else "best"
    both = [(name, tuned, TUNED), ("default", default, DEFAULT)]
    return both[1:] if tuned == default else both


def section(record: RunRecord) -> Section:
    """The score after each boosting round, for tuned and default."""
    key, heading = "curves", "Learning curves"
    curves = [
        (name, trial, colour)
        for name, digest, colour in _compared_models(record)
        if (trial := _trial_with_curve(record, digest))
    ]
    if not curves:
        return Section(key, heading, empty="No learning curve was recorded: the model has no rounds, or none was kept.")
    parts = []
    for name, trial, _ in curves:
        chosen = f"round {trial.rounds:,} chosen" if trial.rounds else "no round chosen"
        parts.append(f"{name}: {chosen} of {_fitted_rounds(trial):,} fitted")
    return Section(key, heading, (f"{'; '.join(parts).capitalize()}.",), charts=(_curve_chart(record, curves),))


def _trial_with_curve(record: RunRecord, digest: str | None) -> Trial | None:
    names = [*reversed(search_stages(record)), *(s for s in stages(record) if s not in search_stages(record))]
    candidates = (trial for stage in names for trial in candidate_trials(record, stage, digest))
    return next((trial for trial in candidates if len(trial.curve) > 1), None)


def _curve_chart(record: RunRecord, curves: list[tuple[str, Trial, str]]) -> Chart:
    metric = metric_of(record)
    kind = record.data.kind if record.data else None
    curve_name = metric.curve.get(kind, "") if kind else ""
    curve_title = NAMES.get(curve_name, metric.title)

    def draw(figure: Any, narrow: bool) -> None:
        axes = axes_of(figure)
        title(axes, f"validation {curve_title}, mean of folds")
        shown: list[float] = []
        for name, trial, colour in curves:
            # XGBoost's curves are areas or losses, none below zero: without the inner sign they are natural again.
            heights = [abs(score) for score in trial.curve]
            axes.plot(curve_rounds(len(heights)), heights, color=colour, linewidth=1.8, label=name)
            shown += heights[len(heights) // 10 :]
            _mark(
                axes, name if narrow or not trial.rounds else f"{name}, round {trial.rounds:,}", trial, heights, colour
            )
        room = 0.12 * ((max(shown) - min(shown)) or 1e-2 * max(shown) or 1e-3)
        axes.set_ylim(min(shown) - room, max(shown) + room)
        ticks(axes.yaxis)
        ticks(axes.xaxis, most=4 if narrow else 8)
        axes.set_xlabel("boosting round")
        axes.set_xlim(left=0)

    names = " and ".join(name for name, _, _ in curves)
    return chart("curves", f"Validation {curve_title} by boosting round, {names}", draw, 300, 270)


def _fitted_rounds(trial: Trial) -> int:
    return curve_rounds(len(trial.curve))[-1]


def _mark(axes: Any, name: str, trial: Trial, heights: list[float], colour: str) -> None:
    at = min(trial.rounds or _fitted_rounds(trial), _fitted_rounds(trial))
    height = heights[bisect_right(curve_rounds(len(heights)), at) - 1]
    if trial.rounds:
        axes.plot([at], [height], "o", color=colour, markeredgecolor=PAPER, markersize=9, zorder=4)
    side = "left" if at < 0.5 * axes.get_xlim()[1] else "right"
    shift = -15 if heights[-1] >= heights[0] else 15
    label(axes, at, height, name, colour, ha=side, offset=(0, shift), fontweight="bold")


def steps(record: RunRecord, digest: str | None, sealed: float | None) -> Steps:
    """One model's scores in the metric's own direction: training rows, search, confirmation, sealed rows."""
    sign = metric_of(record).sign
    names = search_stages(record)
    search_trials = candidate_trials(record, names[-1], digest) if names else ()
    train = [score for trial in search_trials for score in trial.train_scores]
    search = [score for trial in search_trials for score in trial.scores]
    confirmation = [score for trial in candidate_trials(record, "replicate", digest) for score in trial.scores]
    means = [sign * sum(scores) / len(scores) if scores else None for scores in (train, search, confirmation)]
    return list(zip(("training rows", "search", "confirmation", "sealed rows"), [*means, sealed], strict=True))


def fitting_section(record: RunRecord) -> Section:
    """Over- and underfitting: where the score is lost between training and sealed rows."""
    key, heading = "fitting", "Over- and underfitting"
    verdict = record.verdict
    sealed = {"tuned": verdict.tuned, "default": verdict.default} if verdict else {}
    models = [
        (name, steps(record, digest, sealed.get(name)), colour) for name, digest, colour in _compared_models(record)
    ]
    drawable = [model for model in models if sum(value is not None for _, value in model[1]) >= 2]
    if not drawable:
        reason = "at least two of training, search, confirmation and sealed scores are needed."
        return Section(key, heading, empty=f"Too little was recorded: {reason}")
    text = (
        "From left to right the rows know less of the model. A long first step is overfitting to the training rows; "
        "a loss after the search of more than its standard error can tell is selection optimism; training and search "
        "both poor is underfitting. The confirmation chose the candidate, so that its score is flattered too."
    )
    tables = (_gaps(record, drawable), *_losses(record))
    return Section(key, heading, (text,), charts=(_slope(record, drawable),), tables=tables)


def _slope(record: RunRecord, models: list[tuple[str, Steps, str]]) -> Chart:
    metric = metric_of(record)

    def draw(figure: Any, narrow: bool) -> None:
        axes = axes_of(figure)
        title(axes, formatting.direction(metric))
        axes.margins(0.16)
        ends = [next(value for _, value in reversed(values) if value is not None) for _, values, _ in models]
        for (name, values, colour), end in zip(models, ends, strict=True):
            points = [(at, value) for at, (_, value) in enumerate(values) if value is not None]
            axes.plot(*zip(*points, strict=True), "o-", color=colour, markersize=7, linewidth=1.8)
            label(axes, points[-1][0], points[-1][1], name, colour, offset=(10, 0), fontweight="bold")
            if not narrow:
                _label_steps(record, axes, points, colour, upper=end == max(ends))
        names = [name.replace(" ", "\n") if narrow else name for name, _ in models[0][1]]
        axes.set_xticks(range(4), names)
        axes.tick_params(axis="x", labelcolor=INK)
        axes.set_xlim(-0.4, 3.85 if narrow else 3.5)
        ticks(axes.yaxis)

    return chart("fitting", f"{metric.title} of each model on rows that know less and less of it", draw, 300, 290)


def _label_steps(record: RunRecord, axes: Any, points: list[tuple[int, float]], colour: str, *, upper: bool) -> None:
    """The scores beside their points, on the side that the line leaves free: it falls for a score, rises for a loss."""
    falling = points[0][1] > points[-1][1]
    right = upper == falling
    for at, value in points:
        text = formatting.number(value, formatting.decimals(record))
        offset = (4 if right else -4, 11 if upper else -11)
        # The last point has the model's name at its right.
        side = "right" if at == points[-1][0] else "left" if right else "right"
        label(axes, at, value, text, colour, ha=side, offset=offset)


def _gaps(record: RunRecord, models: list[tuple[str, Steps, str]]) -> TextTable:
    places = formatting.decimals(record)
    header = ("", *(step for step, _ in models[0][1]), "training − search", "search − sealed")  # noqa: RUF001
    rows: list[tuple[Cell, ...]] = []
    for name, values, _ in models:
        scores = [value for _, value in values]
        gaps = [None if a is None or b is None else a - b for a, b in ((scores[0], scores[1]), (scores[1], scores[3]))]
        rows.append(
            (name, *(formatting.number(v, places) for v in scores), *(formatting.signed(gap, places) for gap in gaps))
        )
    return TextTable(header, tuple(rows), numeric=frozenset(range(1, 7)))


def _losses(record: RunRecord) -> tuple[TextTable, ...]:
    """Two tables: each model's loss after the search, in standard errors, and the incumbents' gaps."""
    monitor = record.verdict.extra.monitor if record.verdict else None
    if monitor is None:
        return ()
    places, sign = formatting.decimals(record), metric_of(record).sign
    rows: list[tuple[Cell, ...]] = []
    for name, scores in (("tuned", monitor.tuned), ("default", monitor.default)):
        if scores is None:
            continue
        drops = (
            ("search to confirmation", scores.to_confirmation, scores.to_confirmation_error),
            ("search to sealed rows", scores.to_holdout, scores.to_holdout_error),
        )
        for where, loss, error in drops:
            size = formatting.signed(loss / error, 1) if error else formatting.NONE
            rows.append((name, where, formatting.signed(loss, places), formatting.number(error, places), size))
    incumbents: list[tuple[Cell, ...]] = []
    for trial, train, search_score in monitor.incumbents:
        gap = formatting.signed(sign * (train - search_score), places)
        incumbents.append((f"{trial}", formatting.number(train, places), formatting.number(search_score, places), gap))
    losses = TextTable(
        ("", "Step", "Lost", "Standard error", "In standard errors"),
        tuple(rows),
        "What did each model lose after the search? Up to 2 standard errors may be chance; more is overtuning",
        numeric=frozenset({2, 3, 4}),
    )
    header = ("Trial", "Training rows", "Search", "Gap")
    trend = TextTable(
        header, tuple(incumbents), "The leading trial as the search went on", numeric=frozenset({0, 1, 2, 3})
    )
    return tuple(table for table in (losses, trend) if table.rows)
