"""A run's folder: one configuration, one process at a time, found by its name."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import yaml

from finetooth.config.loading import load_tune
from finetooth.config.tune import answer
from finetooth.errors import InputError
from finetooth.records import Finding, Verdict, Waiver
from finetooth.runs import run as runs
from finetooth.runs.lineage import lineage
from finetooth.runs.run import find_run, list_runs, open_run
from finetooth.version import code_version

VERDICT = Verdict(
    label="EQUIVALENT",
    metric="roc_auc",
    tuned=0.91,
    default=0.9,
    difference=0.01,
    ci_low=-0.001,
    ci_high=0.0015,
    bootstrap_support=0.7,
    search_score=0.93,
    optimism=0.01,
    min_gain=0.002,
    seeds=5,
    seed_sd=0.001,
    holdout_rows=100,
    vault_openings=1,
    waivers=(Waiver("shift", "known", "age"),),
    trials=40,
    seconds=1.5,
    shipped="default",
    params={"max_depth": 6},
    tuned_params={"max_depth": 3},
    default_params={"max_depth": 6},
)


@pytest.fixture(autouse=True)
def _forget_claims():
    """Let go of the runs of a test, so that the next one may ask for them as another process would."""
    yield
    for handle in runs._claims.values():
        os.close(handle)
    runs._claims.clear()


def config_of(folder, run="one", **sections):
    return load_tune({"output": {"folder": str(folder), "run": run}} | sections)


def test_runs_that_begin_within_one_second_are_runs_of_their_own(tmp_path):
    """A loop of short calls from Python would otherwise take up, or be refused, the run before."""
    names = {open_run(config_of(tmp_path, run=None, seed=seed)).folder.name for seed in (1, 1, 2, 3)}
    assert len(names) == 4


def test_a_new_run_gets_a_folder_with_its_whole_configuration(tmp_path):
    config = config_of(tmp_path / "runs", seed=7)
    run = open_run(config, "sweep")
    assert (run.folder, run.config, run.flow) == (tmp_path / "runs" / "one", config, "sweep")
    assert load_tune(yaml.safe_load((run.folder / "config.yaml").read_text())) == config
    assert (run.journal.parent, run.report.parent, run.model.parent) == (run.folder,) * 3
    assert run.store == tmp_path / "runs" / ".store"


def test_a_run_without_a_name_is_called_after_the_configuration_and_the_time(tmp_path):
    run = open_run(load_tune({"name": "adult", "output": {"folder": str(tmp_path)}}))
    assert run.folder.name.startswith("adult-2")
    assert run.config.output.run == run.folder.name


def test_the_same_configuration_opens_the_same_run_wherever_its_trials_run(tmp_path):
    first = open_run(config_of(tmp_path))
    (first.folder / "trials.jsonl").write_text("kept")
    again = open_run(config_of(tmp_path, cluster={"workers": 9}, name="other"))
    assert (again.folder, answer(again.config)) == (first.folder, answer(first.config))
    assert (first.folder / "trials.jsonl").read_text() == "kept"


@pytest.mark.parametrize("changed", [{"seed": 1}, {"refine": {"trials": 5}}, {"data": {"drop": ["x"]}}])
def test_another_configuration_is_refused_and_nothing_is_touched(tmp_path, changed):
    run = open_run(config_of(tmp_path))
    before = (run.folder / "config.yaml").read_bytes()
    with pytest.raises(InputError) as caught:
        open_run(config_of(tmp_path, **changed))
    assert str(caught.value) == (
        f"a run folder must keep its configuration; {run.folder} holds a run with another one; choose another name."
    )
    assert (run.folder / "config.yaml").read_bytes() == before


def test_a_place_that_cannot_be_written_gives_one_line(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError) as caught:
        open_run(config_of(tmp_path / "file"))
    folder = tmp_path / "file" / "one"
    assert str(caught.value) == (
        f"the output folder must be writable; {folder} is not (Not a directory); name another with --out."
    )


def test_a_lock_that_cannot_be_made_gives_one_line(tmp_path):
    run = open_run(config_of(tmp_path))
    runs._claims.clear()
    (run.folder / ".lock").unlink()
    (run.folder / ".lock").mkdir()
    with pytest.raises(InputError, match="the output folder must be writable; "):
        open_run(config_of(tmp_path))


HOLD = """
import sys
from finetooth.config.loading import load_tune
from finetooth.runs.run import open_run
open_run(load_tune({"output": {"folder": sys.argv[1], "run": "one"}}))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_run_belongs_to_one_process_and_is_free_when_that_dies(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError) as caught:
            open_run(config_of(tmp_path))
        assert str(caught.value) == (
            f"a run must belong to one process; {tmp_path / 'one'} is in use by another; wait for it to end."
        )
        other.kill()
    assert open_run(config_of(tmp_path)).folder == tmp_path / "one"
    assert open_run(config_of(tmp_path)).folder == tmp_path / "one"  # the process that has it may ask again


