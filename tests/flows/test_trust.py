"""Why a verdict may be believed: what the run shows of itself, and what stops it before a trial is spent."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from finetooth.data.split import Gate, split_table
from finetooth.errors import InputError
from finetooth.leakage.user_code import OwnCode, check_own_code
from finetooth.models.model import load_model
from finetooth.runs.run import find_run
from finetooth.spaces.resolve import choose
from tests.flows.running import SETTINGS, answer, frame, small, trials, tuned, written

SPACE = "parameters:\n  C: {low: 0.01, high: 10.0, log: true}\n"
OWN = """
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

DATA = pd.read_csv({table!r})
KEPT = SelectKBest(k=10).fit(DATA.drop(columns="target").select_dtypes("number"), DATA["target"]).get_support(indices=True)

class Clip(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return np.clip(X, -3, 3)

def leaking(C=1.0):
    return make_pipeline(ColumnTransformer([("keep", "passthrough", KEPT)]), LogisticRegression(C=C))

def honest(C=1.0):
    return make_pipeline(SelectKBest(k=2), Clip(), LogisticRegression(C=C))

def objective(train, test, seed, C=1.0):
    X, y = (np.nan_to_num(part) for part in train)
    return honest(C).fit(X, y).predict_proba(np.nan_to_num(test))[:, 1]

def remembering(train, test, seed, C=1.0, kept=[]):
    X, y = train
    if not kept:
        kept.append(SelectKBest(k=10).fit(X, y).get_support(indices=True))
    return LogisticRegression(C=C).fit(X[:, kept[0]], y).predict_proba(test[:, kept[0]])[:, 1]

def breaking(train, test, seed, C=1.0):
    raise KeyError("no")

def unsaved(C=1.0):
    return make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression(C=C))
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write a table and a module of the user's; how to name a model of it in a configuration."""

    def write(table):
        table.to_csv(tmp_path / "table.csv", index=False)
        (tmp_path / "trust_own.py").write_text(OWN.format(table=str(tmp_path / "table.csv")))
        (tmp_path / "space.yaml").write_text(SPACE)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "trust_own", raising=False)
        space = str(tmp_path / "space.yaml")
        return lambda name: {
            "model": {"name": f"trust_own:{name}", "space": space},
            "data": {"source": str(tmp_path / "table.csv"), "target": "target"},
        }

    return write


