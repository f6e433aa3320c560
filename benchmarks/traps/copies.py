"""Rows that are there more than once before the file arrives: equal, changed a little, or made of others.

Honest score: that of distinct rows (chance, where the target is a coin flip). Cheating: near 1, since a copy of most
sealed rows lies among the training rows.
"""

import numpy as np
import pandas as pd

from benchmarks.cases import Case, Generator
from benchmarks.feature_tables import features, shuffled, two_classes


def coin_flips_copied(rng: np.random.Generator) -> Case:
    """A coin flip on noise, the whole table two to five times over, with a row number; honest AUC .5, cheating 1."""
    times = int(rng.integers(2, 6))
    rows = 2_400 // times
    frame = pd.DataFrame(rng.normal(size=(rows, 6)).round(4), columns=[f"m{i}" for i in range(6)])
    frame["y"] = rng.integers(0, 2, rows)
    frame = pd.concat([frame] * times, ignore_index=True)
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    return Case(frame, "y", rows=True)


def copied_shuffled(rng: np.random.Generator) -> Case:
    """A table with honest features three times over in any order, with new keys; cheating AUC near 1."""
    frame = _binary(rng, 800)
    frame = shuffled(rng, pd.concat([frame] * 3))
    frame.insert(0, "key", rng.permutation(90_000)[: len(frame)] + 10_000)
    return Case(frame, "y", rows=True)


def partly_copied(rng: np.random.Generator) -> Case:
    """A fifth to two fifths of the rows a second time with new row numbers: those are known by heart."""
    frame = _binary(rng)
    frame = shuffled(rng, pd.concat([frame, _some(rng, frame, rng.uniform(0.2, 0.4))]))
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    return Case(frame, "y", rows=True)


def resampled(rng: np.random.Generator) -> Case:
    """A bootstrap sample of a smaller table: 63 % of its rows are distinct, some are there five times."""
    frame = _binary(rng, 1_500)
    return Case(frame.iloc[rng.integers(0, len(frame), len(frame))].reset_index(drop=True), "y", rows=True)


def oversampled(rng: np.random.Generator) -> Case:
    """The rare class copied until the classes are even: each positive row is there about nine times."""
    frame = _binary(rng, 1_400, rate=0.1)
    rare = frame[frame["y"] == 1]
    extra = rare.iloc[rng.integers(0, len(rare), len(frame) - 2 * len(rare))]
    return Case(shuffled(rng, pd.concat([frame, extra])), "y", rows=True)


