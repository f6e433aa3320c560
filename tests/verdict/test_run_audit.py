"""How the run was conducted is read from what ran: a rule that was broken is found, and none is where none was."""

from dataclasses import replace

import numpy as np
import pytest

from finetooth.config.loading import load_tune
from finetooth.data.split import Gate, split_table
from finetooth.data.store import Development, open_development
from finetooth.models.learner import Learner
from finetooth.records import Fidelity
from finetooth.trials import searches
from finetooth.verdict import replicate, run_audit

SMALL = {
    "coarse": {"trials": 2, "rows": 0.5, "least_rows": 60, "folds": 2},
    "refine": {"trials": 3, "folds": 3},
    "replicate": {"finalists": 1, "repeats": 2, "folds": 3},
}


@pytest.fixture
def conducted(study, tables):
    """A study whose journal holds a short search and its confirmation; its configuration and the sealed row numbers."""

    def run(kind="binary", **changes):
        config = load_tune({"data": {"source": tables[kind].config.data.source}, **SMALL})
        made = study(kind, config=config, **changes)
        refined = searches.refine(made, searches.coarse(made))
        entered = replicate.finalists(refined, config.replicate.finalists)
        for repeat in range(config.replicate.repeats):
            replicate.replicate(made, entered, repeat)
        numbers = open_development(made.data).row_numbers
        return config, made, np.setdiff1d(np.arange(len(tables[kind].frame)), numbers)

    return run


def stage(study, name):
    return study.journal.trials(name)


def test_a_run_that_kept_the_rules_has_no_finding(conducted):
    _, study, sealed = conducted()
    assert all(trial.folds for trial in study.journal.trials())
    assert run_audit.audit_run(study, sealed) == ()


def test_every_trial_names_as_many_folds_as_scored_it(conducted):
    _, study, _ = conducted()
    assert all(len(trial.folds) == len(trial.scores) for trial in study.journal.trials())
    refined, replicated = stage(study, "refine"), stage(study, "replicate")
    assert len({trial.folds for trial in refined}) == 1
    assert len({trial.folds for trial in replicated}) == 2


def test_a_sealed_row_in_the_subset_is_found(conducted):
    config, study, _ = conducted()
    development = open_development(study.data)
    (found,) = run_audit.check_subset(development, stage(study, "coarse"), config.seed, development.row_numbers)
    assert (found.check, found.strict, found.stops) == ("subset", True, True)
    assert found.evidence["foreign"] == found.evidence["rows"] > 0


def test_a_fold_of_the_search_that_confirms_is_found(conducted):
    config, study, _ = conducted()
    development, refined = open_development(study.data), stage(study, "refine")
    reused = tuple(replace(trial, folds=refined[0].folds) for trial in stage(study, "replicate"))
    (found,) = run_audit.check_folds(development, refined, reused, config.replicate.folds)
    assert (found.check, found.strict, found.evidence["reused"]) == ("fold_reuse", True, 3)


def test_folds_by_time_are_cut_anew_for_confirmation(tables, study, tmp_path):
    source = tables["binary"].config.data.source
    coarse = {"trials": 2, "rows": 0.4, "least_rows": 60, "folds": 2}
    config = load_tune({"data": {"source": source}, "split": {"time": "day"}, **SMALL, "coarse": coarse})
    made = study(config=config, data=split_table(config, tmp_path, Gate(lambda *_: (), lambda *_: ())).data)
    refined = searches.refine(made, searches.coarse(made))
    trials = replicate.replicate(made, replicate.finalists(refined, config.replicate.finalists), 0)
    development = open_development(made.data)
    assert run_audit.check_folds(development, refined, trials, config.replicate.folds) == ()
    reused = tuple(replace(trial, folds=refined[0].folds) for trial in trials)
    (found,) = run_audit.check_folds(development, refined, reused, config.replicate.folds)
    assert found.check == "fold_reuse"


def test_each_fold_by_time_keeps_its_gap_and_one_that_does_not_is_found(tables, study, tmp_path, monkeypatch):
    """Folds that learn from later rows than they score."""
    source = tables["binary"].config.data.source
    config = load_tune({"data": {"source": source}, "split": {"time": "day"}, **SMALL})
    made = study(config=config, data=split_table(config, tmp_path, Gate(lambda *_: (), lambda *_: ())).data)
    coarse = searches.coarse(made)
    development = open_development(made.data)
    assert development.rows.time is not None
    assert run_audit.check_time(development, coarse, config.seed) == ()
    drawn = run_audit._drawn(development, coarse[0], config.seed)
    swapped = tuple((test, fit) for fit, test in drawn)
    monkeypatch.setattr(run_audit, "_drawn", lambda *_: swapped)
    found = run_audit.check_time(development, coarse, config.seed)
    assert {(one.check, one.strict) for one in found} == {("time", True)}
    assert found[0].message.startswith("coarse, fold 1: ")


