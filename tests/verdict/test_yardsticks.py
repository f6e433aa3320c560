"""What plain models score on the sealed rows, and that none of them can end a run."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finetooth.config.loading import load_tune
from finetooth.data.row_hash import hash_series
from finetooth.data.split import Gate, split_table
from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.metrics import METRICS
from finetooth.models.learner import Learner
from finetooth.runs.run import Run
from finetooth.trials.inline_executor import InlineExecutor
from finetooth.verdict import yardsticks
from finetooth.verdict.bootstrap import Interval, two_way
from finetooth.verdict.yardsticks import PlainModels, SealedRows, constant, fit_plain, measure, predict_plain

Y = np.array([0.0, 0, 0, 1])


@pytest.mark.parametrize(
    ("metric", "kind", "y", "form", "value"),
    [
        ("rmse", "regression", np.array([1.0, 2, 9]), "the mean", 4.0),
        ("r2", "regression", np.array([1.0, 2, 9]), "the mean", 4.0),
        ("mae", "regression", np.array([1.0, 2, 9]), "the median", 2.0),
        ("roc_auc", "binary", Y, "the share of the positive class", 0.25),
        ("log_loss", "binary", Y, "the share of the positive class", 0.25),
        ("f1", "binary", Y, "the positive class for every row", 1.0),
        ("f1", "multiclass", Y, "the share of each class", [0.75, 0.25, 0.0]),
        ("log_loss", "multiclass", Y, "the share of each class", [0.75, 0.25, 0.0]),
    ],
)
def test_the_constant_is_the_one_that_its_metric_asks_for(metric, kind, y, form, value):
    """A mean does not minimise absolute errors, and naming no row has an F1 of zero."""
    found = constant(METRICS[metric], kind, y, 3)
    assert (found[0], found[1].tolist()) == (form, value)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_the_linear_model_learns_and_is_the_same_on_every_executor(study, kind):
    """It is part of the answer, so that it may not depend on where it was fitted."""
    made = study(kind)
    rows = SealedRows(np.asarray(open_development(made.data).X))
    here, _ = predict_plain(made, fit_plain(made), rows)
    with ThreadPoolExecutor(2) as pool:
        there, _ = predict_plain(made, fit_plain(replace(made, executor=pool)), rows)
    gone, _ = predict_plain(made, fit_plain(replace(made, executor=pool)), rows)  # it has been shut down
    for others in (there, gone):
        assert all(np.array_equal(one.predicted, other.predicted) for one, other in zip(here, others, strict=True))
    scores = {each.name: made.metric.score(open_development(made.data).y, each.predicted) for each in here}
    assert list(scores) == ["constant", "linear"]
    assert scores["linear"] > scores["constant"]


def test_a_linear_model_is_no_yardstick_for_itself(study):
    """It would be level with itself."""
    made = study()
    family = replace(made.family, learner=Learner("linear", "estimator", "finetooth.spaces.linear:logistic"))
    assert fit_plain(replace(made, family=family)) == PlainModels()


def test_a_linear_model_that_fails_is_a_note(study, monkeypatch):
    """No yardstick may end a run that has searched for hours."""

    def fails(*_):
        raise MemoryError("too large")

    monkeypatch.setattr(yardsticks, "_fitted", fails)
    made = study()
    models = fit_plain(made)
    assert models == PlainModels(
        None, ("The linear model beside the comparison did not fit (MemoryError: too large).",)
    )
    plain, notes = predict_plain(made, models, SealedRows(np.asarray(open_development(made.data).X)))
    assert ([each.name for each in plain], notes) == (["constant"], ())


def test_a_yardstick_that_cannot_predict_is_a_note_without_a_value_of_a_sealed_row(study):
    """What an error quotes may be the value of a row that nobody may see."""
    made = study()
    plain, notes = predict_plain(made, PlainModels(linear="no pipeline"), SealedRows(np.zeros((3, 1), np.float32)))
    assert [each.name for each in plain] == ["constant"]
    assert notes == ("The linear model beside the comparison has no scores (AttributeError).",)


def test_many_rows_are_drawn_down_to_the_limit_and_whole_units_at_a_time(study, monkeypatch):
    """The cost stays that of one small fit, whatever the table."""
    monkeypatch.setattr(yardsticks, "ROWS", 60)
    monkeypatch.setattr(yardsticks, "LEAST_ROWS", 60)
    made = study()
    development = open_development(made.data)
    rows = yardsticks._sample(development, 0)
    assert abs(len(rows) - 60) <= 3
    assert set(np.unique(development.y[rows])) == {0.0, 1.0}
    assert np.array_equal(yardsticks._sample(development, 0), rows)
    assert not np.array_equal(yardsticks._sample(development, 1), rows)


def test_the_gain_over_a_yardstick_is_that_of_the_comparison_itself(study):
    """The same interval, on the same rows, between what ships and the plain model."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200).astype(float)
    ours = np.clip(0.5 + 0.3 * (y - 0.5) + 0.2 * rng.normal(size=(2, 200)), 0, 1)
    metric = METRICS["roc_auc"]

    def compare(one, other):
        interval = two_way(metric, y, one, other, draws=200, rng=np.random.default_rng(1))
        return metric.natural(y, other[0]), interval

    plain = yardsticks.Plain("constant", "half", np.broadcast_to(np.array(0.5), (200,)))
    (found,) = measure(ours, [plain], compare)
    _, expected = compare(ours, np.full((2, 200), 0.5))
    assert (found.score, found.difference, found.low, found.high) == (
        0.5,
        expected.difference,
        expected.low,
        expected.high,
    )
    assert found.low > 0


