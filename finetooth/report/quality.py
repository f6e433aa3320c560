"""Calibration and slices: is the better model better everywhere, and may its probabilities be believed?"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from finetooth.details import Calibration, Details, SliceScores
from finetooth.report import formatting
from finetooth.report.blocks import Cell, Chart, Section, TextTable
from finetooth.report.record import RunRecord, metric_of
from finetooth.report.svg import DEFAULT, INK, MUTED, PAPER, TUNED, axes_of, dots, label, svg, ticks, title

COLOURS = {"tuned": TUNED, "default": DEFAULT}


def section(record: RunRecord) -> Section:
    """Reliability of the probabilities, and the gain in each slice of the sealed rows."""
    key, heading = "quality", "Calibration and slices"
    details = record.verdict.extra if record.verdict else Details()
    by_model = _calibrations(details)
    slices = details.slices or ()
    notes = []
    if not by_model:
        notes.append("Calibration was not computed for this run.")
    if not slices:
        notes.append("No slices were compared in this run.")
    empty = len(notes) == 2
    if details.slices_left_out:
        omitted = formatting.count(details.slices_left_out, "slice")
        notes.append(f"{omitted} had too few sealed rows (200 are needed), or lacked a class.")
    if empty:
        return Section(key, heading, empty=" ".join(notes))
    charts = [_reliability(by_model)] if by_model else []
    charts += [_slices(record, slices)] if slices else []
    tables = (_slice_table(record, slices),) if slices else ()
    return Section(
        key, heading, _takeaways(by_model, slices, details.positive), tuple(charts), tables, notes=tuple(notes)
    )


def _calibrations(details: Details) -> dict[str, Calibration]:
    """The calibration of each model by its name; empty where it was not computed."""
    if details.calibration is None:
        return {}
    return {"tuned": details.calibration.tuned, "default": details.calibration.default}


def _takeaways(
    by_model: Mapping[str, Calibration], slices: Sequence[SliceScores], positive: str | None
) -> tuple[str, ...]:
    text = []
    if by_model:
        briers = _listed({name: each.brier for name, each in by_model.items()})
        of_class = "" if positive is None else f" The probabilities are those of '{positive}'."
        text.append(f"Brier score (lower is better): {briers}.{of_class} On the diagonal, predicted shares came true.")
        errors = {name: each.expected_error for name, each in by_model.items()}
        if all(map(math.isfinite, errors.values())):
            forms = {each.form for each in by_model.values()}
            text.append(
                f"Expected calibration error, {' and '.join(sorted(forms))}, ten bins of equally many rows: "
                f"{_listed(errors)}."
            )
    if slices:
        worse = [each.slice for each in slices if each.high < 0]
        losses = f"Tuned looks worse in: {', '.join(worse)}." if worse else "In none is tuned clearly worse."
        text.append(
            f"{formatting.count(len(slices), 'slice')} compared on the sealed rows. {losses} Each interval is a 95 % "
            "one by itself, so that among many slices some miss by chance: they show where to look, and prove nothing."
        )
    return tuple(text)


def _listed(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {formatting.number(score, 4)}" for name, score in scores.items())


def _reliability(by_model: Mapping[str, Calibration]) -> Chart:
    def draw(figure: Any) -> None:
        axes = axes_of(figure)
        title(axes, "observed share")
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        for number, (name, calibration) in enumerate(reversed(list(by_model.items()))):
            colour = COLOURS[name]
            predicted, observed, rows = zip(*calibration.curve, strict=True)
            axes.plot(predicted, observed, color=colour, linewidth=1.4)
            sizes = [16 + 110 * rows_of_bin / max(rows) for rows_of_bin in rows]
            tips = [f"{name}: predicted {p:.3f}, observed {o:.3f}, {n:,} rows" for p, o, n in calibration.curve]
            dots(axes, predicted, observed, tips, s=sizes, c=colour, edgecolors=PAPER, linewidths=0.8)
            axes.text(0.03, 0.95 - 0.09 * number, name, color=colour, fontsize=12, fontweight="bold", va="top")
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.04)
        for axis in (axes.xaxis, axes.yaxis):
            ticks(axis, most=5)
        axes.set_xlabel("mean predicted probability (larger points: more rows)")

    caption = "Observed share against predicted probability"
    return Chart(caption, svg("calibration", caption, draw, 370, 340), size="half")


def _slices(record: RunRecord, slices: Sequence[SliceScores]) -> Chart:
    def draw(figure: Any) -> None:
        axes = axes_of(figure)
        title(axes, f"gain in {metric_of(record).title}")
        axes.grid(visible=False)
        axes.axvline(0, color=MUTED, linewidth=1)
        for at, each in enumerate(reversed(slices)):
            gain = metric_of(record).sign * (each.tuned - each.default)
            axes.plot([each.low, each.high], [at, at], color=TUNED, linewidth=3, solid_capstyle="butt")
            axes.plot([gain], [at], "D", color=TUNED, markersize=8)
            label(axes, each.low, at, formatting.short(each.slice, 40), INK, offset=(0, 13))
        axes.set_yticks([])
        axes.set_ylim(-0.6, len(slices) - 0.2)
        axes.margins(x=0.1)
        ticks(axes.xaxis, most=4)

    caption = "Gain of tuned over default in each slice, with intervals"
    return Chart(caption, svg("slices", caption, draw, 370, max(60 + 44 * len(slices), 340)), size="half")


def _slice_table(record: RunRecord, slices: Sequence[SliceScores]) -> TextTable:
    places = formatting.decimals(record)
    rows: list[tuple[Cell, ...]] = []
    for each in slices:
        interval = f"{formatting.signed(each.low, places)} to {formatting.signed(each.high, places)}"
        scores = (formatting.number(each.tuned, places), formatting.number(each.default, places))
        rows.append((each.slice, f"{each.rows:,}", *scores, interval))
    header = ("Slice", "Rows", "Tuned", "Default", "Interval of the gain")
    return TextTable(header, tuple(rows), numeric=frozenset({1, 2, 3, 4}))
