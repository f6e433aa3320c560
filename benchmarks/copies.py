"""Are copies of rows kept together, and rows that repeat by chance left apart?

Tables whose target is a coin flip are copied in several ways, and something is added that tells the copies apart; what
is counted is the share of rows of which a copy could land on the other side. Then rows are jittered, rounded or made up
between two others (SMOTE, mixup), and honest tables are looked at: the real ones that lie beside the project.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from threadpoolctl import threadpool_limits

from benchmarks.tables import write
from finetooth.data.target import infer_kind
from finetooth.data.units import Units, equal_rows
from finetooth.leakage import Declared, Table, near_duplicates

FOLDERS = [Path(__file__).resolve().parents[2] / "shared" / name for name in ("data", "meta")]
TARGETS = {
    "adult": "income",
    "bank_marketing": "deposit",
    "bike_hour": "cnt",
    "elec2": "class",
    "parkinsons_tele": "total_UPDRS",
    "titanic3": "survived",
    "california_housing": "median_house_value",
    "mammography": "label",
    "diamonds": "price",
}
TORN = (
    "500 rows whose target is a coin flip, copied. In each cell the share of rows of which a copy could land on the "
    "other side of the split; 0 % is right. Where there are only 64 combinations, or 50 values, rows that were drawn "
    "again cannot be told from others that happen to be equal."
)
REAL = (
    "Honest tables in which more than 1 % of the rows repeat another: how many rows differ, how many would if each "
    "column were drawn given the one that it depends on most, and the units that follow."
)
Rng = np.random.Generator
BASES: dict[str, Callable[[Rng], pd.DataFrame]] = {
    "5 measurements": lambda rng: pd.DataFrame(rng.normal(size=(500, 5))),
    "1 rounded measurement": lambda rng: pd.DataFrame(rng.normal(size=(500, 1)).round(1)),
    "4 counts up to 12": lambda rng: pd.DataFrame(rng.integers(0, 12, (500, 4))),
    "10 yes or no": lambda rng: pd.DataFrame(rng.integers(0, 2, (500, 10))),
    "12 yes or no that hang together": lambda rng: pd.DataFrame(
        (rng.normal(size=(500, 1)) + rng.normal(size=(500, 12)) > 0).astype(int)
    ),
    "6 yes or no (64 combinations)": lambda rng: pd.DataFrame(rng.integers(0, 2, (500, 6))),
}
WAYS: dict[str, Callable[[pd.DataFrame, int], pd.DataFrame]] = {
    "not copied": lambda rows, _: rows,
    "2 times": lambda rows, _: pd.concat([rows] * 2),
    "4 times": lambda rows, _: pd.concat([rows] * 4),
    "10 times": lambda rows, _: pd.concat([rows] * 10),
    "half once more": lambda rows, seed: pd.concat([rows, rows.sample(frac=0.5, random_state=seed)]),
    "1 % once more": lambda rows, seed: pd.concat([rows, rows.sample(frac=0.01, random_state=seed)]),
    "drawn 4 times with replacement": lambda rows, seed: rows.sample(frac=4, replace=True, random_state=seed),
}
MORE: dict[str, Callable[[int, Rng], dict[str, object]]] = {
    "nothing": lambda _rows, _rng: {},
    "row number": lambda rows, _rng: {"row": np.arange(rows)},
    "time of export": lambda rows, _rng: {"at": pd.date_range("2024", periods=rows, freq="7s")},
    "noise": lambda rows, rng: {"noise": rng.normal(size=rows)},
    "all three": lambda rows, rng: {
        "row": np.arange(rows),
        "at": pd.date_range("2024", periods=rows, freq="7s"),
        "noise": rng.normal(size=rows),
    },
}


def units(frame: pd.DataFrame, y: pd.Series) -> Units:
    values = y if pd.api.types.is_numeric_dtype(y) else pd.Series(pd.factorize(y)[0])
    return equal_rows(list(frame), frame.__getitem__, values.to_numpy(dtype=float), np.random.default_rng(0))


def torn(base: str, way: str, more: str, seed: int) -> float:
    """The share of rows of which a copy is in another unit."""
    rng = np.random.default_rng(seed)
    rows = BASES[base](rng).add_prefix("x")
    rows = rows.assign(y=rng.integers(0, 2, len(rows)), original=np.arange(len(rows)))
    table = WAYS[way](rows, seed).reset_index(drop=True)
    y, original = table.pop("y"), table.pop("original")
    found = units(table.assign(**MORE[more](len(table), rng)), y)
    of_original = pd.DataFrame({"unit": found.code, "original": original}).groupby("original")["unit"]
    return float((of_original.transform("nunique") > 1).mean())


def copied(seeds: int) -> Iterator[str]:
    yield "| features | copied | " + " | ".join(f"told apart by: {more}" for more in MORE) + " |"
    yield "|---|---|" + "---|" * len(MORE)
    for base in BASES:
        for way in list(WAYS)[1:]:
            shares = [np.mean([torn(base, way, more, seed) for seed in range(seeds)]) for more in MORE]
            yield f"| {base} | {way} | " + " | ".join(f"{share:.0%}" for share in shares) + " |"


def smote(X: np.ndarray, rng: Rng) -> np.ndarray:
    rare = X[: len(X) // 8]
    one = rng.integers(0, len(rare), len(X) // 2)
    other = cKDTree(rare).query(rare[one], k=6)[1][np.arange(len(one)), rng.integers(1, 6, len(one))]
    return np.r_[X, (rare[one] + rng.random((len(one), 1)) * (rare[other] - rare[one])).round(4)]


def mixup(X: np.ndarray, rng: Rng) -> np.ndarray:
    one, other = rng.integers(0, len(X), (2, len(X) // 2))
    return np.r_[X, X[one] + rng.beta(0.4, 0.4, (len(one), 1)) * (X[other] - X[one])]


def jittered(X: np.ndarray, rng: Rng, share: float, size: float) -> np.ndarray:
    some = rng.permutation(len(X))[: int(share * len(X))]
    return np.r_[X, X[some] + size * X.std(0) * rng.normal(size=(len(some), X.shape[1]))]


KINDS: dict[str, Callable[[np.ndarray, Rng], np.ndarray]] = {
    "independent rows": lambda X, _rng: X,
    "rounded to whole steps": lambda X, _rng: np.round(X * 20),
    "patients with 10 visits": lambda X, rng: X[np.arange(len(X)) // 10] + 0.3 * rng.normal(size=X.shape),
    "5 % jittered by .01 SD": lambda X, rng: jittered(X, rng, 0.05, 0.01),
    "all jittered by .05 SD": lambda X, rng: jittered(X, rng, 1.0, 0.05),
    "all rounded to one digit": lambda X, _rng: np.r_[X, X.round(1)],
    "SMOTE": smote,
    "mixup": mixup,
}


def stopped(frame: pd.DataFrame, target: str, kind: str, seed: int) -> bool:
    held = np.random.default_rng(seed).random(len(frame)) < 0.2
    sides = [Table(frame[part], target, kind, Declared(), seed) for part in (~held, held)]
    return any(finding.severity == "error" for finding in near_duplicates.check_across(*sides))


def near(seeds: int) -> Iterator[str]:
    yield "| 2,000 rows of 6 columns | stopped by near_duplicates |"
    yield "|---|---|"
    for kind, change in KINDS.items():
        count = 0
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            X = rng.normal(size=(2_000, 6)) @ (np.eye(6) + 0.4 * rng.normal(size=(6, 6)))
            X = change(X, rng)
            frame = pd.DataFrame(X).add_prefix("x").assign(y=rng.integers(0, 2, len(X)))
            count += stopped(frame, "y", "binary", seed)
        yield f"| {kind} | {count} of {seeds} |"


def real() -> Iterator[str]:
    yield "| real table | rows | different rows | by chance | units | copies | near_duplicates |"
    yield "|---|---|---|---|---|---|---|"
    for path in sorted(path for folder in FOLDERS if folder.exists() for path in folder.glob("*.csv.gz")):
        name = path.name.removesuffix(".csv.gz")
        frame = pd.read_csv(path)
        target = TARGETS.get(name, frame.columns[-1])
        frame = frame[frame[target].notna()].reset_index(drop=True)
        error = stopped(frame, target, infer_kind(frame[target]), 0)
        y = frame.pop(target)
        found = units(frame, y)
        repetition = found.repetition
        chance = ["", ""] if repetition is None else [f"{repetition.distinct:,}", f"{repetition.by_chance:,}"]
        cells = [name, f"{len(frame):,}", *chance, f"{len(np.unique(found.code)):,}", f"{found.copies:,}"]
        if repetition is not None or error:
            yield "| " + " | ".join([*cells, "STOPPED" if error else "silent"]) + " |"


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=20, help="generator seeds a table")
    seeds = parser.parse_args().seeds
    start = time.process_time()
    with threadpool_limits(1):
        lines = [TORN, "", *copied(seeds), "", *near(seeds), "", REAL, "", *real()]
    spent = f"`python -m benchmarks.copies --seeds {seeds}`: {time.process_time() - start:.0f} s of CPU."
    write("copies", "Copies of rows", "\n".join([spent, "", *lines]), ("numpy", "pandas", "scipy"))


if __name__ == "__main__":
    main()
