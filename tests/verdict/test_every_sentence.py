"""Every clause that a verdict can say is read back and compared with the numbers that it rests on.

The reader below knows nothing of the writer: it takes a sentence apart, clause by clause, and holds each number, unit,
name and word of comparison against the verdict. A clause that it cannot read is an error, and so is one that is missing.
"""

import math
import re
from dataclasses import replace
from itertools import cycle, product

import pytest

from finetooth.details import BootstrapDraws, Declared, Details, OuterResult, Yardstick
from finetooth.metrics import METRICS
from finetooth.records import Finding, Verdict, Waiver
from finetooth.verdict.bootstrap import Interval
from finetooth.verdict.label import label, ships
from finetooth.verdict.sentence import sentence

N = r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?"  # a number as it is printed
DEFAULTS = {"rmse": 49_432.1, "mae": 5.508e-7, "log_loss": 0.412, "brier": 0.09}
# Ends of the interval in margins, by the label that they give; the gain lies in the middle.
ENDS = {
    "IMPROVED": ((1.0001, 1.2), (1.05, 80.0), (3.0, 5.0)),
    "BETTER": ((0.95, 200.0), (1.0, 4.0), (0.05, 0.7), (0.9999, 1.3)),
    "EQUIVALENT": ((-1.0, 1.0), (0.0, 0.4), (-0.7, -0.2), (0.0, 0.0)),
    "INCONCLUSIVE": ((-1.0001, 0.3), (-30.0, 90.0), (-4.0, 0.0), (math.nan, math.nan)),
    "WORSE": ((-90.0, -0.02), (-3.0, -1.5)),
    "NO-CANDIDATE": ((0.0, 0.0),),
    "INVALID": ((1.5, 3.0), (-2.0, 2.0)),
}
SPLITS = {
    "random": (BootstrapDraws(2000, 0, 1080, "row"), Declared(), None, 1080),
    "group": (BootstrapDraws(2000, 0, 6, "group"), Declared("patient", None, ("closing_date",)), None, 120),
    "time": (BootstrapDraws(2000, 0, 40, "period"), Declared(None, "day"), ("2024-01-02", "2024-02-10"), 480),
    "one time": (BootstrapDraws(2000, 0, 1, "period"), Declared(None, "year"), ("2019", "2019"), 1),
    "panel": (BootstrapDraws(2000, 0, 37, "group"), Declared("shop", "week", ("a", "b", "c")), ("3", "9"), 12_345),
    "panel, by period": (BootstrapDraws(0, 0, 9, "period"), Declared("shop", "week"), ("3", "9"), 900),
    "equal rows": (BootstrapDraws(2000, 0, 37, "different row"), Declared(), None, 148),
    "of an earlier version": (None, None, None, 48),
    "outer folds": (BootstrapDraws(2000, 0, 300), Declared(), None, 300),
    "outer folds of groups": (BootstrapDraws(2000, 0, 30, "group"), Declared("patient"), None, 300),
}
OUTER = tuple(OuterResult(60, 0.8, 0.7, number > 3, {}, "a", "b") for number in range(5))
REASON = "12 sealed times are worth 3.1 independent ones, and an interval needs about 15"
SHIFT = Finding("shift", "warning", (), "seen")
MANY = (
    SHIFT,
    Finding("single_feature", "warning", ("reason",), "seen"),
    Finding("missingness", "warning", ("a", "b", "c", "d"), "seen"),
    Finding("ids", "warning", ("customer",), "seen"),
    Finding("row_order", "warning", ("target",), "seen"),
    Finding("task", "info", (), "taken as two classes"),
)
WAIVED = (
    replace(SHIFT, waiver=Waiver("shift", "the population grows.")),
    Finding("ids", "error", ("id", "key"), "seen", waiver=Waiver("ids", "needed,\n as we said", "id")),
    Finding("ids", "error", ("id",), "seen again", waiver=Waiver("ids", "needed,\n as we said", "id")),
)
FINDINGS = {
    "none": (),
    "a warning": (SHIFT,),
    "warnings": MANY,
    "waived errors": WAIVED,
    "perfect": (),
    "one row": MANY,
}
ERROR = (Finding("state_purity", "error", ("x",), "seen"), Finding("ids", "error", ("y",), "seen"))
PLAIN = (
    (),
    (("constant", "the mean", 5.0, 4.0, 6.0), ("linear", "ridge regression", 0.8, -0.3, 2.0)),
    (("constant", "the mean", 2.0, -30.0, 40.0), ("linear", "ridge regression", -3.0, -5.0, -0.01)),
    (("constant", "the mean", -1.0, -3.0, 0.2), ("last value", "at the end", 1.5, -0.001, 3.0)),
    (
        ("last season", "the last 7 steps of 'day', repeated", -1.0, -2.0, -0.5),
        ("linear", "x", 1.0, math.nan, math.nan),
    ),
)
NAMES = {
    "A constant": "constant",
    "A linear model": "linear",
    "The last value": "last value",
    "The last season": "last season",
}


