"""From a file to a configuration: every mistake is one line that names the key, at whatever depth."""

import pytest

from finetooth.config.loading import load_retrain, load_tune, read_yaml
from finetooth.errors import InputError

REFINE = "it has: trials, folds, window, method, known, seconds, cost, stop_early. Did you mean 'trials'?"


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
            "key 'colum' must exist in the configuration (leakage.allow.0.colum); it has: check, reason, column. Did you",
        ),
    ],
)
def test_a_mistake_gives_one_line_that_names_the_key(values, said):
    with pytest.raises(InputError) as caught:
        load_tune(values)
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
        read_yaml(path)
    assert str(caught.value).startswith(said.format(path=path))
    assert "\n" not in str(caught.value)


def test_a_file_gives_its_plain_values(tmp_path):
    (tmp_path / "config.yaml").write_text("seed: 3\ndata: {target: y}\n")
    assert read_yaml(tmp_path / "config.yaml") == {"seed": 3, "data": {"target": "y"}}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"promote": {}}, "key 'promote' must exist in the configuration (promote); it has: "),
        (
            {"decide": {"least": 3}},
            "key 'least' must exist in the configuration (decide.least); it has: work, least_new, expected_rows. Did ",
        ),
        ({"decide": {"work": "guess"}}, "work 'guess' must exist in the choices of 'decide.work' in "),
        ({"promotion": {"not_inferior": "ok"}}, "'promotion.not_inferior' in the configuration must be right: Value "),
        ({"refine": {"trial": 3}}, f"key 'trial' must exist in the configuration (refine.trial); {REFINE}"),
    ],
)
def test_a_mistake_in_a_retraining_is_named_alike(values, said):
    with pytest.raises(InputError) as caught:
        load_retrain(values)
    assert str(caught.value).startswith(said)
