"""What keeps a model up to date, read from a file: schedules, arrivals, what is watched; and what is refused."""

from datetime import timedelta

import pytest
import yaml

import finetooth.flows  # noqa: F401 (it tells Prefect to send nothing to anybody)
from finetooth.deployments import triggers
from finetooth.deployments.triggers import ModelDeployment, ScheduleTrigger, prefect_schedule, read_deployment
from finetooth.errors import InputError
from tests.flows.running import ROOT

RETRAIN = {"name": "churn", "data": {"source": "churn.csv", "target": "churned"}}


def written(folder, **values):
    path = folder / "churn.yaml"
    path.write_text(yaml.safe_dump({"retrain": RETRAIN} | values))
    return path


def test_the_example_can_be_served_as_it_is():
    deployment = read_deployment(ROOT / "deployments" / "configs" / "churn.yaml")
    retrain, watch = triggers.deployments(deployment)
    assert (retrain.name, retrain.flow_name, watch.name, watch.flow_name) == ("churn", "retrain", "churn", "watch")
    assert retrain.parameters["config"]["data"]["target"] == "churned"
    assert watch.parameters["config"]["location"] == "data/churn.csv"
    assert [type(one.schedule).__name__ for one in retrain.schedules] == ["CronSchedule", "RRuleSchedule"]
    assert retrain.tags == ["finetooth", "churn"]


def test_arrivals_are_waited_out_and_the_last_ones_table_is_taken():
    made = triggers.arrival_trigger("churn", 60)
    assert (made.expect, made.after) == ({"finetooth.data.arrived"}, {"finetooth.data.arrived"})
    assert (made.posture.value, made.threshold, made.within) == ("Proactive", 1, timedelta(seconds=60))
    assert made.parameters == {"uri": "{{ event.payload.uri | default('the event named no table', true) }}"}


@pytest.mark.parametrize(
    ("when", "kind"),
    [
        (ScheduleTrigger(cron="0 3 * * 1", timezone="Europe/Berlin"), "CronSchedule"),
        (ScheduleTrigger(interval="6h"), "IntervalSchedule"),
        (ScheduleTrigger(rrule="FREQ=WEEKLY;BYDAY=MO"), "RRuleSchedule"),
    ],
)
def test_each_kind_of_schedule_is_understood(when, kind):
    made = prefect_schedule(when)
    assert type(made).__name__ == kind
    assert made.timezone == when.timezone


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"cron": "every monday"}, "cron must be one that can be read; got 'every monday'"),
        ({"cron": "0 25 * * *"}, "cron must be one that can be read"),
        ({"interval": "often"}, "interval must be one that can be read; got 'often'"),
        ({"interval": "0s"}, "interval must be a time such as 15min"),
        ({"rrule": "FREQ=NEVER"}, "rrule must be one that can be read; got 'FREQ=NEVER'"),
        ({"cron": "0 3 * * 1", "timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({}, "one of cron, interval and rrule; got none"),
        ({"cron": "0 3 * * 1", "interval": "1d"}, "got cron, interval"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_before_anything_is_served(tmp_path, when, said):
    with pytest.raises(InputError) as error:
        read_deployment(written(tmp_path, schedules=[when]))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"shedules": []}, "key 'shedules' must exist"),
        ({"retrain": RETRAIN | {"decide": {"work": "guess"}}}, "'decide.work'"),
        ({"retrain": RETRAIN | {"refine": {"trails": 3}}}, "Did you mean 'trials'?"),
        (
            {"watch": {"location": "a.csv", "when": "sometimes"}},
            "when 'sometimes' must exist in the choices of 'when' in the section 'watch'",
        ),
        ({"alert": "ops"}, "'alert' in"),
        ({"quiet": 1}, "'quiet' in"),
    ],
)
def test_a_wrong_word_in_the_file_is_named(tmp_path, values, said):
    with pytest.raises(InputError) as error:
        read_deployment(written(tmp_path, **values))
    assert said in str(error.value)


def test_serving_a_file_that_is_wrong_ends_with_one_line(tmp_path):
    import subprocess
    import sys

    from tests.flows.running import environment

    words = [sys.executable, "-m", "finetooth.deployments.serve", str(written(tmp_path, schedules=[{"cron": "x"}]))]
    done = subprocess.run(
        words, env=environment(tmp_path / "prefect"), check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert "a schedule's cron must be one that can be read; got 'x'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_form_of_a_retraining_starts_with_what_it_is_about_and_says_what_each_field_is():
    from finetooth.flows.retrain import retrain

    form = retrain.parameters.model_dump()
    fields = form["definitions"]["RetrainConfig"]["properties"]
    order = sorted(fields, key=lambda name: fields[name]["position"])
    assert order[:6] == ["name", "data", "registry", "decide", "promotion", "approval"]
    assert len({field["position"] for field in fields.values()}) == len(fields)
    assert form["properties"]["uri"]["description"].startswith("The table that arrived; left empty")
    assert form["properties"]["uri"]["type"] == "string"


def test_a_model_is_kept_only_where_a_server_is_configured(tmp_path):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from finetooth.deployments.deploy_models import deploy_files

    with temporary_settings(restore_defaults={PREFECT_API_URL}), pytest.raises(InputError, match="set PREFECT_API_URL"):
        deploy_files([str(written(tmp_path))])


def test_at_most_one_retraining_of_a_model_runs_and_a_further_one_waits():
    for made in triggers.deployments(ModelDeployment(retrain=RETRAIN)):
        assert made.concurrency_limit == 1
        assert made.concurrency_options.collision_strategy.value == "ENQUEUE"
