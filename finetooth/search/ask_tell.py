"""Ask and tell: the search without its pipeline, for objectives of your own."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from threadpoolctl import ThreadpoolController

from finetooth import seeds
from finetooth.domains.space import Space
from finetooth.errors import InputError, unknown
from finetooth.records import Candidate, Fidelity, Params, State, Trial, Value
from finetooth.search import methods, serialize
from finetooth.search.candidates import params_key
from finetooth.search.protocol import View
from finetooth.search.scores import fidelity_share, most_rounds

Direction = Literal["minimize", "maximize"]

STAGE = "search"
FULL_TRIAL = Fidelity(rows=1.0, folds=1)


@dataclass(frozen=True, slots=True)
class AskedTrial:
    """A trial as its user sees it: what `Search.ask` returns, to be evaluated and told.

    - `index`: its number, from 0, in the order of asking.
    - `params`: the parameters to evaluate, constants of the space included.
    - `state`: "running", then "complete" or "failed".
    - `value`: what was told, with its sign; None before, and for a failed trial.
    - `fidelity`: the share of the rows, and the rounds in all, that the method wants to spend on it; a full trial
      unless the method chooses.
    - `parents`: the indices of the trials that it comes from; in a population, the first is the one whose model trains
      on.
    """

    index: int
    params: Mapping[str, Value]
    state: State = "running"
    value: float | None = None
    fidelity: Fidelity = FULL_TRIAL
    parents: tuple[int, ...] = ()


@cache
def _thread_pools() -> Any:
    """The thread pools of BLAS. Small matrices on many threads wait for each other when fits keep the cores busy."""
    import_module("scipy.linalg")  # has a BLAS of its own, which must be loaded to be limited
    return ThreadpoolController()


class Search:
    """A search that is asked for parameters and told how good they were.

    - `space`: what may be tried.
    - `method`: how trials are proposed: a name in `finetooth.search.methods.METHODS`.
    - `seed`: the same seed and the same values give the same trials.
    - `window`: how many trials may be under way. Proposal n depends on the outcomes of trials 0 to n - window alone,
      whatever else was told and in which order. Methods that ignore outcomes have no such limit.
    - `direction`: "minimize" or "maximize" the values that are told.
    - `known`: points to try first, as `enqueue` takes them.
    - `budget`: the trials that there will be, if that is known; a grid must not have more points.
    - `full`: what a full trial sees. "halving" and "hyperband" start candidates with less of its rounds, or of its rows
      when it names none; "population" trains its members on in ten steps. What a trial is to see is its `fidelity`.

    Raises `InputError` for a method that does not exist or whose package is missing, a window below 1 (or larger than a
    population), another direction, a known point that is no candidate of the space, a grid larger than its budget, and
    a `full` with too few rounds for the method.

    >>> search = Search(Space([Float("rate", 0.001, 1.0, log=True)]), "halving", window=1, full=Fidelity(rounds=81))
    >>> for _ in range(4):
    ...     trial = search.ask()
    ...     search.tell(trial, abs(trial.params["rate"] - 0.1) / trial.fidelity.rounds)
    >>> [trial.fidelity.rounds for trial in search.trials]
    [9, 9, 9, 27]
    >>> search.best.index
    3
    """

    def __init__(
        self,
        space: Space,
        method: str = "genetic",
        seed: int = 0,
        window: int = 8,
        direction: Direction = "minimize",
        known: Sequence[Params] = (),
        budget: int | None = None,
        full: Fidelity = FULL_TRIAL,
    ) -> None:
        if window < 1:
            raise InputError(f"the window must be at least 1; got {window}; 1 means one trial at a time.")
        if direction not in {"minimize", "maximize"}:
            raise unknown("direction", str(direction), "a search", ["minimize", "maximize"])
        methods.check_method(method, space, window, budget, full)
        self.space, self.method, self.seed, self.window, self.direction = space, method, seed, window, direction
        self.full = full
        self._method = methods.get_method(method)
        self._trials: list[Trial] = []
        self._queue: list[Params] = []
        for params in known:
            self.enqueue(params)

    def enqueue(self, params: Params) -> None:
        """Let `params` be asked next, after those enqueued before.

        Constants of the space may be left out. Raises `InputError` unless it is a candidate of the space, meets its
        constraints, and is neither tried nor enqueued yet.
        """
        full = {**self.space.constants, **params}
        self.space.check(full)
        if not self.space.allows(full):
            raise InputError(f"an enqueued point must meet the constraints of '{self.space.name}'; got {full}.")
        if params_key(full) in {params_key(p) for p in (*(t.candidate.params for t in self._trials), *self._queue)}:
            raise InputError(f"an enqueued point must be new; {full} is tried or enqueued already.")
        self._queue.append(full)

    def ask(self) -> AskedTrial:
        """The next trial to evaluate.

        Raises `InputError`, which names them, when trials must be told first, and `SpaceExhausted` (an `InputError`)
        when there is nothing new left to try.
        """
        index = len(self._trials)
        self._check_window(index)
        if self._queue:
            fidelity_at = self._method.fidelity_at
            fidelity = None if fidelity_at is None else fidelity_at(index, self.full)
            candidate = Candidate(index, self._queue.pop(0), "enqueued", fidelity=fidelity)
        else:
            rng = seeds.stream(self.seed, STAGE, "propose", index)
            with _thread_pools().limit(limits=1, user_api="blas"):
                candidate = self._method.propose(
                    View(self.space, self._visible_trials(index), index, rng, full=self.full)
                )
        self._trials.append(Trial(STAGE, candidate, candidate.fidelity or self.full, "running"))
        return self._asked_trial(self._trials[-1])

    def tell(self, trial: AskedTrial | int, value: float | None) -> None:
        """Say how good a trial, or the trial of that index, was; None means that it failed, which counts as the worst.

        Raises `InputError` for a trial that was not asked or is told already, and for a value that is no finite number.
        """
        index = trial if isinstance(trial, int) else trial.index
        if not 0 <= index < len(self._trials):
            raise InputError(f"a trial must be asked before it is told; {len(self._trials)} are asked; got {index}.")
        asked = self._trials[index]
        if asked.state != "running":
            raise InputError(f"a trial must be told once; trial {index} is told already.")
        if value is None:
            self._trials[index] = replace(asked, state="failed", reason="told as failed")
            return
        number = _finite(value, index)
        score = -number if self.direction == "minimize" else number
        self._trials[index] = replace(asked, state="complete", scores=(score,))

    @property
    def trials(self) -> tuple[AskedTrial, ...]:
        """All trials so far, in index order."""
        return tuple(map(self._asked_trial, self._trials))

    @property
    def records(self) -> tuple[Trial, ...]:
        """The same as `finetooth.records.Trial`, for importances and plots; a larger score is better there."""
        return tuple(self._trials)

    @property
    def best(self) -> AskedTrial | None:
        """The best of the trials that saw the most, the first of equals; None before any is complete.

        A score on a part of the rows or rounds is not compared with one on more.
        """
        complete = [trial for trial in self._trials if trial.state == "complete"]
        most = most_rounds(self._trials)
        highest_share = max((fidelity_share(trial.fidelity, most) for trial in complete), default=0.0)
        highest = [trial for trial in complete if fidelity_share(trial.fidelity, most) == highest_share]
        return self._asked_trial(max(highest, key=lambda trial: trial.score)) if highest else None

    def save(self, path: Path | str) -> None:
        """Write the search to `path` as JSON, whole or not at all; trials under way can be told after `load`."""
        serialize.write_search(
            path,
            self.space,
            {
                "method": self.method,
                "seed": self.seed,
                "window": self.window,
                "direction": self.direction,
                "full": asdict(self.full),
            },
            self._trials,
            self._queue,
        )

    @classmethod
    def load(cls, path: Path | str, space: Space | None = None) -> "Search":
        """Read a search that `save` wrote; it goes on as if it had never stopped.

        Constraints are functions, which are not saved: a space that has some must be given again. Raises `InputError`
        for any other file, and for a space that is not the saved one.
        """
        saved = serialize.read_search(path, space)
        search = cls(saved.space, **saved.options)
        search._trials, search._queue = list(saved.trials), list(saved.queue)
        return search

    def _check_window(self, index: int) -> None:
        newest = index - self.window
        waiting = [t.candidate.index for t in self._trials[: newest + 1] if t.state == "running"] if newest >= 0 else []
        if self._method.needs_window and waiting:
            names = ", ".join(map(str, waiting))
            raise InputError(
                f"at most {self.window} trials can be under way; tell trial {names} first, or make the window larger."
            )

    def _visible_trials(self, index: int) -> list[Trial]:
        newest = index - self.window if self._method.needs_window else -1
        return [
            t if t.candidate.index <= newest else Trial(STAGE, t.candidate, t.fidelity, "running") for t in self._trials
        ]

    def _asked_trial(self, trial: Trial) -> AskedTrial:
        value = None
        if trial.state == "complete":
            value = -trial.score if self.direction == "minimize" else trial.score
        asked = trial.candidate
        return AskedTrial(asked.index, dict(asked.params), trial.state, value, trial.fidelity, asked.parents)


def _finite(value: float, index: int) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(
            f"the value of trial {index} must be a finite number; got {value!r}; tell None for a failed trial."
        )
    return number
