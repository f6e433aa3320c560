"""What a model of the user's own is given: as it asks, and where it does not ask, as its parts need."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, StackingClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC

from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.models.estimator import pipeline
from finetooth.models.inputs import decided, of_development, of_table
from finetooth.models.learner import Learner
from finetooth.models.target_scale import StandardisedRegressor

LINEAR = LogisticRegression()


def picked(columns):
    return ColumnTransformer([("some", StandardScaler(), columns)])


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """A function that puts an object into a module of the user's own, and returns a learner for it."""
    (tmp_path / "own_inputs.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_inputs", raising=False)
    import own_inputs as module

    def make(made, prepare="auto"):
        module.MODEL = made
        return Learner("own_inputs:MODEL", "estimator", "own_inputs:MODEL", prepare)

    return make


@pytest.mark.parametrize(
    ("model", "prepare"),
    [
        (make_pipeline(picked(["a", "b"]), LINEAR), "frame"),
        (make_pipeline(picked("a"), LINEAR), "frame"),
        (make_pipeline(picked(pd.Index(["a"])), LINEAR), "frame"),
        (make_pipeline(picked(slice("a", "c")), LINEAR), "frame"),
        (make_pipeline(picked(make_column_selector(dtype_include=object)), LINEAR), "frame"),
        (make_pipeline(picked(lambda table: table.columns[:2]), LINEAR), "frame"),
        (make_pipeline(FeatureUnion([("one", StandardScaler()), ("two", picked(["a"]))]), LINEAR), "frame"),
        (make_pipeline(ColumnTransformer([("in", make_pipeline(picked(["a"])), [0, 1])]), LINEAR), "frame"),
        (VotingClassifier([("one", LINEAR), ("two", make_pipeline(picked(["a"]), LINEAR))]), "frame"),
        (StackingClassifier([("one", make_pipeline(picked(["a"]), LINEAR))], LINEAR), "frame"),
        (TransformedTargetRegressor(make_pipeline(picked(["a"]), Ridge())), "frame"),
        (GridSearchCV(make_pipeline(picked(["a"]), LINEAR), {"logisticregression__C": [1.0]}), "frame"),
        (HistGradientBoostingClassifier(categorical_features=["b"]), "frame"),
        (make_pipeline(OrdinalEncoder(categories=[["low", "top"]]), LINEAR), "frame"),
        (HistGradientBoostingClassifier(), "native"),
        (make_pipeline(SimpleImputer(), LINEAR), "scaled"),
        (make_pipeline(OneHotEncoder(), picked([0, 1]), LINEAR), "scaled"),
        (make_pipeline(FunctionTransformer(), LINEAR), "scaled"),
        (LINEAR, "scaled"),
    ],
)
def test_the_parts_of_a_model_say_what_it_is_given(learner, model, prepare):
    """Names of columns wherever they hide need the columns; gaps are left to what takes them; the rest is prepared."""
    assert decided(learner(model), {}) == learner(model, prepare)


def test_each_candidate_decides_for_itself(learner):
    """One function may build trees for one candidate, which take gaps, and a linear model for the next."""

    def build(trees=False, named=False):
        if named:
            return make_pipeline(picked(["a"]), LINEAR)
        return HistGradientBoostingClassifier() if trees else LINEAR

    candidates = [{}, {"trees": True}, {"named": True}]
    assert [decided(learner(build), params).prepare for params in candidates] == ["scaled", "native", "frame"]


def test_an_attribute_asks_for_the_whole_model_and_what_is_set_already_goes_before(learner):
    """The nearest word counts: the configuration's, then that of the built model, then that of its function."""

    class Asking(LogisticRegression):
        finetooth_input = "codes"

    def build(framed=False):
        model = Asking()
        if framed:
            model.finetooth_input = "frame"
        return model

    def plain():
        return LogisticRegression()

    plain.finetooth_input = build.finetooth_input = "prepared"
    instance = Asking()
    instance.finetooth_input = "frame"
    auto = LogisticRegression()
    auto.finetooth_input = "auto"
    asked = [
        decided(learner(made), params).prepare
        for made, params in [
            (Asking, {}),
            (build, {}),
            (build, {"framed": True}),
            (plain, {}),
            (instance, {}),
            (auto, {}),
        ]
    ]
    assert asked == ["native", "native", "frame", "scaled", "frame", "scaled"]
    assert decided(learner(instance, "scaled"), {}).prepare == "scaled"


def test_an_input_that_there_is_none_of_is_refused_in_one_line(learner):
    """A misspelt wish must not be taken for none."""
    model = LogisticRegression()
    model.finetooth_input = "dataframe"
    expected = "finetooth_input of own_inputs:MODEL must be one of auto, frame, codes, prepared; got 'dataframe'"
    with pytest.raises(InputError, match=expected):
        decided(learner(model), {})


def test_rows_come_as_they_are_asked_for(learner, tables):
    """A frame and the encoded table hold the same rows, from the store and from a table of the user's."""
    development, schema = open_development(tables["binary"].data), open_development(tables["binary"].data).about.schema
    framed, coded = learner(LINEAR, "frame"), learner(LINEAR, "native")
    assert of_development(framed, development) is development.named
    np.testing.assert_array_equal(of_development(coded, development), development.X)
    np.testing.assert_array_equal(of_table(coded, schema, development.named), development.X)
    pd.testing.assert_frame_equal(of_table(framed, schema, development.frame()), development.named)


@pytest.mark.parametrize(
    ("model", "prepare", "standardised"),
    [
        (Ridge(), "scaled", True),
        (Ridge(), "native", False),
        (Ridge(), "frame", False),
        (PoissonRegressor(), "scaled", False),
        (make_pipeline(StandardScaler(), PoissonRegressor()), "scaled", False),
    ],
)
def test_a_prepared_regressor_gets_a_standardised_target_unless_it_takes_positive_ones_alone(
    learner, model, prepare, standardised
):
    """A model of counts cannot be fitted on numbers around zero, and own code that is not prepared gets what came."""
    last = pipeline(learner(model, prepare), {}, (False,), "regression", 0, "value")[-1]
    assert isinstance(last, StandardisedRegressor) == standardised


@pytest.mark.parametrize(
    ("model", "calibrated"),
    [
        (StackingClassifier([("one", LINEAR)]), False),
        (LinearSVC(), True),
        (make_pipeline(LinearSVC()), True),
        (LINEAR, False),
    ],
)
def test_a_model_is_calibrated_when_it_ranks_and_gives_no_probabilities(learner, model, calibrated):
    """A stack shows its probabilities only when it is fitted: calibrating it would fail in every fit."""
    last = pipeline(learner(model, "native"), {}, (False,), "binary", 0, "probability")[-1]
    assert isinstance(last, CalibratedClassifierCV) == calibrated