def made(name, ends, split, metric, kind, plain):
    """A verdict whose label follows from its numbers by the rules, with the facts of a split and some findings."""
    drawn, declared, period, rows = SPLITS[split]
    level = DEFAULTS.get(metric.name, 0.71)
    default = level if kind != "perfect" else 1.0 if metric.greater_is_better else 0.0001 * level
    margin = metric.min_gain(default)
    low, high = (margin * end for end in ends)
    difference = 0.4 * margin if math.isnan(low) else (low + high) / 2
    findings = FINDINGS[kind] + (ERROR if name == "INVALID" else ())
    found = label(
        Interval(difference, low, high, 0.9, 2000),
        margin,
        valid=name != "INVALID",
        compared=ends != (0.0, 0.0) or name == "EQUIVALENT",
    )
    assert found == name
    if kind == "perfect" and metric.greater_is_better:
        default -= max(difference, 0.0)  # the better of the two is the perfect one
    tuned = default + metric.sign * difference
    yardsticks = tuple(Yardstick(n, form, level, *(margin * value for value in gains)) for n, form, *gains in plain)
    if drawn is not None:
        reason = REASON if math.isnan(low) else None
        drawn = replace(drawn, heaviest_share=0.62 if kind == "one row" else 0.3, reason=reason)
    kept, outer = {"eta": 0.3}, OUTER if split.startswith("outer") else None
    return Verdict(
        label=found, metric=metric.name, tuned=tuned, default=default, difference=difference, ci_low=low, ci_high=high,
        bootstrap_support=math.nan if math.isnan(low) else 0.994, search_score=0.9, optimism={"warnings": -margin, "one row": 0.0}.get(kind, 0.6 * margin),
        min_gain=margin, seeds=5, seed_sd=0.3 * margin, holdout_rows=rows, vault_openings=2 if kind == "a warning" else 1,
        waivers=tuple(f.waiver for f in findings if f.waiver), trials=40, seconds=1.0, shipped=ships(found), params=kept,
        tuned_params=kept if name == "NO-CANDIDATE" else {"eta": 0.1}, default_params=kept, findings=findings,
        extra=Details(
            bootstrap=drawn, declared=declared, period=period, yardsticks=yardsticks,
            positive="yes" if "binary" in metric.kinds else None,
            shipped_score=None if outer else (tuned if ships(found) == "tuned" else default) * 0.999,
            outer=outer,
        ),
    )  # fmt: skip


def is_near(text, value):
    """Whether a printed number is the value, to its last digit."""
    plain = text.replace(",", "")
    mantissa, _, power = plain.partition("e")
    unit = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
    return abs(float(plain) - value) <= 0.5000001 * unit


def words_of_units(verdict):
    """The sealed rows as they were drawn, what more of them is called, and one of them."""
    drawn, rows = verdict.extra.bootstrap, f"{verdict.holdout_rows:,} sealed row{'s' * (verdict.holdout_rows != 1)}"
    rows += " in 5 outer folds" if verdict.extra.outer else ""
    if drawn is None or drawn.unit in {None, "row"}:
        return rows, "sealed rows", "row"
    if drawn.unit == "different row":
        return (
            f"{rows}, drawn as {drawn.units} different rows, each with its copies",
            "different rows",
            "row with its copies",
        )
    several = "s" * (drawn.units != 1)
    word, column = {"group": ("of", verdict.extra.declared.group), "period": ("in", verdict.extra.declared.time)}[
        drawn.unit
    ]
    whole = f"{rows} {word} {drawn.units} {drawn.unit}{several} of '{column}'"
    return whole, f"{drawn.unit}s of '{column}'", f"{drawn.unit} of '{column}'"


