"""The parts of the genetic search: operators, encoding, surrogate, and what they promise together."""

import math
from dataclasses import replace

import numpy as np
import pytest

from finetooth import seeds
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search import genetic, surrogate
from finetooth.search.candidates import every_candidate, shared_stream
from finetooth.search.encoding import features_of, genes_of, snap_genes
from finetooth.search.operators import STEP, adapted_step, cross, fill, mutate, tournament
from finetooth.search.protocol import View
from finetooth.search.scores import MOST_TRIALS, imputed_scores, normal_scores, observe
from tests.search.small import CATEGORIES, CONDITIONAL, FIDELITY, LOGS, PLAIN, SPACES, TINY, TINY_SIZE, run, score


def rng(seed=0):
    return np.random.default_rng(seed)


def trial(index, params, value, fidelity=FIDELITY, parents=()):
    return Trial("test", Candidate(index, params, "x", parents), fidelity, "complete", (value,))


@pytest.mark.parametrize("name", SPACES)
def test_settled_genes_are_those_of_the_candidates_they_stand_for(name):
    space = SPACES[name]
    genes = rng().random((200, len(space.names)))
    expected = np.array([space.to_unit(space.from_unit(row)) for row in genes])
    np.testing.assert_allclose(snap_genes(space, genes), expected, atol=1e-12)


def test_a_point_that_has_no_place_on_a_scale_counts_as_absent():
    genes = genes_of(LOGS, [trial(0, {"rate": None, "depth": "deep", "rounds": 10}, 0.0)])
    assert np.isnan(genes[0]).tolist() == [True, True, False]


def test_columns_put_inactive_numbers_in_the_middle_and_options_at_distance_one():
    first, second = {"kind": "a", "flag": True, "x": 0.2}, {"kind": "c", "flag": True, "x": 0.2}
    columns = features_of(CATEGORIES, genes_of(CATEGORIES, [trial(0, first, 0.0), trial(1, second, 0.0)]), 1.0)
    assert columns.groups.tolist() == [0, 0, 0, 0, 1, 1, 2, 3]
    assert ((columns.values[0] - columns.values[1]) ** 2).sum() == pytest.approx(1.0)
    shallow = features_of(CONDITIONAL, np.array([[0.2, 0.3, math.nan, math.nan, math.nan]]), 0.25)
    assert shallow.values.tolist() == [[0.2, 0.3, 0.5, 0.0, 0.0, 0.5, 0.25]]


def test_children_have_the_genes_of_their_parents_or_lie_around_them():
    mothers, fathers = np.full((500, 2), 0.4), np.full((500, 2), 0.6)
    mixed = cross(mothers, fathers, PLAIN, rng(), blend=False)
    assert set(mixed.ravel()) == {0.4, 0.6}
    blended = cross(mothers, fathers, PLAIN, rng())
    assert blended.min() >= 0.3
    assert blended.max() <= 0.7
    assert len(set(blended.ravel())) > 100


def test_a_gene_that_one_parent_lacks_comes_from_the_other():
    children = cross(np.array([[math.nan, 0.1]]), np.array([[0.8, math.nan]]), PLAIN, rng())
    assert children.tolist() == [[0.8, 0.1]]
    both = cross(np.full((1, 2), math.nan), np.full((1, 2), math.nan), PLAIN, rng())
    assert np.isnan(both).all()
    assert not np.isnan(fill(both, rng())).any()


def test_mutation_changes_one_gene_at_least_stays_inside_and_reaches_the_edge():
    genes = np.full((400, 2), 0.9)
    moved = mutate(genes, np.full((400, 1), 0.3), 0.0, PLAIN, rng())
    assert ((moved != genes).sum(1) == 1).all()
    assert moved.min() >= 0.0
    assert (moved == 1.0).any()


def test_mutation_reaches_every_option_of_a_choice():
    moved = mutate(np.full((300, 3), 0.1), np.full((300, 1), 0.01), 1.0, CATEGORIES, rng())
    assert {CATEGORIES.domains[0].from_unit(g) for g in moved[:, 0]} == {"a", "b", "c", "d"}


def test_tournaments_prefer_the_fitter():
    places = tournament(np.arange(10.0), 2000, rng())
    assert np.bincount(places, minlength=10)[9] > 3 * np.bincount(places, minlength=10)[2]


