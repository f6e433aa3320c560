"""The flows beside `tune`: a search with nothing around it, and the leakage gate alone."""

import pytest

from finetooth.cli.vault_table import audit_run
from finetooth.errors import LeakageError
from finetooth.flows.check import check
from finetooth.flows.sweep import sweep
from finetooth.records import Trial
from finetooth.trials.journal import untimed
from tests.flows.running import found, small, trials, tuned, written

LINEAR = {"name": "linear"}


def test_a_sweep_searches_once_from_the_default_and_leaves_a_report(tmp_path):
    config = small(tmp_path, written(tmp_path), model=LINEAR)
    searched = sweep.fn(config)
    run = found(config)
    assert [trial.candidate.origin for trial in searched][:1] == ["default"]
    assert [trial.stage for trial in trials(run)] == ["sweep"] * config.refine.trials
    assert run.verdict() is None
    assert run.state() == "done"
    assert run.report.exists()


def test_a_check_reports_its_findings_and_spends_no_trial(tmp_path):
    config = small(tmp_path, written(tmp_path))
    findings = check.fn(config)
    run = found(config)
    assert run.findings() == findings
    assert trials(run) == ()
    assert run.report.exists()


def test_a_check_stops_at_a_leak_as_tuning_does(tmp_path):
    source = written(tmp_path, answer=lambda made: (made["target"] == "yes").astype(int))
    with pytest.raises(LeakageError, match="answer"):
        check.fn(small(tmp_path, source))


def told(results):
    """What a flow gives back, times aside."""
    return [untimed(one) if isinstance(one, Trial) else one for one in results]


@pytest.mark.parametrize("flow", [check, sweep], ids=["check", "sweep"])
def test_looking_again_needs_no_unseen_rows_where_no_vault_is_opened(tmp_path, flow):
    source = written(tmp_path)
    run = tuned(small(tmp_path, source, model=LINEAR))
    asked = {"model": LINEAR, "refine": {"trials": 3}, "output": {"run": "again"}}
    again = flow.fn(small(tmp_path, source, **asked))
    assert again
    assert told(again) == told(flow.fn(small(tmp_path / "alone", source, **asked)))
    assert len(audit_run(run)[0].openings) == 1