def check_ends(verdict, text):
    if math.isnan(verdict.ci_low):
        assert text == f"without an interval{f', since {REASON}' if verdict.extra.bootstrap else ''}"
        return
    found = re.fullmatch(rf"({N}) % interval \[({N}), ({N})\]", text)
    spent = 0.10 / 2**verdict.vault_openings
    assert is_near(found[1], 100 * (1 - spent))
    assert is_near(found[2], verdict.ci_low)
    assert is_near(found[3], verdict.ci_high)
    assert (float(found[2].replace(",", "")) > 0) == (verdict.ci_low > 0)


def evidence(verdict, _, m):
    assert verdict.label not in {"INVALID", "NO-CANDIDATE"}
    assert (m[1], m[2]) == (str(verdict.seeds), words_of_units(verdict)[0])
    assert is_near(m[3], verdict.bootstrap_support) if m[3] else math.isnan(verdict.bootstrap_support)


def check_gain(verdict, metric, gain, title, ends):
    if gain is None:
        assert verdict.difference == 0
    else:
        assert is_near(gain, verdict.difference)
        assert title == metric.title
    check_ends(verdict, ends)


def beats(verdict, metric, m):
    assert (verdict.label, verdict.shipped) in {("IMPROVED", "tuned"), ("BETTER", "tuned")}
    check_gain(verdict, metric, *m.group(1, 2, 3))
    least, margin = (float(m[at].replace(",", "")) for at in (4, 6))
    assert is_near(m[4], verdict.ci_low)
    assert is_near(m[6], verdict.min_gain)
    assert margin > 0
    assert least > 0
    assert (m[5] == "above") == (verdict.ci_low > verdict.min_gain) == (verdict.label == "IMPROVED")
    assert least >= margin if m[5] == "above" else least <= margin


def equivalent(verdict, metric, m):
    assert (verdict.label, verdict.shipped) == ("EQUIVALENT", "default")
    check_gain(verdict, metric, *m.group(1, 2, 3))
    assert is_near(m[4], verdict.min_gain)
    assert -verdict.min_gain <= verdict.ci_low <= verdict.ci_high <= verdict.min_gain


def worse(verdict, metric, m):
    assert (verdict.label, verdict.shipped) == ("WORSE", "default")
    assert is_near(m[1], -verdict.difference)
    assert m[2] == metric.title
    check_ends(verdict, m[3])
    assert verdict.ci_high < 0


def inconclusive(verdict, metric, m):
    assert (verdict.label, verdict.shipped) == ("INCONCLUSIVE", "default")
    check_gain(verdict, metric, *m.group(1, 2, 3))
    assert math.isnan(verdict.ci_low) or verdict.ci_low <= 0 <= verdict.ci_high
    assert bool(m[4]) == math.isfinite(verdict.ci_low)
    assert m[5] == words_of_units(verdict)[1]


def no_candidate(verdict, _, m):
    assert (verdict.label, verdict.shipped) == ("NO-CANDIDATE", "default")
    assert verdict.tuned_params == verdict.default_params


def invalid(verdict, _, m):
    assert (verdict.label, verdict.shipped) == ("INVALID", "default")
    stopping = {f.check for f in verdict.findings if f.stops}
    assert stopping
    assert set(re.findall(r"leakage check '(\w+)' found an error", m[1])) == stopping


def check_title(verdict, metric, title, of_class, direction):
    assert title == metric.title
    assert (of_class == " of 'yes'") == (
        metric.name in {"f1", "average_precision"} and verdict.extra.positive is not None
    )
    assert (direction == " (lower is better)") == (metric.sign < 0)


def both_scores(verdict, metric, m):
    check_title(verdict, metric, *m.group(1, 2, 3))
    assert is_near(m[4], verdict.tuned)
    assert is_near(m[5], verdict.default)


