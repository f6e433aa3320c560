"""The two searches on real fits: what each starts from, what it sees, and that executors do not matter."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from finetooth.config.loading import load_tune
from finetooth.errors import InputError
from finetooth.models.learner import Learner
from finetooth.records import Candidate, Fidelity
from finetooth.trials import budget, searches
from finetooth.trials.comparable import TAKEN_OVER, run_here
from finetooth.trials.journal import EndedEarly, Journal, untimed

SMALL = {"rows": 0.5, "folds": 2, "least_rows": 20}
CONFIG = {
    "coarse": {"trials": 6, **SMALL},
    "refine": {"trials": 6, "folds": 2, "window": 2},
}
FULL = Fidelity(1.0, 2)


def both(study):
    first = searches.coarse(study)
    return list(map(untimed, first)), list(map(untimed, searches.refine(study, first)))


def test_two_searches_give_the_same_trials_for_every_executor(study, tmp_path):
    config = load_tune(CONFIG)
    alone = both(study(config=config))
    with ThreadPoolExecutor(2) as pool:
        journal = Journal(tmp_path / "threads.jsonl")
        assert both(study(config=config, executor=pool, journal=journal)) == alone
    assert list(map(untimed, Journal(journal.path).trials())) == [*alone[0], *alone[1]]


def test_refinement_takes_over_what_ran_on_all_rows_and_goes_on_with_the_best_of_the_subset(study, boosted):
    opened = study(config=load_tune(CONFIG))
    coarse, refined = both(opened)
    early = [t for t in coarse if t.fidelity == FULL]
    assert [t.candidate.index for t in (*coarse, *refined)] == [*range(6), *range(7)]
    assert [(t.candidate.index, t.candidate.origin, t.candidate.parents) for t in early[:1]] == [(3, "default", (0,))]
    assert refined[0] == replace(
        early[0], stage="refine", candidate=Candidate(0, dict(boosted.default), "default"), reason=TAKEN_OVER
    )
    kept = opened.journal.find("refine", 0, 0)
    assert (kept.seconds, kept.folds) == (0.0, early[0].folds)
    ranked = sorted((t for t in coarse[1:] if t.fidelity != FULL), key=lambda t: -t.score)
    assert [t.candidate for t in refined[1:4]] == [
        Candidate(i + 1, t.candidate.params, "promoted") for i, t in enumerate(ranked[:3])
    ]
    assert len({t.candidate.digest for t in refined}) == 7
    for trial in (*coarse[1:], *refined[1:]):
        if trial.candidate.origin != "default":
            boosted.space.check(trial.candidate.params)


def test_an_early_full_trial_is_the_one_that_refinement_would_have_run(study, tmp_path):
    """Same folds, same seeds: taking it over must not change the answer."""
    coarse, refined = both(study(config=load_tune(CONFIG)))
    alone = searches.refine(study(config=load_tune(CONFIG), journal=Journal(tmp_path / "alone.jsonl")), ())
    early = next(t for t in coarse if t.fidelity == FULL)
    assert replace(untimed(alone[0]), reason=TAKEN_OVER) == refined[0]
    assert (early.scores, early.folds) == (alone[0].scores, alone[0].folds)


def test_both_searches_run_as_many_trials_as_asked_for_however_they_are_divided(study):
    whole, skipped = load_tune(CONFIG), load_tune({**CONFIG, "coarse": {"trials": 6}})
    for number, config in enumerate((whole, skipped)):
        opened = study(config=config)
        opened = replace(opened, journal=Journal(opened.journal.path.with_name(f"{number}.jsonl")))
        first = searches.coarse(opened)
        run = [*first, *run_here(searches.refine(opened, first))]
        assert len(run) == 12


def test_coarse_trials_shuffle_their_folds_and_full_ones_share_them(study):
    coarse, refined = both(study(config=load_tune(CONFIG)))
    assert [t.repeat for t in coarse if t.fidelity != FULL] == [0, 1, 2, 4, 5]
    assert {t.repeat for t in (*refined, coarse[3])} == {0}
    assert {t.fidelity for t in coarse} == {Fidelity(0.5, 2), FULL}
    assert {t.fidelity for t in refined} == {FULL}
    assert len({t.folds for t in (*refined, coarse[3])}) == 1


def test_a_small_table_has_no_coarse_search_and_its_trials_go_to_refinement(study):
    opened = study(config=load_tune({**CONFIG, "coarse": {"trials": 6}}))
    assert searches.coarse(opened) == ()
    assert opened.journal.cut("coarse") == EndedEarly(
        "coarse", 0, "its subset would hold 100% of the 193 rows, which saves too little"
    )
    assert len(searches.refine(opened, ())) == 12


def test_a_sweep_is_one_search_on_all_rows(study):
    config = load_tune({"refine": {"trials": 3, "folds": 2, "method": "random"}})
    trials = searches.sweep(study("regression", config=config))
    assert [(t.stage, t.candidate.origin, t.fidelity) for t in trials] == [
        ("sweep", "default", Fidelity(1.0, 2)),
        ("sweep", "random", Fidelity(1.0, 2)),
        ("sweep", "random", Fidelity(1.0, 2)),
    ]


def test_another_seed_searches_elsewhere(study, tmp_path):
    sweeps = []
    for seed in (0, 0, 1):
        config = load_tune({"seed": seed, "refine": {"trials": 3, "folds": 2}})
        journal = Journal(tmp_path / f"{len(sweeps)}.jsonl")
        sweeps.append([t.candidate.params for t in searches.sweep(study(config=config, journal=journal))])
    assert sweeps[0] == sweeps[1] != sweeps[2]
    assert sweeps[0][0] == sweeps[2][0]


def test_an_unknown_method_names_the_nearest(study):
    with pytest.raises(InputError, match="Did you mean 'genetic'"):
        searches.sweep(study(config=load_tune({"refine": {"method": "genetik"}})))


@pytest.mark.parametrize(("rows", "asked", "folds"), [(500, None, 5), (10_000, None, 3), (9_999, None, 5), (500, 7, 7)])
def test_many_rows_need_fewer_folds(tables, rows, asked, folds):
    data = replace(tables["binary"].data, rows=rows)
    assert searches.full_trial(load_tune({"refine": {"folds": asked}}), data) == Fidelity(1.0, folds)


def test_a_refinement_leaves_it_to_the_coarse_stage_what_of_that_was_good(study, boosted):
    starters = ({"learning_rate": 0.1, "max_depth": 3}, {"learning_rate": 0.07, "max_depth": 5})
    config = load_tune({"coarse": {"trials": 3, "rows": 0.3, "least_rows": 20, "folds": 2}, "refine": {"folds": 2}})
    started = study(config=config, family=replace(boosted, starters=starters))
    plans = []
    coarse = searches.coarse(started)
    assert [t.candidate.origin for t in coarse] == ["default", "starter", "starter"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searches.loop, "search", lambda plan, *_: plans.append(plan) or ())
        searches.refine(started, coarse)
        searches.refine(started, ())
    assert [[c.origin for c in plan.known] for plan in plans] == [
        ["default", "promoted", "promoted"],
        ["default", "starter", "starter"],
    ]


def test_given_candidates_are_tried_right_after_the_default(study):
    given = {"learning_rate": 0.2, "max_depth": 2}
    config = load_tune({"refine": {"trials": 3, "folds": 2, "known": [given]}})
    trials = searches.sweep(study(config=config))
    assert [(t.candidate.origin, t.candidate.params) for t in trials][1] == ("given", given)


def test_seconds_are_shared_and_what_the_subset_leaves_goes_to_refinement(study, monkeypatch):
    deadlines, clock = {}, iter([100.0, 101.0, 101.0, 111.0, 111.0, 121.0])

    def search(plan, *_):
        deadlines[plan.stage] = plan.deadline
        return ()

    monkeypatch.setattr(searches.loop, "search", search)
    monkeypatch.setattr(searches.time, "monotonic", lambda: next(clock))
    opened = study(config=load_tune({"coarse": SMALL, "refine": {"seconds": 10}}))
    for stage in (searches.coarse, lambda opened: searches.refine(opened, ()), searches.sweep):
        stage(opened)
    assert deadlines == {"coarse": 103.0, "refine": 110.0, "sweep": 121.0}
    assert opened.timings["coarse"] == 1.0


@pytest.mark.parametrize("method", ["genetic", "halving", "population"])
def test_a_budget_in_full_fits_is_kept_by_both_searches_together(study, method):
    config = load_tune(
        {
            "coarse": {"trials": 30, **SMALL},
            "refine": {"trials": 40, "folds": 2, "window": 2, "cost": 5, "method": method},
        }
    )
    opened = study(config=config)
    first = searches.coarse(opened)
    second = searches.refine(opened, first)
    used = budget.spent(first, FULL) + budget.spent(second, FULL)
    assert 3.9 < used <= 5
    assert opened.journal.cut("refine").reason == "the budget was spent (5 full fits)"


def test_a_grid_that_is_too_large_is_refused_before_any_trial(study):
    config = load_tune({"refine": {"method": "grid", "trials": 6}})
    with pytest.raises(InputError, match=r"a grid must fit its budget; .* has 25 points for 6 trials"):
        searches.sweep(study(config=config))


def test_training_on_needs_a_model_with_rounds(study, boosted):
    family = replace(boosted, learner=Learner("linear", "estimator"))
    with pytest.raises(InputError, match="must have a model that is trained in rounds; 'linear' is not"):
        searches.sweep(study(config=load_tune({"refine": {"method": "population"}}), family=family))
