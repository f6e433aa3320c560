"""Calibration and slices: is the better model better everywhere, and may its probabilities be believed?"""

from collections.abc import Mapping
from typing import Any

from finetooth.report import formatting
from finetooth.report.blocks import Cell, Chart, Section, Table
from finetooth.report.record import RunRecord, metric_of
from finetooth.report.svg import DEFAULT, INK, MUTED, OTHER, PAPER, TUNED, axes_of, dots, label, svg, ticks, title

COLOURS = {"tuned": TUNED, "default": DEFAULT}


def section(record: RunRecord) -> Section:
    """Reliability of the probabilities, and the gain in each slice of the sealed rows."""
    key, heading = "quality", "Calibration and slices"
    extra = record.verdict.extra if record.verdict else {}
    calibration: Mapping[str, Any] = extra.get("calibration") or {}
    slices: list[Mapping[str, Any]] = list(extra.get("slices") or ())
    notes = []
    if not calibration:
        notes.append("Calibration was not computed for this run.")
    if not slices:
        notes.append("No slices were compared in this run.")
    nothing = len(notes) == 2
    if left_out := extra.get("slices_left_out"):
        notes.append(
            f"{formatting.count(left_out, 'slice')} had too few sealed rows (200 are needed), or lacked a class."
        )
    if nothing:
        return Section(key, heading, empty=" ".join(notes))
    charts = [_reliability(calibration)] if calibration else []
    charts += [_slices(record, slices)] if slices else []
    tables = (_slice_table(record, slices),) if slices else ()
    return Section(key, heading, _takeaways(calibration, slices), tuple(charts), tables, notes=tuple(notes))


def _takeaways(calibration: Mapping[str, Any], slices: list[Mapping[str, Any]]) -> tuple[str, ...]:
    text = []
    if calibration:
        briers = _each(calibration, "brier")
        text.append(f"Brier score (lower is better): {briers}. On the diagonal, predicted shares came true.")
        if all("expected_error" in held for held in calibration.values()):
            forms = {str(held.get("form", "class 1")) for held in calibration.values()}
            text.append(
                f"Expected calibration error, {' and '.join(sorted(forms))}, ten bins of equally many rows: "
                f"{_each(calibration, 'expected_error')}."
            )
    if slices:
        worse = [held["slice"] for held in slices if held["high"] < 0]
        lost = f"Tuned looks worse in: {', '.join(map(str, worse))}." if worse else "In none is tuned clearly worse."
        text.append(
            f"{formatting.count(len(slices), 'slice')} compared on the sealed rows. {lost} Each interval is a 95 % one "
            "by itself, so that among many slices some miss by chance: they show where to look, and prove nothing."
        )
    return tuple(text)


def _each(calibration: Mapping[str, Any], name: str) -> str:
    return ", ".join(f"{side} {formatting.number(held[name], 4)}" for side, held in calibration.items())


def _reliability(calibration: Mapping[str, Any]) -> Chart:
    def draw(figure: Any) -> None:
        axes = axes_of(figure)
        title(axes, "observed share")
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        for number, (name, held) in enumerate(reversed(list(calibration.items()))):
            colour = COLOURS.get(name, OTHER)
            predicted, observed, rows = zip(*held["curve"], strict=True)
            axes.plot(predicted, observed, color=colour, linewidth=1.4)
            sizes = [16 + 110 * held_rows / max(rows) for held_rows in rows]
            tips = [f"{name}: predicted {p:.3f}, observed {o:.3f}, {n:,} rows" for p, o, n in held["curve"]]
            dots(axes, predicted, observed, tips, s=sizes, c=colour, edgecolors=PAPER, linewidths=0.8)
            axes.text(0.03, 0.95 - 0.09 * number, name, color=colour, fontsize=12, fontweight="bold", va="top")
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.04)
        for axis in (axes.xaxis, axes.yaxis):
            ticks(axis, most=5)
        axes.set_xlabel("mean predicted probability (larger points: more rows)")

    caption = "Observed share against predicted probability"
    return Chart(caption, svg("calibration", caption, draw, 370, 340), size="half")


def _slices(record: RunRecord, slices: list[Mapping[str, Any]]) -> Chart:
    def draw(figure: Any) -> None:
        axes = axes_of(figure)
        title(axes, f"gain in {metric_of(record).title}")
        axes.grid(visible=False)
        axes.axvline(0, color=MUTED, linewidth=1)
        for at, held in enumerate(reversed(slices)):
            gain = metric_of(record).sign * (held["tuned"] - held["default"])
            axes.plot([held["low"], held["high"]], [at, at], color=TUNED, linewidth=3, solid_capstyle="butt")
            axes.plot([gain], [at], "D", color=TUNED, markersize=8)
            label(axes, held["low"], at, formatting.short(str(held["slice"]), 40), INK, offset=(0, 13))
        axes.set_yticks([])
        axes.set_ylim(-0.6, len(slices) - 0.2)
        axes.margins(x=0.1)
        ticks(axes.xaxis, most=4)

    caption = "Gain of tuned over default in each slice, with intervals"
    return Chart(caption, svg("slices", caption, draw, 370, max(60 + 44 * len(slices), 340)), size="half")


def _slice_table(record: RunRecord, slices: list[Mapping[str, Any]]) -> Table:
    places = formatting.decimals(record)
    rows: list[tuple[Cell, ...]] = []
    for held in slices:
        interval = f"{formatting.signed(held['low'], places)} to {formatting.signed(held['high'], places)}"
        scores = (formatting.number(held["tuned"], places), formatting.number(held["default"], places))
        rows.append((str(held["slice"]), f"{held['rows']:,}", *scores, interval))
    header = ("Slice", "Rows", "Tuned", "Default", "Interval of the gain")
    return Table(header, tuple(rows), numeric=frozenset({1, 2, 3, 4}))
