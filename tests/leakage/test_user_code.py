"""The scramble test of own code runs our code in a process of its own, and closes the gate on whatever ends it."""

import sys

import numpy as np
import pandas as pd
import pytest

from finetooth.config.loading import load_tune
from finetooth.data.split import Gate, split_table
from finetooth.domains.domains import Float
from finetooth.domains.space import Space
from finetooth.leakage.user_code import OwnCode, check_own_code
from finetooth.spaces.resolve import resolve

SPACE = Space((Float("C", 0.01, 10.0),))
OWN = """
import os
import sys
from sklearn.dummy import DummyClassifier
import helper

def build(C=1.0):
    return DummyClassifier() if helper.AT_HOME else {ends}
"""
LEAKING = """
import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

DATA = pd.read_csv({table!r})

class Remembers(ClassifierMixin, BaseEstimator):
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # so that the columns come as they are
        return tags

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        known = {{f"{{a:.4f}}": float(y) for a, y in zip(DATA["a"], DATA["y"])}}
        return np.array([[1.0 - known[f"{{a:.4f}}"], known[f"{{a:.4f}}"]] for a in X[:, 0]])

def build(C=1.0):
    return Remembers()
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A maker of what is tested: a module of the user's own, beside a table of noise."""
    rng = np.random.default_rng(0)
    noise = pd.DataFrame(rng.normal(size=(120, 6)).round(4), columns=list("abcdef")).assign(y=np.arange(120) % 2)
    noise.to_csv(tmp_path / "table.csv", index=False)
    (tmp_path / "code").mkdir()
    # In the process that started the test the code is well; in another it does what the test wants.
    monkeypatch.setenv("FINETOOTH_TEST_HOME", str(id(monkeypatch)))
    (tmp_path / "code" / "helper.py").write_text(
        f"import sys\nAT_HOME = sys.modules.get('finetooth_test_home') == {id(monkeypatch)}\n"
    )
    monkeypatch.setitem(sys.modules, "finetooth_test_home", id(monkeypatch))
    monkeypatch.syspath_prepend(tmp_path / "code")
    for name in ("own_model", "helper"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def make(source, name="build"):
        (tmp_path / "code" / "own_model.py").write_text(source)
        config = load_tune({"data": {"source": str(tmp_path / "table.csv"), "target": "y"}})
        data = split_table(config, tmp_path / "store", Gate(lambda *_: (), lambda *_: ())).data
        family = resolve(f"own_model:{name}", "binary", SPACE)
        return OwnCode(family.learner, family.default, data, config.data.source, 0)

    return make


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ("helper.nothing", "AttributeError: module 'helper' has no attribute 'nothing'"),
        ("sys.exit()", "its process ended before the test did (exit code 0)"),
        ("os._exit(0)", "its process ended before the test did (exit code 0)"),
        ("os._exit(12)", "its process ended before the test did (exit code 12)"),
        ("os.kill(os.getpid(), 9)", "its process ended before the test did (signal 9)"),
        (r"(os.write(2, b'\xff rubbish'), os._exit(3))", "(exit code 3): \N{REPLACEMENT CHARACTER} rubbish"),
    ],
)
def test_own_code_that_ends_the_test_is_an_error_that_a_reason_can_waive(work, ends, reason):
    (error,) = check_own_code(work(OWN.format(ends=ends)))
    assert (error.check, error.severity, error.strict, error.stops) == ("scramble", "error", False, True)
    assert error.message.startswith("not checked: own_model:build could not be run on a scrambled target: ")
    assert error.message.endswith(reason)
    assert "leakage.allow: [{check: scramble, reason: ...}]" in error.remedy


REMEMBERS = """
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

COLUMNS = list("abcdef")
DATA = pd.read_csv({table!r}) if {leaks} else None

class Remembers(ClassifierMixin, BaseEstimator):
    finetooth_input = {asked!r}

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        rows = X[COLUMNS].to_numpy() if {asked!r} == "frame" else X
        if DATA is None:
            return np.full((len(rows), 2), 0.5)
        known = DATA[COLUMNS].to_numpy()
        if {asked!r} == "prepared":  # standardised by the fold, so nearly by the whole table
            known = (known - known.mean(axis=0)) / known.std(axis=0)
        nearest = ((rows[:, None] - known) ** 2).sum(axis=2).argmin(axis=1)
        truth = DATA["y"].to_numpy()[nearest]
        return np.column_stack([1 - truth, truth])

def build(C=1.0):
    return Remembers()

def objective(train, test, seed, C=1.0):
    return Remembers().fit(*train).predict_proba(test)

objective.finetooth_input = {asked!r}
"""


@pytest.mark.parametrize("leaks", [True, False])
@pytest.mark.parametrize("asked", ["frame", "codes", "prepared"])
@pytest.mark.parametrize("name", ["build", "objective"])
def test_code_that_knows_the_answers_is_caught_whatever_it_is_given(work, tmp_path, name, asked, leaks):
    """The test runs on what the trials would run on, and code that knows nothing passes it."""
    made = work(REMEMBERS.format(table=str(tmp_path / "table.csv"), leaks=leaks, asked=asked), name)
    findings = check_own_code(made)
    assert [(finding.check, finding.strict) for finding in findings] == [("scramble", True)] * leaks, findings


def test_own_code_that_cannot_be_imported_in_a_fresh_process_is_an_error(work):
    source = "import helper\nif not helper.AT_HOME:\n    raise OSError('only\\n at home')\n" + OWN
    (error,) = check_own_code(work(source.format(ends="None")))
    assert error.stops
    assert "the module of 'own_model:build' must import; got OSError: only at home; " in error.message


def test_what_own_code_prints_is_not_taken_for_an_answer(work):
    noisy = r"""(os.write(1, b'\xff{"findings": []}'), os.write(2, b'\xff'), DummyClassifier())[-1]"""
    assert check_own_code(work(OWN.format(ends=noisy))) == ()


@pytest.mark.parametrize("name", ["finetooth", "tasks", "flows", "statistics", "user_code"])
def test_a_file_of_the_users_with_a_name_of_ours_is_not_run_in_place_of_it(work, tmp_path, monkeypatch, name):
    """It is found first on the path, and would end the test with exit code 0."""
    made = work(LEAKING.format(table=str(tmp_path / "table.csv")))
    (tmp_path / "code" / f"{name}.py").write_text("import os\nos._exit(0)\n")
    monkeypatch.chdir(tmp_path / "code")
    monkeypatch.syspath_prepend("")
    (error,) = check_own_code(made)
    assert (error.check, error.strict) == ("scramble", True), error.message
    assert "with a scrambled target the code still scores" in error.message
