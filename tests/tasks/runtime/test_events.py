"""Milestones are sent seldom, only where a flow run shows them, and never at the run's expense."""

import math

import pytest

from finetooth.tasks.runtime import events as sent_by
from finetooth.tasks.runtime.events import NEW_BEST, STAGE_ENDED, VERDICT, BestScore, milestone
from finetooth.tasks.runtime.progress import Progress, listening
from tests.flows.running import small, tuned, written


@pytest.fixture
def sent(monkeypatch):
    """What is sent from a flow run: name, resource and payload."""
    found = []
    monkeypatch.setattr(sent_by, "tracked", lambda: True)
    monkeypatch.setattr(sent_by, "emit_event", lambda **told: found.append(told))
    return found


def test_a_milestone_names_its_run_and_leaves_out_what_is_not_known(sent):
    milestone(STAGE_ENDED, "demo-1", stage="coarse", trials=4, best=math.nan)
    assert sent == [
        {
            "event": "finetooth.stage.ended",
            "resource": {"prefect.resource.id": "finetooth.run.demo-1", "prefect.resource.name": "demo-1"},
            "payload": {"stage": "coarse", "trials": 4},
        }
    ]


def test_nothing_is_sent_where_no_flow_run_shows_it(monkeypatch):
    found = []
    monkeypatch.setattr(sent_by, "emit_event", lambda **told: found.append(told))
    milestone(STAGE_ENDED, "demo-1", stage="coarse")
    assert found == []


def test_a_server_that_does_not_answer_is_noted_and_reaches_no_run(sent, monkeypatch):
    noted = []

    def cut_off(**_):
        raise ConnectionError("no server")

    monkeypatch.setattr(sent_by, "emit_event", cut_off)
    monkeypatch.setattr(sent_by, "note", lambda text, **how: noted.append((text, how)))
    milestone(STAGE_ENDED, "demo-1", stage="coarse")
    assert noted == [("the event 'finetooth.stage.ended' was not sent: ConnectionError: no server", {"warning": True})]


def heard(monkeypatch, metric, scores, sent):
    """What is told of scores that come at these seconds, as trial, best and gain."""
    best = BestScore("demo-1", "refine", metric)
    for trial, (now, score) in enumerate(scores, start=1):
        monkeypatch.setattr(sent_by.time, "monotonic", lambda now=now: now)
        best(trial, score)
    assert {told["event"] for told in sent} <= {NEW_BEST}
    return [(t["payload"]["trials"], t["payload"]["best"], pytest.approx(t["payload"]["gain"])) for t in sent]


def test_a_new_best_is_told_once_and_the_first_score_is_no_news(sent, monkeypatch):
    scores = [(0, math.nan), (1, 0.8), (2, 0.9), (60, 0.9), (61, 0.85)]
    assert heard(monkeypatch, "roc_auc", scores, sent) == [(3, 0.9, 0.1)]


def test_one_that_comes_too_soon_is_told_with_a_later_trial(sent, monkeypatch):
    scores = [(0, 2.0), (1, 1.9), (2, 1.5), (3, 1.4), (21, 1.4), (22, 1.4)]
    assert heard(monkeypatch, "rmse", scores, sent) == [(2, 1.9, 0.1), (5, 1.4, 0.5)]


def test_a_whole_run_tells_the_end_of_each_stage_and_its_verdict(tmp_path, sent):
    steps: list[Progress] = []
    with listening(steps.append):
        run = tuned(small(tmp_path, written(tmp_path), model={"name": "linear"}))
    ends = [step for step in steps if step.ended]
    told = [one["payload"] for one in sent if one["event"] == STAGE_ENDED]
    assert [(t["stage"], t["trials"], t["failed"], t["best"]) for t in told] == [
        (step.stage, step.done, step.failed, step.best) for step in ends
    ]
    assert [step.stage for step in ends] == ["coarse", "refine", "replicate"]
    verdict = run.verdict()
    (judged,) = [one["payload"] for one in sent if one["event"] == VERDICT]
    assert judged == {
        "label": verdict.label,
        "metric": "roc_auc",
        "tuned": verdict.tuned,
        "default": verdict.default,
        "difference": verdict.difference,
        "ci_low": verdict.ci_low,
        "ci_high": verdict.ci_high,
        "shipped": verdict.shipped,
        "sentence": verdict.sentence,
    }
    assert {one["resource"]["prefect.resource.id"] for one in sent} == {"finetooth.run.run"}
