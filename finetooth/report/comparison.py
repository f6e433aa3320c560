"""Is tuned better than default? The interval on sealed rows, and what earlier stages had promised."""

import math
from typing import Any

from finetooth.records import Verdict
from finetooth.report import formatting
from finetooth.report.blocks import Badge, Cell, Chart, Section, TextTable, Tone
from finetooth.report.record import (
    RunRecord,
    candidate_trials,
    default_digest,
    mean_score,
    metric_of,
    search_stages,
    tuned_digest,
)
from finetooth.report.svg import BAND, INK, MUTED, OTHER, TUNED, axes_of, chart, label, ticks
from finetooth.verdict.cautions import TITLES, Standing, drawn, standing
from finetooth.verdict.sentence import sealed_rows

SELECTED = "of a candidate chosen on these folds, and so flattered"
STANDINGS: dict[Standing, tuple[str, Tone]] = {
    "beaten": ("beaten", "good"),
    "better": ("does better", "bad"),
    "level": ("does as well", "warn"),
    "unclear": ("may do as well", "warn"),
}


def section(record: RunRecord) -> Section:
    """The second thing to read: the difference, its interval, and the numbers behind it."""
    key, title = "comparison", "Tuned against default"
    if record.verdict is None:
        return Section(key, title, empty="No comparison: the sealed rows were not opened in this run.")
    verdict = record.verdict
    finite = all(map(math.isfinite, (verdict.difference, verdict.ci_low, verdict.ci_high, verdict.min_gain)))
    # With outer folds the search on all rows may keep the default where others found a candidate.
    candidate = verdict.tuned_params != verdict.default_params or bool(verdict.extra.outer)
    compared = finite and candidate and verdict.label != "NO-CANDIDATE"
    return Section(
        key,
        title,
        text=(_takeaway(record, verdict) if compared else _no_chart_text(finite=finite),),
        charts=(_forest(record, verdict),) if compared else (),
        tables=(table(record, verdict), *_yardsticks(record, verdict)),
        notes=tuple(note for note in verdict.notes if note not in record.search_notes),  # the history tells those
    )


def gain_in(record: RunRecord, stage: str) -> float | None:
    """The gain of tuned over default in one stage, positive when tuned is better; None unless both were tried."""
    tuned = mean_score(candidate_trials(record, stage, tuned_digest(record)))
    default = mean_score(candidate_trials(record, stage, default_digest(record)))
    return None if tuned is None or default is None else tuned - default


def _earlier_gains(record: RunRecord) -> list[tuple[str, float]]:
    """(Title, gain) of the stages before the vault: the last search stage and the confirmation."""
    stages = [(f"{name} (search)", name) for name in search_stages(record)[-1:]]
    stages.append(("replicate (fresh folds)", "replicate"))
    return [(title, gain) for title, name in stages if (gain := gain_in(record, name)) is not None]


def _no_chart_text(*, finite: bool) -> str:
    if finite:
        return "No candidate was clearly better on fresh folds, so the default stays; no difference to draw."
    return "There is no interval to draw."


def _takeaway(record: RunRecord, verdict: Verdict) -> str:
    places = formatting.decimals(record)
    min_gain = formatting.signed(verdict.min_gain, places)
    if verdict.ci_low > verdict.min_gain:
        text = f"The whole interval lies above the smallest gain that matters, {min_gain}."
    elif verdict.ci_low > 0 and verdict.ci_high <= verdict.min_gain:
        text = f"The whole interval lies above zero and below the smallest gain that matters, {min_gain}."
    elif verdict.ci_low > 0:
        text = f"The whole interval lies above zero, but it reaches below the smallest gain that matters, {min_gain}."
    elif -verdict.min_gain <= verdict.ci_low and verdict.ci_high <= verdict.min_gain:
        text = f"The whole interval lies within the smallest gain that matters, {min_gain} either way."
    elif verdict.ci_high < 0:
        text = "The whole interval lies below zero: the default is better."
    else:
        text = "The interval includes zero: these rows do not tell which one is better."
    caveat = "Grey points are what earlier stages saw; they chose the candidate, so they tend to flatter it."
    return f"{text} {caveat}" if _earlier_gains(record) else text