def one_score(verdict, metric, m):
    assert verdict.label == "NO-CANDIDATE"
    check_title(verdict, metric, *m.group(1, 2, 3))
    assert is_near(m[4], verdict.default)
    assert m[5] == words_of_units(verdict)[0]


def fit_that_ships(verdict, _, m):
    assert m[1] == str(verdict.seeds)
    assert (m[2] == "tuned model") == (verdict.shipped == "tuned")
    assert is_near(m[3], verdict.extra.shipped_score)


def procedure(verdict, _, m):
    outer = verdict.extra.outer
    assert (m[1], m[2]) == (str(sum(not fold.keeps_default for fold in outer)), str(len(outer)))
    assert (m[3] == "the same search gives on all rows, and no row is left to judge it by") == (
        verdict.shipped == "tuned"
    )
    assert bool(m[4]) == (verdict.shipped == "default" and verdict.label in {"IMPROVED", "BETTER"})


def promise(verdict, _, m):
    promised = verdict.difference + verdict.optimism
    assert verdict.label != "NO-CANDIDATE"
    if m[1] == "no gain":
        assert promised <= 0
        return
    assert promised > 0
    assert is_near(m[2], promised)
    if m[3] is None:
        assert verdict.difference >= promised
    elif m[3] == "all":
        assert verdict.difference <= 0
    else:
        assert is_near(m[4], 100 * (promised - verdict.difference) / promised)
        assert 0 < verdict.difference < promised


def seed_sd(verdict, _, m):
    assert is_near(m[1], verdict.seed_sd)


def plain_model(verdict, metric, m):
    held = next(y for y in verdict.extra.yardsticks if (y.name, y.form) == (NAMES[m[1]], m[2]))
    assert verdict.label != "INVALID"
    assert m[4] == metric.title
    assert is_near(m[5], held.score)
    assert is_near(m[6], held.difference)
    if m[7] == "without an interval":
        assert math.isnan(held.low)
    else:
        low, high = re.fullmatch(rf"\[({N}), ({N})\]", m[7]).groups()
        assert is_near(low, held.low)
        assert is_near(high, held.high)
    assert not held.low > 0
    assert (m[3] == "does better") == (held.high < 0)
    assert (m[3] == "may do as well") == (not held.high < 0 and held.difference > verdict.min_gain)
    assert bool(m[8]) == (held.name == "constant")


def perfect(verdict, metric, m):
    assert is_perfect(verdict, metric)
    assert m[1] == metric.title
    assert is_near(m[2], verdict.tuned if verdict.shipped == "tuned" else verdict.default)


def one_row(verdict, _, m):
    assert m[1] == words_of_units(verdict)[2]
    assert is_near(m[2], 100 * verdict.extra.bootstrap.heaviest_share)
    assert verdict.extra.bootstrap.heaviest_share >= 0.5


def waived(verdict, _, m):
    listed = m[1].split("; ") if m[1] else []
    wanted = dict.fromkeys(verdict.waivers)
    assert len(listed) == len(wanted)
    for text, waiver in zip(listed, wanted, strict=True):
        column = f" ('{waiver.column}')" if waiver.column else ""
        assert text == f'{waiver.check}{column}, since "{" ".join(waiver.reason.split()).rstrip(".")}"'


def warnings(verdict, _, m):
    open_ones = [f for f in verdict.findings if f.severity == "warning" and f.waiver is None]
    if m[1] == "none":
        assert not open_ones
        return
    more = re.search(r" and (\d+) more$", m[1])
    names = re.findall(r"(\w+)(?: \(([^)]*)\))?(?:, | and |$)", m[1][: more.start()] if more else m[1])
    assert len(names) + int(more[1] if more else 0) == len(open_ones)
    assert len(names) == min(len(open_ones), 3)
    for (check, columns), finding in zip(names, open_ones, strict=False):
        assert check == finding.check
        shown = tuple(re.findall(r"'(\w+)'", columns))
        left = re.search(r"and (\d+) more", columns)
        assert shown == finding.columns[: len(shown)]
        assert len(shown) + int(left[1] if left else 0) == len(finding.columns)


