"""A user's own builder or objective: what it reaches for must be unfitted, and its defaults are where tuning starts."""

import sys

import pytest

from finetooth.domains.domains import Float
from finetooth.domains.space import Space
from finetooth.errors import InputError
from finetooth.models.learner import Learner
from finetooth.spaces.resolve import resolve, with_constants

SPACE = Space((Float("C", 0.01, 10.0, log=True),))


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_code.py").write_text(
        """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SCALER = StandardScaler()
FITTED = StandardScaler().fit([[0.0], [1.0]])
NESTED = make_pipeline(StandardScaler().fit([[0.0], [1.0]]), LogisticRegression())

def objective(train, test, seed, C=2.0, tol=1e-4):
    return SCALER, LogisticRegression(C=C)

def anything(train, test, seed, **params):
    return test

def bare(train, test, seed, C):
    return test

def leaking_objective(train, test, seed, C=2.0):
    return FITTED.transform(test)

def leaking_default(train, test, seed, C=2.0, scaler=FITTED):
    return scaler.transform(test)

def honest(C=1.0):
    return make_pipeline(StandardScaler(), LogisticRegression(C=C))

def leaking(C=1.0):
    return NESTED if C is None else LogisticRegression(C=C)

def enclosing():
    scaler = StandardScaler().fit([[0.0], [1.0]])
    def build(C=1.0):
        return LogisticRegression(C=C) if scaler else None
    return build

enclosed = enclosing()
"""
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_code", raising=False)
    return "own_code"


def test_an_objective_starts_from_its_own_defaults(own):
    found = resolve(f"{own}:objective", "binary", SPACE)
    assert found.learner == Learner(f"{own}:objective", "objective", f"{own}:objective")
    assert dict(found.default) == {"C": 2.0}
    assert dict(with_constants(found, {"tol": 1e-2}).default) == {"C": 2.0, "tol": 1e-2}
    assert dict(resolve(f"{own}:anything", "regression", SPACE).default) == {}


@pytest.mark.parametrize(
    ("name", "space", "message"),
    [
        ("objective", None, "an objective must come with a space of its parameters"),
        ("objective", Space((Float("c", 0.1, 1.0),)), "parameter 'c' must exist in the model 'own_code:objective'"),
        ("bare", SPACE, "each parameter of an objective must have a default"),
        (
            "leaking_objective",
            SPACE,
            "own_code:leaking_objective must be unfitted, .* StandardScaler, which it uses, has",
        ),
        ("leaking_default", SPACE, "own_code:leaking_default must be unfitted"),
        ("leaking", SPACE, "own_code:leaking must be unfitted"),
        ("enclosed", SPACE, "own_code:enclosed must be unfitted"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(own, name, space, message):
    with pytest.raises(InputError, match=message) as caught:
        resolve(f"{own}:{name}", "binary", space)
    assert "\n" not in str(caught.value)


def test_a_builder_that_reaches_for_nothing_fitted_is_taken(own):
    assert resolve(f"{own}:honest", "binary", Space((Float("C", 0.01, 10.0),))).learner.engine == "estimator"
