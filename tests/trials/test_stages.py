"""The two searches on real fits: what each starts from, what it sees, and that executors do not matter."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from finetooth.config import load
from finetooth.errors import InputError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.trials import stages
from finetooth.trials.journal import Journal, untimed

CONFIG = {
    "coarse": {"trials": 4, "rows": 0.5, "folds": 2},
    "refine": {"trials": 6, "folds": 2, "window": 2},
}


def both(config, bench):
    first = stages.coarse(config, bench)
    return list(map(untimed, first)), list(map(untimed, stages.refine(config, bench, first)))


def test_two_searches_give_the_same_trials_for_every_executor(bench, tmp_path):
    config = load(CONFIG)
    alone = both(config, bench())
    with ThreadPoolExecutor(2) as pool:
        journal = Journal(tmp_path / "threads.jsonl")
        assert both(config, bench(executor=pool, journal=journal)) == alone
    assert list(map(untimed, Journal(journal.path).trials())) == [*alone[0], *alone[1]]


def test_each_search_starts_from_the_default_and_refinement_from_the_best_of_the_subset(bench, boosted):
    coarse, refined = both(load(CONFIG), bench())
    assert [t.candidate.index for t in (*coarse, *refined)] == [*range(4), *range(6)]
    default = Candidate(0, dict(boosted.default), "default")
    assert (coarse[0].candidate, refined[0].candidate) == (default, default)
    ranked = sorted(coarse[1:], key=lambda t: -t.score)
    assert [t.candidate for t in refined[1:4]] == [
        Candidate(i + 1, t.candidate.params, "promoted") for i, t in enumerate(ranked)
    ]
    assert len({t.candidate.digest for t in refined}) == 6
    for trial in (*coarse[1:], *refined[1:]):
        boosted.space.check(trial.candidate.params)


def test_coarse_trials_shuffle_their_folds_and_refined_ones_share_them(bench, monkeypatch):
    monkeypatch.setattr(stages, "LEAST_SUBSET", 10)
    coarse, refined = both(load(CONFIG), bench())
    assert [t.repeat for t in coarse] == [0, 1, 2, 3]
    assert {t.repeat for t in refined} == {0}
    assert {t.fidelity for t in coarse} == {Fidelity(0.5, 2)}
    assert {t.fidelity for t in refined} == {Fidelity(1.0, 2)}


def test_a_small_table_is_searched_whole(bench):
    assert {t.fidelity.rows for t in stages.coarse(load(CONFIG), bench())} == {1.0}


def test_a_sweep_is_one_search_on_all_rows(bench):
    config = load({"refine": {"trials": 3, "folds": 2, "method": "random"}})
    trials = stages.sweep(config, bench("regression"))
    assert [(t.stage, t.candidate.origin, t.fidelity) for t in trials] == [
        ("sweep", "default", Fidelity(1.0, 2)),
        ("sweep", "random", Fidelity(1.0, 2)),
        ("sweep", "random", Fidelity(1.0, 2)),
    ]


def test_another_seed_searches_elsewhere(bench, tmp_path):
    sweeps = []
    for seed in (0, 0, 1):
        config = load({"seed": seed, "refine": {"trials": 3, "folds": 2}})
        journal = Journal(tmp_path / f"{len(sweeps)}.jsonl")
        sweeps.append([t.candidate.params for t in stages.sweep(config, bench(journal=journal))])
    assert sweeps[0] == sweeps[1] != sweeps[2]
    assert sweeps[0][0] == sweeps[2][0]


def test_an_unknown_method_names_the_nearest(bench):
    with pytest.raises(InputError, match="Did you mean 'genetic'"):
        stages.sweep(load({"refine": {"method": "genetik"}}), bench())


@pytest.mark.parametrize(
    ("rows", "asked", "folds"), [(500, None, 5), (20_000, None, 3), (19_999, None, 5), (500, 7, 7)]
)
def test_many_rows_need_fewer_folds(tables, rows, asked, folds):
    from dataclasses import replace

    data = replace(tables["binary"].data, rows=rows)
    assert stages.folds(load({"refine": {"folds": asked}}), data) == folds


def test_promotion_takes_the_best_that_completed(boosted):
    def trial(index, score, state="complete"):
        candidate = Candidate(index, {"max_depth": index}, "sobol")
        return Trial("coarse", candidate, Fidelity(), state, (score,) if state == "complete" else ())

    trials = [trial(0, 9.0), trial(1, 0.1), trial(2, 0.3), trial(3, 0.0, "failed"), trial(4, 0.3), trial(5, 0.2)]
    promoted = stages.promote(trials, boosted, 3)
    assert [c.params for c in promoted] == [dict(boosted.default), {"max_depth": 2}, {"max_depth": 4}, {"max_depth": 5}]
    assert [c.index for c in promoted] == [0, 1, 2, 3]
    assert stages.promote([], boosted, 3) == promoted[:1]


def test_a_time_limit_is_shared_by_both_searches(bench, monkeypatch):
    deadlines = {}

    def search(plan, *_):
        deadlines[plan.stage] = plan.deadline
        return ()

    monkeypatch.setattr(stages.loop, "search", search)
    monkeypatch.setattr(stages.time, "monotonic", lambda: 100.0)
    config = load({"refine": {"seconds": 10}})
    for stage in (stages.coarse, lambda c, b: stages.refine(c, b, ()), stages.sweep):
        stage(config, bench())
    assert deadlines == {"coarse": 103.0, "refine": 107.0, "sweep": 110.0}
