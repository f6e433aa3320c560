"""Planted leaks that the checks must find, and honest tables on which they must be silent.

    python -m benchmarks.leakage_scenarios [--seeds 20]

Prints a table and writes it to benchmarks/results/leakage_scenarios.md. Recall is the share of generator seeds in
which the leak is an error; a false error is any error on a clean table.
"""

import argparse
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from finetooth.data import vault
from finetooth.errors import VaultSpentError
from finetooth.leakage import Declared, Table, scramble, structure, suite
from finetooth.records import Finding

RESULT = Path(__file__).parent / "results" / "leakage_scenarios.md"
LIBRARIES = ("finetooth", "numpy", "pandas", "scipy", "scikit-learn")


def gate(train, holdout=None, target="y", kind="binary", declared=None):
    """All checks of the suite, as the pipeline runs them."""
    declared = declared or Declared()
    development = Table(train, target, kind, declared)
    found = [finding for name in suite.FEATURE_CHECKS for finding in suite.run_feature(name, development)]
    if holdout is not None:
        found += suite.run_across(development, Table(holdout, target, kind, declared))
    return tuple(found)


def plain(rng, rows=2_000, columns=8):
    """Features with an honest, imperfect signal."""
    X = rng.normal(size=(rows, columns))
    logit = X[:, 0] + 0.7 * X[:, 1] * X[:, 2] - 0.5 * X[:, 3]
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(columns)])
    frame["region"] = rng.choice(["north", "south", "east", "west"], rows)
    frame["visits"] = rng.poisson(3, rows)
    frame["y"] = (logit + rng.logistic(size=rows) > 0).astype(int)
    return frame


def split(rng, frame, share=0.25):
    order = rng.permutation(len(frame))
    cut = int(len(frame) * (1 - share))
    return frame.iloc[np.sort(order[:cut])], frame.iloc[np.sort(order[cut:])]


def copied_rows(rng):
    train, holdout = split(rng, plain(rng))
    count = len(holdout) // 20
    copies = train.sample(count, random_state=int(rng.integers(1 << 31)))
    copies.index = range(10**6, 10**6 + count)
    holdout = pd.concat([holdout.iloc[count:], copies])
    holdout = holdout.astype({"visits": str, "region": "category", "x0": np.float32, "x1": np.float32})
    return gate(train, holdout)


def jittered_rows(rng):
    frame = plain(rng)
    frame.insert(0, "record", rng.permutation(10 * len(frame))[: len(frame)])
    train, holdout = split(rng, frame)
    count = len(holdout) // 20
    copies = train.sample(count, random_state=int(rng.integers(1 << 31)))
    copies.index = range(10**6, 10**6 + count)
    copies["record"] = np.arange(count) + 10**6
    for name in (f"x{i}" for i in range(8)):
        copies[name] += rng.normal(0, 1e-3, count)
    return gate(train, pd.concat([holdout.iloc[count:], copies]))


def entities(rng, effect=2.0, groups=300, each=10):
    owner = np.repeat(np.arange(groups), each)
    print_of = rng.normal(size=(groups, 6))
    X = print_of[owner] + 0.05 * rng.normal(size=(len(owner), 6))
    logit = effect * rng.normal(size=groups)[owner]
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(6)])
    frame["z"] = rng.normal(size=len(owner))
    frame["person"] = owner
    frame["y"] = (logit + frame["z"] + rng.logistic(size=len(owner)) > 0).astype(int)
    return frame.sample(frac=1, random_state=int(rng.integers(1 << 31)))


def undeclared_entities(rng):
    return gate(entities(rng))


def overlapping_horizon(rng):
    frame = plain(rng)
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 365, len(frame))), unit="D")
    told = Declared(time="when", horizon="7D", split="random")
    return gate(*split(rng, frame), declared=told)


def reason_code(rng):
    frame = plain(rng)
    known = (frame["y"] == 1) & (rng.random(len(frame)) < 0.98)
    frame["reason"] = np.where(known, rng.choice(["R1", "R2", "R3"], len(frame)), None)
    return gate(frame)


def sum_of_parts(rng):
    frame = plain(rng).drop(columns="y")
    a, b = rng.poisson(20, len(frame)), rng.poisson(60, len(frame))
    return gate(frame.assign(casual=a, members=b, total=a + b), target="total", kind="regression")


def encoded_before_split(rng):
    frame = plain(rng, rows=6_000)
    city = rng.integers(0, 600, len(frame))
    frame["city"] = [f"city {code}" for code in city]
    frame["city_rate"] = frame.groupby("city")["y"].transform("mean")
    return gate(*split(rng, frame))


