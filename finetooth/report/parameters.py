"""Which parameters mattered, and where good values lie."""

import math
from typing import Any

from finetooth.records import Trial
from finetooth.report import formatting
from finetooth.report.blocks import Chart, Section
from finetooth.report.dimensions import Dimension, dimensions
from finetooth.report.history import tip, worst_shown
from finetooth.report.record import RunRecord, default_digest, drawn_trials, last_search, metric_of, tuned_digest
from finetooth.report.svg import (
    DEFAULT,
    FAINT,
    INK,
    MUTED,
    OTHER,
    PAPER,
    TUNED,
    axes_of,
    chart,
    dots,
    label,
    style_axes,
    svg,
    ticks,
    title,
)
from finetooth.trials.comparable import comparable

MOST = 300  # trials in one drawing, so that the page stays light


def section(record: RunRecord) -> Section:
    """Importance bars, one slice a parameter, and parallel coordinates."""
    key, heading = "parameters", "Parameters"
    completed = comparable(last_search(record))
    axes = dimensions(record, most=6)
    if len(completed) < 2 or not axes:
        return Section(key, heading, empty="Fewer than two completed trials with parameters: nothing to compare.")
    charts = [_bars(record)] if record.importance else []
    charts += [_slice(record, completed, axis, number) for number, axis in enumerate(axes)]
    if len(axes) > 1 and len(completed) > 2:
        charts.append(_parallel(record, completed, dimensions(record, most=8)))
    return Section(key, heading, (_takeaway(record, len(completed)),), tuple(charts))


def _takeaway(record: RunRecord, count: int) -> str:
    legend = "Blue is the tuned candidate, orange the default."
    if not record.importance:
        return f"Importance was not computed, so parameters stand in the order of the space. {legend}"
    name, share = max(record.importance.items(), key=lambda item: item[1])
    trials = formatting.count(count, "trial")
    statement = f"{name} explains the most of the variation in score: {formatting.share(share)}"
    return f"{statement}, estimated from {trials}. {legend}"


def _bars(record: RunRecord) -> Chart:
    ranked = sorted(record.importance.items(), key=lambda item: item[1])[-10:]

    def draw(figure: Any, narrow: bool) -> None:  # noqa: ARG001 - one drawing serves both widths
        axes = axes_of(figure)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.barh(range(len(ranked)), [share for _, share in ranked], height=0.62, color=OTHER)
        for at, (_, share) in enumerate(ranked):
            label(axes, share, at, formatting.share(share), MUTED, offset=(6, 0))
        axes.set_yticks(range(len(ranked)), [formatting.short(name, 24) for name, _ in ranked])
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set_xticks([])
        axes.set_xlim(0, 1.18 * max(share for _, share in ranked) or 1)
        title(axes, "share of the variation in score")

    return chart("importance", "Importance of each parameter", draw, height=50 + 25 * len(ranked))


def _slice(record: RunRecord, completed: tuple[Trial, ...], axis: Dimension, number: int) -> Chart:
    metric = metric_of(record)
    with_parameter = [trial for trial in drawn_trials(record, completed, MOST) if axis.name in trial.candidate.params]
    floor = worst_shown([trial.score for trial in completed])
    styles: dict[str | None, dict[str, Any]] = {
        tuned_digest(record): {"c": TUNED, "s": 70, "zorder": 5},
        default_digest(record): {"c": DEFAULT, "s": 52, "marker": "D", "zorder": 4},
    }

    def draw(figure: Any) -> None:
        axes = axes_of(figure)
        title(axes, f"{metric.title} by {formatting.short(axis.name, 32)}")
        groups = [[t for t in with_parameter if t.candidate.digest == digest] for digest in styles]
        groups.append([t for t in with_parameter if t.candidate.digest not in styles])
        for group, style in zip(groups, [*styles.values(), {"c": OTHER, "s": 26}], strict=True):
            x = [axis.position(trial.candidate.params[axis.name]) for trial in group]
            y = [metric.sign * max(trial.score, floor) for trial in group]
            dots(axes, x, y, [tip(record, trial) for trial in group], edgecolors=PAPER, linewidths=0.8, **style)
        axes.margins(0.08, 0.12)
        ticks(axes.yaxis, most=4)
        if axis.options:
            axes.set_xticks(
                range(len(axis.options)), [formatting.short(formatting.value(option), 12) for option in axis.options]
            )
            axes.set_xlim(-0.6, len(axis.options) - 0.4)
        else:
            ticks(axes.xaxis, log=axis.log, most=4)

    caption = f"{metric.title} against {axis.name}{' on a log scale' if axis.log else ''}"
    return Chart(caption, svg(f"slice-{number}", caption, draw, 340, 210), size="third")