def test_a_yardstick_without_an_interval_is_left_out(study):
    """Such as one in another form, or rows that are too few for it."""
    ours = np.zeros((2, 4))

    def refuses(*_):
        raise InputError("too few")

    plain = [yardsticks.Plain("constant", "half", np.zeros(4))]
    assert measure(ours, plain, refuses) == ()
    other = [yardsticks.Plain("linear", "wrong", np.zeros((4, 3)))]
    assert measure(ours, other, lambda *_: (0.0, Interval(0.0, 0.0, 0.0, 0.0, 1))) == ()


def test_a_panel_has_the_last_value_of_each_group_that_is_known(study, tmp_path):
    """Where the groups on both sides are the same; of new ones nobody knows a last value."""
    days = np.repeat(np.arange(120), 2)
    shop = np.tile(["north", "south"], 120)
    y = np.where(shop == "north", 10.0, 20.0) + days / 100
    frame = pd.DataFrame(
        {"day": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"), "shop": shop, "x": y, "y": y}
    )
    frame.to_csv(tmp_path / "panel.csv", index=False)
    split = {"time": "day", "group": "shop", "unseen": "times"}
    config = load_tune({"data": {"source": str(tmp_path / "panel.csv"), "target": "y"}, "split": split})
    data = split_table(config, tmp_path / "store", Gate(lambda *_: (), lambda *_: ())).data
    made = study("regression", config=config, data=data, run=Run(tmp_path / "other", config))
    last = open_development(data).rows.time.max()
    time, group = np.full(3, last + 86_400.0), hash_series(pd.Series(["south", "north", "west"]))
    X = np.asarray(open_development(data).X[:3])
    plain = {p.name: p for p in predict_plain(made, PlainModels(), SealedRows(X, time, group))[0]}["last value"]
    newest = (last - pd.Timestamp("2024-01-01").timestamp()) / 86_400 / 100
    assert plain.form == "at the end of the development rows of each 'shop'"
    assert plain.predicted == pytest.approx([20 + newest, 10 + newest, 15 + newest])
    new = SealedRows(X, time, hash_series(pd.Series(["east", "east", "west"])))
    (plain,) = [p for p in predict_plain(made, PlainModels(), new)[0] if p.name == "last value"]
    assert plain.form == "at the end of the development rows"
    assert plain.predicted == pytest.approx([15 + newest] * 3)


def test_a_series_has_its_last_value_and_its_season(tables, study, tmp_path):
    """Of numbers in a split by time; nothing is forecast where the sealed times are not known."""
    frame = tables["regression"].frame.copy()
    days = np.arange(len(frame))
    frame["day"] = np.datetime64("2024-01-01") + days
    frame["target"] = (days % 7) ** 2 + 0.1 * np.random.default_rng(0).normal(size=len(frame))
    frame.to_csv(tmp_path / "series.csv", index=False)
    config = load_tune({"data": {"source": str(tmp_path / "series.csv")}, "split": {"time": "day"}})
    data = split_table(config, tmp_path / "store", Gate(lambda *_: (), lambda *_: ())).data
    made = study("regression", config=config, data=data, run=Run(tmp_path / "other", config), executor=InlineExecutor())
    development = open_development(data)
    last = float(development.rows.time.max())
    ahead = SealedRows(np.asarray(development.X[:7]), last + 86_400.0 * np.arange(1, 8))
    plain = {each.name: each for each in predict_plain(made, PlainModels(), ahead)[0]}
    assert {name: each.form for name, each in plain.items()} == {
        "constant": "the mean",
        "last value": "at the end of the development rows",
        "last season": "the last 7 steps of 'day', repeated",
    }
    newest = development.y[np.argmax(development.rows.time)]
    assert plain["last value"].predicted.tolist() == [newest] * 7
    assert plain["last season"].predicted[-1] == newest
    unknown = predict_plain(made, PlainModels(), replace(ahead, time=None))[0]
    assert [each.name for each in unknown] == ["constant"]
