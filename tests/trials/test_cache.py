"""The cache that threads share: each value is built once, few are kept, and a failure is not remembered."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from finetooth.trials.cache import BoundedCache


def test_a_value_is_built_once_however_many_ask_at_once():
    cache, built, gate = BoundedCache(2), [], threading.Barrier(4)

    def build():
        built.append(1)
        return object()

    def ask(_):
        gate.wait()
        return cache.get("key", build)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert len(built) == 1


def test_the_value_that_was_asked_for_longest_ago_goes_first():
    cache, built = BoundedCache(2), []
    for key in ["a", "b", "a", "c", "a", "b"]:
        cache.get(key, lambda key=key: built.append(key))
    assert built == ["a", "b", "c", "b"]


def test_building_one_value_does_not_hold_up_another():
    cache, started, go = BoundedCache(2), threading.Event(), threading.Event()

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
    cache = BoundedCache(2)
    with pytest.raises(OSError, match="no disk"):
        cache.get("key", fail)
    assert cache.get("key", lambda: 1) == 1


def fail():
    raise OSError("no disk")