def test_a_run_is_found_by_name_or_by_path_wherever_it_was_moved(tmp_path):
    run = open_run(config_of(tmp_path / "runs", seed=3))
    assert find_run("one", str(tmp_path / "runs")) == run
    assert find_run(str(run.folder)) == run
    moved = tmp_path / "archive"
    (tmp_path / "runs").rename(moved)
    found = find_run("one", str(moved))
    assert (found.folder, found.config.seed, found.config.output.folder) == (moved / "one", 3, str(moved))


def test_an_unknown_run_names_the_nearest(tmp_path):
    for name in ("adult-1", "bank-2"):
        open_run(config_of(tmp_path, name))
    with pytest.raises(InputError) as caught:
        find_run("adult1", str(tmp_path))
    assert str(caught.value) == (
        f"run 'adult1' must exist in '{tmp_path}'; it has: adult-1, bank-2. Did you mean 'adult-1'?"
    )


def test_runs_are_listed_from_old_to_new_and_other_folders_are_none(tmp_path):
    for age, name in enumerate(["new", "old", "middle"]):
        folder = open_run(config_of(tmp_path, name)).folder
        moment = 1e9 + {"old": 0, "middle": 1, "new": 2}[name] + age / 100
        os.utime(folder / "config.yaml", (moment, moment))
    (tmp_path / "no run").mkdir()
    assert [run.folder.name for run in list_runs(str(tmp_path))] == ["old", "middle", "new"]
    assert list_runs(str(tmp_path / "nowhere")) == []


def test_a_run_that_cannot_be_read_does_not_hide_the_others(tmp_path):
    for name in ("broken", "whole"):
        open_run(config_of(tmp_path, name))
    (tmp_path / "broken" / "config.yaml").write_text("refine: {trails: 3}\n")
    told = []
    assert [run.folder.name for run in list_runs(str(tmp_path), told.append)] == ["whole"]
    (error,) = told
    assert str(error).startswith(f"key 'trails' must exist in {tmp_path / 'broken' / 'config.yaml'} (refine.trails)")


def test_a_run_that_is_closed_is_free_for_other_processes(tmp_path):
    run = open_run(config_of(tmp_path))
    runs.close_run(run)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        other.kill()


def test_verdict_and_findings_read_back_as_they_were(tmp_path):
    run = open_run(config_of(tmp_path))
    assert (run.verdict(), run.findings(), run.lineage(), run.result_json()) == (None, (), {}, "{}")
    findings = (Finding("shift", "warning", ("age",), "seen", evidence={"auc": 0.7}, table=(("a",), ("1",))),)
    run.write_findings(findings)
    assert run.findings() == findings
    assert run.result_json() == (run.folder / "findings.json").read_text()
    verdict = replace(VERDICT, findings=findings)
    run.write_verdict(verdict)
    assert run.verdict() == verdict
    assert run.result_json() == (run.folder / "verdict.json").read_text()
    assert [path.name for path in run.folder.iterdir() if path.name.endswith(".tmp")] == []


def test_a_verdict_with_unknown_numbers_reads_back(tmp_path):
    run = open_run(config_of(tmp_path))
    run.write_verdict(replace(VERDICT, seed_sd=float("nan")))
    found = run.verdict()
    assert found.seed_sd != found.seed_sd
    assert replace(found, seed_sd=0.0) == replace(VERDICT, seed_sd=0.0)


def test_the_state_of_a_run_follows_what_it_came_to(tmp_path):
    run = open_run(config_of(tmp_path))
    states = [run.state()]
    run.report.write_text("page")
    states.append(run.state())
    run.write_findings((Finding("single feature", "error", ("x",), "seen"),))
    states.append(run.state())
    run.write_verdict(VERDICT)
    states.append(run.state())
    assert states == ["not finished", "done", "stopped by a leak", "EQUIVALENT"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    run = open_run(config_of(tmp_path))
    run.write("data.json", "old")
    monkeypatch.setattr(runs.Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        run.write("data.json", "new")
    assert (run.folder / "data.json").read_text() == "old"


def crash(*_):
    raise KeyboardInterrupt


def test_lineage_tells_what_is_needed_to_make_the_model_again():
    config = load_tune({"seed": 5, "data": {"source": "sklearn:iris"}})
    found = lineage(
        config, fingerprint="abc", command="finetooth tune", started=0.0, checks=("shift",), timings={"a": 1}
    )
    assert found | {"ended": "", "versions": {}, "machine": ""} == {
        "command": "finetooth tune",
        "source": "sklearn:iris",
        "fingerprint": "abc",
        "code": code_version(),
        "machine": "",
        "versions": {},
        "seeds": {"root": 5},
        "started": "1970-01-01T00:00:00+00:00",
        "ended": "",
        "timings": {"a": 1},
        "checks": ["shift"],
    }
    assert found["machine"].endswith(" cores")
    assert {"python", "xgboost", "scikit-learn", "numpy"} <= set(found["versions"])
    assert found["ended"] > found["started"]
