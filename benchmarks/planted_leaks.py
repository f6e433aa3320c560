"""Leaks that the checks must find, each planted anew for every generator seed."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from benchmarks.scenario_tables import Found, entities, gate, plain, split
from finetooth.data import vault
from finetooth.errors import VaultSpentError
from finetooth.leakage import Declared, scramble, structure
from finetooth.records import Finding


def copied_rows(rng: np.random.Generator) -> Found:
    train, holdout = split(rng, plain(rng))
    count = len(holdout) // 20
    copies = train.sample(count, random_state=int(rng.integers(1 << 31)))
    copies.index = range(10**6, 10**6 + count)
    holdout = pd.concat([holdout.iloc[count:], copies])
    holdout = holdout.astype({"visits": str, "region": "category", "x0": np.float32, "x1": np.float32})
    return gate(train, holdout)


def jittered_rows(rng: np.random.Generator) -> Found:
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


def undeclared_entities(rng: np.random.Generator) -> Found:
    return gate(entities(rng))


def overlapping_horizon(rng: np.random.Generator) -> Found:
    frame = plain(rng)
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 365, len(frame))), unit="D")
    told = Declared(time="when", horizon="7D", split="random")
    return gate(*split(rng, frame), declared=told)


def reason_code(rng: np.random.Generator) -> Found:
    frame = plain(rng)
    known = (frame["y"] == 1) & (rng.random(len(frame)) < 0.98)
    frame["reason"] = np.where(known, rng.choice(["R1", "R2", "R3"], len(frame)), None)
    return gate(frame)


def sum_of_parts(rng: np.random.Generator) -> Found:
    frame = plain(rng).drop(columns="y")
    a, b = rng.poisson(20, len(frame)), rng.poisson(60, len(frame))
    return gate(frame.assign(casual=a, members=b, total=a + b), target="total", kind="regression")


def encoded_before_split(rng: np.random.Generator) -> Found:
    frame = plain(rng, rows=6_000)
    city = rng.integers(0, 600, len(frame))
    frame["city"] = [f"city {code}" for code in city]
    frame["city_rate"] = frame.groupby("city")["y"].transform("mean")
    return gate(*split(rng, frame))


def selecting_outside(rng: np.random.Generator) -> Found:
    X, y = rng.normal(size=(300, 5_000)), rng.integers(0, 2, 300)

    def objective(X, y):
        chosen = SelectKBest(f_classif, k=20).fit_transform(X, y)
        return cross_val_score(LogisticRegression(), chosen, y, cv=5, scoring="roc_auc").mean()

    return scramble(objective, X, y, "binary")


def sorted_file(rng: np.random.Generator) -> Found:
    return gate(plain(rng).sort_values("y", kind="stable"), declared=Declared(shuffled=False))


def stopping_on_scores(rng: np.random.Generator) -> Found:
    rows = rng.permutation(1_000)
    return structure.disjoint(fit=rows[:800], stop=rows[800:], score=rows[800:])


def vault_row(rng: np.random.Generator) -> Found:
    rows = rng.permutation(1_000)
    return structure.subset_within(rows[:800], np.append(rng.choice(rows[:800], 200), rows[900]))


def reused_fold(rng: np.random.Generator) -> Found:
    used = [f"{value:x}" for value in rng.integers(1 << 60, size=5)]
    return structure.fresh_folds(used, [*(f"{value:x}" for value in rng.integers(1 << 60, size=19)), used[0]])


def second_opening(rng: np.random.Generator) -> Found:
    X, ids = rng.normal(size=(50, 3)).astype(np.float32), np.arange(50)
    with tempfile.TemporaryDirectory() as folder:
        vault.seal(Path(folder), X, ids % 2, ids)
        vault.open_vault(Path(folder), {"winner": 1})
        try:
            vault.open_vault(Path(folder), {"winner": 2})
        except VaultSpentError as error:
            return (Finding("vault", "error", (), str(error)),)
    return ()


def fitted_pipeline(rng: np.random.Generator) -> Found:
    frame = plain(rng, rows=200)
    steps = make_pipeline(SelectKBest(f_classif, k=3), LogisticRegression())
    steps[0].fit(frame[["x0", "x1", "x2", "x3"]], frame["y"])
    return structure.unfitted(steps)


# What is planted: (how, the check that must err, the column it must name)
PLANTED: dict[str, tuple[Callable[[np.random.Generator], Found], str, str]] = {
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