def test_the_step_grows_with_success_and_shrinks_without():
    parent = trial(0, {"x": 0.0, "y": 0.0}, 0.0)
    better = [parent, *(trial(i, {"x": 0.1, "y": i / 9}, 1.0, parents=(0,)) for i in range(1, 4))]
    worse = [parent, *(trial(i, {"x": 0.1, "y": i / 9}, -1.0, parents=(0,)) for i in range(1, 4))]
    assert adapted_step([parent]) == STEP
    assert adapted_step(worse) < STEP < adapted_step(better)


def test_the_step_is_that_of_all_trials_while_they_are_few_and_of_the_newest_480_later():
    # Three successes, then one in five, which leaves the step where it is, then three more; all descend from trial 0.
    won = [i < 4 or i % 5 == 0 or i > 698 for i in range(702)]
    points = [trial(0, {"x": 0.0, "y": 0.0}, 0.5)]
    points += [trial(i, {"x": i / 999, "y": 0.0}, float(won[i]), parents=(0,)) for i in range(1, 702)]
    steps = [math.log(adapted_step(points[:count]) / STEP) for count in (5, 10, 480, 695, 702)]
    assert steps == pytest.approx([0.55, 0.55, 0.55, 0.0, 0.5])


def test_ranks_become_normal_scores_with_failures_last_and_ties_alike():
    values = normal_scores([3.0, -math.inf, 1.0, 1.0])
    assert values[0] > values[2] == values[3] > values[1]
    assert normal_scores([7.0]).tolist() == [0.0]


def test_scores_are_ranked_within_their_fidelity():
    low = Fidelity(0.25, 3)
    prior = [trial(i, {"x": i / 9, "y": 0.5}, 100.0 + i, low) for i in range(3)]
    own = [trial(i, {"x": i / 9, "y": 1.5}, float(i)) for i in range(3)]
    known = observe(PLAIN, own, prior)
    assert known.scores[:3].tolist() == known.scores[3:].tolist()
    assert known.shares.tolist() == [0.25] * 3 + [1.0] * 3
    assert (known.full_share, known.prior_count, known.trial_indices.tolist()) == (1.0, 3, [-1, -1, -1, 0, 1, 2])


def test_a_promoted_elite_keeps_its_place_above_the_candidates_it_left_behind():
    low = Fidelity(0.25, 3)
    points = [{"x": i / 9, "y": 0.5} for i in range(9)]
    prior = [trial(i, params, float(i), low) for i, params in enumerate(points)]
    own = [trial(i, points[place], float(place)) for i, place in enumerate((8, 7, 6))]
    scores = observe(PLAIN, own, prior).scores
    assert scores[9:].mean() == pytest.approx(scores[6:9].mean())
    assert scores[9:].min() > scores[4]
    assert scores[9] > scores[10] > scores[11]


def test_what_a_surrogate_reads_is_bounded_and_holds_the_best():
    trials = [trial(i, {"x": 0.0, "y": i / 600}, float(i == 5)) for i in range(600)]
    known = observe(PLAIN, trials, [])
    assert len(known.scores) == MOST_TRIALS
    assert 5 in known.trial_indices
    assert 599 in known.trial_indices


def test_a_pruned_trial_stands_as_far_from_the_best_as_on_the_folds_that_both_were_tried_on():
    def tried(index, state, scores, folds):
        candidate = Candidate(index, {"x": 0.1 * index, "y": 0.1}, "x")
        return Trial("test", candidate, FIDELITY, state, scores, folds=folds)

    best = tried(0, "complete", (0.8, 0.6, 0.7), ("a", "b", "c"))
    trials = [
        best,
        tried(1, "complete", (0.7, 0.5, 0.3), ("a", "b", "c")),
        tried(2, "pruned", (0.75,), ("a",)),
        tried(3, "pruned", (0.9,), ("other",)),
        tried(4, "failed", (), ()),
    ]
    assert imputed_scores(trials) == pytest.approx([0.7, 0.5, 0.65, -math.inf, -math.inf])
    assert imputed_scores(trials[2:3]) == [-math.inf]


