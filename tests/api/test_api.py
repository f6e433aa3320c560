"""The face: what `import finetooth` gives, and that a call from Python is the command with the same words."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import finetooth
from finetooth.errors import InputError, LeakageError
from finetooth.runs.run import find_run
from finetooth.trials.journal import Journal, untimed
from tests.flows.running import BUDGET, ROOT, environment, frame, small, tuned, written

SECTIONS = {name: values for name, values in BUDGET.items() if name != "cluster"}


def tune(source, folder, **settings):
    return finetooth.tune(source, target="target", out=folder, workers=2, **{**SECTIONS, **settings})


def test_the_face_is_what_it_says():
    assert set(finetooth.__all__) == {
        "Choice", "Float", "Int", "Result", "RetrainConfig", "Search", "Space", "TuneConfig", "__version__", "check",
        "check_leakage", "load_model", "predict", "retrain", "sweep", "tune",
    }  # fmt: skip
    assert set(finetooth.__all__) <= set(dir(finetooth))
    assert all(getattr(finetooth, name) is not None for name in finetooth.__all__)
    with pytest.raises(AttributeError, match="no attribute 'tuen'"):
        finetooth.tuen  # noqa: B018


def test_importing_it_takes_nothing_heavy_along(tmp_path):
    program = "import sys, finetooth; print(sorted({'numpy', 'pandas', 'prefect', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment(tmp_path)
    )
    assert done.stdout == "[]\n"


def test_the_package_is_run_as_the_command_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "finetooth", "runs", "--out", "nowhere"],
        capture_output=True, text=True, check=True, cwd=tmp_path, env=environment(tmp_path),
    )  # fmt: skip
    assert done.stdout == "no runs in 'nowhere'\n"


def test_a_path_a_frame_and_a_configuration_give_the_same_answer(tmp_path):
    """A frame is written once, by its content, and the caller's own stays as it is."""
    source = written(tmp_path)
    table = pd.read_csv(source)
    by_path = tune(source, tmp_path / "one", seed=3)
    by_frame = tune(table, tmp_path / "two", seed=3)
    again = tune(table, tmp_path / "two", seed=3, name="again", validation={**SECTIONS["validation"], "again": True})
    config = small(tmp_path / "three", source, seed=3, data={"target": "target"})
    by_config = finetooth.tune(config)
    assert isinstance(by_path, finetooth.Result)
    answers = [
        [untimed(trial) for trial in Journal(result.folder / "trials.jsonl").trials()]
        for result in (by_path, by_frame, again, by_config)
    ]
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert by_path.verdict.sentence == by_frame.verdict.sentence == by_config.verdict.sentence
    assert len(list((tmp_path / "two" / ".store" / "tables").iterdir())) == 1
    assert table.equals(pd.read_csv(source))
    assert by_path.report.exists()
    predictions = by_path.model.predict(table)
    assert predictions.tolist() == finetooth.load_model(by_path.folder / "model").predict(table).tolist()
    assert finetooth.predict(by_path, table)["prediction"].tolist() == predictions.tolist()
    assert len(repr(by_path)) < 1000


def test_a_leak_raises_and_checking_says_what_was_found(tmp_path):
    source = written(tmp_path, answer=lambda made: (made["target"] == "yes").astype(int))
    with pytest.raises(LeakageError, match="answer"):
        tune(source, tmp_path / "runs")
    result = finetooth.check(source, target="target", out=tmp_path / "runs", name="gate")
    assert result.verdict is None
    assert any("answer" in finding.columns and finding.stops for finding in result.findings)
    with pytest.raises(LeakageError):
        finetooth.check(source, target="target", out=tmp_path / "runs", name="strict", strict=True)


def test_a_sweep_has_trials_and_no_verdict(tmp_path):
    space = finetooth.Space([finetooth.Float("learning_rate", 0.05, 0.5, log=True), finetooth.Int("max_depth", 2, 4)])
    result = finetooth.sweep(frame(), target="target", out=tmp_path, space=space, trials=3, workers=1)
    assert result.verdict is None
    assert len(result.trials) == 3
    assert all({"learning_rate", "max_depth"} <= set(trial.candidate.params) for trial in result.trials)


def test_numbers_of_numpy_are_settings_like_any_other(tmp_path):
    """What a user computes or reads from a frame is a NumPy scalar."""
    rate = finetooth.Float("learning_rate", np.float64(0.05), np.float64(0.5))
    depth = finetooth.Choice("max_depth", (np.int64(2), np.int64(3)))
    settings = {"space": finetooth.Space([rate, depth]), "trials": np.int64(3), "seed": np.int64(1)}
    result = finetooth.sweep(frame(), target="target", out=tmp_path, workers=1, **settings)
    plain = finetooth.Space([finetooth.Float("learning_rate", 0.05, 0.5), finetooth.Choice("max_depth", (2, 3))])
    again = finetooth.sweep(frame(), "target", out=tmp_path, workers=1, space=plain, trials=3, seed=1, name="again")
    assert [untimed(trial) for trial in result.trials] == [untimed(trial) for trial in again.trials]


def test_a_result_is_shown_in_two_lines(tmp_path):
    result = finetooth.check(frame(), "target", out=tmp_path)
    head, folder = repr(result).splitlines()
    assert head.startswith(f"<check '{result.name}': done; ")
    assert folder == f" {result.folder}>"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"trails": 40}, "Did you mean 'trials'"),
        ({"metric": "rocauc"}, "Did you mean 'roc_auc'"),
        ({"validation": {"seed": 3}}, "Did you mean 'seeds'"),
        ({"group": "nobody"}, "'nobody' must exist in"),
    ],
)
def test_a_wrong_setting_gives_the_sentence_of_the_command_line(tmp_path, settings, problem):
    with pytest.raises(InputError, match=problem) as caught:
        finetooth.tune(written(tmp_path), target="target", out=tmp_path / "runs", **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("table", [7, [1, 2], pd.DataFrame({1: [1]}), pd.DataFrame()])
def test_what_is_no_table_is_refused_in_one_line(tmp_path, table):
    with pytest.raises(InputError) as caught:
        finetooth.tune(table, target="target", out=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_run_from_python_is_one_of_the_command_line(tmp_path):
    """It lies in the same folder, in the same form, and may be resumed, listed and compared there."""
    config = small(tmp_path)
    command = tuned(config)
    result = finetooth.tune(small(tmp_path / "python"))
    names = {path.name for path in command.folder.iterdir()}
    assert {path.name for path in result.folder.iterdir()} == names
    assert find_run(str(result.folder)).state() == command.state()
    assert json.loads((result.folder / "run.json").read_text()) == {"flow": "tune"}


def test_the_types_of_the_public_api_hold():
    mypy = Path(sys.executable).with_name("mypy")
    if not mypy.exists():
        pytest.skip("mypy is not installed")
    done = subprocess.run(
        [str(mypy), "--strict", "--no-incremental", "--cache-dir", os.devnull, "tests/typing/api.py"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
