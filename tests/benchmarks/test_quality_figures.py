"""The figures of `time_to_quality` come from raw runs as they are defined."""

import math

import pytest

from benchmarks import quality_figures
from benchmarks.overhead import scheduled


def run(tool: str, *incumbents: tuple[float, float], limit: float = 120, seed: int = 0) -> dict:
    return {
        "tool": tool,
        "table": "adult",
        "seed": seed,
        "limit": limit,
        "cores": 2,
        "ended": limit,
        "date": "2026-01-01T00:00:00Z",
        "versions": {"xgboost": "3.2.0"},
        "incumbents": [{"seconds": s, "cpu": 2 * s, "score": score} for s, score in incumbents],
    }


def test_a_score_is_that_of_the_newest_incumbent_and_there_is_none_before_the_first():
    record = run("finetooth", (2, 0.7), (8, 0.9))
    assert [quality_figures.score_at(record, t) for t in (2, 7.9, 8)] == [0.7, 0.7, 0.9]
    assert math.isnan(quality_figures.score_at(record, 1.9))


def test_a_target_that_is_lost_again_is_not_reached_to_stay():
    record = run("finetooth", (2, 0.9), (5, 0.8), (9, 0.9))
    assert quality_figures.time_to(record, 0.85, "wall") == 2
    assert quality_figures.time_to(record, 0.85, "wall", for_good=True) == 9
    assert math.isinf(quality_figures.time_to(record, 0.95, "wall"))


def test_a_run_that_never_reaches_the_target_counts_as_its_limit_and_is_told():
    runs = quality_figures.by_run(
        [
            run("finetooth", (6, 0.9)),
            run("optuna", (30, 0.9)),
            run("finetooth", (6, 0.9), seed=1),
            run("optuna", (60, 0.95), seed=1),
        ]
    )
    (row,) = quality_figures.times_to_target(runs, "wall")
    first = math.sqrt(6 / 60 * 120 / 60)  # the second is censored at its limit
    assert row == [
        "finetooth",
        "optuna",
        2,
        pytest.approx(first),
        pytest.approx(first),
        pytest.approx(0.5**0.5),
        "1 of 2",
    ]


def test_who_has_nothing_yet_loses_and_small_differences_are_ties():
    ours = [run("finetooth", (15, 0.90001)), run("finetooth", (15, 0.95), seed=1)]
    theirs = [run("flaml", (1, 0.9)), run("flaml", (1, 0.9), seed=1)]
    (row,) = quality_figures.wins(quality_figures.by_run(ours + theirs), "wall")
    assert row[:4] == ["finetooth", "flaml", "0-0-2", "1-1-0, +0.0250"]


def test_the_processor_clock_is_shared_out_over_the_cores():
    assert quality_figures.curve(run("finetooth", (3, 0.9)), "cpu") == [(3, 0.9)]


def test_the_longest_run_of_a_tool_is_the_one_that_counts(tmp_path):
    short, long = run("finetooth", (1, 0.5), limit=10), run("finetooth", (1, 0.6), limit=120)
    assert quality_figures.by_run([long, short])["finetooth"]["adult", 0] is long
    assert "# Time to quality" in quality_figures.write([short, long], tmp_path, "wall")
    assert {path.name for path in tmp_path.iterdir()} == {"time_to_quality.md", "time_to_quality.png"}


def test_a_schedule_without_overhead_waits_for_workers_and_for_the_window():
    assert scheduled([1.0, 1.0, 1.0], window=8) == 2.0
    assert scheduled([5.0, 1.0, 1.0], window=1) == 7.0
