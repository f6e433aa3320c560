"""What a person or a script sees of the command line when all is well."""

import json
import pickle
import subprocess
import sys

import pytest

from finetooth.runs.run import list_runs
from tests.flows.running import CONTRACT, ROOT, SETTINGS, environment, said, small, timeless, trials, tuned, written

PLAIN = ("--untracked", "--model", "linear", *SETTINGS)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a finished run in `runs`."""
    folder = tmp_path_factory.mktemp("finished")
    tuned(small(folder, written(folder), model={"name": "linear"}, name="table"))
    return folder


def test_tuning_prints_the_verdict_as_json_and_its_progress_as_plain_lines(tmp_path):
    written(tmp_path)
    code, out, err = said(["tune", "table.csv", *PLAIN, "--json"], tmp_path)
    assert code == 0, err
    assert json.loads(out).keys() >= CONTRACT
    lines = err.splitlines()
    assert lines[0] == "coarse: 0/4 trials"
    assert [line.partition(":")[0] for line in lines if ": 0/" in line] == ["coarse", "refine", "replicate"]
    assert all("trials" in line for line in lines)
    assert "\x1b" not in out + err


def test_the_same_run_in_words_says_verdict_report_and_model(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    code, out, _ = finetooth("tune", "table.csv", *PLAIN)
    assert code == 0
    (run,) = list_runs("runs")
    assert run.folder.name.startswith("table-")
    assert run.verdict().label in out
    shown = "".join(out.split())
    assert str(run.report) in shown
    assert str(run.model) in shown


def test_a_sweep_prints_its_best_trial_as_json(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, kind="regression")
    words = ("--untracked", "--model", "linear", "--trials", 4, "--set", "cluster.processes=false", "--json")
    code, out, _ = finetooth("sweep", "table.csv", *words)
    assert code == 0
    said = json.loads(out)
    (run,) = list_runs("runs")
    losses = {trial.candidate.index: -trial.score for trial in trials(run)}
    assert (said["metric"], said["trials"]) == ("rmse", 4)
    assert said["best"]["score"] == pytest.approx(min(losses.values()))
    assert said["default"]["score"] == pytest.approx(losses[0])
    assert said["best"]["params"].keys() == said["default"]["params"].keys()


def test_a_check_prints_findings_and_as_json_a_list_of_them(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, copy=lambda made: made["first"] * 2 + (made["target"] == "yes") * 5)
    code, out, _ = finetooth("check", "table.csv")
    assert code in {0, 3}
    assert "copy" in out
    assert "report.html" in out
    again, listed, _ = finetooth("check", "table.csv", "--json", "--name", "other")
    assert again == code
    assert {"check", "severity", "columns", "message", "remedy"} <= json.loads(listed)[0].keys()


def test_a_check_begins_with_what_each_column_is_taken_for_and_heeds_what_is_declared(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    words = (
        "--type",
        "color=red < green < blue",
        "--type",
        "member=category",
        "--missing",
        "second=0.5",
        "--drop",
        "noise",
    )
    _, out, _ = finetooth("check", "table.csv", *words)
    assert out.startswith("'target' is taken as two classes; the positive class")
    (run,) = list_runs("runs")
    lines = {
        column["name"]: (column["taken_as"], column["holds"])
        for column in json.loads((run.folder / "columns.json").read_text())
    }
    assert lines["color"] == ("ordinal", "red < green < blue")
    assert [lines[name][0] for name in ("member", "noise", "target", "day")] == [
        "category",
        "left out: declared",
        "target",
        "date",
    ]
    for name, (taken_as, _) in lines.items():
        assert any(name in line and taken_as in line for line in out.splitlines())


def test_a_resumed_run_that_had_ended_says_the_same_again(finetooth, finished, monkeypatch):
    monkeypatch.chdir(finished)
    before = (finished / "runs" / "run" / "verdict.json").read_text()
    code, out, _ = finetooth("resume", "run", "--untracked", "--json")
    assert code == 0
    assert timeless(json.loads(out)) == timeless(json.loads(before))


def test_runs_are_listed_with_their_verdicts_one_a_line(finetooth, finished, monkeypatch):
    monkeypatch.chdir(finished)
    code, out, _ = finetooth("runs")
    head, line = out.splitlines()
    assert code == 0
    assert head.split() == ["run", "flow", "table", "model", "metric", "tuned", "default", "verdict"]
    assert line.split()[:2] == ["run", "tune"]
    assert line.split()[-1] == list_runs(finished / "runs")[0].verdict().label


def test_no_runs_is_said_so(finetooth, tmp_path):
    assert finetooth("runs", "--out", tmp_path / "none") == (0, f"no runs in '{tmp_path / 'none'}'\n", "")


def test_a_report_is_written_again_where_it_was(finetooth, finished, monkeypatch):
    monkeypatch.chdir(finished)
    page = finished / "runs" / "run" / "report.html"
    page.unlink()
    assert finetooth("report", "run") == (0, f"{page}\n", "")
    assert page.exists()


def test_options_are_stronger_than_the_file_and_settings_stronger_than_options(tmp_path):
    from finetooth.cli.options import configure

    path = tmp_path / "c.yaml"
    path.write_text("data: {source: a.csv}\nseed: 1\nrefine: {trials: 7, window: 3}\n")
    made = configure(
        path, ["refine.trials=9", "data.drop=[x, y]"], {"seed": 2, "trials": 10, "name": None}, coarse=True
    )
    assert (made.seed, made.name, made.data.source) == (2, "a", "a.csv")
    assert (made.coarse.trials, made.refine.trials, made.refine.window) == (4, 9, 3)
    assert made.data.drop == ("x", "y")


@pytest.mark.parametrize(
    "words",
    [["--help"], ["tune", "--help"], ["runs"], ["spaces"], ["spaces", "xgboost"], ["report", "run"]],
    ids=" ".join,
)
def test_what_needs_no_run_answers_without_importing_prefect(finished, words):
    program = (
        "import sys; from finetooth.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as ended: code = ended.code\n"
        "heavy = {'prefect', 'distributed'} & sys.modules.keys()\n"
        "sys.exit(code or (f'imported {heavy}' if heavy else 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=finished,
        env=environment(finished / "prefect"),
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr == ""


def test_every_option_of_tuning_is_explained(finetooth):
    code, out, _ = finetooth("tune", "--help")
    assert code == 0
    for option in (
        "--target",
        "--metric",
        "--post-outcome",
        "--scheduler",
        "--untracked",
        "--json",
        "--config",
        "--set",
    ):
        assert option in out


def test_workers_of_the_cluster_do_not_import_prefect(tmp_path):
    """What a worker unpickles must not load what only the flow needs: seconds, and a server of its own."""
    from finetooth.models.model import fit
    from finetooth.tasks.check_leakage import check_stored
    from finetooth.trials.evaluate import evaluate

    program = "import pickle, sys; pickle.loads(sys.stdin.buffer.read()); sys.exit('prefect' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        input=pickle.dumps((evaluate, fit, check_stored)),
        env=environment(tmp_path),
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0