def _parallel(record: RunRecord, completed: tuple[Trial, ...], dimensions_shown: tuple[Dimension, ...]) -> Chart:
    metric = metric_of(record)
    ordered = sorted(completed, key=lambda trial: trial.score)
    floor, top = worst_shown([trial.score for trial in completed]), ordered[-1].score
    good_score = ordered[-max(len(ordered) // 5, 1)].score
    tuned, default = tuned_digest(record), default_digest(record)
    shown = drawn_trials(record, tuple(ordered), MOST)

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        style_axes(axes)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        for trial in shown:
            heights = [_height(axis, trial) for axis in dimensions_shown]
            heights.append((max(trial.score, floor) - floor) / ((top - floor) or 1.0))
            axes.plot(range(len(heights)), heights, **_line(trial, tuned, default, good=trial.score >= good_score))
        for at, axis in enumerate(dimensions_shown):
            axes.plot([at, at], [0, 1], color=FAINT, linewidth=1.2, zorder=0)
            for height, text in zip((-0.055, 1.055), axis.ends, strict=True):
                label(axes, at, height, text, MUTED, ha="center", fontsize=11)
        axes.plot([len(dimensions_shown)] * 2, [0, 1], color=MUTED, linewidth=1.2, zorder=0)
        for height, score in ((-0.055, floor), (1.055, top)):
            text = formatting.number(metric.sign * score, formatting.decimals(record))
            label(axes, len(dimensions_shown), height, text, INK, ha="center", fontsize=11)
        axes.set_yticks([])
        axes.set_xticks(range(len(dimensions_shown) + 1), [_wrapped(a.name) for a in dimensions_shown] + [metric.title])
        axes.tick_params(axis="x", length=0, pad=12, labelcolor=INK)
        axes.set_ylim(-0.1, 1.1)
        axes.set_xlim(-0.35, len(dimensions_shown) + 0.4)

    caption = f"Each line is a trial across its parameters, ending at its {metric.title}; the best fifth stands out"
    return Chart(caption, svg("parallel", caption, draw, 760, 330), size="scroll")


def _wrapped(name: str) -> str:
    """A long name on two lines, broken at the underscore nearest to its middle."""
    name = formatting.short(name, 22)
    breaks = [at for at, letter in enumerate(name) if letter == "_"]
    if len(name) < 11 or not breaks:
        return name
    middle = min(breaks, key=lambda at: abs(at - len(name) / 2))
    return f"{name[:middle]}\n{name[middle:]}"


def _height(axis: Dimension, trial: Trial) -> float:
    params = trial.candidate.params
    return axis.unit(params[axis.name]) if axis.name in params else math.nan


def _line(trial: Trial, tuned: str | None, default: str | None, *, good: bool) -> dict[str, Any]:
    digest = trial.candidate.digest
    if digest == default:
        return {"color": DEFAULT, "linewidth": 2.4, "zorder": 4}
    if digest == tuned:
        return {"color": TUNED, "linewidth": 3.0, "zorder": 5}
    if good:
        return {"color": TUNED, "linewidth": 1.4, "alpha": 0.65, "zorder": 3}
    return {"color": OTHER, "linewidth": 0.9, "alpha": 0.4, "zorder": 2}