def test_a_pruned_trial_without_folds_in_common_ranks_last_and_a_failed_one_has_no_rank():
    states = [
        trial(0, {"x": 0.1, "y": 0.1}, 3.0),
        Trial("test", Candidate(1, {"x": 0.2, "y": 0.1}, "x"), FIDELITY, "pruned", (9.0,)),
        Trial("test", Candidate(2, {"x": 0.3, "y": 0.1}, "x"), FIDELITY, "failed"),
        Trial("test", Candidate(3, {"x": 0.4, "y": 0.1}, "x"), FIDELITY, "running"),
    ]
    known = observe(PLAIN, states, [])
    assert known.trial_indices.tolist() == [0, 1]
    assert known.scores[1] < known.scores[0]
    assert len(known.failed) == 1


def test_the_surrogate_learns_a_smooth_function_and_knows_where_it_is_unsure():
    points = rng().random((40, 2))
    columns = features_of(PLAIN, points, 1.0)
    process = surrogate.fit(columns, normal_scores(-((points - 0.4) ** 2).sum(1)))
    probe = features_of(PLAIN, np.array([[0.4, 0.4], [0.95, 0.95]]), 1.0).values
    mean, _ = surrogate.predict(process, probe)
    assert mean[0] > 1.5
    assert mean[1] < 0.0
    _, at_points = surrogate.predict(process, columns.values)
    narrow = surrogate.fit(features_of(PLAIN, points * 0.3, 1.0), normal_scores(points[:, 0]))
    _, far = surrogate.predict(narrow, probe[1:])
    assert at_points.max() < far[0]


def test_expected_improvement_is_that_of_the_formula():
    gain = surrogate.expected_improvement(np.array([1.0, 0.0]), np.array([1e-9, 1.0]), 0.0)
    assert gain == pytest.approx([1.0, 1 / math.sqrt(2 * math.pi)])


def test_the_screened_search_beats_random_search_on_a_smooth_function():
    best = {
        name: np.mean([max(t.score for t in run(name, LOGS, 36, seed) if t.state == "complete") for seed in range(2)])
        for name in ("random", "genetic-plain", "genetic")
    }
    assert best["random"] < best["genetic"]
    assert best["genetic-plain"] < best["genetic"]
    assert best["genetic"] > -0.004


def test_failures_lower_the_hope_where_nothing_came_through():
    points = rng().random((20, 2)) * np.array([0.5, 1.0])
    process = surrogate.fit(features_of(PLAIN, points, 1.0), normal_scores(np.sin(9 * points[:, 0]) + points[:, 1]))
    apart = features_of(PLAIN, np.array([[0.95, 0.5], [0.9, 0.6], [0.97, 0.4]]), 1.0).values
    among = features_of(PLAIN, points[:1] + 0.001, 1.0).values
    here, there = surrogate.success_probability(process, apart, np.vstack([among, apart[:1]]))
    assert there < here - 0.15
    assert surrogate.success_probability(process, among, among)[0] > 0.5


def test_a_coarse_search_replaces_the_initial_design():
    low = Fidelity(0.25, 3)
    prior = [
        trial(i, t.candidate.params, score(PLAIN, t.candidate.params), low)
        for i, t in enumerate(run("sobol", PLAIN, 16))
    ]
    own = [trial(0, {"x": 0.0, "y": 1.0}, score(PLAIN, {"x": 0.0, "y": 1.0}))]
    view = View(PLAIN, own, 1, seeds.stream(0, "test", "propose", 1))
    assert genetic.propose_genetic(replace(view, prior=prior)).origin != "sobol"
    assert genetic.propose_genetic(view).origin == "sobol"


def test_a_tiny_space_is_listed_whole_without_inactive_parameters():
    everything = list(every_candidate(TINY))
    assert len(everything) == TINY_SIZE
    for params in everything:
        TINY.check(params)


def test_a_search_has_one_stream_for_all_its_proposals():
    first = shared_stream(seeds.stream(3, "refine", "propose", 1), "sobol").random()
    assert first == shared_stream(seeds.stream(3, "refine", "propose", 2), "sobol").random()
    assert first != shared_stream(seeds.stream(4, "refine", "propose", 1), "sobol").random()
    assert first != shared_stream(seeds.stream(3, "coarse", "propose", 1), "sobol").random()