def jittered(rng: np.random.Generator) -> Case:
    """Each row two to four times, its decimal numbers moved by a thousandth of their spread: augmented data."""
    times = int(rng.integers(2, 5))
    frame = _numeric(rng, 2_000 // times)
    copies = [_moved(rng, frame, 1e-3) for _ in range(times - 1)]
    return Case(shuffled(rng, pd.concat([frame, *copies])), "y", rows=True)


def partly_jittered(rng: np.random.Generator) -> Case:
    """A quarter of the rows again with one percent of noise in each number."""
    frame = _numeric(rng, 1_400)
    return Case(shuffled(rng, pd.concat([frame, _moved(rng, _some(rng, frame, 0.25), 1e-2)])), "y", rows=True)


def scaled(rng: np.random.Generator) -> Case:
    """Each row again with all measurements times a factor near one, as images are brightened."""
    frame = _numeric(rng, 900)
    copy = frame.copy()
    names = [name for name in frame if name != "y"]
    copy[names] = copy[names].mul(rng.uniform(0.98, 1.02, len(frame)), axis=0)
    return Case(shuffled(rng, pd.concat([frame, copy])), "y", rows=True)


def rounded(rng: np.random.Generator) -> Case:
    """Each row again from another system, which rounds to two digits."""
    frame = _numeric(rng, 900)
    copy = frame.copy()
    names = [name for name in frame if name != "y"]
    copy[names] = copy[names].round(2)
    return Case(shuffled(rng, pd.concat([frame, copy])), "y", rows=True)


def interpolated(rng: np.random.Generator) -> Case:
    """The rare class filled up by points between a row and one of its five nearest (SMOTE, Chawla 2002)."""
    frame = _numeric(rng, 1_300, rate=0.12)
    names = [name for name in frame if name != "y"]
    rare = frame.loc[frame["y"] == 1, names].to_numpy()
    distance = ((rare[:, None] - rare[None]) ** 2).sum(axis=2)
    nearest = np.argsort(distance, axis=1)[:, 1:6]
    base = rng.integers(0, len(rare), len(frame) - 2 * len(rare))
    other = nearest[base, rng.integers(0, 5, len(base))]
    made = rare[base] + rng.random((len(base), 1)) * (rare[other] - rare[base])
    return Case(shuffled(rng, pd.concat([frame, pd.DataFrame(made, columns=names).assign(y=1)])), "y", rows=True)


def entered_twice(rng: np.random.Generator) -> Case:
    """Half of the rows entered twice, with one column typed anew: equal in all others and the target."""
    frame = _binary(rng)
    again = _some(rng, frame, 0.5).copy()
    name = str(rng.choice([name for name in frame.columns if name != "y"]))
    again[name] = rng.permutation(again[name].to_numpy())
    return Case(shuffled(rng, pd.concat([frame, again])), "y", rows=True)


def copied_with_flips(rng: np.random.Generator) -> Case:
    """The table twice with a fifth of the copies' targets turned over: two opinions of one row."""
    frame = _binary(rng, 1_000)
    again = frame.assign(y=np.where(rng.random(len(frame)) < 0.2, 1 - frame["y"], frame["y"]))
    return Case(shuffled(rng, pd.concat([frame, again])), "y", rows=True)


def copied_few_values(rng: np.random.Generator) -> Case:
    """Twelve answers of a survey on a scale of four, each sheet scanned twice: too many equal rows for chance."""
    answers = rng.integers(1, 5, size=(900, 12))
    frame = pd.DataFrame(answers, columns=[f"item_{i}" for i in range(12)])
    frame["y"] = two_classes(rng, (answers[:, 0] + answers[:, 1] - 5) / 1.6)
    return Case(shuffled(rng, pd.concat([frame, frame])), "y", rows=True)


def _binary(rng: np.random.Generator, rows: int | None = None, rate: float = 0.35) -> pd.DataFrame:
    honest = features(rng, rows)
    return honest.frame.assign(y=two_classes(rng, honest.signal, rate))


def _numeric(rng: np.random.Generator, rows: int, rate: float = 0.4) -> pd.DataFrame:
    """Correlated measurements and an honest target."""
    mix = rng.normal(size=(7, 7)) / 2 + np.eye(7)
    X = rng.normal(size=(rows, 7)) @ mix
    frame = pd.DataFrame(X, columns=[f"m{i}" for i in range(7)])
    return frame.assign(y=two_classes(rng, X[:, 0] / X[:, 0].std(), rate))


def _moved(rng: np.random.Generator, frame: pd.DataFrame, share: float) -> pd.DataFrame:
    names = [name for name in frame if name != "y"]
    moved = frame.copy()
    moved[names] += share * frame[names].std().to_numpy() * rng.normal(size=(len(frame), len(names)))
    return moved


def _some(rng: np.random.Generator, frame: pd.DataFrame, share: float) -> pd.DataFrame:
    return frame.iloc[np.sort(rng.choice(len(frame), int(share * len(frame)), replace=False))]


KINDS: dict[str, Generator] = {
    "copies: coin flips, the whole table 2-5 times, row number": coin_flips_copied,
    "copies: the whole table three times, shuffled, new keys": copied_shuffled,
    "copies: a part of the rows twice": partly_copied,
    "copies: a bootstrap sample": resampled,
    "copies: the rare class oversampled": oversampled,
    "copies: jittered by a thousandth": jittered,
    "copies: a quarter jittered by a hundredth": partly_jittered,
    "copies: scaled by a factor a row": scaled,
    "copies: rounded": rounded,
    "copies: interpolated (SMOTE)": interpolated,
    "copies: entered twice, one column anew": entered_twice,
    "copies: a fifth with another target": copied_with_flips,
    "copies: survey sheets scanned twice": copied_few_values,
}
