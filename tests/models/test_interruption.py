"""An interrupt ends the fits under way, and what was given up is no trial."""

import threading
import time

import pytest

from finetooth.config.tune import ClusterConfig
from finetooth.metrics import METRICS
from finetooth.models import boosters, interruption
from finetooth.models.fold_matrices import fold_matrices
from finetooth.models.interruption import TrialStoppedError
from finetooth.records import Candidate, Fidelity
from finetooth.trials.cluster import cluster
from finetooth.trials.evaluate import Job
from finetooth.trials.journal import Journal
from finetooth.trials.loop import run_all


def test_only_the_calls_under_the_flag_are_stopped():
    mine, other = interruption.number(), interruption.number()
    with pytest.raises(KeyboardInterrupt), interruption.stoppable(mine):
        raise KeyboardInterrupt
    with pytest.raises(TrialStoppedError):
        interruption.run(mine, interruption.check)
    interruption.run(other, interruption.check)
    interruption.check()
    interruption.forget(mine)
    interruption.run(mine, interruption.check)


def test_an_error_of_the_run_itself_stops_no_fit():
    flag = interruption.number()
    with pytest.raises(OSError, match="disk"), interruption.stoppable(flag):
        raise OSError("disk")
    interruption.run(flag, interruption.check)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_a_long_boosting_in_a_thread_is_given_up_and_never_reaches_the_journal(
    tables, boosted, tmp_path, monkeypatch, interrupt
):
    """It would boost for hours: the test ends because the fit does."""
    params = {"max_depth": 2, "n_estimators": 10**7}
    job = Job("replicate", Candidate(0, params, "best"), Fidelity(folds=2), tables["binary"].data, boosted.learner, "roc_auc", 0, watch=False)  # fmt: skip
    journal, started, ended, check = Journal(tmp_path / "trials.jsonl"), threading.Event(), [], interruption.check

    def checked():
        started.set()
        try:
            check()
        except BaseException as error:
            ended.append(type(error))
            raise

    monkeypatch.setattr(interruption, "check", checked)

    def told_to_end(*_args, **_options):
        assert started.wait(60)
        time.sleep(0.2)
        raise interrupt

    monkeypatch.setattr("finetooth.trials.loop.wait", told_to_end)
    with pytest.raises(interrupt), cluster(ClusterConfig(workers=1), "threads") as executor:
        run_all([job], executor, journal, lambda trial: None)
    deadline = time.monotonic() + 60
    while not ended and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ended == [TrialStoppedError]
    assert journal.trials() == ()


def test_a_boosting_looks_at_the_flag_in_every_round(tables, monkeypatch):
    asked = []
    monkeypatch.setattr(interruption, "check", lambda: asked.append(1))
    fold = fold_matrices(tables["regression"].data, Fidelity(folds=2), 0, "refine", 0)[0]
    task = boosters.Task("regression", 0, METRICS["rmse"])
    boosters.boost(boosters.start(task, {}, fold, 1), {}, fold, 7)
    assert len(asked) == 7
