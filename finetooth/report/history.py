"""How the search went: each trial in turn, and whether the subset told the truth about all rows."""

import math
from collections import Counter
from itertools import accumulate
from typing import Any

from finetooth.records import Trial
from finetooth.report import formatting
from finetooth.report.blocks import Chart, Section
from finetooth.report.record import (
    RunRecord,
    best_trial,
    default_digest,
    drawn_trials,
    metric_of,
    search_stages,
    stage_trials,
)
from finetooth.report.svg import BAD, DEFAULT, OTHER, PAPER, TUNED, axes_of, chart, dots, label, svg, ticks, title
from finetooth.trials import agreement as subset_agreement
from finetooth.trials.comparable import comparable, extent

MOST = 600  # trials drawn, so that the page stays light


def section(record: RunRecord) -> Section:
    """Score by trial, best so far, what failed, and why the searches ended."""
    key, heading = "history", "Search history"
    groups = [stage_trials(record, stage) for stage in search_stages(record)]
    everything = tuple(trial for group in groups for trial in group)
    if not everything:
        return Section(key, heading, notes=record.search_notes, empty="No trial was run.")
    notes = record.search_notes
    text = tuple(_takeaway(record, group) for group in groups)
    if best_trial(everything) is None:
        reasons = sorted({trial.reason or "no reason recorded" for trial in everything})
        return Section(key, heading, text, notes=notes, empty=f"No trial completed: {'; '.join(reasons[:3])}.")
    return Section(key, heading, text, charts=(_chart(record, groups),), notes=notes)


def _takeaway(record: RunRecord, group: tuple[Trial, ...]) -> str:
    places, sign = formatting.decimals(record), metric_of(record).sign
    leader, stage = best_trial(group), group[0].stage
    text = f"{stage.capitalize()}: {'; '.join(_fidelities(group))}"
    if leader is not None:
        best_score = formatting.number(sign * leader.score, places)
        text += f"; best {best_score} by trial {leader.candidate.index} ({leader.candidate.origin})"
    default = next((t for t in comparable(group) if t.candidate.digest == default_digest(record)), None)
    if default is not None:
        text += f"; the default scored {formatting.number(sign * default.score, places)}"
    for state in ("failed", "pruned", "running"):
        count = sum(trial.state == state for trial in group)
        text += f"; {count} {state}" if count else ""
    return f"{text}."


def _fidelities(group: tuple[Trial, ...]) -> list[str]:
    """A phrase for each fidelity, lowest first: how many trials ran at it."""
    counts = Counter(trial.fidelity for trial in group)
    parts = []
    for fidelity, total in sorted(counts.items(), key=lambda pair: extent(pair[0])):
        share = "all rows" if fidelity.rows == 1 else f"{formatting.share(fidelity.rows)} of the rows"
        rounds = "" if fidelity.rounds is None else f", {formatting.count(fidelity.rounds, 'round')}"
        parts.append(
            f"{formatting.count(total, 'trial')} on {share}, {formatting.count(fidelity.folds, 'fold')}{rounds}"
        )
    return parts


def tip(record: RunRecord, trial: Trial) -> str:
    """The tooltip of a trial's point."""
    head = f"{trial.stage} trial {trial.candidate.index} ({trial.candidate.origin})"
    if trial.state != "complete":
        return f"{head}: {trial.state}{', ' if trial.reason else ''}{trial.reason}"
    score = formatting.number(metric_of(record).sign * trial.score, formatting.decimals(record))
    return f"{head}: {score}; {formatting.params(trial.candidate.params)}"


