"""Classes that were cut from columns, and classes that merely differ."""

import numpy as np
import pandas as pd
import pytest

from finetooth.leakage import target_function
from finetooth.leakage.separation import separating

ROWS = 1_200


def _columns(seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"p{i}": rng.lognormal(2, 0.5, ROWS).round(2) for i in range(6)})
    frame["z0"], frame["z1"], frame["n0"], frame["n1"] = *rng.normal(size=(2, ROWS)), *rng.poisson(6, (2, ROWS))
    return frame, rng


CUTS = {
    "sum": (lambda f: f["p0"] + f["p1"] + f["p2"] > 26, ("p0", "p1", "p2")),
    "difference": (lambda f: f["p0"] > f["p1"], ("p0", "p1")),
    "ratio": (lambda f: f["p0"] / f["p1"] > 1.4, ("p0", "p1")),
    "product": (lambda f: f["p0"] * f["p1"] * f["p2"] > 500, ("p0", "p1", "p2")),
    "whole numbers": (lambda f: f["n0"] + f["n1"] >= 12, ("n0", "n1")),
    "distance": (lambda f: np.hypot(f["z0"], f["z1"]) > 1.2, ("z0", "z1")),
    "four grades": (lambda f: np.digitize(f["p0"] + f["p1"], [13, 16, 20]), ("p0", "p1")),
}


@pytest.mark.parametrize("name", CUTS)
def test_classes_that_were_cut_are_an_error_that_names_the_columns(table, name):
    """In perfect order along a direction, with rows of both as near to the boundary as any."""
    cut, columns = CUTS[name]
    frame, _ = _columns()
    y = np.asarray(cut(frame)).astype(int)
    kind = "binary" if y.max() == 1 else "multiclass"
    (found,) = target_function.check(table(frame.assign(y=y), kind))
    assert (found.severity, set(found.columns)) == ("error", set(columns))


def test_classes_far_apart_are_a_warning_and_not_an_error(table):
    """Where there is a gap, the classes may differ for a reason."""
    frame, rng = _columns()
    y = rng.integers(0, 2, ROWS)
    frame = frame.assign(wing=10 * y + rng.normal(size=ROWS), y=y)
    (found,) = target_function.check(table(frame))
    assert (found.severity, "wing" in found.columns) == ("warning", True)


@pytest.mark.parametrize("seed", range(3))
def test_classes_that_overlap_at_the_boundary_are_no_finding(table, seed):
    """A sum that decides most rows, with rows of both classes on either side."""
    frame, rng = _columns(seed)
    total = frame["p0"] + frame["p1"] + rng.normal(size=ROWS)
    assert target_function.check(table(frame.assign(y=(total > 17).astype(int)))) == ()


def test_a_direction_is_found_where_there_is_one_and_none_where_a_row_is_wrong():
    """The linear program itself."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    upper = X[:, 0] + 2 * X[:, 1] > 0.3
    weights = separating(X, upper)
    assert weights[1] / weights[0] == pytest.approx(2, abs=0.1)
    upper[np.argmax(X[:, 0] + 2 * X[:, 1])] = False
    assert separating(X, upper) is None
