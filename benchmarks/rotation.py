"""Does a rotated vault keep its word, and what does it find that one holdout does not?

    python -m benchmarks.rotation [--runs N] [--rows N]

Real searches on small tables whose truth is known: ridge regressions, tuned by five-fold cross-validation with the rule
of one standard error, against a default. Each table is judged twice: by five outer folds with a search each, and by one
holdout of a fifth whose search has as many candidates as all six searches of the rotation together.
Writes benchmarks/results/rotation.md.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from benchmarks.tables import markdown, write
from finetooth.metrics import METRICS, Metric
from finetooth.statistics import standard_error
from finetooth.verdict.bootstrap import two_way
from finetooth.verdict.rotation import rotated
from finetooth.verdict.weighted_metrics import scorer

Floats = NDArray[np.float64]
Rng = np.random.Generator
LIBRARIES = ("finetooth", "numpy", "scipy", "scikit-learn")
FOLDS = 5
CANDIDATES = 12
TEST_ROWS = 20_000
DRAWS = 500
HEADER = [
    "world", "rows", "true gain", "how", "covers the procedure's gain", "covers what ships", "gain shown",
    "shown, not there", "shipped: worse", "mean width",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """A table's law: `columns` features, the noise on the target, the default's penalty, and the metric."""

    name: str
    default: float
    metric: str
    noise: Callable[[Rng, int], Floats]
    columns: int = 30
    informative: int = 30
    subsets: bool = False

    def draw(self, rng: Rng, rows: int) -> tuple[Floats, Floats]:
        """Features (rows, columns) and the target (rows,)."""
        weights = np.random.default_rng(5).normal(size=self.columns) / np.sqrt(self.informative)
        weights[self.informative :] = 0
        X = rng.normal(size=(rows, self.columns))
        y = X @ weights + self.noise(rng, rows)
        return X, (y > 0).astype(float) if METRICS[self.metric].kinds[0] == "binary" else y


def normal(rng: Rng, rows: int) -> Floats:
    return 1.5 * rng.normal(size=rows)


def heavy(rng: Rng, rows: int) -> Floats:
    values: Floats = rng.standard_t(3, size=rows)
    return values


WORLDS = (
    World("much to gain", 1.0, "rmse", normal, columns=60),
    World("little to gain", 20.0, "rmse", normal),
    World("nothing to gain", 70.0, "rmse", normal),
    World("heavy tails", 1.0, "rmse", heavy, columns=60),
    World("noise columns, subsets tried", 1.0, "rmse", normal, columns=40, informative=6, subsets=True),
    World("classes, something to gain", 1.0, "roc_auc", normal, columns=60),
    World("classes, nothing to gain", 100.0, "roc_auc", normal),
    World("classes, absolute errors", 1.0, "brier", normal, columns=60),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ridge penalty and the columns that it may use."""

    penalty: float
    columns: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Judged:
    """What one way of judging came to on one table: the interval, the true gains, whether anything was compared."""

    low: float
    high: float
    procedure: float
    ships: float
    compared: bool


def candidates(world: World, rng: Rng, count: int) -> list[Candidate]:
    """The default first, then penalties, or random subsets of columns, drawn by chance."""
    every = np.arange(world.columns)
    chosen = [Candidate(world.default, every)]
    for _ in range(count):
        if world.subsets:
            size = int(rng.integers(4, world.columns))
            chosen.append(Candidate(world.default, np.sort(rng.choice(every, size, replace=False))))
        else:
            chosen.append(Candidate(float(10 ** rng.uniform(-3, 3.5)), every))
    return chosen


def predict(candidate: Candidate, X: Floats, y: Floats, new: Floats, metric: str) -> Floats:
    """The predictions (n,) of a ridge regression of `candidate` fitted on X, y; a probability for classes."""
    used = X[:, candidate.columns]
    mean, level = used.mean(axis=0), y.mean()
    gram = (used - mean).T @ (used - mean) + candidate.penalty * np.eye(used.shape[1])
    weights = np.linalg.solve(gram, (used - mean).T @ (y - level))
    predicted: Floats = (new[:, candidate.columns] - mean) @ weights + level
    return np.clip(predicted, 0, 1) if metric == "brier" else predicted


def search(world: World, X: Floats, y: Floats, rng: Rng, count: int) -> tuple[Candidate, Candidate]:
    """The default, and the best of five-fold cross-validation if it is more than one standard error better."""
    tried, metric = candidates(world, rng, count), METRICS[world.metric]
    scores = np.array(
        [
            [score(metric, y[test], predict(each, X[train], y[train], X[test], world.metric)) for each in tried]
            for train, test in split(world, X, y, rng)
        ]
    )
    best = int(scores.mean(axis=0).argmax())
    gains = scores[:, best] - scores[:, 0]
    clear = best > 0 and gains.mean() > float(standard_error(gains))
    return tried[0], tried[best if clear else 0]


def score(metric: Metric, y: Floats, predicted: Floats) -> float:
    """The metric, larger is better; as the bootstrap takes it, which is quick."""
    return metric.sign * float(scorer(metric, y, predicted)(np.ones((1, len(y))))[0])


