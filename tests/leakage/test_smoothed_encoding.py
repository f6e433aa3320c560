"""Encodings that are no plain means: found by the chance error of the means that they repeat, and by nothing else."""

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import encoding
from finetooth.leakage.group_means import scatter


def _rows(kind="binary", rows=1_500, levels=150, seed=0):
    """Two features, a category with an effect, and the target, with the sum and the number of rows by category."""
    rng = np.random.default_rng(seed)
    city = rng.integers(0, levels, rows)
    signal = rng.normal(size=levels)[city] * 0.5 + rng.normal(size=rows)
    y = (signal + rng.logistic(size=rows) > 0.5).astype(int) if kind == "binary" else signal
    frame = pd.DataFrame({"a": signal + rng.normal(size=rows), "b": rng.normal(size=rows), "city": city, "y": y})
    by = frame.groupby("city")["y"]
    return frame, by.transform("sum"), by.transform("count"), rng


def _woe(frame, total, count, rng):
    return np.log((total + 0.5) / (count - total + 0.5))


def _noisy(frame, total, count, rng):
    mean = total / count
    return mean + 0.3 * mean.std() * rng.normal(size=len(frame))


def _smoothed(frame, total, count, rng):
    return (total + 10 * frame["y"].mean()) / (count + 10)


def _by_folds(frame, total, count, rng):
    fold = rng.integers(0, 5, len(frame))
    by = frame.groupby([frame["city"], fold])["y"]
    prior = frame["y"].mean()
    return (total - by.transform("sum") + 5 * prior) / (count - by.transform("count") + 5)


@pytest.mark.parametrize("encode", [_smoothed, _woe, _noisy, _by_folds])
def test_an_encoding_that_is_no_plain_mean_is_an_error_that_can_be_waived(table, encode):
    """Smoothing, weights, noise and folds leave the chance error of the means in the column."""
    frame, total, count, rng = _rows()
    (found,) = encoding.check(table(frame.assign(v=encode(frame, total, count, rng))))
    assert (found.severity, found.columns, found.strict) == ("error", ("v", "city"), False)


def test_a_smoothed_mean_of_a_number_is_found_without_its_category(table):
    """The values that the column repeats tell its categories."""
    frame, total, count, rng = _rows("regression")
    frame = frame.assign(v=_smoothed(frame, total, count, rng)).drop(columns="city")
    (found,) = encoding.check(table(frame, "regression"))
    assert (found.severity, found.columns) == ("error", ("v",))


def test_an_encoding_of_two_categories_together_names_both(table):
    """Neither category alone explains the column."""
    frame, _, _, rng = _rows(levels=12)
    frame = frame.assign(city=[f"c{code}" for code in frame["city"]], shop=rng.choice(list("abcdefghijkl"), 1_500))
    by = frame.groupby(["city", "shop"])["y"]
    mean = (by.transform("sum") + 1) / (by.transform("count") + 2)
    (found,) = encoding.check(table(frame.assign(v=mean + 0.1 * mean.std() * rng.normal(size=1_500))))
    assert (found.severity, found.columns) == ("error", ("v", "city", "shop"))


@pytest.mark.parametrize("seed", range(5))
def test_what_is_measured_or_comes_from_other_rows_is_no_encoding(table, seed):
    """Means of earlier rows, the effect itself, the size of the category and a copy with noise know no chance error."""
    frame, _, count, rng = _rows(seed=seed)
    other = _rows(seed=seed)[0]
    past = pd.Series(rng.permutation(other["y"])).groupby(other["city"]).transform("mean")
    honest = frame.assign(past=past, size=count, near=frame["a"].groupby(frame["city"]).transform("mean"))
    assert encoding.check(table(honest)) == ()


def test_days_that_have_all_their_hours_are_no_groups_of_rows_drawn_by_chance(table):
    """The mean of a whole day varies less than that of rows drawn at random, and a day's warmth may follow it."""
    rng = np.random.default_rng(0)
    day, hour = np.repeat(np.arange(80), 24), np.tile(np.arange(24), 80)
    warmth = rng.normal(size=80)
    y = 3 * np.sin(hour / 4) + warmth[day] + 0.3 * rng.normal(size=len(day))
    frame = pd.DataFrame({"day": day, "hour": hour, "warmth": warmth[day], "y": y})
    raw = scatter(frame["warmth"].to_numpy(), y, day)
    assert raw.p < 1e-6
    assert encoding.check(table(frame, "regression")) == ()


def test_the_scatter_of_an_encoding_is_near_zero_and_that_of_noise_near_one():
    """The statistic itself, on means of pure noise."""
    rng = np.random.default_rng(0)
    codes, y, noise = rng.integers(0, 100, 1_000), rng.normal(size=1_000), rng.normal(size=100)
    sums, counts = np.bincount(codes, y), np.bincount(codes)
    made, measured = scatter((sums / (counts + 5))[codes], y, codes), scatter(noise[codes], y, codes)
    assert (made.ratio < 0.01, made.p < 1e-20) == (True, True)
    assert (0.7 < measured.ratio < 1.3, measured.p > 0.01) == (True, True)
