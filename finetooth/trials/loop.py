"""The loop that asks a search, hands trials to an executor, and tells the search: the deterministic window.

Proposal n sees the outcomes of trials 0 .. n - window, whatever has arrived. So the trials are the same for any number
of workers and any order of arrival, and a run that is taken up again from its journal goes on as if it never stopped.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

from finetooth.errors import FinetoothError, InputError
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search.methods import SpaceExhausted
from finetooth.trials.evaluate import Job, evaluate
from finetooth.trials.journal import Journal

Propose = Callable[[Sequence[Trial], int], Candidate]
Stop = Callable[[Sequence[Trial], int], str | None]
Told = Callable[[Trial], None]


TIME_LIMIT = "the time limit was reached"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a search is to do: its first candidates, how many trials, how far behind it looks, and until when.

    `window` None means that proposals do not look at outcomes. `deadline` is a reading of `time.monotonic`; no more
    than `in_flight` trials are under way, so that it can bite. `stop` gives the reason to end before the next proposal,
    or None to go on; it sees what the proposal would see. `fidelity` is that of candidates which name none.
    """

    stage: str
    known: tuple[Candidate, ...]
    trials: int
    window: int | None
    fidelity: Fidelity
    deadline: float | None = None
    in_flight: int = 64
    stop: Stop | None = None

    def fidelity_of(self, candidate: Candidate) -> Fidelity:
        """How much the trial of `candidate` sees."""
        return candidate.fidelity or self.fidelity


def search(
    plan: Plan,
    propose: Propose,
    job: Callable[[Candidate], Job],
    executor: Executor,
    journal: Journal,
    told: Told,
) -> tuple[Trial, ...]:
    """Run the search; its trials in index order. A trial that the journal has is read instead of run."""
    state = _State(plan, propose)
    running: dict[Future[Trial], Candidate] = {}
    try:
        while True:
            while len(running) < plan.in_flight and (candidate := _next(state, journal)) is not None:
                kept = journal.find(plan.stage, job(candidate).repeat, candidate.index)
                if kept is None:
                    running[executor.submit(evaluate, job(candidate))] = candidate
                else:
                    _check_same(kept, candidate, journal)
                    state.done[candidate.index] = kept
                    told(kept)
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                trial = _outcome(future, job(running.pop(future)))
                journal.append(trial)
                state.done[trial.candidate.index] = trial
                told(trial)
    finally:
        for future in running:
            future.cancel()
    journal.settle()
    return tuple(state.done[index] for index in sorted(state.done))


class _State:
    """The candidates proposed so far and the outcomes that have arrived."""

    def __init__(self, plan: Plan, propose: Propose) -> None:
        self.plan = plan
        self.propose = propose
        self.candidates: list[Candidate] = []
        self.done: dict[int, Trial] = {}
        self.ended = False

    def newest(self) -> int:
        """The index of the last trial whose outcome the next proposal sees; negative for none."""
        return -1 if self.plan.window is None else len(self.candidates) - self.plan.window

    def ready(self) -> bool:
        """Whether the next proposal may be made: every outcome that it sees must be there."""
        if self.ended or len(self.candidates) >= self.plan.trials:
            return False
        # Earlier proposals have waited for everything before this one.
        return self.newest() < 0 or self.newest() in self.done

    def seen(self) -> tuple[Trial, ...]:
        """All trials so far; those inside the window as running, without an outcome."""
        return tuple(
            self.done[c.index]
            if c.index <= self.newest()
            else Trial(self.plan.stage, c, self.plan.fidelity_of(c), "running")
            for c in self.candidates
        )


def _next(state: _State, journal: Journal) -> Candidate | None:
    """The next candidate, or None while outcomes are missing or when the search has ended."""
    if not state.ready():
        return None
    plan, index = state.plan, len(state.candidates)
    if _ends(state, journal, index):
        state.ended = True
        return None
    try:
        candidate = plan.known[index] if index < len(plan.known) else state.propose(state.seen(), index)
    except SpaceExhausted:
        state.ended = True
        return None
    state.candidates.append(candidate)
    return candidate


def _ends(state: _State, journal: Journal, index: int) -> bool:
    """Whether the search ends before proposal `index`; why is recorded, so that the run can be repeated."""
    plan, cut = state.plan, journal.cut(state.plan.stage)
    if cut is not None:
        return index >= cut.trials
    if index <= len(plan.known):
        return False
    reason = None
    if plan.deadline is not None and time.monotonic() > plan.deadline:
        reason = TIME_LIMIT
    elif plan.stop is not None:
        reason = plan.stop(state.seen(), index)
    if reason is not None:
        journal.record_cut(plan.stage, index, reason)
    return reason is not None


def _check_same(kept: Trial, candidate: Candidate, journal: Journal) -> None:
    if (kept.candidate.digest, kept.candidate.fidelity) != (candidate.digest, candidate.fidelity):
        raise InputError(
            f"the journal must belong to this configuration; trial {candidate.index} of {kept.stage} in {journal.path} "
            "has other parameters; start a new run, or go back to the configuration and version that wrote it."
        )


def _outcome(future: "Future[Trial]", job: Job) -> Trial:
    """The trial of a future; one whose worker was lost for good is a failed trial, but not one of a lost cluster."""
    if future.cancelled():
        raise FinetoothError("the cluster must stay open while trials run; it was closed; take the run up again.")
    error = future.exception()
    if error is None:
        return future.result()
    reason = f"the worker was lost: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return Trial(job.stage, job.candidate, job.fidelity, "failed", reason=reason, repeat=job.repeat)


def run_all(jobs: Sequence[Job], executor: Executor, journal: Journal, told: Told) -> tuple[Trial, ...]:
    """Evaluate a fixed list of jobs; their trials in the order of the list. What the journal has is not run again."""
    futures: dict[Future[Trial], Job] = {}
    trials: dict[tuple[int, int], Trial] = {}
    for job in jobs:
        kept = journal.find(job.stage, job.repeat, job.candidate.index)
        if kept is not None:
            _check_same(kept, job.candidate, journal)
            trials[job.repeat, job.candidate.index] = kept
            told(kept)
        else:
            futures[executor.submit(evaluate, job)] = job
    while futures:
        for future in wait(futures, return_when=FIRST_COMPLETED).done:
            job = futures.pop(future)
            trial = _outcome(future, job)
            journal.append(trial)
            trials[job.repeat, job.candidate.index] = trial
            told(trial)
    return tuple(trials[job.repeat, job.candidate.index] for job in jobs)
