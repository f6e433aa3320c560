"""Whatever is wrong with the input is said in one line, with exit code 2, and nothing that was there is harmed."""

import socket

import pytest
import yaml

from finetooth.runs.run import list_runs
from finetooth.trials import cluster
from tests.flows.running import SETTINGS, contents, frame, small, tuned, written

PLAIN = ("--untracked", *SETTINGS)


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A good table in the working folder."""
    monkeypatch.chdir(tmp_path)
    return written(tmp_path)


def refused(finetooth, folder, *words):
    """The one line that is said; no run and no other file is left behind, and what was there is as it was."""
    before = contents(folder)
    code, out, err = finetooth(*words)
    after = {path: held for path, held in contents(folder).items() if "/.store/" not in f"/{path}"}
    assert code == 2, err
    assert out == ""
    assert err.startswith("finetooth: bad input: ")
    assert err.count("\n") == 1
    assert after == {path: held for path, held in before.items() if "/.store/" not in f"/{path}"}
    return err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tune"], "a table must be named"),
        (
            ["tune", "tabel.csv"],
            "file 'tabel.csv' must exist in '.'; it has: runs, table.csv. Did you mean 'table.csv'?",
        ),
        (["tune", "."], "the table must be a file; got the folder ."),
        (["tune", "sklearn:iriss"], "Did you mean 'iris'?"),
        (["tune", "nowhere://x/table.csv"], "the table must be readable"),
        (["tune", "table.csv", "--target", "targte"], "Did you mean 'target'?"),
        (["tune", "table.csv", "--group", "membre"], "group column 'membre' must exist in table.csv"),
        (["tune", "table.csv", "--time", "dya"], "Did you mean 'day'?"),
        (["tune", "table.csv", "--drop", "nose"], "Did you mean 'noise'?"),
        (["tune", "table.csv", "--post-outcome", "colour"], "Did you mean 'color'?"),
        (["tune", "table.csv", "--drop", "target"], "must not be the target"),
        (["tune", "table.csv", "--time", "color"], "the time column 'color' must hold dates or numbers"),
        (["tune", "table.csv", "--horizon", "7d"], "the horizon must come with a time column"),
        (["tune", "table.csv", "--time", "day", "--horizon", "soon"], "the horizon must be a time such as 7d"),
        (
            ["tune", "table.csv", *(word for name in frame().columns[:-1] for word in ("--drop", name))],
            "the table must have a feature left",
        ),
        (["tune", "table.csv", "--metric", "rmse"], "the metric must fit a binary target; got 'rmse'"),
        (["tune", "table.csv", "--metric", "auc"], "'metric'"),
        (["tune", "table.csv", "--model", "xgbost"], "Did you mean 'xgboost'?"),
        (["tune", "table.csv", "--model", "nowhere:Model"], "nowhere"),
        (["tune", "table.csv", "--space", "nowhere.yaml"], "nowhere.yaml"),
        (["tune", "table.csv", "--method", "geneitc"], "Did you mean 'genetic'?"),
        (["tune", "table.csv", "--set", "coarse.method=sobel"], "Did you mean 'sobol'?"),
        (["tune", "table.csv", "--trials", "3"], "--trials must be at least 5, for two searches; got 3."),
        (["tune", "table.csv", "--set", "refine.trials=-4"], "'refine.trials'"),
        (["tune", "table.csv", "--seconds", "-1"], "'refine.seconds'"),
        (["tune", "table.csv", "--set", "refine.trials=many"], "'refine.trials'"),
        (["tune", "table.csv", "--set", "refine.trails=4"], "Did you mean 'trials'?"),
        (["tune", "table.csv", "--set", "refine=4"], "'refine'"),
        (["tune", "table.csv", "--set", "name.first=a"], "'name'"),
        (["tune", "table.csv", "--set", "refine.trials"], "--set must read section.key=value"),
        (["tune", "table.csv", "--set", "refine.trials=["], "the value of --set must be YAML"),
        (["tune", "table.csv", "--name", "a/b"], "'name'"),
        (["tune", "table.csv", "--config", "nowhere.yaml"], "the configuration file must exist"),
        (["tune", "table.csv", "--config", "table.csv"], "the configuration file must"),
        (["tune", "table.csv", "--out", "table.csv"], "the output folder must be writable"),
        (["tune", "table.csv", "--set", "leakage.allow=[{check: nothing, reason: r}]"], "check 'nothing' must exist"),
        (["tune", "table.csv", "--set", "leakage.allow=[{check: single_feature}]"], "leakage.allow"),
        (["tune", "table.csv", "--set", "split.holdout=2"], "'split.holdout'"),
        (["sweep", "table.csv", "--trials", "1"], "'refine.trials'"),
        (["sweep", "table.csv", "--method", "geneitc"], "Did you mean 'genetic'?"),
        (["check", "table.csv", "--target", "targte"], "Did you mean 'target'?"),
        (["check", "table.csv", "--type", "color"], "--type must say COLUMN=TYPE, such as shop=category; got 'color'"),
        (["check", "table.csv", "--type", "color=text", "--type", "color=id"], "--type must say one type a column"),
        (["check", "table.csv", "--type", "colour=text"], "Did you mean 'color'?"),
        (["check", "table.csv", "--type", "color=date"], "column 'color' must hold dates, as it is declared (date)"),
        (["check", "table.csv", "--type", "color=red < green"], "must hold red, green, as its order is declared; row"),
        (["check", "table.csv", "--missing", "colour=red"], "Did you mean 'color'?"),
        (["check", "table.csv", "--type", "target=drop"], "the target must be a column to predict"),
        (["check", "table.csv", "--delimiter", "ab"], "the delimiter must be one character"),
        (["check", "table.csv", "--decimal", ";"], "'data.csv.decimal'"),
        (["resume", "nothing"], "run 'nothing' must exist in 'runs'"),
        (["report", "nothing"], "run 'nothing' must exist in 'runs'"),
        (["spaces", "xgbost"], "Did you mean 'xgboost'?"),
    ],
    ids=lambda value: " ".join(value[-3:]) if isinstance(value, list) else "",
)
def test_bad_words_are_refused_in_one_line(finetooth, tmp_path, table, words, said):
    more = {"tune": PLAIN, "sweep": ("--untracked",)}.get(words[0], ())
    # What a case sets itself comes last, so that it is what counts.
    line = refused(finetooth, tmp_path, words[0], *more, *words[1:])
    assert said in line
    assert [run.folder.name for run in list_runs("runs")] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is an empty file"),
        (b"first,target\n", "has a header and none below it"),
        (b"first,first,target\n1,2,3\n", "has 'first' more than once"),
        (b"first,target\n" + b"caf\x81,1\nbar,0\n" * 20, "must be encoded as UTF-8"),
        (b"first,target\n1,2,3\n4\n", "must be a readable CSV"),
        (b"first,target\n" + b"1,same\n2,same\n" * 20, "the target 'target' must vary; every row is 'same'"),
        (b"first,target\n" + b"1,\n2,\n" * 20, "the target 'target' must have values; all 40 are missing"),
        (b"first,target\n3,c\n" + b"1,a\n2,b\n" * 20, "must have at least 2 rows; 'c' has 1"),
        (b"first,target\n" + b"1,a\n1,b\n" * 20, "the table must have a feature left"),
        (b"first,second,target\n" + b"".join(b"1,%d,%d\n" % (row, row % 2) for row in range(60)), "a feature left"),
        (b"first,target\n1,a\n2,b\n3,a\n4,b\n", "must have"),
    ],
    ids=[
        "empty",
        "header",
        "twice",
        "latin",
        "ragged",
        "constant",
        "missing",
        "single",
        "one-row",
        "no-feature",
        "four-rows",
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_line(finetooth, tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_bytes(content)
    assert said in refused(finetooth, tmp_path, "tune", "bad.csv", *PLAIN)
    assert list_runs("runs") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data: {sourse: table.csv}\n", "Did you mean 'source'?"),
        ("data: {source: table.csv}\nrefin: {trials: 3}\n", "Did you mean 'refine'?"),
        ("data: {source: table.csv}\nrefine: {trials: [3]}\n", "'refine.trials'"),
        ("data: table.csv\n", "'data'"),
        ("- table.csv\n", "must hold sections such as 'data:'"),
        ("data: {source: [\n", "must be readable YAML"),
        ("", "must hold sections such as 'data:'"),
    ],
    ids=["key", "section", "type", "no-section", "list", "yaml", "empty"],
)
def test_a_configuration_that_cannot_be_used_is_refused_in_one_line(finetooth, tmp_path, table, text, said):
    (tmp_path / "bad.yaml").write_text(text)
    assert said in refused(finetooth, tmp_path, "tune", "--config", "bad.yaml", "--untracked")


def test_a_scheduler_that_does_not_answer_is_named(finetooth, tmp_path, table, monkeypatch):
    monkeypatch.setattr(cluster, "_ANSWER", 1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    line = refused(finetooth, tmp_path, "tune", "table.csv", *PLAIN, "--scheduler", address)
    assert f"a Dask scheduler must answer at {address}" in line
    assert list_runs("runs") == []


def test_a_corrupt_journal_is_refused_and_left_as_it_is(finetooth, tmp_path, table):
    run = tuned(small(tmp_path, table, model={"name": "linear"}))
    lines = run.journal.read_bytes().splitlines(keepends=True)
    run.journal.write_bytes(b"".join([*lines[:2], b"not a trial\n", *lines[3:]]))
    line = refused(finetooth, tmp_path, "resume", run.folder, "--untracked")
    assert "line 3 of" in line


def test_a_run_whose_configuration_was_edited_is_refused(finetooth, tmp_path, table):
    run = tuned(small(tmp_path, table, model={"name": "linear"}))
    values = yaml.safe_load((run.folder / "config.yaml").read_text())
    (run.folder / "config.yaml").write_text(yaml.safe_dump(values | {"refine": {"trials": 1}}))
    assert "'refine.trials'" in refused(finetooth, tmp_path, "resume", run.folder, "--untracked")


def test_a_leak_exits_with_3_and_says_which_column_leaks(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, answer=lambda made: (made["target"] == "yes").astype(int))
    code, out, err = finetooth("tune", "table.csv", *PLAIN)
    assert code == 3
    assert "answer" in out
    last = err.splitlines()[-1]
    assert last.startswith("finetooth: error: stopped before any trial was spent: ")
    assert "Traceback" not in err
    (run,) = list_runs("runs")
    assert not run.journal.exists()
    assert run.state() == "stopped by a leak"