def noise(rows=200, columns=100):
    """Columns without any signal."""
    rng = np.random.default_rng(0)
    made = pd.DataFrame(rng.normal(size=(rows, columns)).round(5), columns=[f"x{i}" for i in range(columns)])
    return made.assign(target=rng.integers(0, 2, rows))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run with slices on a table of 2,400 rows."""
    folder = tmp_path_factory.mktemp("trust")
    source = written(folder, rows=2400)
    slices = {"slices": ["color", "noise", "day"]}
    return tuned(small(folder, source, model={"name": "linear"}, validation=slices))


def test_the_verdict_carries_what_stands_beside_it(finished):
    extra = finished.verdict().extra
    assert None not in (extra.monitor.tuned, extra.monitor.default, extra.calibration)
    # four of the refinement, and the default that the coarse stage ran on all rows
    assert extra.bbc_cv.candidates == 5
    assert extra.checks == ("subset", "fold_reuse", "early_stopping", "overtuning")
    assert extra.slices_left_out == 11
    assert extra.slices == ()


def test_the_report_has_a_place_for_all_of_it(finished):
    page = finished.report.read_text()
    for text in (
        "BBC-CV",
        "Expected calibration error",
        "The leading trial as the search went on",
        "11 slices had too few",
    ):
        assert text in page


def test_slices_that_are_large_enough_are_compared_and_shown(tmp_path):
    source = written(tmp_path, rows=2400)
    section = {"slices": ["color"]}
    run = tuned(small(tmp_path, source, model={"name": "linear"}, split={"holdout": 0.4}, validation=section))
    shown = run.verdict().extra.slices
    assert {row.slice for row in shown} == {"color = red", "color = green", "color = blue"}
    assert sum(row.rows for row in shown) == run.verdict().holdout_rows
    assert all(row.low <= row.high for row in shown)
    assert "color = red" in run.report.read_text()


def test_other_slices_are_another_look_at_the_same_verdict_and_no_new_opening(finished, tmp_path):
    config = finished.config
    output = config.output.model_copy(update={"run": "again"})
    section = config.validation.model_copy(update={"slices": ("member",)})
    again = tuned(config.model_copy(update={"output": output, "validation": section}))
    first, second = answer(finished), answer(again)
    assert second["vault_openings"] == 1
    heads = [verdict.pop("extra")["vault_head"] for verdict in (first, second)]
    assert (first, heads[0]) == (second, heads[1])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("colour", r"slice column 'colour' must exist in .*table.csv; it has: .* Did you mean 'color'\?"),
        ("target", "the slice column must not be the target"),
    ],
)
def test_a_slice_column_that_cannot_be_is_refused_before_anything_is_done(tmp_path, column, message):
    with pytest.raises(InputError, match=message):
        tuned(small(tmp_path, written(tmp_path), validation={"slices": [column]}))
    assert not (tmp_path / "runs" / "run").exists()


def test_the_command_shows_an_intact_chain(finished, finetooth):
    code, out, err = finetooth("vault", finished.folder)
    assert (code, err) == (0, "")
    assert "opening 1 (this verdict)" in out
    assert "480 rows" in out
    assert "intact" in out
    code, out, _ = finetooth("vault", finished.folder, "--json")
    told = json.loads(out)
    assert (code, told["intact"], told["openings"][0]["payload"]["metric"]) == (0, True, "roc_auc")
    assert told["head"] == finished.verdict().extra.vault_head


def test_the_command_names_what_was_touched(finetooth, tmp_path):
    run = tuned(small(tmp_path, written(tmp_path), model={"name": "linear"}))
    (folder,) = (run.store / "vault").iterdir()
    path = run.folder / "verdict.json"
    verdict = json.loads(path.read_text())
    path.write_text(json.dumps(verdict | {"tuned_params": {"alpha": 9.0}}))
    code, _, err = finetooth("vault", run.folder)
    assert code == 1
    assert "no opening was committed to what the verdict compares" in err
    np.save(folder / "y.npy", np.zeros(48))
    code, out, err = finetooth("vault", run.folder)
    assert code == 1
    assert f"error: the sealed rows were touched: y.npy in the vault at {folder} is not what was sealed" in err
    assert "TOUCHED" in out


def test_a_run_that_has_sealed_nothing_yet_says_so(finetooth, tmp_path):
    config = small(tmp_path, written(tmp_path))
    from finetooth.runs.run import open_run

    run = open_run(config)
    code, _, err = finetooth("vault", run.folder)
    assert code == 2
    assert "the run must have sealed its rows" in err


def test_an_objective_of_the_users_own_is_tuned_to_a_verdict(own, tmp_path):
    named = own(frame().select_dtypes("number").assign(target=frame()["target"].eq("yes").astype(int)))("objective")
    run = tuned(small(tmp_path, **named))
    assert {trial.state for trial in trials(run)} == {"complete"}
    assert run.verdict().default_params == {"C": 1.0}
    assert "scramble" in run.lineage()["checks"]
    assert run.verdict().extra.calibration is not None
    model = load_model(run.model)
    assert set(model.predict(frame())) <= {0, 1}


def test_a_builder_with_a_class_of_its_own_is_tuned_to_a_verdict_and_loads_again(own, tmp_path):
    named = own(frame().select_dtypes("number").assign(target=frame()["target"].eq("yes").astype(int)))("honest")
    run = tuned(small(tmp_path, **named))
    assert {trial.state for trial in trials(run)} == {"complete"}
    assert (load_model(run.model).predict(frame()) == frame()["target"].eq("yes").astype(int)).mean() > 0.7


def test_code_that_chooses_columns_outside_the_folds_stops_the_command_before_any_trial(
    own, finetooth, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    own(noise())
    words = ("--target", "target", "--model", "trust_own:leaking", "--space", "space.yaml", "--untracked", *SETTINGS)
    code, _, err = finetooth("tune", "table.csv", *words, "--set", "output.run=run")
    assert code == 3
    assert "stopped before any trial was spent: with a scrambled target the code still scores" in err
    run = find_run("run", "runs")
    assert trials(run) == ()
    (error,) = [finding for finding in run.findings() if finding.stops]
    assert (error.check, error.strict) == ("scramble", True)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("remembering", [("scramble", "error")]),
        ("honest", []),
        ("breaking", [("scramble", "error")]),
    ],
)
def test_what_the_code_does_anew_for_each_scrambled_target_is_judged(own, tmp_path, name, seen):
    family, data, config = sealed(own, tmp_path, name)
    work = OwnCode(family.learner, family.default, data, config.data.source, 0)
    found = check_own_code(work)
    assert [(one.check, one.severity) for one in found] == seen
    assert all(
        "could not be run on a scrambled target: KeyError: 'no'" in one.message for one in found if name == "breaking"
    )


def test_a_model_that_no_file_could_hold_is_refused_before_the_search(own, tmp_path):
    family, data, config = sealed(own, tmp_path, "unsaved")
    with pytest.raises(InputError, match="trust_own:unsaved must be made of parts that a file can hold without pickle"):
        check_own_code(OwnCode(family.learner, family.default, data, config.data.source, 0))


def sealed(own, folder, name):
    """The family of a user's model, and the development rows of columns of noise."""
    config = small(folder, **own(noise())(name))
    made = split_table(config, folder / "store", Gate(lambda *_: (), lambda *_: ()))
    return choose(config.model, made.data.kind), made.data, config


def test_a_split_by_time_is_not_taken_for_a_random_one(tmp_path):
    from finetooth.leakage.stored import table

    config = small(tmp_path, written(tmp_path), split={"time": "day"})
    assert table(config, frame(), "binary").declared.split == "time"
