"""The peers of `time_to_quality`, as a sensible user would write them: Optuna, scikit-learn's halving, FLAML.

All search the ranges of finetooth's own space (FLAML its own), and each keeps its incumbents as `Found`.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.searched_table import MOST_ROUNDS, Found, Task, read

FOLDS = 5
FEWEST_ROUNDS = 50  # where the number of rounds is searched, on a log scale


def _model(task: Task, params: dict, threads: int):
    import xgboost as xgb

    made = xgb.XGBRegressor if task.kind == "regression" else xgb.XGBClassifier
    return made(**params, enable_categorical=True, tree_method="hist", n_jobs=threads, random_state=task.seed)


def _predictor(task: Task, params: dict, X, y, outer) -> Callable[[], np.ndarray]:
    def predict() -> np.ndarray:
        model = _model(task, params, task.cores).fit(X, y)
        return model.predict(outer) if task.kind == "regression" else model.predict_proba(outer)[:, 1]

    return predict


def _scoring(task: Task) -> str:
    return "neg_root_mean_squared_error" if task.kind == "regression" else "roc_auc"


def _splitter(task: Task):
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = KFold if task.kind == "regression" else StratifiedKFold
    return kind(FOLDS, shuffle=True, random_state=task.seed)


def _space(task: Task):
    """finetooth's own space, so that all tools search the same parameters."""
    from finetooth.spaces.xgboost import family

    return family(task.kind).space


def _suggested(trial, space) -> dict:
    from finetooth.domains.domains import Int

    return dict(space.constants) | {
        d.name: (trial.suggest_int if isinstance(d, Int) else trial.suggest_float)(d.name, d.low, d.high, log=d.log)
        for d in space.domains
    }


def optuna_tpe(task: Task, start: float) -> list[Found]:
    """Optuna's TPE with 5-fold `cross_val_score` of the scikit-learn wrapper; the number of rounds is searched."""
    from sklearn.model_selection import cross_val_score

    X, y, outer = read(task)
    space = _space(task)

    def objective(trial) -> float:
        params = _suggested(trial, space)
        params["n_estimators"] = trial.suggest_int("n_estimators", FEWEST_ROUNDS, MOST_ROUNDS, log=True)
        trial.set_user_attr("params", params)
        model = _model(task, params, task.cores)
        return float(cross_val_score(model, X, y, scoring=_scoring(task), cv=_splitter(task)).mean())

    return _optimised(task, start, objective, X, y, outer)


def optuna_early(task: Task, start: float) -> list[Found]:
    """Optuna's TPE with `xgboost.cv`, which stops early: the number of rounds is read off the curve, as here."""
    import xgboost as xgb

    X, y, outer = read(task)
    space, pairs = _space(task), list(_splitter(task).split(X, y))
    rows = xgb.DMatrix(X, y, enable_categorical=True)
    name = "rmse" if task.kind == "regression" else "auc"
    fixed = {"objective": "reg:squarederror" if name == "rmse" else "binary:logistic", "tree_method": "hist"}

    def objective(trial) -> float:
        params = _suggested(trial, space)
        words = {**params, **fixed, "eval_metric": name, "nthread": task.cores, "seed": task.seed}
        curve = xgb.cv(words, rows, MOST_ROUNDS, folds=pairs, early_stopping_rounds=50)[f"test-{name}-mean"]
        trial.set_user_attr("params", {**params, "n_estimators": len(curve)})
        return float(curve.iloc[-1] * (-1 if name == "rmse" else 1))

    return _optimised(task, start, objective, X, y, outer)


def _optimised(task: Task, start: float, objective, X, y, outer) -> list[Found]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = []

    def told(study, trial):
        if study.best_trial.number == trial.number:
            params = trial.user_attrs["params"]
            about = {**params, "index": trial.number}
            seconds = time.perf_counter() - start
            found.append(Found(seconds, trial.value, _predictor(task, params, X, y, outer), about))

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=task.seed))
    study.optimize(objective, timeout=task.seconds - (time.perf_counter() - start), callbacks=[told])
    return found


def halving(task: Task, start: float) -> list[Found]:
    """scikit-learn's HalvingRandomSearchCV over rows, 81 candidates at first; it ends when it ends."""
    from scipy.stats import loguniform, randint, uniform
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingRandomSearchCV

    from finetooth.domains.domains import Int

    X, y, outer = read(task)
    space = _space(task)
    ranges = {"n_estimators": randint(FEWEST_ROUNDS, MOST_ROUNDS + 1)}
    for d in space.domains:
        drawn = loguniform(d.low, d.high) if d.log else uniform(d.low, d.high - d.low)
        ranges[d.name] = randint(d.low, d.high + 1) if isinstance(d, Int) else drawn
    search = HalvingRandomSearchCV(
        _model(task, dict(space.constants), 1),
        ranges,
        n_candidates=81,
        min_resources="exhaust",
        factor=3,
        cv=_splitter(task),
        scoring=_scoring(task),
        n_jobs=task.cores,
        random_state=task.seed,
        refit=False,
    ).fit(X, y)
    params = dict(space.constants) | search.best_params_
    return [Found(time.perf_counter() - start, search.best_score_, _predictor(task, params, X, y, outer), dict(params))]


def flaml_xgboost(task: Task, start: float) -> list[Found]:
    """FLAML with XGBoost alone (its estimator "xgboost": trees grown leaf by leaf)."""
    return _flaml(task, start, ["xgboost"])


def flaml_default(task: Task, start: float) -> list[Found]:
    """FLAML with its default list of estimators, of those that are installed."""
    return _flaml(task, start, "auto")


def _flaml(task: Task, start: float, estimators: list[str] | str) -> list[Found]:
    from flaml import AutoML

    X, y, outer = read(task)
    log = task.folder / "flaml.log"
    words = {
        "task": "regression" if task.kind == "regression" else "classification",
        "metric": "rmse" if task.kind == "regression" else "roc_auc",
        "n_jobs": task.cores,
        "seed": task.seed,
        "verbose": 0,
    }
    before = time.perf_counter() - start
    AutoML().fit(
        X,
        y,
        time_budget=task.seconds - before,
        estimator_list=estimators,
        log_file_name=str(log),
        log_type="better",
        retrain_full=False,
        **words,
    )
    records = [json.loads(line) for line in log.read_text().splitlines()]
    trained = [r for r in records if "wall_clock_time" in r]
    return [_flaml_found(place, r, before, log, X, y, outer, words) for place, r in enumerate(trained)]


def _flaml_found(place: int, record: dict, before: float, log: Path, X, y, outer, words: dict) -> Found:
    from flaml import AutoML

    def predict() -> np.ndarray:
        automl = AutoML()
        settings = {name: words[name] for name in ("task", "n_jobs")}
        automl.retrain_from_log(str(log), X_train=X, y_train=y, record_id=place, train_full=True, **settings)
        return automl.predict(outer) if words["task"] == "regression" else automl.predict_proba(outer)[:, 1]

    about = {**record["config"], "learner": record["learner"], "rows": record.get("sample_size")}
    return Found(before + record["wall_clock_time"], -record["validation_loss"], predict, about)
