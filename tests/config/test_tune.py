"""What a user may ask for: every field is explained, every mistake is one line, and equal runs have equal names."""

import pytest
import yaml
from pydantic import ValidationError

from finetooth.config.tune import Metric, TuneConfig, answer, identity, load, read
from finetooth.errors import InputError
from finetooth.records import Waiver

REFINE = "it has: trials, folds, window, method, known, seconds, cost, stop_early. Did you mean 'trials'?"


def sections():
    return {name: field for name, field in TuneConfig.model_fields.items() if hasattr(field.annotation, "model_fields")}


def test_every_field_of_the_form_has_a_title_a_sentence_and_a_default():
    fields = {"": TuneConfig.model_fields} | {n: f.annotation.model_fields for n, f in sections().items()}
    for section, named in fields.items():
        for name, field in named.items():
            assert field.title, (section, name)
            assert not field.is_required(), (section, name)
            assert name in sections() or field.description.endswith((".", ")")), (section, name)


def test_nothing_given_is_a_run():
    assert load({}) == TuneConfig()
    assert TuneConfig().data.source == "sklearn:breast_cancer"


def test_a_configuration_reads_back_from_yaml():
    config = load(
        {
            "name": "adult",
            "metric": "log_loss",
            "leakage": {"allow": [{"check": "shift", "reason": "known"}], "post_outcome": ["paid"]},
            "model": {"constants": {"max_bin": 64, "rate": 0.5, "grow": "lossguide", "on": True, "none": None}},
            "validation": {"min_gain": 0.01},
        }
    )
    again = load(yaml.safe_load(yaml.safe_dump(config.model_dump(mode="json"))))
    assert again == config
    assert (again.metric, again.leakage.allow) == (Metric.LOG_LOSS, (Waiver("shift", "known"),))
    types = {name: type(value) for name, value in again.model.constants.items()}
    assert types == {"max_bin": int, "rate": float, "grow": str, "on": bool, "none": type(None)}


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValidationError):
        TuneConfig().seed = 1
    with pytest.raises(ValidationError):
        TuneConfig().data.target = "y"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dta": {}}, "key 'dta' must exist in the configuration (dta); it has: name, "),
        (
            {"refine": {"trial": 3}},
            f"key 'trial' must exist in the configuration (refine.trial); {REFINE}",
        ),
        (
            {"refine": {"trials": 1}},
            "'refine.trials' in the configuration must be right: Input should be greater than or ",
        ),
        (
            {"split": {"holdout": 1.0}},
            "'split.holdout' in the configuration must be right: Input should be less than 1; ",
        ),
        (
            {"metric": "auc"},
            "metric 'auc' must exist in the choices of 'metric' in the configuration; it has: auto, roc",
        ),
        ({"name": "../up"}, "'name' in the configuration must be right: String should match pattern "),
        ({"data": "file.csv"}, "'data' in the configuration must be right: "),
        ({"data": None}, "'data' in the configuration must be right: "),
        ({"seed": -1}, "'seed' in the configuration must be right: "),
        ({"seed": "one"}, "'seed' in the configuration must be right: "),
        ({"leakage": {"allow": [{"check": "shift"}]}}, "'leakage.allow.0.reason' in the configuration must be right: "),
        (
            {"leakage": {"allow": [{"check": "a", "reason": "b", "colum": "c"}]}},
            "'leakage.allow.0.colum' in the configuration must be right: ",
        ),
    ],
)
def test_a_mistake_gives_one_line_that_names_the_key(values, said):
    with pytest.raises(InputError) as caught:
        load(values)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "the configuration file must exist; there is no {path}."),
        (b"", "the configuration file must hold sections such as 'data:'; {path} holds NoneType."),
        (b"- a\n- b\n", "the configuration file must hold sections such as 'data:'; {path} holds list."),
        (b"a: [1,\n", "the configuration file must be readable YAML; {path}: "),
        (b"a: \xe9\n", "the configuration file must be readable YAML; {path}: "),
        (b"a: !!python/object/apply:os.getcwd []\n", "the configuration file must be readable YAML; {path}: "),
    ],
)
def test_a_file_that_is_no_configuration_gives_one_line(tmp_path, content, said):
    path = tmp_path / "config.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(said.format(path=path))
    assert "\n" not in str(caught.value)


def test_a_file_gives_its_plain_values(tmp_path):
    (tmp_path / "config.yaml").write_text("seed: 3\ndata: {target: y}\n")
    assert read(tmp_path / "config.yaml") == {"seed": 3, "data": {"target": "y"}}


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
    assert (answer(load(changed)) == answer(load({}))) is same
    assert (identity(load(changed)) == identity(load({}))) is same


def test_looking_again_is_the_same_run_for_the_vault():
    assert identity(load({"validation": {"again": True}})) == identity(load({}))
