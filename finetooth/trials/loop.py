"""The loop that asks a search, hands trials to an executor, and tells the search: the deterministic window.

Proposal n sees the outcomes of trials 0 .. n - window, whatever has arrived. So the trials are the same for any number
of workers and any order of arrival, and a run that is taken up again from its journal goes on as if it never stopped.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median

from finetooth.errors import FinetoothError, InputError, StoreGoneError, one_line
from finetooth.models.threads import limit_threads
from finetooth.records import Candidate, Fidelity, Trial
from finetooth.search.methods import SpaceExhausted
from finetooth.trials.evaluate import Job, evaluate
from finetooth.trials.journal import Journal

Propose = Callable[[Sequence[Trial], int], Candidate]
Stop = Callable[[Sequence[Trial], int], str | None]
MakeJob = Callable[[Candidate, Sequence[Trial]], Job]
Callback = Callable[[Trial], None]

LAST = 8  # trials that say how long the next one takes
TIME_LIMIT = "the time limit was reached"


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What a search is to do: its first candidates, how many trials, how far behind it looks, and until when.

    `window` None means that proposals do not look at outcomes. `deadline` is a reading of `time.monotonic`; no trial is
    begun that would end after it, if it took as long as the last ones did; but something is compared with the first in
    any case. No more than `in_flight` are under way. The first `taken` trials are in the journal, run by an earlier
    stage: every proposal sees them. `stop` gives the reason to end before the next proposal, or None to go on; it sees
    what the proposal would see, and is asked before every one but the first. `fidelity` is that of candidates which
    name none.
    """

    stage: str
    known: tuple[Candidate, ...]
    trials: int
    window: int | None
    fidelity: Fidelity
    deadline: float | None = None
    taken: int = 0
    in_flight: int = 64
    stop: Stop | None = None

    def fidelity_of(self, candidate: Candidate) -> Fidelity:
        """How much the trial of `candidate` sees."""
        return candidate.fidelity or self.fidelity


def search(
    plan: SearchPlan,
    propose: Propose,
    job: MakeJob,
    executor: Executor,
    journal: Journal,
    callback: Callback,
) -> tuple[Trial, ...]:
    """Run the search; its trials in index order. A trial that the journal has is read instead of run.

    `job` is given a candidate and what its proposal saw. A job may name another stage, whose folds and fit seeds it
    then meets; its trial is one of this search all the same.
    """
    limit_threads()  # this process may fit as well: what is said of a surrogate must not depend on its cores
    state = _State(plan, propose, job)
    running: dict[Future[Trial], Job] = {}
    try:
        while True:
            while len(running) < plan.in_flight and (due := _next(state, journal)) is not None:
                recorded = journal.find(plan.stage, due.repeat, due.candidate.index)
                if recorded is None:
                    running[executor.submit(evaluate, due)] = due
                else:
                    _check_same(recorded, due.candidate, journal)
                    state.end(recorded)
                    callback(recorded)
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                trial = replace(_outcome(future, running.pop(future)), stage=plan.stage)
                journal.append(trial)
                state.end(trial)
                callback(trial)
    finally:
        for future in running:
            future.cancel()
    journal.rewrite_sorted()
    return tuple(state.done[index] for index in sorted(state.done))


