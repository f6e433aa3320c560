"""The cache that threads share: each value is built once, few are kept, and a failure is not remembered."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from finetooth.models.cache import BoundedCache, Shelf


def test_a_value_is_built_once_however_many_ask_at_once():
    cache, built, gate = BoundedCache(2, one), [], threading.Barrier(4)

    def build():
        built.append(1)
        return object()

    def ask(_):
        gate.wait()
        return cache.get("key", build)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert len(built) == 1


def one(value):
    return 1


def test_the_value_that_was_asked_for_longest_ago_goes_first():
    cache, built = BoundedCache(2, one), []
    for key in ["a", "b", "a", "c", "a", "b"]:
        cache.get(key, lambda key=key: built.append(key))
    assert built == ["a", "b", "c", "b"]


def test_building_one_value_does_not_hold_up_another():
    cache, started, go = BoundedCache(2, one), threading.Event(), threading.Event()

    def slow():
        started.set()
        assert go.wait(10)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get, "slow", slow)
        assert started.wait(10)
        assert cache.get("quick", lambda: "quick") == "quick"
        go.set()
        assert first.result() == "slow"


def test_a_build_that_failed_is_tried_again():
    cache = BoundedCache(2, one)
    with pytest.raises(OSError, match="no disk"):
        cache.get("key", fail)
    assert cache.get("key", lambda: 1) == 1


def fail():
    raise OSError("no disk")


def test_values_are_kept_by_what_they_weigh_and_the_newest_stays_however_heavy():
    cache, built = BoundedCache(10, len), []

    def ask(text):
        return cache.get(text, lambda: built.append(text) or text)

    for text in ["aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb", "x" * 99, "x" * 99, "aaaa"]:
        assert ask(text) == text
    assert built == ["aaaa", "bbbb", "cccc", "bbbb", "x" * 99, "aaaa"]


def test_what_is_taken_from_the_shelf_is_gone_until_it_is_put_back():
    shelf = Shelf(10, len)
    shelf.put("a", "aaaa")
    assert [shelf.take("a"), shelf.take("a"), shelf.take("never")] == ["aaaa", None, None]


def test_the_shelf_drops_what_lay_there_longest_and_takes_nothing_heavier_than_itself():
    shelf = Shelf(10, len)
    for key, value in [("a", "aaaa"), ("b", "bbbb"), ("a", "AAAA"), ("c", "cccc")]:
        shelf.put(key, value)
    assert [shelf.take(key) for key in "abc"] == ["AAAA", None, "cccc"]
    shelf.put("d", "d" * 11)
    assert shelf.take("d") is None
