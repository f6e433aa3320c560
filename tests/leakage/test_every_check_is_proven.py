"""One place that says of every check of the suite on which rows it fires and on which it must be silent.

A check that is added to the suite without its two cases here fails the first test. The finer cases (thresholds,
severities, kinds of task) are in the files beside this one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from finetooth.leakage import Declared, Table, scramble, structure, suite

ROWS = 600
HALF = np.arange(ROWS) % 2
PLACE = np.arange(ROWS)


def _frame(**columns):
    """Honest rows of continuous features, with further columns."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 5)), columns=list("abcde"))
    label = (frame["a"] + frame["b"] + rng.logistic(size=ROWS) > 0).astype(int)
    return frame.assign(**{"y": label, **columns})


def _noise():
    rng = np.random.default_rng(0)
    return rng.normal(size=(120, 300)), rng.integers(0, 2, 120)


def _people(effect):
    rng = np.random.default_rng(0)
    owner = np.arange(ROWS) // 6
    prints = pd.DataFrame(rng.normal(size=(100, 4))[owner] + 0.05 * rng.normal(size=(ROWS, 4)), columns=list("abcd"))
    logit = effect * rng.normal(size=100)[owner]
    return prints.assign(person=owner, y=(logit + rng.logistic(size=ROWS) > 0).astype(int))


