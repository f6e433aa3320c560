"""Real validation and test scores of random searches, replayed through the selection rule.

Reads random_search_val_test_10datasets.parquet, beside the project; skipped where it is absent.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.verdict.selection import choose

Floats = NDArray[np.float64]
REPLAY = Path(__file__).resolve().parents[2] / "shared" / "bench" / "random_search_val_test_10datasets.parquet"
HEADER = [
    "data set",
    "best of search: worse than default, %",
    "gain",
    "rule: worse, %",
    "gain",
    "default kept, %",
    "best there was",
]


def granularity(scores: Floats, most: int = 60_000) -> int | None:
    """The number of rows behind accuracies: the smallest count that makes all of them whole."""
    for count in range(20, most):
        whole = scores * count
        if np.abs(whole - np.round(whole)).max() < 1e-6 * count:
            return count
    return None


def replay(runs: int) -> tuple[str, pd.DataFrame | None]:
    """Random subsets of 60 real trials and the default: who is worse than the default on the test rows?"""
    if not REPLAY.exists():
        return f"Skipped: {REPLAY.name} is not beside the project.", None
    table = pd.read_parquet(REPLAY)
    tables = []
    for (variant, name), part in table.groupby(["variant", "dataset"]):
        default = part[part.hp == "default"]
        count = granularity(part.mean_val_score.to_numpy())
        if len(default) == 1 and default.mean_val_score.item() > 0 and count:
            tables.append((variant, name, count, default, part[part.hp != "default"]))
    noise = [paired_noise(others, count) for _, _, count, _, others in tables]
    outcomes = []
    for index, (_, name, count, default, others) in enumerate(tables):
        paired = float(np.median([n for n, other in zip(noise, tables, strict=True) if other[1] != name]))
        for run in range(runs):
            rng = seeds.stream(0, "replay", index, run)
            trials = pd.concat([default, others.iloc[rng.permutation(len(others))[:60]]])
            outcomes.append({"dataset": name, **outcome(trials, count, paired)})
    frame = pd.DataFrame(outcomes)
    sizes = ", ".join(f"{name} {count}" for name, count in sorted({(t[1], t[2]) for t in tables}))
    about = (
        f"{len(tables)} tables of {frame.dataset.nunique()} data sets (variants that have a default), {runs} draws of "
        f"60 trials each. Validation rows, from the granularity of the scores: {sizes}."
    )
    return about, frame


def paired_noise(others: pd.DataFrame, count: int) -> float:
    """The variance of a paired difference of validation scores, as a share of that of independent scores.

    From validation minus test scores around their mean: taken from other data sets than the one that is judged,
    since it looks at test scores.
    """
    gap = others.mean_val_score - others.mean_test_score
    spread = np.subtract(*np.quantile(gap, [0.75, 0.25])) / 1.349
    mean = others.mean_val_score.median()
    return float(spread**2 / (mean * (1 - mean) / count))


def outcome(trials: pd.DataFrame, count: int, paired: float) -> dict[str, float | bool]:
    """What the best of the search and the rule pick. There are no folds: the standard error comes from the rows."""
    scores, test = trials.mean_val_score.to_numpy(), trials.mean_test_score.to_numpy()
    errors = np.sqrt(2 * paired * scores * (1 - scores) / count)
    best = int(scores.argmax())
    errors_to = [np.where(np.arange(len(scores)) == i, 0.0, errors) for i in (best, 0)]
    rule = choose(scores, trials.mean_time.to_numpy(), *errors_to)
    return {
        "best": test[best] - test[0],
        "rule": test[rule.chosen] - test[0],
        "kept": rule.chosen == 0,
        "oracle": test.max() - test[0],
    }


def table(frame: pd.DataFrame) -> list[list[object]]:
    """One row a data set, and one of all."""
    rows: list[list[object]] = []
    for name, part in [*frame.groupby("dataset"), ("all", frame)]:
        worse = [f"{100 * (part[who] < 0).mean():.1f}" for who in ("best", "rule")]
        gains = [f"{part[who].mean():+.4f}" for who in ("best", "rule", "oracle")]
        rows.append([name, worse[0], gains[0], worse[1], gains[1], f"{100 * part.kept.mean():.0f}", gains[2]])
    return rows
