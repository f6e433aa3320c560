"""What a user may ask for: every field is explained, every mistake is one line, and equal runs have equal names."""

import pytest
import yaml
from pydantic import ValidationError

from finetooth.config.data import CsvConfig
from finetooth.config.loading import load_tune
from finetooth.config.tune import MetricName, TuneConfig, answer, identity
from finetooth.records import Waiver


def sections():
    return {name: field for name, field in TuneConfig.model_fields.items() if hasattr(field.annotation, "model_fields")}


def test_every_field_of_the_form_has_a_title_a_sentence_and_a_default():
    fields = {"": TuneConfig.model_fields, "csv": CsvConfig.model_fields}
    fields |= {n: f.annotation.model_fields for n, f in sections().items()}
    for section, named in fields.items():
        for name, field in named.items():
            assert field.title, (section, name)
            assert not field.is_required(), (section, name)
            assert name in {*sections(), "csv"} or field.description.endswith((".", ")")), (section, name)


def test_nothing_given_is_a_run():
    assert load_tune({}) == TuneConfig()
    assert TuneConfig().data.source == "sklearn:breast_cancer"


def test_a_configuration_reads_back_from_yaml():
    config = load_tune(
        {
            "name": "adult",
            "metric": "log_loss",
            "leakage": {"allow": [{"check": "shift", "reason": "known"}], "post_outcome": ["paid"]},
            "model": {"constants": {"max_bin": 64, "rate": 0.5, "grow": "lossguide", "on": True, "none": None}},
            "validation": {"min_gain": 0.01},
        }
    )
    again = load_tune(yaml.safe_load(yaml.safe_dump(config.model_dump(mode="json"))))
    assert again == config
    assert (again.metric, again.leakage.allow) == (MetricName.LOG_LOSS, (Waiver("shift", "known"),))
    types = {name: type(value) for name, value in again.model.constants.items()}
    assert types == {"max_bin": int, "rate": float, "grow": str, "on": bool, "none": type(None)}


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValidationError):
        TuneConfig().seed = 1
    with pytest.raises(ValidationError):
        TuneConfig().data.target = "y"


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"name": "other"}, True),
        ({"cluster": {"workers": 64, "processes": True}}, True),
        ({"output": {"folder": "elsewhere", "run": "x"}}, True),
        ({"seed": 1}, False),
        ({"data": {"target": "y"}}, False),
        ({"refine": {"window": 3}}, False),
        ({"validation": {"min_gain": 0.5}}, False),
    ],
)
def test_a_run_is_known_by_what_its_answer_depends_on(changed, same):
    assert (answer(load_tune(changed)) == answer(load_tune({}))) is same
    assert (identity(load_tune(changed)) == identity(load_tune({}))) is same


def test_looking_again_is_the_same_run_for_the_vault():
    assert identity(load_tune({"validation": {"again": True}})) == identity(load_tune({}))
