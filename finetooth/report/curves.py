"""Learning curves, and how the scores of one model shrink from training rows to sealed rows."""

from bisect import bisect_right
from typing import Any

from finetooth.records import Trial, curve_rounds
from finetooth.report import formatting
from finetooth.report.blocks import Cell, Chart, Section, TextTable
from finetooth.report.record import (
    RunRecord,
    default_digest,
    metric_of,
    search_stages,
    stages,
    trials_of,
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


def _sides(record: RunRecord) -> list[tuple[str, str | None, str]]:
    """The two models that are compared; one when the search kept the default."""
    tuned, default = tuned_digest(record), default_digest(record)
    name = "tuned" if record.verdict else "best"
    both = [(name, tuned, TUNED), ("default", default, DEFAULT)]
    return both[1:] if tuned == default else both


def section(record: RunRecord) -> Section:
    """The score after each boosting round, for tuned and default."""
    key, heading = "curves", "Learning curves"
    found = [(name, trial, colour) for name, digest, colour in _sides(record) if (trial := _curved(record, digest))]
    if not found:
        return Section(key, heading, empty="No learning curve was recorded: the model has no rounds, or none was kept.")
    parts = []
    for name, trial, _ in found:
        chosen = f"round {trial.rounds:,} chosen" if trial.rounds else "no round chosen"
        parts.append(f"{name}: {chosen} of {_fitted(trial):,} fitted")
    return Section(key, heading, (f"{'; '.join(parts).capitalize()}.",), charts=(_curve_chart(record, found),))


def _curved(record: RunRecord, digest: str | None) -> Trial | None:
    names = [*reversed(search_stages(record)), *(s for s in stages(record) if s not in search_stages(record))]
    every = (trial for stage in names for trial in trials_of(record, stage, digest))
    return next((trial for trial in every if len(trial.curve) > 1), None)


def _curve_chart(record: RunRecord, found: list[tuple[str, Trial, str]]) -> Chart:
    metric = metric_of(record)
    kind = record.data.kind if record.data else None
    named = metric.curve.get(kind, "") if kind else ""
    measured = NAMES.get(named, metric.title)

    def draw(figure: Any, narrow: bool) -> None:
        axes = axes_of(figure)
        title(axes, f"validation {measured}, mean of folds")
        shown: list[float] = []
        for name, trial, colour in found:
            # XGBoost's curves are areas or losses, none below zero: without the inner sign they are natural again.
            heights = [abs(score) for score in trial.curve]
            axes.plot(curve_rounds(len(heights)), heights, color=colour, linewidth=1.8, label=name)
            shown += heights[len(heights) // 10 :]
            _mark(
                axes, name if narrow or not trial.rounds else f"{name}, round {trial.rounds:,}", trial, heights, colour
            )
        room = 0.12 * ((max(shown) - min(shown)) or 1e-3)
        axes.set_ylim(min(shown) - room, max(shown) + room)
        ticks(axes.yaxis)
        ticks(axes.xaxis, most=4 if narrow else 8)
        axes.set_xlabel("boosting round")
        axes.set_xlim(left=0)

    names = " and ".join(name for name, _, _ in found)
    return chart("curves", f"Validation {measured} by boosting round, {names}", draw, 300, 270)


def _fitted(trial: Trial) -> int:
    return curve_rounds(len(trial.curve))[-1]


def _mark(axes: Any, name: str, trial: Trial, heights: list[float], colour: str) -> None:
    at = min(trial.rounds or _fitted(trial), _fitted(trial))
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
    searched = trials_of(record, names[-1], digest) if names else ()
    trained = [score for trial in searched for score in trial.train_scores]
    tested = [score for trial in searched for score in trial.scores]
    confirmed = [score for trial in trials_of(record, "replicate", digest) for score in trial.scores]
    means = [sign * sum(scores) / len(scores) if scores else None for scores in (trained, tested, confirmed)]
    return list(zip(("training rows", "search", "confirmation", "sealed rows"), [*means, sealed], strict=True))


def fitting(record: RunRecord) -> Section:
    """Over- and underfitting: where the score is lost between training and sealed rows."""
    key, heading = "fitting", "Over- and underfitting"
    verdict = record.verdict
    sealed = {"tuned": verdict.tuned, "default": verdict.default} if verdict else {}
    sides = [(name, steps(record, digest, sealed.get(name)), colour) for name, digest, colour in _sides(record)]
    known = [side for side in sides if sum(value is not None for _, value in side[1]) >= 2]
    if not known:
        why = "at least two of training, search, confirmation and sealed scores are needed."
        return Section(key, heading, empty=f"Too little was recorded: {why}")
    text = (
        "From left to right the rows know less of the model. A long first step is overfitting to the training rows; "
        "a loss after the search of more than its standard error can tell is selection optimism; training and search "
        "both poor is underfitting."
    )
    tables = (_gaps(record, known), *_lost(record))
    return Section(key, heading, (text,), charts=(_slope(record, known),), tables=tables)


def _slope(record: RunRecord, sides: list[tuple[str, Steps, str]]) -> Chart:
    metric = metric_of(record)

    def draw(figure: Any, narrow: bool) -> None:
        axes = axes_of(figure)
        title(axes, formatting.direction(metric))
        axes.margins(0.16)
        ends = [next(value for _, value in reversed(values) if value is not None) for _, values, _ in sides]
        for (name, values, colour), end in zip(sides, ends, strict=True):
            known = [(at, value) for at, (_, value) in enumerate(values) if value is not None]
            axes.plot(*zip(*known, strict=True), "o-", color=colour, markersize=7, linewidth=1.8)
            label(axes, known[-1][0], known[-1][1], name, colour, offset=(10, 0), fontweight="bold")
            if not narrow:
                _label_steps(record, axes, known, colour, upper=end == max(ends))
        names = [name.replace(" ", "\n") if narrow else name for name, _ in sides[0][1]]
        axes.set_xticks(range(4), names)
        axes.tick_params(axis="x", labelcolor=INK)
        axes.set_xlim(-0.4, 3.85 if narrow else 3.5)
        ticks(axes.yaxis)

    return chart("fitting", f"{metric.title} of each model on rows that know less and less of it", draw, 300, 290)


def _label_steps(record: RunRecord, axes: Any, known: list[tuple[int, float]], colour: str, *, upper: bool) -> None:
    """The scores beside their points, on the side that the line leaves free: it falls for a score, rises for a loss."""
    falling = known[0][1] > known[-1][1]
    right = upper == falling
    for at, value in known:
        text = formatting.number(value, formatting.decimals(record))
        offset = (4 if right else -4, 11 if upper else -11)
        # The last point has the model's name at its right.
        side = "right" if at == known[-1][0] else "left" if right else "right"
        label(axes, at, value, text, colour, ha=side, offset=offset)


def _gaps(record: RunRecord, sides: list[tuple[str, Steps, str]]) -> TextTable:
    places = formatting.decimals(record)
    header = ("", *(step for step, _ in sides[0][1]), "training − search", "search − sealed")  # noqa: RUF001
    rows: list[tuple[Cell, ...]] = []
    for name, values, _ in sides:
        held = [value for _, value in values]
        gaps = [None if a is None or b is None else a - b for a, b in ((held[0], held[1]), (held[1], held[3]))]
        rows.append(
            (name, *(formatting.number(v, places) for v in held), *(formatting.signed(gap, places) for gap in gaps))
        )
    return TextTable(header, tuple(rows), numeric=frozenset(range(1, 7)))


def _lost(record: RunRecord) -> tuple[TextTable, ...]:
    """What each model lost after the search, in standard errors, and the incumbent's gap as the search went on."""
    monitor = record.verdict.extra.monitor if record.verdict else None
    if monitor is None:
        return ()
    places, sign = formatting.decimals(record), metric_of(record).sign
    rows: list[tuple[Cell, ...]] = []
    for name, scores in (("tuned", monitor.tuned), ("default", monitor.default)):
        if scores is None:
            continue
        steps = (
            ("search to confirmation", scores.to_confirmation, scores.to_confirmation_error),
            ("search to sealed rows", scores.to_holdout, scores.to_holdout_error),
        )
        for where, lost, error in steps:
            size = formatting.signed(lost / error, 1) if error else formatting.NONE
            rows.append((name, where, formatting.signed(lost, places), formatting.number(error, places), size))
    leaders: list[tuple[Cell, ...]] = []
    for trial, train, searched in monitor.incumbents:
        gap = formatting.signed(sign * (train - searched), places)
        leaders.append((f"{trial}", formatting.number(train, places), formatting.number(searched, places), gap))
    losses = TextTable(
        ("", "Step", "Lost", "Standard error", "In standard errors"),
        tuple(rows),
        "What did each model lose after the search? Up to 2 standard errors may be chance; more is overtuning",
        numeric=frozenset({2, 3, 4}),
    )
    header = ("Trial", "Training rows", "Search", "Gap")
    trend = TextTable(
        header, tuple(leaders), "The leading trial as the search went on", numeric=frozenset({0, 1, 2, 3})
    )
    return tuple(table for table in (losses, trend) if table.rows)
