"""A run is shown elsewhere when it has ended; what cannot be reached is said before the search, and fails none after."""

import json

from finetooth.registry import trackers
from tasks import track
from tests.flows.running import SETTINGS, small, tuned, written


def test_a_finished_run_is_told_with_report_verdict_and_version(tmp_path, monkeypatch):
    told = []

    def sent(run, config):
        told.append(run)
        return f"there: {config.experiment}"

    def broken(*_):
        raise ConnectionError("cut off")

    for module in (trackers, track):
        monkeypatch.setattr(module, "wanted", lambda config: {"wandb": sent, "mlflow": broken} if config.wandb else {})
    run = tuned(
        small(
            tmp_path,
            written(tmp_path),
            model={"name": "linear"},
            registry={"model": "credit", "location": str(tmp_path / "models")},
            tracking={"wandb": "scores", "experiment": "weekly"},
        )
    )
    (shown,) = told
    assert {"report.html", "verdict.json", "trials.jsonl"} <= {path.name for path in shown.files}
    assert (shown.model, shown.registered["version"]) == (run.model, 1)
    assert shown.words["state"] == run.verdict().label
    assert json.loads((run.folder / "tracked.json").read_text()) == {
        "wandb": "there: weekly",
        "mlflow": "not shown in mlflow: ConnectionError: cut off",
    }


def test_a_package_that_is_missing_is_said_before_the_search_and_leaves_no_run(finetooth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    monkeypatch.setattr(trackers, "find_spec", lambda _: None)
    code, out, err = finetooth("tune", "table.csv", "--untracked", *SETTINGS, "--mlflow", "http://127.0.0.1:5000")
    assert (code, out) == (2, "")
    assert err.startswith("finetooth: bad input: the package mlflow must be installed to show runs there")
    assert not list((tmp_path / "runs").glob("*/*"))