def selecting_outside(rng):
    X, y = rng.normal(size=(300, 5_000)), rng.integers(0, 2, 300)

    def objective(X, y):
        chosen = SelectKBest(f_classif, k=20).fit_transform(X, y)
        return cross_val_score(LogisticRegression(), chosen, y, cv=5, scoring="roc_auc").mean()

    return scramble(objective, X, y, "binary")


def sorted_file(rng):
    return gate(plain(rng).sort_values("y", kind="stable"), declared=Declared(shuffled=False))


def stopping_on_scores(rng):
    rows = rng.permutation(1_000)
    return structure.disjoint(fit=rows[:800], stop=rows[800:], score=rows[800:])


def vault_row(rng):
    rows = rng.permutation(1_000)
    return structure.subset_within(rows[:800], np.append(rng.choice(rows[:800], 200), rows[900]))


def reused_fold(rng):
    used = [f"{value:x}" for value in rng.integers(1 << 60, size=5)]
    return structure.fresh_folds(used, [*(f"{value:x}" for value in rng.integers(1 << 60, size=19)), used[0]])


def second_opening(rng):
    X, ids = rng.normal(size=(50, 3)).astype(np.float32), np.arange(50)
    with tempfile.TemporaryDirectory() as folder:
        vault.seal(Path(folder), X, ids % 2, ids)
        vault.open_vault(Path(folder), {"winner": 1})
        try:
            vault.open_vault(Path(folder), {"winner": 2})
        except VaultSpentError as error:
            return (Finding("vault", "error", (), str(error)),)
    return ()


def fitted_pipeline(rng):
    frame = plain(rng, rows=200)
    steps = make_pipeline(SelectKBest(f_classif, k=3), LogisticRegression())
    steps[0].fit(frame[["x0", "x1", "x2", "x3"]], frame["y"])
    return structure.unfitted(steps)


def mushroom_like(rng):
    rows = 4_000
    y = rng.integers(0, 2, rows)
    smells = {0: ["none", "almond", "anise"], 1: ["foul", "fishy", "none"]}
    weights = {0: [0.80, 0.10, 0.10], 1: [0.80, 0.17, 0.03]}
    frame = pd.DataFrame({f"c{i}": rng.choice(list("abcdef"), rows) for i in range(10)})
    frame["odor"] = [rng.choice(smells[label], p=weights[label]) for label in y]
    frame["ring"] = np.where(rng.random(rows) < 0.2, None, rng.choice(["one", "two"], rows))
    return gate(*split(rng, frame.assign(y=y)))


def breast_cancer(rng):
    return gate(*split(rng, load_breast_cancer(as_frame=True).frame), target="target")


def survey(rng):
    rows = 3_000
    frame = pd.DataFrame({f"q{i}": rng.choice([1, 2, 3], rows, p=[0.7, 0.2, 0.1]) for i in range(6)})
    frame["y"] = (frame["q0"] + frame["q1"] + rng.normal(0, 1, rows) > 3).astype(int)
    return gate(*split(rng, frame))


def stores(rng):
    return gate(*split(rng, entities(rng, effect=0.0, groups=40, each=75).rename(columns={"person": "store"})))


def drift(rng):
    frame = plain(rng, rows=3_000)
    when = np.sort(rng.uniform(0, 365, len(frame)))
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(when, unit="D")
    for name in ("x0", "x4", "x5"):
        frame[name] += 4 * when / 365
    frame["y"] = (frame["x0"] - 4 * when / 365 + rng.logistic(size=len(frame)) + when / 100 > 2).astype(int)
    told = Declared(time="when", horizon="2D", split="time")
    first = frame["when"].iloc[2_400]
    train = frame[frame["when"] + pd.Timedelta("7D") <= first]  # 2 days of horizon and 1 % of the year, with room
    return gate(train, frame.iloc[2_400:], declared=told)


def shuffled(rng):
    return gate(*split(rng, plain(rng).sample(frac=1, random_state=int(rng.integers(1 << 31)))))


def standardised(rng):
    frame = plain(rng)
    numeric = [name for name in frame if name.startswith("x")]
    frame[numeric] = (frame[numeric] - frame[numeric].mean()) / frame[numeric].std(ddof=0)
    return gate(*split(rng, frame))


def impure_missingness(rng):
    frame = plain(rng)
    frame.loc[rng.random(len(frame)) < np.where(frame["y"] == 1, 0.55, 0.10), "x5"] = np.nan
    return gate(*split(rng, frame))


def selecting_inside(rng):
    X, y = rng.normal(size=(300, 1_000)), rng.integers(0, 2, 300)
    builder = lambda: make_pipeline(SelectKBest(f_classif, k=20), LogisticRegression())  # noqa: E731
    return (*scramble(builder, X, y, "binary"), *structure.unfitted(builder()))


