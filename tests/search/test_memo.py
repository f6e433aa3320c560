"""Results that are found again by identity: once worked out, never confused, and bounded in number."""

from finetooth import seeds
from finetooth.records import Candidate
from finetooth.search.candidates import candidate_key, params_key
from finetooth.search.encoding import genes_of
from finetooth.search.memo import Memo
from finetooth.search.protocol import View
from finetooth.search.samplers import grid_points, propose_grid
from tests.search.small import CATEGORIES, LOGS, PLAIN, TINY, run


def test_a_result_is_worked_out_once_for_the_same_objects_and_anew_for_equal_ones():
    calls = []
    first, equal = [1], [1]
    remembered = Memo(lambda *of: calls.append(of) or len(calls))
    assert [remembered(first), remembered(first), remembered(equal), remembered(first, equal)] == [1, 1, 2, 3]
    assert len(calls) == 3


def test_objects_are_held_so_that_none_of_another_identity_is_taken_for_one():
    remembered = Memo(lambda of: of[0], max_size=1000)
    assert [remembered([number]) for number in range(500)] == list(range(500))


def test_what_is_remembered_is_bounded():
    remembered = Memo(lambda of: of[0], max_size=3)
    kept = [[number] for number in range(10)]
    assert [remembered(one) for one in kept] == list(range(10))
    assert len(remembered._results) <= 3
    assert [remembered(one) for one in kept] == list(range(10))


def test_genes_and_keys_are_those_of_the_candidate_and_of_the_space():
    trials = run("random", LOGS, 6)
    for _ in range(2):
        assert genes_of(LOGS, trials).tolist() == [LOGS.to_unit(t.candidate.params).tolist() for t in trials]
        assert genes_of(PLAIN, trials).tolist() != genes_of(LOGS, trials).tolist()
    one, other = Candidate(0, {"k": 1}, "x"), Candidate(0, {"k": True}, "x")
    assert candidate_key(one) == params_key({"k": 1}) != candidate_key(other)


def test_the_grid_of_a_space_is_listed_once(monkeypatch):
    assert grid_points(TINY) is grid_points(TINY)
    assert grid_points(CATEGORIES) != grid_points(TINY)
    first = propose_grid(View(TINY, (), 0, seeds.stream(0, "test", "propose", 0)))
    monkeypatch.setattr("finetooth.search.samplers.every_candidate", lambda *_: 1 / 0)
    assert propose_grid(View(TINY, (), 0, seeds.stream(0, "test", "propose", 0))) == first
