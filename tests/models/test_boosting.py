"""XGBoost on kept fold matrices: the same numbers however often, in however many threads, and rounds off the curve."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xgboost as xgb

from finetooth.data.store import open_development
from finetooth.errors import InputError
from finetooth.metrics import DEFAULTS, METRICS
from finetooth.models import boosters
from finetooth.models import fold_matrices as matrices
from finetooth.models.boosters import Task
from finetooth.models.boosting import MOST_ROUNDS, fit_all, is_flat, patience, predict, train_folds
from finetooth.models.cache import BoundedCache
from finetooth.models.fold_matrices import fold_matrices
from finetooth.records import Fidelity, curve_rounds

THREE = Fidelity(folds=3)
DRAWN = {"learning_rate": 0.3, "subsample": 0.7, "colsample_bytree": 0.7, "max_depth": 3}
SEEDS = [1, 2, 3]


def task(kind, metric=None):
    classes = {"binary": 2, "multiclass": 3, "regression": 0}[kind]
    return Task(kind, classes, METRICS[metric or DEFAULTS[kind]])


@pytest.fixture
def folds(tables):
    return lambda kind: fold_matrices(tables[kind].data, THREE, 0, "refine", 0)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_the_same_fit_gives_the_same_numbers_again(folds, kind):
    first = train_folds(task(kind), DRAWN, folds(kind), SEEDS, None)
    assert train_folds(task(kind), DRAWN, folds(kind), SEEDS, None) == first
    assert train_folds(task(kind), DRAWN, folds(kind), [4, 5, 6], None) != first


def test_threads_that_share_matrices_give_what_one_alone_gives(folds):
    asked = [
        (kind, DRAWN | {"max_depth": 2 + number % 4, "n_estimators": 12})
        for number in range(16)
        for kind in ("binary", "multiclass")
    ]

    def run(pair):
        return train_folds(task(pair[0]), pair[1], folds(pair[0]), SEEDS, None)

    alone = [run(pair) for pair in asked]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, asked)) == alone


def test_other_work_between_two_fits_does_not_change_the_second(folds):
    alone = train_folds(task("binary"), DRAWN, folds("binary"), SEEDS, 5)
    train_folds(task("regression"), DRAWN, folds("regression"), [9, 9, 9], 3)
    assert train_folds(task("binary"), DRAWN, folds("binary"), SEEDS, 5) == alone


def test_a_fixed_number_of_rounds_is_kept_and_watching_changes_no_score(folds):
    params = DRAWN | {"n_estimators": 7}
    watched = train_folds(task("binary"), params, folds("binary"), SEEDS, None)
    quick = train_folds(task("binary"), params, folds("binary"), SEEDS, None, watch=False)
    assert (watched.rounds, len(watched.curve), quick.rounds, quick.curve) == (7, 7, 7, ())
    assert (watched.scores, watched.train_scores) == (quick.scores, quick.train_scores)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_rounds_are_read_off_the_mean_curve_and_frozen_rounds_give_the_same_scores(folds, kind):
    found = train_folds(task(kind), DRAWN, folds(kind), SEEDS, None)
    rounds = curve_rounds(len(found.curve))
    assert found.rounds == rounds[int(np.argmax(found.curve))]
    assert is_flat(found.curve, patience(DRAWN), larger=kind == "binary")
    assert not is_flat(found.curve[:-1], patience(DRAWN), larger=kind == "binary")
    frozen = train_folds(task(kind), DRAWN | {"n_estimators": found.rounds}, folds(kind), SEEDS, None, watch=False)
    assert (frozen.scores, frozen.train_scores) == (found.scores, found.train_scores)
    assert max(found.curve) == pytest.approx(np.mean(found.scores), abs=1e-5)


def test_fidelity_bounds_the_rounds(folds):
    found = train_folds(task("binary"), DRAWN, folds("binary"), SEEDS, 4)
    assert (len(found.curve), found.rounds) == (4, int(np.argmax(found.curve)) + 1)


def test_a_curve_is_flat_when_it_has_hardly_risen_for_the_time_of_patience():
    rising = [0.5 + 0.01 * i for i in range(40)]
    assert not is_flat(rising[:20], 20, larger=True)  # nothing lies 20 rounds back
    assert not is_flat(rising, 20, larger=True)
    assert is_flat([*rising, *[rising[-1] + 5e-5] * 4], 20, larger=True)  # rounds 125 to 140
    assert not is_flat([*rising, *[rising[-1] + 5e-5] * 3], 20, larger=True)
    assert not is_flat([*rising, *[rising[-1] + 2e-4] * 4], 20, larger=True)
    assert is_flat([-2.0] * 24 + [-1.9996] * 4, 20, larger=False)
    slowly = [*rising, *[rising[-1] + 4e-4] * 4]
    assert [is_flat(slowly, 20, larger=True, coarse=coarse) for coarse in (False, True)] == [False, True]
    assert not is_flat([*rising, *[rising[-1] + 6e-4] * 4], 20, larger=True, coarse=True)
    assert [is_flat([float("nan")] * points, 20, larger=True) for points in (20, 24)] == [False, True]


@pytest.mark.parametrize(
    ("params", "rounds"),
    [({"learning_rate": 0.5}, 20), ({}, 20), ({"learning_rate": 0.05}, 40), ({"learning_rate": 0.001}, 100)],
)
def test_slow_learners_are_given_more_patience(params, rounds):
    assert patience(params) == rounds
    assert MOST_ROUNDS == 1000


def test_a_loss_is_better_when_it_is_smaller(folds):
    found = train_folds(task("regression"), DRAWN, folds("regression"), SEEDS, 30)
    assert found.curve[0] < found.curve[-1] < 0
    assert max(found.scores) < 0


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("binary", "average_precision"),
        ("binary", "log_loss"),
        ("binary", "brier"),
        ("binary", "accuracy"),
        ("multiclass", "accuracy"),
        ("multiclass", "roc_auc_ovr"),
        ("multiclass", "f1"),
        ("regression", "mae"),
        ("regression", "r2"),
    ],
)
def test_every_metric_has_a_curve_that_climbs_to_the_round_that_is_used(folds, kind, metric):
    found = train_folds(task(kind, metric), DRAWN, folds(kind), SEEDS, 6)
    assert found.rounds == int(np.argmax(found.curve)) + 1
    assert np.isfinite(found.scores).all()


def test_categories_that_the_training_rows_lack_count_as_missing(tables):
    development = open_development(tables["binary"].data)
    color = development.about.schema.features.index("color")
    rare = int(np.argmin(np.bincount(np.asarray(development.X[:, color], dtype=int))))
    test = np.flatnonzero(development.X[:, color] == rare)
    train = np.setdiff1d(np.arange(len(development.y)), test)
    mixed = np.sort([*test, *train[:5]])
    seen = matrices._without_unseen(development, np.setdiff1d(train, train[:5]), mixed)
    expected = np.array(development.X[mixed])
    expected[np.isin(mixed, test), color] = np.nan
    np.testing.assert_array_equal(seen, expected)


def test_matrices_are_built_once_a_shuffle(tables, monkeypatch):
    built = []
    build = matrices._build
    monkeypatch.setattr(matrices, "_build", lambda *key, **how: built.append(key[1:]) or build(*key, **how))
    data = tables["binary"].data
    made = [fold_matrices(data, THREE, 77, "refine", repeat) for repeat in (0, 0, 1, 1, 0)]
    assert built == [(THREE, 77, "refine", 0), (THREE, 77, "refine", 1)]
    assert made[0] == made[1] == made[4]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_batches_give_the_matrix_that_the_whole_table_gives(tables, kind, monkeypatch):
    data = tables[kind].data
    whole = fold_matrices(data, THREE, 5, "whole", 0)
    monkeypatch.setattr(matrices, "_BATCH", 64)
    batched = matrices._build(data, THREE, 5, "whole", 0)
    fits = [train_folds(task(kind), DRAWN, made, SEEDS, 5) for made in (whole, batched)]
    assert fits[0] == fits[1]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_a_fit_on_all_rows_is_what_xgboost_fits_itself(tables, kind):
    data = tables[kind].data
    development = open_development(data)
    params = {"max_depth": 3, "learning_rate": 0.2, "n_estimators": 6}
    payload = fit_all(task(kind), params, data, 11)
    assert payload == fit_all(task(kind), params, data, 11)
    types = matrices.feature_types(development.about.schema)
    rows = xgb.DMatrix(development.X, development.y, feature_types=types, enable_categorical=True)
    objective = boosters._OBJECTIVES[kind]
    settings = {"objective": objective, "max_depth": 3, "learning_rate": 0.2, "tree_method": "hist", "nthread": 1}
    reference = xgb.train(settings | ({"num_class": 3} if kind == "multiclass" else {}), rows, 6)
    mine = xgb.Booster()
    mine.load_model(bytearray(payload))
    np.testing.assert_allclose(predict(mine, rows, 6), reference.predict(rows), rtol=1e-5)


def test_a_seed_matters_where_rows_are_drawn(tables):
    data = tables["binary"].data
    params = DRAWN | {"n_estimators": 3}
    assert fit_all(task("binary"), params, data, 1) != fit_all(task("binary"), params, data, 2)


def test_the_score_of_dropped_trees_is_that_of_the_rounds_that_the_curve_chose(folds):
    """What dart drops later changes earlier trees, so that the first trees are not the model of that round."""
    params = DRAWN | {"booster": "dart", "rate_drop": 0.5, "learning_rate": 0.5}
    found = train_folds(task("binary"), params, folds("binary"), SEEDS, 30)
    assert found.rounds < len(found.curve)
    assert np.mean(found.scores) == pytest.approx(max(found.curve), abs=1e-5)
    frozen = train_folds(task("binary"), params | {"n_estimators": found.rounds}, folds("binary"), SEEDS, None)
    assert frozen.scores == found.scores


def test_a_linear_booster_is_refused_with_one_line(folds):
    with pytest.raises(InputError, match="the booster must be gbtree or dart; got gblinear"):
        train_folds(task("binary"), {"booster": "gblinear"}, folds("binary"), SEEDS, 3)


def test_no_more_rounds_are_boosted_than_the_fidelity_allows_even_where_they_are_fixed(folds):
    params = DRAWN | {"n_estimators": 9}
    assert [train_folds(task("binary"), params, folds("binary"), SEEDS, most).rounds for most in (4, 9, 12)] == [
        4,
        9,
        9,
    ]


def test_training_rows_are_scored_on_a_fixed_sample_of_them(tables, monkeypatch):
    data = tables["regression"].data
    whole = matrices._build(data, THREE, 5, "refine", 0)
    monkeypatch.setattr(matrices, "TRAIN_SAMPLE", 50)
    sampled = matrices._build(data, THREE, 5, "refine", 0)
    assert all(fold.sample is fold.train for fold in whole)
    assert {len(fold.y_sample) for fold in sampled} == {len(whole[0].y_sample) // 3 + 1}
    found = [train_folds(task("regression"), DRAWN, made, SEEDS, 5) for made in (whole, sampled)]
    assert found[0].scores == found[1].scores
    assert found[0].train_scores != found[1].train_scores
    rows = open_development(data).folds(THREE, 5, "refine", 0)[0][0][::3]
    np.testing.assert_array_equal(sampled[0].y_sample, open_development(data).y[rows])


def test_folds_that_no_other_trial_meets_are_not_kept(tables, monkeypatch):
    monkeypatch.setattr(matrices, "_kept", BoundedCache(matrices.MOST_BYTES, matrices.weight))
    data = tables["binary"].data
    fold_matrices(data, THREE, 88, "coarse", 3, keep=False)
    assert not matrices._kept._slots
    rungs = [fold_matrices(data, Fidelity(1.0, 3, rounds), 88, "refine", 0) for rounds in (None, 5, 15)]
    assert rungs[0] == rungs[1] == rungs[2]
    assert len(matrices._kept._slots) == 1


def test_matrices_weigh_more_the_more_rows_they_hold(tables):
    light = fold_matrices(tables["binary"].data, Fidelity(0.5, 3), 0, "refine", 0)
    heavy = fold_matrices(tables["binary"].data, THREE, 0, "refine", 0)
    assert 0 < matrices.weight(light) < matrices.weight(heavy)
    assert matrices.weight(heavy) == sum(f.train.num_row() + f.test.num_row() for f in heavy) * (4 * heavy[0].train.num_col() + 16)  # fmt: skip
