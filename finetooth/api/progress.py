"""What a person sees while a run works: moving lines in a terminal, plain ones on a pipe."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from finetooth.tasks.runtime.progress import Progress as Step

console = Console(stderr=True, highlight=False)
_PLAIN_EVERY = 5.0  # seconds between two lines of one stage on a pipe


@contextmanager
def shown() -> Iterator[None]:
    """Show the progress of whatever runs inside, on the standard error."""
    from finetooth.tasks.runtime.progress import listening  # imports Prefect, which an error message need not wait for

    if console.is_terminal:
        with _moving() as bars, listening(_Bars(bars)):
            yield
    else:
        with listening(_Lines(lambda text: print(text, file=sys.stderr, flush=True))):  # noqa: T201 (a command line)
            yield


def starting() -> None:
    """Say why nothing is seen for a while, where Prefect has to start a server first."""
    console.print(
        "starting a Prefect server for this run (--untracked does without, and starts sooner)", soft_wrap=True
    )


def _moving() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<10}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("best {task.fields[best]}"),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
        console=console,
    )


class _Bars:
    """A bar a stage; the stages of an outer fold share one."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: "Step") -> None:
        key = step.part or step.stage
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(step.title, total=step.total, best="-", left="")
        self._bars.update(
            self._tasks[key],
            description=step.title,
            completed=step.done,
            total=step.total,
            best=_score(step.best),
            left=_left(step),
        )


class _Lines:
    """A line when a stage starts, every few seconds, and when it ends."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._written: dict[str, float] = {}

    def __call__(self, step: "Step") -> None:
        now = time.monotonic()
        starts = step.title not in self._written
        due = step.done < step.total and now - self._written.get(step.title, now) >= _PLAIN_EVERY
        if starts or step.ended or due:
            self._written[step.title] = now
            self._write(str(step))


def _score(best: float) -> str:
    return "-" if math.isnan(best) else f"{best:.5g}"


def _left(step: "Step") -> str:
    if step.ended:
        return f"{step.seconds:.1f} s"
    return "" if math.isnan(step.left) else f"{step.left:.0f} s left"
