"""Flows under a Prefect server: what a person sees on a run's page, and what a second run does not repeat."""

import shutil

import pytest

from finetooth.errors import InputError, LeakageError
from finetooth.records import to_json
from tests.flows.running import answer, found, small, trials, tuned, written

pytestmark = pytest.mark.usefixtures("harness")

LINEAR = {"name": "linear"}
CHECKS = 3  # at the very least: how many there are is not what is tested here


def page(state):
    """The run of a state: its task runs by name, its artifacts by key, and its log."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, FlowRunFilter, FlowRunFilterId

    run = state.state_details.flow_run_id
    with get_client(sync_client=True) as client:
        tasks = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run])), limit=200)
        made = client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run])))
    return {task.name: task for task in tasks}, {artifact.key: artifact for artifact in made}


@pytest.fixture(scope="module")
def first(harness, tmp_path_factory):
    """A tracked run, its state, and its configuration."""
    from finetooth.flows.tune import tune

    folder = tmp_path_factory.mktemp("tracked")
    config = small(folder, written(folder), model=LINEAR, name="tracked")
    return tune(config, return_state=True), config


def test_a_tracked_run_ends_as_an_untracked_one_does(first, tmp_path):
    state, config = first
    run = found(config)
    assert state.is_completed()
    assert to_json(state.result()) == to_json(run.verdict())
    alone = tuned(small(tmp_path, config.data.source, model=LINEAR))
    assert trials(alone) == trials(run)
    # The commitment to the vault names the data by the folder's own fingerprint, which is the same too.
    assert answer(alone) == answer(run)


def test_each_step_that_a_person_wants_to_see_is_a_task_run_with_its_tag(first):
    from finetooth.leakage.suite import FEATURE_CHECKS

    state, config = first
    tasks, _ = page(state)
    stages = {f"{name}-tracked" for name in ("split", "coarse", "refine", "validate", "promote", "report")}
    seeds = {f"fit-seed-{number}" for number in range(answer(found(config))["seeds"])}
    repeats = {f"replicate-{repeat}" for repeat in range(config.replicate.repeats)}
    checks = {f"check-{name}" for name in FEATURE_CHECKS}
    assert tasks.keys() >= stages | seeds | repeats | checks
    for tag, names in {"stage": stages, "validate": seeds, "replicate": repeats, "leakage": checks}.items():
        assert all(tag in tasks[name].tags for name in names)
    assert all(task.state.name == "Completed" for task in tasks.values())


def test_the_page_of_a_run_shows_progress_leaderboards_findings_and_the_report(first):
    state, config = first
    _, artifacts = page(state)
    stages = ("coarse", "refine", "replicate")
    assert artifacts.keys() == {
        *(f"{kind}-{stage}" for kind in ("progress", "leaderboard") for stage in stages),
        "leakage-findings", "report", "report-page",
    }  # fmt: skip
    assert {float(artifacts[f"progress-{stage}"].data) for stage in stages} == {100.0}
    assert all(artifact.description for artifact in artifacts.values())
    assert found(config).verdict().label in artifacts["report"].data
    assert "| " in artifacts["report"].data


def test_a_second_run_with_more_workers_repeats_nothing_and_says_the_same(first):
    from finetooth.flows.tune import tune

    _, config = first
    again = {"cluster": {"workers": 1, "processes": False}, "output": {"run": "again"}}
    folder = found(config).folder.parent.parent
    second = small(folder, config.data.source, model=LINEAR, name="tracked", **again)
    state = tune(second, return_state=True)
    tasks, artifacts = page(state)
    stages = [task for name, task in tasks.items() if name.startswith(("check", "coarse", "refine", "replicate"))]
    assert len(stages) > CHECKS
    assert {task.state.name for task in stages} == {"Cached"}
    assert trials(found(second)) == trials(found(config))
    assert answer(found(second)) == answer(found(config))
    assert {"leaderboard-coarse", "leaderboard-refine", "leaderboard-replicate"} <= artifacts.keys()
    assert float(artifacts["progress-refine"].data) == 100.0


@pytest.mark.parametrize("change", [{"seed": 3}, {"coarse": {"trials": 5}}], ids=["seed", "budget"])
def test_what_the_answer_depends_on_is_not_taken_from_another_run(first, tmp_path, change):
    from finetooth.flows.tune import tune

    _, config = first
    state = tune(small(tmp_path, config.data.source, model=LINEAR, name="tracked", **change), return_state=True)
    tasks, _ = page(state)
    # Finalists that are the same, whatever search they come from, need not be replicated again.
    assert {tasks[name].state.name for name in ("coarse-tracked", "refine-tracked")} == {"Completed"}


def test_an_error_of_the_user_fails_the_run_at_once_with_its_one_line(tmp_path):
    from finetooth.flows.tune import tune

    state = tune(small(tmp_path, str(tmp_path / "nothing.csv")), return_state=True)
    assert state.is_failed()
    assert "file 'nothing.csv' must exist" in state.message
    with pytest.raises(InputError):
        state.result()
    tasks, _ = page(state)
    assert {name: task.run_count for name, task in tasks.items()} == {"split-tune": 1}
    assert not (tmp_path / "runs" / "run").exists()


def test_a_leak_fails_the_run_and_its_page_says_so(tmp_path):
    from finetooth.flows.tune import tune

    source = written(tmp_path, answer=lambda made: (made["target"] == "yes").astype(int))
    state = tune(small(tmp_path, source), return_state=True)
    assert state.is_failed()
    assert "stopped before any trial was spent" in state.message
    assert "answer" in state.message
    with pytest.raises(LeakageError):
        state.result()
    tasks, artifacts = page(state)
    assert not any(name.startswith(("coarse", "refine")) for name in tasks)
    assert "answer" in artifacts["leakage-findings"].data
    assert "answer" in artifacts["report"].data


def test_a_sweep_and_a_check_are_tracked_as_well(tmp_path):
    from finetooth.flows.check import check
    from finetooth.flows.sweep import sweep

    config = small(tmp_path, written(tmp_path), model=LINEAR, name="other")
    tasks, artifacts = page(sweep(config, return_state=True))
    assert {"split-other", "sweep-other", "report-other"} <= tasks.keys()
    assert {"progress-sweep", "leaderboard-sweep", "report"} <= artifacts.keys()
    shutil.rmtree(tmp_path / "runs")
    tasks, artifacts = page(check(config, return_state=True))
    assert "check-single_feature" in tasks
    assert "leakage-findings" in artifacts