def _stretches():
    """Rows of one place stand together, as `a` and `b` say, and have much the same outcome."""
    rng = np.random.default_rng(0)
    place = rng.normal(size=(ROWS // 20, 3)).repeat(20, axis=0)
    near = place[:, :2] + 0.01 * rng.normal(size=(ROWS, 2))
    return _frame(a=near[:, 0], b=near[:, 1], y=(4 * place[:, 2] + rng.logistic(size=ROWS) > 0).astype(int))


def _copied(rows, jitter=0.0):
    """Training rows, and sealed rows of which the first come from them."""
    train, holdout = _frame()[:450], _frame()[450:]
    copies = train[:rows].set_index(np.arange(rows) + 10_000)
    copies[list("abcde")] += jitter
    return train, pd.concat([copies, holdout[rows:]])


def _selected(X, y):
    """A score with its five best columns chosen on all rows."""
    best = np.argsort(-np.abs(np.corrcoef(X.T, y)[-1, :-1]))[:5]
    half = len(y) // 2
    fitted = LogisticRegression().fit(X[:half, best], y[:half])
    return float(fitted.score(X[half:, best], y[half:]))


def _at(share):
    """A category's mean of the target over the first rows: all of them, or half."""
    city = PLACE % 20
    frame = _frame(city=city)
    known = frame[: int(ROWS * share)].groupby("city")["y"].mean()
    return frame.assign(rate=frame["city"].map(known))


def _series(rows_ago):
    """A value of the target some rows ago; of rows that are yet to come where the number is negative."""
    frame = _frame()
    return frame.assign(last=frame["y"].shift(rows_ago))


def _scaled(until):
    frame = _frame()
    part = frame["a"][:until]
    return frame.assign(a=(frame["a"] - part.mean()) / part.std())


@dataclass(frozen=True)
class Proof:
    """Two cases of one check: rows (or code) on which it must fire, and others on which it must not."""

    fires: Callable[[], tuple]
    silent: Callable[[], tuple]


def _feature(name, leaking, honest, **declared):
    def run(frame):
        return suite.run_feature(name, Table(frame(), "y", "binary", Declared(**declared)))

    return Proof(lambda: run(leaking), lambda: run(honest))


def _across(name, leaking, honest, **declared):
    def run(sides):
        made = sides()
        train, holdout = made if isinstance(made, tuple) else (made[:450], made[450:])
        tables = (Table(part, "y", "binary", Declared(**declared)) for part in (train, holdout))
        return suite.CROSS_CHECKS[name](*tables)

    return Proof(lambda: run(leaking), lambda: run(honest))


FEATURES = {
    "ids": _feature("ids", lambda: _frame(row=PLACE), _frame),
    "row_order": _feature("row_order", _stretches, lambda: _stretches().sample(frac=1, random_state=0)),
    "repeated_rows": _feature("repeated_rows", lambda: pd.concat([_frame()] * 3), _frame),
    "single_feature": _feature("single_feature", lambda: _frame(answer=_frame()["y"] + HALF / 10), _frame),
    "state_purity": _feature("state_purity", lambda: _frame(paid=_frame()["y"].where(lambda y: y == 1)), _frame),
    "target_function": _feature("target_function", lambda: _frame(name=_frame()["y"].map({0: "n", 1: "p"})), _frame),
    "missingness": _feature("missingness", lambda: _frame(a=_frame()["a"].where(_frame()["y"] == 1)), _frame),
    "target_encoding": _feature("target_encoding", lambda: _at(1.0), lambda: _at(0.5)),
    "time": _feature("time", lambda: _frame(when=PLACE[::-1] ^ 1), lambda: _frame(when=PLACE // 2), time="when"),
    "declared_group": _feature(
        "declared_group", lambda: _frame(shop=PLACE), lambda: _frame(shop=PLACE // 6), group="shop"
    ),
    "future_values": _feature("future_values", lambda: _series(-1), lambda: _series(1)),
    "undeclared_group": _feature("undeclared_group", lambda: _people(3.0), lambda: _people(0.0)),
}

ACROSS = {
    "row_ids": _across("row_ids", lambda: (_frame()[:450], _frame()[440:]), _frame),
    "declared_group": _across(
        "declared_group", lambda: _frame(shop=PLACE % 50), lambda: _frame(shop=PLACE // 6), group="shop"
    ),
    "time": _across("time", lambda: _frame(when=-PLACE), lambda: _frame(when=PLACE), time="when", embargo="0"),
    "future_values": _across(
        "future_values",
        lambda: (_series(-1)[::2], _series(-1)[1::2]),
        lambda: (_series(1)[::2], _series(1)[1::2]),
    ),
    "exact_duplicates": _across("exact_duplicates", lambda: _copied(10), lambda: _copied(0)),
    "near_duplicates": _across("near_duplicates", lambda: _copied(20, 1e-4), lambda: _copied(20, 1.0)),
    "target_encoding": _across("target_encoding", lambda: _at(1.0), lambda: _at(0.5)),
    "footprint": _across("footprint", lambda: _scaled(ROWS), lambda: _scaled(450)),
    "shift": _across("shift", lambda: _frame(a=_frame()["a"] + 4 * (PLACE >= 450)), _frame),
}

CODE = {
    "early_stopping": Proof(
        lambda: structure.disjoint(PLACE[:5], PLACE[5:8], PLACE[7:9]),
        lambda: structure.disjoint(PLACE[:5], PLACE[5:8], PLACE[8:9]),
    ),
    "subset": Proof(
        lambda: structure.subset_within(PLACE[:9], PLACE[8:10]), lambda: structure.subset_within(PLACE[:9], PLACE[8:9])
    ),
    "fold_reuse": Proof(
        lambda: structure.fresh_folds(["a", "b"], ["b"]), lambda: structure.fresh_folds(["a", "b"], ["c"])
    ),
    "scramble": Proof(
        lambda: scramble(_selected, *_noise(), "binary"), lambda: scramble(LogisticRegression, *_noise(), "binary")
    ),
}

PROOFS = {
    (room, name): proof
    for room, proofs in {"feature": FEATURES, "across": ACROSS, "code": CODE}.items()
    for name, proof in proofs.items()
}


def _said(findings, name):
    assert {one.check for one in findings} <= {name}
    return [one for one in findings if one.severity != "info"]


def test_no_check_of_the_suite_is_without_its_two_cases():
    rooms = {"feature": suite.FEATURE_CHECKS, "across": suite.CROSS_CHECKS, "code": suite.CODE_CHECKS}
    assert set(PROOFS) == {(room, name) for room, names in rooms.items() for name in names}
    assert set(suite.NAMES) == {name for _, name in PROOFS}


@pytest.mark.parametrize(("room", "name"), PROOFS)
def test_it_fires_where_it_must(room, name):
    """One clear finding: what was seen, what it means and what to do."""
    found = _said(PROOFS[room, name].fires(), name)
    assert len(found) == 1
    assert found[0].message
    assert found[0].meaning
    assert found[0].remedy


@pytest.mark.parametrize(("room", "name"), PROOFS)
def test_it_is_silent_where_it_must_be(room, name):
    assert _said(PROOFS[room, name].silent(), name) == []


def test_a_silent_case_was_looked_at():
    """Silence must not come from a check that could not look."""
    for (_, name), proof in PROOFS.items():
        assert not any(one.message.startswith("not checked") for one in proof.silent()), name
