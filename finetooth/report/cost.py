"""What the run cost, by stage."""

from typing import Any

from finetooth.records import StageCost
from finetooth.report import formatting
from finetooth.report.blocks import Chart, Section, TextTable
from finetooth.report.record import RunRecord, stage_trials, stages
from finetooth.report.svg import INK, MUTED, OTHER, axes_of, chart, label, title
from finetooth.trials.comparable import run_here


def costs(record: RunRecord) -> tuple[StageCost, ...]:
    """The recorded costs; without a verdict, those of the trials, with 0 for wall time."""
    if record.verdict is not None and record.verdict.costs:
        return record.verdict.costs
    groups = [(stage, run_here(stage_trials(record, stage))) for stage in stages(record)]
    return tuple(StageCost(stage, len(group), sum(t.seconds for t in group), 0.0) for stage, group in groups)


def section(record: RunRecord) -> Section:
    """Fits and seconds of each stage."""
    key, heading = "cost", "Cost by stage"
    by_stage = costs(record)
    if not by_stage:
        return Section(key, heading, empty="No trial was run, so nothing was spent.")
    fit_seconds = sum(cost.fit_seconds for cost in by_stage)
    trials = sum(cost.trials for cost in by_stage)
    text = f"{formatting.count(trials, 'trial')}, {formatting.duration(fit_seconds)} of fitting"
    wall_seconds = sum(cost.seconds for cost in by_stage)
    if wall_seconds:
        text += f", {formatting.duration(wall_seconds)} on the wall"
    costliest = max(by_stage, key=lambda cost: cost.fit_seconds)
    if fit_seconds:
        text += f"; {costliest.stage} took {formatting.share(costliest.fit_seconds / fit_seconds)} of the fitting"
    return Section(key, heading, (f"{text}.",), charts=(_chart(by_stage),), tables=(table(by_stage),))


def _chart(by_stage: tuple[StageCost, ...]) -> Chart:
    def draw(figure: Any, narrow: bool) -> None:
        panels = (
            ("trials", [float(cost.trials) for cost in by_stage], [f"{cost.trials:,}" for cost in by_stage]),
            (
                "fitting time",
                [cost.fit_seconds for cost in by_stage],
                [formatting.duration(c.fit_seconds) for c in by_stage],
            ),
        )
        for number, (name, values, shown) in enumerate(panels):
            axes = axes_of(figure, *((2, 1, number + 1) if narrow else (1, 2, number + 1)))
            axes.grid(visible=False)
            axes.spines["bottom"].set_visible(False)
            axes.barh(range(len(values))[::-1], values, height=0.6, color=OTHER)
            for y, value, text in zip(range(len(values))[::-1], values, shown, strict=True):
                label(axes, value, y, text, MUTED, offset=(6, 0))
            blank = number == 1 and not narrow
            axes.set_yticks(range(len(values))[::-1], ["" if blank else cost.stage for cost in by_stage])
            axes.tick_params(axis="y", labelcolor=INK)
            axes.set_xticks([])
            axes.set_xlim(0, 1.35 * (max(values) or 1.0))
            title(axes, name)

    bars = 26 * len(by_stage)
    return chart("cost", "Trials and fitting time of each stage", draw, height=46 + bars, narrow=2 * (46 + bars))


def table(by_stage: tuple[StageCost, ...]) -> TextTable:
    """The costs by stage as a table."""
    rows = tuple(
        (
            cost.stage,
            f"{cost.trials:,}",
            formatting.number(cost.fit_seconds, 1),
            formatting.number(cost.seconds, 1) if cost.seconds else formatting.NONE,
            formatting.number(cost.fit_seconds / cost.trials, 2) if cost.trials else formatting.NONE,
        )
        for cost in by_stage
    )
    header = ("Stage", "Trials", "Fitting, s", "Wall, s", "Fitting a trial, s")
    return TextTable(header, rows, numeric=frozenset({1, 2, 3, 4}))