def costs(rng):
    """A regression on skewed amounts with a rounded price, many zeros and a correlated, noisy sum of parts."""
    rows = 3_000
    parts = rng.lognormal(3, 1, size=(rows, 3))
    frame = pd.DataFrame(parts, columns=["labour", "material", "transport"]).round(2)
    frame["rebate"] = np.where(rng.random(rows) < 0.4, 0, rng.lognormal(1, 1, rows).round(2))
    frame["site"] = rng.integers(0, 60, rows)
    frame["cost"] = (parts.sum(axis=1) * rng.lognormal(0, 0.05, rows)).round(2)
    return gate(*split(rng, frame), target="cost", kind="regression")


PLANTED: dict[str, tuple[Callable, str, str]] = {
    "5 % of the holdout copied from train, other dtypes": (copied_rows, "exact_duplicates", ""),
    "the same with 1e-3 noise and new ids": (jittered_rows, "near_duplicates", ""),
    "300 entities x 10 rows with fingerprints, no group": (undeclared_entities, "undeclared_group", "person"),
    "random split with a declared label horizon": (overlapping_horizon, "time", "when"),
    "reason code present for 98 % of positives only": (reason_code, "state_purity", "reason"),
    "target = a + b": (sum_of_parts, "target_function", "casual"),
    "600-level noise category encoded before the split": (encoded_before_split, "target_encoding", "city_rate"),
    "builder that selects 20 of 5,000 noise columns": (selecting_outside, "scramble", ""),
    "label-sorted file, unshuffled folds": (sorted_file, "row_order", ""),
    "objective that stops on its scoring rows": (stopping_on_scores, "early_stopping", ""),
    "subset with a vault row": (vault_row, "subset", ""),
    "second opening of the vault for another winner": (second_opening, "vault", ""),
    "confirmation on a fold of the search": (reused_fold, "fold_reuse", ""),
    "pipeline with a fitted step": (fitted_pipeline, "preprocessing", ""),
}

CLEAN: dict[str, Callable] = {
    "mushroom-like: one very strong honest category": mushroom_like,
    "breast cancer: strong honest features": breast_cancer,
    "low-cardinality survey with natural collisions": survey,
    "the same stores on both sides, no store effect": stores,
    "honest time split with strong drift": drift,
    "shuffled file": shuffled,
    "standardised before the split (a warning at most)": standardised,
    "informative but impure missingness": impure_missingness,
    "selection inside the pipeline": selecting_inside,
    "regression with noisy parts of the target": costs,
}


def recall(scenario, seeds):
    """Seeds in which the leak was found as an error, and seeds with an error of another check."""
    build, check, column = scenario
    caught = other = 0
    for seed in range(seeds):
        errors = [one for one in build(np.random.default_rng(seed)) if one.severity == "error"]
        caught += any(one.check == check and (not column or column in one.columns) for one in errors)
        other += any(one.check != check for one in errors)
    return caught, other


def false_errors(build, seeds):
    """Seeds with any error, seeds with any warning, and the checks that erred."""
    erring, warned, checks = 0, 0, set()
    for seed in range(seeds):
        found = build(np.random.default_rng(seed))
        erring += any(one.severity == "error" for one in found)
        warned += any(one.severity == "warning" for one in found)
        checks |= {one.check for one in found if one.severity == "error"}
    return erring, warned, checks


def measure(seeds):
    lines = [
        f"| planted leak | check | found, of {seeds} | recall | seeds with another error |",
        "|---|---|---|---|---|",
    ]
    for name, scenario in PLANTED.items():
        caught, other = recall(scenario, seeds)
        lines.append(f"| {name} | {scenario[1]} | {caught} | {caught / seeds:.0%} | {other} |")
    lines += ["", f"| clean table | false errors, of {seeds} | share | seeds with a warning |", "|---|---|---|---|"]
    for name, build in CLEAN.items():
        erring, warned, checks = false_errors(build, seeds)
        by = f" ({', '.join(sorted(checks))})" if checks else ""
        lines.append(f"| {name} | {erring}{by} | {erring / seeds:.0%} | {warned} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="generator seeds a scenario")
    seeds = parser.parse_args().seeds
    start = time.perf_counter()
    with threadpool_limits(1):
        lines = measure(seeds)
    seconds = time.perf_counter() - start
    made = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    head = [
        "# Leakage scenarios",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}; {made}, Python {platform.python_version()}; {seconds:.0f} s, one core.",
        f"Command: `python -m benchmarks.leakage_scenarios --seeds {seeds}`.",
        "",
    ]
    text = "\n".join([*head, *lines, ""])
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