def test_rounds_that_are_chosen_on_the_rows_that_score_are_found(conducted):
    config, study, _ = conducted()
    development = open_development(study.data)
    boosted, frozen = Learner("xgboost", "xgboost"), stage(study, "replicate")
    assert run_audit.check_confirmation(development, frozen, boosted, config.seed) == ()
    params = {name: value for name, value in frozen[0].candidate.params.items() if name != "n_estimators"}
    free = replace(frozen[0], candidate=replace(frozen[0].candidate, params=params))
    (found,) = run_audit.check_confirmation(development, (free,), boosted, config.seed)
    assert (found.check, found.strict) == ("early_stopping", True)
    assert found.evidence["stop_and_score"] > 0
    fixed = Learner("xgboost", "xgboost", constants={"n_estimators": 5})
    assert run_audit.check_confirmation(development, (free,), fixed, config.seed) == ()


def test_rows_that_fit_and_score_a_finalist_are_found(conducted, monkeypatch):
    config, study, _ = conducted()
    development, honest = open_development(study.data), Development.folds
    torn = lambda *given: tuple((np.append(train, test[:2]), test) for train, test in honest(*given))  # noqa: E731
    monkeypatch.setattr(Development, "folds", torn)
    (found,) = run_audit.check_confirmation(development, stage(study, "replicate"), study.family.learner, config.seed)
    assert (found.check, found.evidence["fit_and_score"]) == ("early_stopping", 2)


def test_rows_that_fit_and_are_sealed_as_well_are_found(conducted):
    _, study, sealed = conducted()
    shared = np.append(sealed, open_development(study.data).row_numbers[0])
    found = run_audit.audit_run(study, shared)
    assert "early_stopping" in {one.check for one in found}
    assert all(one.strict for one in found)


def test_a_journal_whose_folds_are_not_those_of_its_seed_is_found(conducted):
    config, study, sealed = conducted()
    development = open_development(study.data)
    coarse = tuple(replace(trial, folds=trial.folds[::-1]) for trial in stage(study, "coarse"))
    other = tuple(replace(trial, repeat=trial.repeat + 7) for trial in stage(study, "replicate"))
    (subset,) = run_audit.check_subset(development, coarse, config.seed, sealed)
    (confirmed,) = run_audit.check_confirmation(development, other, study.family.learner, config.seed)
    assert subset.message == "trial 0 of coarse was scored on other rows than its seed gives."
    assert (subset.strict, confirmed.strict, confirmed.check) == (True, True, "early_stopping")


def test_an_older_journal_that_names_no_folds_is_not_called_checked(conducted):
    config, study, sealed = conducted()
    development = open_development(study.data)
    bare = [replace(trial, folds=()) for trial in study.journal.trials()]
    found = (
        *run_audit.check_subset(development, bare, config.seed, sealed),
        *run_audit.check_folds(development, bare, bare, 3),
        *run_audit.check_confirmation(development, bare, study.family.learner, config.seed),
    )
    assert [(one.check, one.severity) for one in found] == [(check, "info") for check in run_audit.CHECKS]
    assert all(one.message.startswith("not checked: ") for one in found)
    assert run_audit.check_subset(development, (), config.seed, sealed) == ()


def test_an_estimator_names_its_folds_as_boosting_does(conducted, study):
    from finetooth.records import Candidate
    from finetooth.trials.evaluate import Job, evaluate

    made = study()
    linear = Learner("linear", "estimator", "sklearn.linear_model:LogisticRegression", prepare="scaled")
    jobs = [
        Job("refine", Candidate(0, {}, "default"), Fidelity(1.0, 3), made.data, linear, "roc_auc", 0),
        Job(
            "refine",
            Candidate(0, {"n_estimators": 2}, "default"),
            Fidelity(1.0, 3),
            made.data,
            made.family.learner,
            "roc_auc",
            0,
        ),
    ]
    first, second = (evaluate(job) for job in jobs)
    assert first.folds == second.folds
    assert len(set(first.folds)) == 3