class _State:
    """The trials proposed so far, as the next proposal sees them, and the outcomes that have arrived."""

    def __init__(self, plan: SearchPlan, propose: Propose, job: MakeJob) -> None:
        self.plan = plan
        self.propose = propose
        self.job = job
        self.done: dict[int, Trial] = {}
        self.ended = False
        self._seen: list[Trial] = []
        self._resolved = 0  # outcomes that are in `_seen` already

    @property
    def proposed(self) -> int:
        """How many trials were proposed, which is the index of the next."""
        return len(self._seen)

    def newest(self) -> int:
        """The index of the last trial whose outcome the next proposal sees; negative for none."""
        if self.plan.window is None:
            return -1
        return max(self.proposed - self.plan.window, min(self.plan.taken, self.proposed) - 1)

    def ready(self) -> bool:
        """Whether the next proposal may be made: every outcome that it sees must be there."""
        if self.ended or self.proposed >= self.plan.trials:
            return False
        # Earlier proposals have waited for everything before this one.
        return self.newest() < 0 or self.newest() in self.done

    def seen(self) -> tuple[Trial, ...]:
        """All trials so far; those inside the window as running, without an outcome."""
        while self._resolved <= self.newest():
            self._seen[self._resolved] = self.done[self._resolved]
            self._resolved += 1
        return tuple(self._seen)

    def usual_seconds(self) -> float:
        """The median of what the last trials took; 0 before the first."""
        took = [trial.seconds for trial in islice(reversed(self.done.values()), LAST) if trial.seconds > 0]
        return median(took) if took else 0.0

    def add(self, candidate: Candidate) -> None:
        """Remember a candidate that was proposed."""
        self._seen.append(Trial(self.plan.stage, candidate, self.plan.fidelity_of(candidate), "running"))

    def end(self, trial: Trial) -> None:
        """Remember an outcome."""
        self.done[trial.candidate.index] = trial


def _next(state: _State, journal: Journal) -> Job | None:
    """The job of the next candidate, or None while outcomes are missing or when the search has ended."""
    if not state.ready():
        return None
    plan, index, seen = state.plan, state.proposed, state.seen()
    if _ends(state, journal, seen):
        state.ended = True
        return None
    try:
        candidate = plan.known[index] if index < len(plan.known) else state.propose(seen, index)
    except SpaceExhausted:
        state.ended = True
        return None
    job = state.job(candidate, seen)
    state.add(candidate)
    return job


def _ends(state: _State, journal: Journal, seen: Sequence[Trial]) -> bool:
    """Whether the search ends before the next proposal; why is recorded, so that the run can be repeated."""
    plan = state.plan
    index, cut = len(seen), journal.cut(plan.stage)
    if cut is not None:
        return index >= cut.trials
    reason = None
    if plan.stop is not None and index > 0:
        reason = plan.stop(seen, index)
    if reason is None and plan.deadline is not None and index > max(plan.taken, 1):
        reason = TIME_LIMIT if time.monotonic() + state.usual_seconds() > plan.deadline else None
    if reason is not None:
        journal.record_cut(plan.stage, index, reason)
    return reason is not None


def _check_same(recorded: Trial, candidate: Candidate, journal: Journal) -> None:
    if (recorded.candidate.digest, recorded.candidate.fidelity) != (candidate.digest, candidate.fidelity):
        raise InputError(
            f"the journal must belong to this configuration; trial {candidate.index} of {recorded.stage} in "
            f"{journal.path} has other parameters; start a new run, or go back to the configuration and version that "
            "wrote it."
        )


def _outcome(future: "Future[Trial]", job: Job) -> Trial:
    """The trial of a future; one whose worker was lost for good is a failed trial, but not one of a lost cluster."""
    if future.cancelled():
        raise FinetoothError("the cluster must stay open while trials run; it was closed; take the run up again.")
    error = future.exception()
    if error is None or isinstance(error, StoreGoneError):
        return future.result()
    reason = f"the worker was lost: {type(error).__name__}: {one_line(error, 300)}"
    return Trial(job.stage, job.candidate, job.fidelity, "failed", reason=reason, repeat=job.repeat)


def run_all(jobs: Sequence[Job], executor: Executor, journal: Journal, callback: Callback) -> tuple[Trial, ...]:
    """Evaluate a fixed list of jobs; their trials in the order of the list. What the journal has is not run again."""
    futures: dict[Future[Trial], Job] = {}
    trials: dict[tuple[int, int], Trial] = {}
    for job in jobs:
        recorded = journal.find(job.stage, job.repeat, job.candidate.index)
        if recorded is not None:
            _check_same(recorded, job.candidate, journal)
            trials[job.repeat, job.candidate.index] = recorded
            callback(recorded)
        else:
            futures[executor.submit(evaluate, job)] = job
    while futures:
        for future in wait(futures, return_when=FIRST_COMPLETED).done:
            job = futures.pop(future)
            trial = _outcome(future, job)
            journal.append(trial)
            trials[job.repeat, job.candidate.index] = trial
            callback(trial)
    return tuple(trials[job.repeat, job.candidate.index] for job in jobs)
