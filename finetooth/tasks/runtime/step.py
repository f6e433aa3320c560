"""A stage as a Prefect task inside a tracked flow, and as a plain call everywhere else: the DAG is written once."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, ParamSpec, TypeVar

from prefect import Task, get_run_logger, unmapped
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext

from finetooth.errors import FinetoothError, UnreachableError

P = ParamSpec("P")
R = TypeVar("R")


def tracked() -> bool:
    """Whether a Prefect flow run is under way around this call."""
    return FlowRunContext.get() is not None


def note(text: str, *, warning: bool = False) -> None:
    """Write a line into the log of the run's page, where there is one."""
    if tracked():
        get_run_logger().log(logging.WARNING if warning else logging.INFO, text)


class Step(Generic[P, R]):
    """A function that is a task run of its own where there is a flow run to show it in."""

    def __init__(self, function: Callable[P, R], task: "Task[P, R]") -> None:
        self.function = function
        self.task = task

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.task(*args, **kwargs) if tracked() else self.function(*args, **kwargs)

    def map(self, items: Iterable[Any], *shared: Any) -> list[R]:
        """Call the step on each item beside the same further arguments, at once; the results in order."""
        listed = list(items)
        if tracked():
            return list(self.task.map(listed, *(unmapped(value) for value in shared)).result())
        with ThreadPoolExecutor(max_workers=8) as pool:
            call: Callable[..., R] = self.function
            return list(pool.map(lambda item: call(item, *shared), listed))


def step(name: str, **options: Any) -> Callable[[Callable[P, R]], Step[P, R]]:
    """Make a step of a function; `options` are those of a Prefect task. An error of the user's input is not retried."""

    def wrap(function: Callable[P, R]) -> Step[P, R]:
        # Prefect's own policy would hash every argument, and a cluster cannot be hashed.
        settings = {"cache_policy": NO_CACHE} | options
        return Step(function, Task(function, name=name, retry_condition_fn=_may_pass, **settings))

    return wrap


def _may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a failure may pass by itself: an error that finetooth raises does not, unless storage was unreachable."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, UnreachableError) or not isinstance(error, FinetoothError)