def _forest(record: RunRecord, verdict: Verdict) -> Chart:
    places = formatting.decimals(record)
    rows = [*_earlier_gains(record), ("sealed rows", verdict.difference)]
    caption = (
        f"Gain of tuned over default: {formatting.signed(verdict.difference, places)}, {verdict.interval_name} "
        f"{formatting.signed(verdict.ci_low, places)} to {formatting.signed(verdict.ci_high, places)}"
    )

    def draw(figure: Any, narrow: bool) -> None:
        axes = axes_of(figure)
        axes.grid(visible=False)
        axes.axvspan(-verdict.min_gain, verdict.min_gain, color=BAND, linewidth=0)
        axes.axvline(0, color=MUTED, linewidth=1)
        axes.axvline(verdict.min_gain, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        _draw_rows(axes, rows, verdict, places)
        if not narrow:
            _label_ends(axes, verdict, places)
        axes.set_ylim(-0.75, len(rows) - 0.1)
        names = [name.replace(" (", "\n(") if narrow else name for name, _ in rows]
        axes.set_yticks(range(len(rows))[::-1], names, color=INK)
        ticks(axes.xaxis, most=3 if narrow else 6)
        axes.set_xlabel(f"gain in {metric_of(record).title}")
        top = len(rows) - 0.1
        label(axes, 0, top, "no gain", MUTED, ha="right", va="bottom", offset=(-2, 3))
        label(axes, verdict.min_gain, top, "smallest that matters", MUTED, ha="left", va="bottom", offset=(2, 3))

    return chart("forest", caption, draw, height=118 + 34 * len(rows), narrow=128 + 38 * len(rows))


def _draw_rows(axes: Any, rows: list[tuple[str, float]], verdict: Verdict, places: int) -> None:
    for at, (_, gain) in zip(range(len(rows) - 1, 0, -1), rows, strict=False):
        axes.plot([gain], [at], "o", color=OTHER, markersize=7)
        label(axes, gain, at, formatting.signed(gain, places), MUTED, offset=(8, 0))
    axes.plot([verdict.ci_low, verdict.ci_high], [0, 0], color=TUNED, linewidth=4, solid_capstyle="butt")
    axes.plot([verdict.difference], [0], "D", color=TUNED, markersize=10)
    text = formatting.signed(verdict.difference, places)
    label(axes, verdict.difference, 0, text, TUNED, ha="center", va="top", fontweight="bold", offset=(0, -10))
    ends = [verdict.ci_low, verdict.ci_high, 0.0, verdict.min_gain, *(gain for _, gain in rows)]
    room = 0.16 * ((max(ends) - min(ends)) or 1.0)
    axes.set_xlim(min(ends) - room, max(ends) + room)


def _label_ends(axes: Any, verdict: Verdict, places: int) -> None:
    for end, side, shift in ((verdict.ci_low, "right", -6), (verdict.ci_high, "left", 6)):
        label(axes, end, 0, formatting.signed(end, places), MUTED, ha=side, offset=(shift, 0))


def table(record: RunRecord, verdict: Verdict) -> TextTable:
    """A row a number: its name, value and meaning."""
    places = formatting.decimals(record)
    metric = metric_of(record)
    interval = formatting.interval(verdict.ci_low, verdict.ci_high, places)
    unit, _ = drawn(verdict)
    on_which = f"{formatting.direction(metric)}, on {sealed_rows(verdict)}"
    rows: tuple[tuple[Cell, ...], ...] = (
        (
            "Tuned",
            formatting.number(verdict.tuned, places),
            on_which,
        ),
        ("Default", formatting.number(verdict.default, places), "the library's own parameters, same rows and seeds"),
        ("Difference", formatting.signed(verdict.difference, places), "positive when tuned is better"),
        (verdict.interval_name, interval, f"two-way bootstrap over {unit}s and seeds"),
        (
            "Bootstrap support",
            formatting.number(verdict.bootstrap_support, 3),
            "share of draws above zero: no probability",
        ),
        (
            "Search promised",
            formatting.signed(verdict.difference + verdict.optimism, places),
            "the gain in the search",
        ),
        (
            "Optimism",
            formatting.signed(verdict.optimism, places),
            "the part of it that the sealed rows did not confirm",
        ),
        (
            "Search score",
            formatting.number(verdict.search_score, places),
            "what the search saw for the tuned candidate",
        ),
        *_bias_corrected_rows(verdict, places),
        (
            "Smallest gain that matters",
            formatting.signed(verdict.min_gain, places),
            "the margin: IMPROVED is shown above it",
        ),
        ("Paired seeds", str(verdict.seeds), f"SD over seeds {formatting.number(verdict.seed_sd, places)}"),
        ("Vault openings", str(verdict.vault_openings), "each one after the first widens the interval"),
        ("Trials", f"{verdict.trials:,}", f"{formatting.duration(verdict.seconds)} in all"),
    )
    return TextTable(("", "Value", "What it is"), (*rows, *_fresh_fold_rows(verdict, places)), numeric=frozenset({1}))


def _bias_corrected_rows(verdict: Verdict, places: int) -> list[tuple[Cell, ...]]:
    """The search score of the best trial, raw and corrected for selection; empty when it was not computed."""
    if not (scores := verdict.extra.bbc_cv):
        return []
    description = f"the best of {formatting.count(int(scores.candidates), 'candidate')} in the search"
    corrected = "the same without its luck, estimated by bootstrap bias-corrected CV (Tsamardinos et al. 2018) on folds"
    return [
        ("Best search score", formatting.number(scores.best, places), description),
        ("BBC-CV", formatting.number(scores.corrected, places), corrected),
    ]


def _fresh_fold_rows(verdict: Verdict, places: int) -> list[tuple[Cell, ...]]:
    """The tests on the fresh folds of the confirmation, which chose the candidate, where they were recorded."""
    rows: list[tuple[Cell, ...]] = []
    if test := verdict.extra.nadeau_bengio:
        text = f"{SELECTED}: 95 % interval, corrected t-test (Nadeau and Bengio), p {test.p:.3g}"
        rows.append(("Gain on fresh folds", formatting.interval(test.low, test.high, places), text))
    if posterior := verdict.extra.bayesian:
        chances = (posterior.worse, posterior.equivalent, posterior.better)
        shown = " / ".join(map(formatting.share, chances))
        text = f"{SELECTED}: worse / as good / better, correlated Bayesian t-test"
        rows.append(("Chances on fresh folds", shown, text))
    return rows


def _yardsticks(record: RunRecord, verdict: Verdict) -> tuple[TextTable, ...]:
    """What plain models score on the same rows, and the gain over them of the model that ships."""
    places = formatting.decimals(record)
    rows: list[tuple[Cell, ...]] = []
    for each in verdict.extra.yardsticks or ():
        gain, ends = formatting.signed(each.difference, places), formatting.interval(each.low, each.high, places)
        words = Badge(*STANDINGS[standing(each, verdict.min_gain)])
        rows.append((f"{TITLES[each.name]} ({each.form})", formatting.number(each.score, places), gain, ends, words))
    if not rows:
        return ()
    header = ("Yardstick", metric_of(record).title, "Gain over it", verdict.interval_name, "")
    caption = "Plain models on the same sealed rows, and the gain over them of the model that ships"
    return (TextTable(header, tuple(rows), caption, numeric=frozenset({1, 2, 3})),)