def split(world: World, X: Floats, y: Floats, rng: Rng) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Five shuffled folds, stratified for classes."""
    kind = KFold if METRICS[world.metric].kinds[0] == "regression" else StratifiedKFold
    return list(kind(FOLDS, shuffle=True, random_state=int(rng.integers(1 << 31))).split(X, y))


def judge(world: World, rows: int, run: int, test: tuple[Floats, Floats]) -> tuple[Judged, Judged]:
    """One table, judged by rotation and by one holdout."""
    rng = np.random.default_rng([run, rows])
    X, y = world.draw(rng, rows)
    metric = METRICS[world.metric]

    def gain(pair: tuple[Candidate, Candidate], train: NDArray[np.intp]) -> float:
        default, tuned = (predict(each, X[train], y[train], test[0], world.metric) for each in pair)
        return score(metric, test[1], tuned) - score(metric, test[1], default)

    folds = split(world, X, y, rng)
    pairs = [search(world, X[train], y[train], rng, CANDIDATES) for train, _ in folds]
    order = np.concatenate([sealed for _, sealed in folds])
    default, tuned = (
        np.concatenate(
            [
                predict(pair[side], X[train], y[train], X[sealed], world.metric)
                for pair, (train, sealed) in zip(pairs, folds, strict=True)
            ]
        )[None]
        for side in (0, 1)
    )
    names = np.repeat(np.arange(FOLDS), [len(sealed) for _, sealed in folds])
    bootstrap = np.random.default_rng(run)
    found = rotated(metric, y[order], tuned, default, names, draws=DRAWS, rng=bootstrap)
    procedure = float(np.mean([gain(pair, train) for pair, (train, _) in zip(pairs, folds, strict=True)]))
    everything = np.arange(rows)
    final = search(world, X, y, rng, CANDIDATES)
    rotation = Judged(found.low, found.high, procedure, gain(final, everything), any(a is not b for a, b in pairs))

    train, sealed = folds[0]
    pair = search(world, X[train], y[train], rng, CANDIDATES * (FOLDS + 1))
    default, tuned = (predict(each, X[train], y[train], X[sealed], world.metric)[None] for each in pair)
    once = two_way(metric, y[sealed], tuned, default, draws=DRAWS, rng=bootstrap)
    true = gain(pair, train)
    return rotation, Judged(once.low, once.high, true, true, pair[0] is not pair[1])


def row(world: World, rows: int, how: str, judged: list[Judged], true: float | None) -> list[object]:
    """One line of the table. `true` is the gain of the procedure, the mean over tables; None: each table's own."""
    compared = [each for each in judged if each.compared]
    target = [each.procedure if true is None else true for each in compared]
    shown = np.array([each.compared and each.low > 0 for each in judged])
    ships = np.array([each.ships for each in judged])
    covers = [each.low <= value <= each.high for each, value in zip(compared, target, strict=True)]
    covers_own = [each.low <= each.ships <= each.high for each in compared]
    mean = float(np.mean([each.procedure for each in judged]))
    return [
        world.name, rows, f"{mean:+.4f}", how, share(covers), share(covers_own), share(shown),
        share(shown & (mean <= 0)), share(shown & (ships < 0)),
        f"{np.mean([each.high - each.low for each in compared]) if compared else float('nan'):.4f}",
    ]  # fmt: skip


def share(happened: list[bool] | NDArray[np.bool_]) -> str:
    """A share in percent."""
    return f"{100 * np.mean(happened):.1f}" if len(happened) else "-"


def main() -> None:
    """Simulate and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=500, help="tables a world")
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 600], help="rows of each table")
    arguments = parser.parse_args()
    start = time.process_time()
    lines = []
    for world in WORLDS:
        test = world.draw(np.random.default_rng(99), TEST_ROWS)
        for rows in arguments.rows:
            both = [judge(world, rows, run, test) for run in range(arguments.runs)]
            rotation, once = ([each[side] for each in both] for side in (0, 1))
            lines.append(row(world, rows, "rotated", rotation, float(np.mean([each.procedure for each in rotation]))))
            lines.append(row(world, rows, "one holdout", once, None))
    rows_text = ", ".join(map(str, arguments.rows))
    spent = f"`python -m benchmarks.rotation --runs {arguments.runs}`: {time.process_time() - start:.0f} s of CPU."
    about = (
        f"{arguments.runs} tables of {rows_text} rows a world, in percent. Coverage is counted where a search found a "
        "candidate to compare: of the mean true gain of the procedure (rotated) or of the pair that was compared (one "
        "holdout). 'Covers what ships' is of the true gain of the model that ships after all. 'Gain shown' is a lower "
        f"end above zero. Both ways fit as many candidates: the holdout's search tries {FOLDS + 1} times as many."
    )
    write("rotation", "The rotated vault", f"{spent}\n\n{about}\n\n{markdown(HEADER, lines)}", LIBRARIES)


if __name__ == "__main__":
    main()
