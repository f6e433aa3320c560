"""Prometheus reads a run while it works, at a port that was asked for and at no other."""

import socket
import urllib.request
from urllib.error import URLError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from finetooth.flows.sweep import sweep
from finetooth.tasks.runtime.progress import Progress, listening
from finetooth.tasks.runtime.prometheus import Stages
from tests.flows.running import found, small, trials, written


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read(port):
    """What Prometheus would read: the value of each metric by its name and labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


def searched(folder, port, listener=lambda _: None):
    config = small(folder, written(folder), model={"name": "linear"}, tracking={"metrics_port": port})
    with listening(listener):
        sweep.fn(config)
    return found(config)


def test_trials_best_score_seconds_and_stage_are_read_while_the_run_works(tmp_path, port):
    seen = []
    run = searched(tmp_path, port, lambda step: seen.append((step, read(port))))
    labels = [("run", "run"), ("stage", "sweep")]
    step, last = seen[-2][0], seen[-1][1]  # this listener hears of a step just before the metrics do
    scores = [trial.score for trial in trials(run)]
    assert last == {
        ("finetooth_trials_total", *labels, ("state", "complete")): len(scores),
        ("finetooth_trials_total", *labels, ("state", "failed")): 0,
        ("finetooth_trials_total", *labels, ("state", "pruned")): 0,
        ("finetooth_best_score", ("metric", "roc_auc"), *labels): pytest.approx(max(scores)),
        ("finetooth_fit_seconds_total", *labels): pytest.approx(step.fitting),
        ("finetooth_stage_running", *labels): 1,
    }
    assert step.fitting > 0
    assert seen[0][1] == {}
    with pytest.raises(URLError):
        read(port)


def test_a_port_that_is_taken_is_said_and_fails_no_run(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.warns(UserWarning, match="metrics cannot be read at 127.0.0.1:.*already in use"):
            run = searched(tmp_path, taken.getsockname()[1])
    assert len(trials(run)) == 4


def told(stages):
    return {(one.name, one.labels.get("state")): one.value for family in stages.collect() for one in family.samples}


def test_each_state_is_counted_and_another_run_of_the_process_is_not():
    stages = Stages("mine")
    stages(Progress("refine", 9, 24, float("nan"), 3.0, failed=2, pruned=3, fitting=1.5, run="mine", metric="rmse"))
    stages(Progress("refine", 24, 24, 1.0, 3.0, run="other", metric="rmse"))
    assert told(stages) == {
        ("finetooth_trials_total", "complete"): 4,
        ("finetooth_trials_total", "pruned"): 3,
        ("finetooth_trials_total", "failed"): 2,
        ("finetooth_fit_seconds_total", None): 1.5,
        ("finetooth_stage_running", None): 1,
    }
    stages(Progress("refine", 9, 9, float("nan"), 3.0, ended=True, run="mine", metric="rmse"))
    assert told(stages)["finetooth_stage_running", None] == 0