def worst_shown(scores: list[float]) -> float:
    """The lower end of a scale that keeps a few very poor trials from flattening the rest (larger is better)."""
    ordered = sorted(scores)
    top, middle = ordered[-1], ordered[len(ordered) // 2]
    return max(ordered[0], middle - 3 * (top - middle)) if top > middle else ordered[0]


def _chart(record: RunRecord, groups: list[tuple[Trial, ...]]) -> Chart:
    # Scores at different fidelities differ in level, so each stage has a scale of its own.
    shown = [group for group in groups if best_trial(group) is not None]
    metric = metric_of(record)

    def draw(figure: Any, narrow: bool) -> None:
        widths = [1.0] * len(shown) if narrow else [max(len(group), 8.0) for group in shown]
        ratios = {} if narrow else {"width_ratios": widths}
        grid = figure.add_gridspec(*((len(shown), 1) if narrow else (1, len(shown))), **ratios)
        for number, group in enumerate(shown):
            axes = axes_of(figure, grid[number])
            title(axes, f"{group[0].stage}: {metric.title}")
            _draw_stage(record, axes, group)
            ticks(axes.yaxis, most=4)
            ticks(axes.xaxis, most=4 if narrow else 6)
            axes.set_xlabel("trial")

    return chart("history", _caption(record, shown), draw, height=320, narrow=60 + 230 * len(shown))


def _caption(record: RunRecord, groups: list[tuple[Trial, ...]]) -> str:
    text = f"{formatting.direction(metric_of(record))} of each trial in order, with the best so far"
    trials = [trial for group in groups for trial in group]
    if any(trial.state != "complete" for trial in trials):
        text += "; crosses have no score"
    floors = [_floor(group) for group in groups]
    scored = ((t.score, floor) for group, floor in zip(groups, floors, strict=True) for t in group if t.scores)
    if any(score < floor for score, floor in scored):
        text += "; triangles lie beyond the scale"
    if any(len({trial.fidelity for trial in group}) > 1 for group in groups):
        text += "; pale points saw less, and their scores cannot be compared"
    if any(len(group) > MOST for group in groups):
        text += f"; about {MOST:,} of the trials are drawn"
    return text


def _floor(group: tuple[Trial, ...]) -> float:
    return worst_shown([trial.score for trial in group if trial.state == "complete"])


def _draw_stage(record: RunRecord, axes: Any, group: tuple[Trial, ...]) -> None:
    sign, floor, default = metric_of(record).sign, _floor(group), default_digest(record)
    complete = [trial for trial in group if trial.state == "complete"]
    top = max(t.score for t in complete)
    room = 0.1 * ((top - floor) or abs(floor) or 1.0)
    # What has no place on the scale stands at its worse end.
    heights = {t.candidate.index: sign * (t.score if t.score >= floor else floor - 1.4 * room) for t in group}
    colour = TUNED if group[0].stage == search_stages(record)[-1] else OTHER
    styles: dict[str, dict[str, Any]] = {
        "shown": {"c": colour, "edgecolors": PAPER, "linewidths": 0.8},
        "paler": {"c": colour, "alpha": 0.35, "linewidths": 0},
        "beyond": {"c": colour, "marker": "v" if sign > 0 else "^"},
        "unscored": {"c": BAD, "marker": "x"},
        "default": {"c": DEFAULT, "marker": "D", "s": 52, "edgecolors": PAPER, "zorder": 4},
    }
    kinds: dict[str, list[Trial]] = {name: [] for name in styles}
    comparable_indexes = {trial.candidate.index for trial in comparable(group)}
    for trial in drawn_trials(record, group, MOST):
        shade = "shown" if trial.candidate.index in comparable_indexes else "paler"
        scored = shade if trial.score >= floor else "beyond"
        kind = "default" if trial.candidate.digest == default else scored
        kinds[kind if trial.state == "complete" else "unscored"].append(trial)
    for name, trials in kinds.items():
        at = [t.candidate.index for t in trials]
        dots(axes, at, [heights[index] for index in at], [tip(record, t) for t in trials], **styles[name])
    ends = (sign * (floor - 2.4 * room), sign * (top + 1.8 * room))
    axes.set_ylim(min(ends), max(ends))
    last = max(heights)
    axes.set_xlim(-0.05 * last - 0.6, 1.03 * last + 0.6)
    _draw_best(record, axes, list(comparable(group)), colour)
    for trial in kinds["default"][:1]:
        at_default = (trial.candidate.index, heights[trial.candidate.index])
        label(axes, *at_default, "default", DEFAULT, offset=(2, -14 * sign), fontweight="bold")


def _draw_best(record: RunRecord, axes: Any, complete: list[Trial], colour: str) -> None:
    sign = metric_of(record).sign
    heights = [sign * top for top in accumulate((trial.score for trial in complete), max)]
    indexes = [trial.candidate.index for trial in complete]
    axes.step(
        [*indexes, axes.get_xlim()[1]], [*heights, heights[-1]], where="post", color=colour, linewidth=1.6, zorder=2
    )
    text = f"best {formatting.number(heights[-1], formatting.decimals(record))}"
    label(axes, axes.get_xlim()[1], heights[-1], text, colour, ha="right", offset=(0, 10 * sign), fontweight="bold")


def agreement_section(record: RunRecord) -> Section:
    """Whether the subset ranked candidates as all rows do."""
    key, heading = "agreement", "Subset against all rows"
    names = search_stages(record)
    if not names:
        return Section(key, heading, empty="No trial was run.")
    if len(names) < 2:
        return Section(key, heading, empty="This run searched at one fidelity only, so there is nothing to compare.")
    pairs = _pairs(stage_trials(record, names[0]), stage_trials(record, names[-1]))
    notes = tuple(note for note in record.search_notes if "subset" in note)
    if len(pairs) < 3:
        reason = f"Only {formatting.count(len(pairs), 'candidate')} completed in both {names[0]} and {names[-1]}"
        reason = f"{reason}: at least 3 are needed to say whether the subset ranked them alike."
        return Section(key, heading, notes=notes, empty=reason)
    agreement = subset_agreement.measure(*_unzip(pairs))
    if agreement is None or math.isnan(agreement.rank):
        text = f"All {len(pairs)} shared candidates scored the same at one fidelity, so their order says nothing."
        return Section(key, heading, (text,), charts=(_scatter(record, pairs, names),))
    text = f"Spearman {formatting.number(agreement.rank, 2)} over {len(pairs)} shared candidates: "
    text = f"{text}the subset {agreement.words} all rows."
    return Section(key, heading, (text,), charts=(_scatter(record, pairs, names),), notes=notes)


def _pairs(coarse: tuple[Trial, ...], full: tuple[Trial, ...]) -> list[tuple[Trial, Trial]]:
    return subset_agreement.pairs(coarse, comparable(full))


def _unzip(pairs: list[tuple[Trial, Trial]]) -> tuple[list[Trial], list[Trial]]:
    return [low for low, _ in pairs], [high for _, high in pairs]


def _scatter(record: RunRecord, pairs: list[tuple[Trial, Trial]], names: tuple[str, ...]) -> Chart:
    metric = metric_of(record)

    def draw(figure: Any) -> None:
        axes = axes_of(figure)
        title(axes, f"{metric.title} in {names[-1]}")
        for is_default, colour in ((False, TUNED), (True, DEFAULT)):
            chosen = [p for p in pairs if (p[1].candidate.digest == default_digest(record)) == is_default]
            x, y = ([metric.sign * pair[side].score for pair in chosen] for side in (0, 1))
            dots(
                axes, x, y, [tip(record, full) for _, full in chosen], c=colour, marker="D" if is_default else "o", s=48
            )
            if is_default and chosen:
                label(axes, x[0], y[0], "default", DEFAULT, offset=(9, 0), fontweight="bold")
        axes.margins(0.14)
        ticks(axes.yaxis)
        ticks(axes.xaxis, most=4)
        axes.set_xlabel(f"{metric.title} in {names[0]}")

    caption = f"{metric.title} of shared candidates on the subset and on all rows"
    return Chart(caption, svg("agreement", caption, draw, 400, 310), size="half")