def openings(verdict, _, m):
    assert int(m[1]) == verdict.vault_openings
    assert bool(m[2]) == (verdict.vault_openings > 1)


def period(verdict, _, m):
    first, last = (m[2], m[3]) if m[1].startswith("run") else (m[4], m[4])
    assert ((first, last), m[5]) == (verdict.extra.period, verdict.extra.declared.time)
    assert (first == last) == (m[2] is None)


def left_out(verdict, _, m):
    assert tuple(re.findall(r"'(\w+)'", m[1])) == verdict.extra.declared.post_outcome


def unknown(verdict, _, m):
    declared = verdict.extra.declared or Declared()
    assert ("the period (no time column)" in m[1]) == (declared.time is None)
    assert ("whether rows share entities (no group column)" in m[1]) == (declared.group is None)
    assert ("what is filled in only afterwards (no column)" in m[1]) == (not declared.post_outcome)


def is_perfect(verdict, metric):
    """AUC 1, R² above .9999, and a loss below a hundredth (of squares: of squares) of what a constant loses."""
    score = verdict.tuned if verdict.shipped == "tuned" else verdict.default
    if metric.sign > 0:
        return score > 0.9999 if metric.name == "r2" else score == 1
    constants = [y.score for y in verdict.extra.yardsticks if y.name == "constant"]
    return score <= (0.001 if metric.name == "brier" else 0.01) * (constants[0] if constants else 0)


SPAN = r"([\d.]+ % interval \[.*?\]|without an interval(?:, since [^:]*?)?)"
CLAUSES = (
    (beats, rf"tuned beats default by ({N}) (.+?), {SPAN}: at least ({N}) is shown, which is (above|not above) the margin of ({N})\."),
    (equivalent, rf"keep the default; tuned (?:scores the same|differs by ({N}) (.+?)), {SPAN}: all of it is within the margin of ({N})\."),
    (worse, rf"keep the default; tuned is worse by ({N}) (.+?), {SPAN}\."),
    (inconclusive, rf"keep the default; tuned (?:scores the same|differs by ({N}) (.+?)), {SPAN}(, which may be luck)?: more (.+?) would tell\."),
    (no_candidate, r"keep the default; no candidate was clearly better on fresh folds, so that nothing was compared\."),
    (invalid, r"keep the default; the comparison does not count, since (.+?)\."),
    (evidence, r"Compared with (\d+) paired seeds on (.+?)(?: \(two-way bootstrap; support (\.\d+)\))?\."),
    (both_scores, rf"Sealed ([^:]+?)( of '\w+')?( \(lower is better\))?: ({N}) tuned, ({N}) default\."),
    (one_score, rf"Sealed ([^:]+?)( of '\w+')?( \(lower is better\))?: ({N}), of the default, on (.+?)\."),
    (fit_that_ships, rf"What ships is the first of (\d+) fits of the (tuned model|default), which scores ({N})\."),
    (procedure, r"(\d+) of (\d+) searches preferred a candidate to the default(?:; what ships is what (.+?)|(, but the same search on all rows did not)?[;:] the default ships, fitted on all rows)\."),
    (promise, rf"The search promised (no gain|({N})(?:, and the sealed rows gave no less|; (all|({N}) %) of it is not borne out \(selection optimism, and chance\)))\."),
    (seed_sd, rf"Seed SD ({N})\."),
    (plain_model, rf"(A constant|A linear model|The last value|The last season) \((.+?)\) (does better|does as well|may do as well): (.+?) ({N}); the gain over it is ({N}) (\[.+?\]|without an interval)(; nothing was shown to be learned)?\."),
    (perfect, rf"A perfect score \((.+?) ({N})\) is suspicious: look for what gives the target away\."),
    (one_row, rf"One (.+?) makes ({N}) % of the variance of the gain: without it the verdict may be another\."),
    (waived, r"(?:Waivers: none|Waived: (.+?\"))\.(?= Open)"),
    (warnings, r"Open warnings: (.+?)\."),
    (openings, r"Vault openings: (\d+)(, so that the interval is wider)?\."),
    (period, r"The sealed rows (run from ([\w-]+) to ([\w-]+)|are all of ([\w-]+)) \('(\w+)'\); later ones may differ\."),
    (left_out, r"Left out, since known only afterwards: (.+?)\."),
    (unknown, r"Unknown, since not declared: (.+?)\."),
)  # fmt: skip


