"""The report in other clothes: Markdown, the terminal, rows for a table, and numbers as words."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from finetooth.records import Candidate, Fidelity, Trial
from finetooth.report import formatting, markdown, summary
from finetooth.report.dimensions import dimensions
from finetooth.report.leaderboard import leaderboard_rows
from tests.report import samples


def _printed(renderable):
    console = Console(width=100, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()


def _trial(index, scores, origin="random", repeat=0, **params):
    return Trial("s", Candidate(index, params, origin), Fidelity(), "complete", scores, repeat=repeat, seconds=1.0)


def test_leaderboard_ranks_a_loss_by_its_smallest_value_and_merges_repeats():
    trials = (
        _trial(0, (-3.0, -5.0), "default", depth=6),
        _trial(1, (-2.0,), depth=3.123456),
        _trial(1, (-1.0,), repeat=1, depth=3.123456),
        replace(_trial(2, (-0.1,), depth=1), state="failed", scores=()),
    )
    assert leaderboard_rows(trials, "rmse") == [
        {
            "rank": 1,
            "trial": 1,
            "origin": "random",
            "score": 1.5,
            "sd": 0.707107,
            "train": None,
            "seconds": 2.0,
            "depth": 3.123,
        },
        {
            "rank": 2,
            "trial": 0,
            "origin": "default",
            "score": 4.0,
            "sd": 1.414214,
            "train": None,
            "seconds": 1.0,
            "depth": 6,
        },
    ]


def test_leaderboard_keeps_to_its_limit_and_may_be_empty():
    trials = tuple(_trial(n, (n / 10,), x=n) for n in range(5))
    assert [row["trial"] for row in leaderboard_rows(trials, "roc_auc", limit=2)] == [4, 3]
    assert leaderboard_rows((), "roc_auc") == []


def test_markdown_leads_with_the_sentence_and_holds_tables():
    text = markdown(samples.full())
    assert text.startswith("# churn-2026-03-01\n\n**BETTER**: tuned beats default by +.0061 AUC")
    assert "| Difference | +0.0061 | positive when tuned is better |" in text
    assert "- **error, waived** exact\\_duplicates: 61 of 4,210" in text
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## Tuned against default", "## Leakage findings", "## Leaderboard", "## Cost by stage"]
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert [len({line.replace("\\|", "").count("|") for line in table}) for table in tables] == [1, 1, 1]


def test_markdown_of_a_stopped_run_leads_with_the_error():
    assert markdown(samples.stopped()).startswith("# churn-stopped\n\n**STOPPED**: Leakage found by 'state\\_purity'")


def test_markdown_leaves_no_markup_from_names():
    finding = replace(samples.STOP, columns=("<b>|*x*",), message="`a` [b](c)")
    text = markdown(replace(samples.stopped(), findings=(finding,)))
    assert "(\\<b>\\|\\*x\\*): \\`a\\` \\[b](c)" in text


def test_the_terminal_says_verdict_scores_waivers_and_places():
    text = _printed(summary(samples.full(), "runs/churn/report.html", "runs/churn/model"))
    assert "BETTER: tuned beats default by +.0061 AUC" in text
    assert "4,210 sealed rows" in text
    assert "+0.0014 to +0.0108" in text
    lines = [
        line.rstrip().split(maxsplit=1)
        for line in text.splitlines()
        if line.startswith(("findings", "  waived", "  report", "   model"))
    ]
    assert lines == [
        ["findings", "1 error, 1 warning"],
        ["waived", "exact_duplicates: Plans are few; equal customers are different people."],
        ["report", "runs/churn/report.html"],
        ["model", "runs/churn/model"],
    ]


@pytest.mark.parametrize("made", [samples.stopped, samples.sweep, samples.regression])
def test_the_terminal_has_words_for_every_outcome(made):
    record = made()
    assert record.name in _printed(summary(record))


def test_the_terminal_takes_brackets_as_they_are():
    record = replace(samples.stopped(), findings=(replace(samples.STOP, message="[red]column[/] is [bold"),))
    assert "[red]column[/] is [bold" in _printed(summary(record))


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (formatting.number(-1234.5, 1), "\u22121,234.5"),
        (formatting.number(float("nan"), 1), "\u2013"),
        (formatting.signed(0.0061, 4), "+0.0061"),
        (formatting.duration(3.25), "3.2 s"),
        (formatting.duration(125), "2 min 05 s"),
        (formatting.duration(7260), "2 h 01 min"),
        (formatting.value(1e-05), "1e\u22125"),
        (formatting.value(None), "none"),
        (formatting.value(True), "True"),
        (formatting.count(1, "trial"), "1 trial"),
        (formatting.count(1500, "trial"), "1,500 trials"),
    ],
)
def test_numbers_are_printed_one_way(shown, said):
    assert shown == said


def test_losses_get_five_significant_digits_and_scores_four_decimals():
    assert formatting.decimals(samples.full()) == 4
    assert formatting.decimals(samples.regression()) == 0
    small = replace(samples.regression(), verdict=replace(samples.regression().verdict, default=0.3412))
    assert formatting.decimals(small) == 5


def test_parameters_come_by_importance_with_the_scales_of_the_space():
    found = dimensions(samples.full(), most=3)
    assert [(d.name, d.log, d.ends) for d in found] == [
        ("learning_rate", True, ("0.005", "0.5")),
        ("max_depth", False, ("2", "12")),
        ("min_child_weight", True, ("0.1", "100")),
    ]
    assert [found[0].unit(value) for value in (0.005, 0.05, 0.5)] == pytest.approx([0.0, 0.5, 1.0])


def test_zero_on_a_log_scale_stands_at_the_lower_end():
    (found,) = dimensions(samples.full(), most=1)
    assert (found.position(0), found.unit(0)) == (found.low, 0.0)