def read(text, verdict, metric):
    """The names of the clauses in their order, each of which holds."""
    head = f"{verdict.label}: "
    assert text.startswith(head)
    rest, names = text.removeprefix(head), []
    while rest:
        check, found = next((c, m) for c, pattern in CLAUSES if (m := re.match(rf"{pattern}(?: |$)", rest)))
        check(verdict, metric, found)
        names.append(check.__name__)
        rest = rest[found.end() :]
    return names


def wanted(verdict, metric):
    """The clauses that the verdict's numbers call for, each as often as they do."""
    result = {
        "IMPROVED": "beats", "BETTER": "beats", "EQUIVALENT": "equivalent", "INCONCLUSIVE": "inconclusive",
        "WORSE": "worse", "NO-CANDIDATE": "no_candidate", "INVALID": "invalid",
    }[verdict.label]  # fmt: skip
    compared, extra = verdict.label != "NO-CANDIDATE", verdict.extra
    unbeaten = [y for y in extra.yardsticks if not y.low > 0] if verdict.label != "INVALID" else []
    declared = extra.declared or Declared()
    return [
        result,
        *["evidence"] * (result not in {"no_candidate", "invalid"}),
        "both_scores" if compared else "one_score",
        "procedure" if extra.outer else "fit_that_ships",
        *(["promise", "seed_sd"] if compared else []),
        *["plain_model"] * len(unbeaten),
        *["perfect"] * is_perfect(verdict, metric),
        *["one_row"] * (extra.bootstrap is not None and extra.bootstrap.heaviest_share >= 0.5),
        "waived",
        "warnings",
        "openings",
        *["period"] * (extra.period is not None),
        *["left_out"] * bool(declared.post_outcome),
        *["unknown"] * (not (declared.group and declared.time and declared.post_outcome)),
    ]


def reads_well(text):
    """No gaps, no marks astray, and each noun in the number that goes before it."""
    assert text.endswith(".")
    assert not re.search(r"  |\.\.|,,| [,;:]| \.(?!\d)|\( | \)|\bnan\b|None|unknown [A-Z]|\bby ,", text)
    nouns = "rows?|seeds?|groups?|periods?|fits?|sealed rows?|paired seeds?|different rows?"
    for count, noun in re.findall(rf"(?<![\d.,])(\d[\d,]*) ({nouns})\b", text):
        assert noun.endswith("s") == (count != "1")


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", ENDS)
def test_every_clause_of_every_sentence_holds(name, split):
    """All labels and splits, with all metrics, findings and ends of the interval, and the yardsticks in turn."""
    plain = cycle(PLAIN)
    for metric, kind, ends in product(METRICS.values(), FINDINGS, ENDS[name]):
        verdict = made(name, ends, split, metric, kind, next(plain))
        text = sentence(verdict, metric)
        assert read(text, verdict, metric) == wanted(verdict, metric), text
        reads_well(text)


def test_the_reader_finds_a_word_or_a_number_that_does_not_hold():
    """A reader that takes whatever it is given would prove nothing."""
    metric = METRICS["roc_auc"]
    verdict = made("BETTER", (0.95, 200.0), "group", metric, "warnings", PLAIN[2])
    text = sentence(verdict, metric)
    assert read(text, verdict, metric) == wanted(verdict, metric)
    for true, false in (
        ("not above the margin", "above the margin"),
        ("of 6 groups", "of 120 groups"),
        ("'patient'", "'day'"),
        ("does better", "does as well"),
        ("may do as well", "does as well"),
        ("and 2 more", "and 1 more"),
        ("first of 5 fits of the tuned model", "first of 5 fits of the default"),
        ("gave no less", "gave less"),
        ("Left out, since known only afterwards: 'closing_date'.", "Left out, since known only afterwards: 'x'."),
        ("the period (no time column)", "nothing"),
        ("+.0019", "+.0018"),
    ):
        assert true in text
        with pytest.raises((AssertionError, StopIteration, TypeError)):
            read(text.replace(true, false), verdict, metric)
