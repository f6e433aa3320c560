"""A made-up objective, and searches of it: what the tests of the loop share."""

import os
import random
import threading
import time
from dataclasses import replace

from finetooth import seeds
from finetooth.domains.domains import Choice, Float
from finetooth.domains.space import Space
from finetooth.models.learner import Learner
from finetooth.records import Candidate, DataRef, Fidelity, Trial
from finetooth.search.methods import get_method
from finetooth.search.protocol import View
from finetooth.trials.evaluate import Job
from finetooth.trials.inline_executor import InlineExecutor
from finetooth.trials.journal import Journal
from finetooth.trials.loop import SearchPlan, search

FULL = Fidelity(1.0, 3)
SPACE = Space([Float("x", 0.0, 1.0), Float("rate", 1e-3, 1.0, log=True), Choice("kind", ["a", "b"])])
DEFAULT = (Candidate(0, {"x": 0.9, "rate": 0.5, "kind": "a"}, "default"),)
NOWHERE = DataRef("nowhere", "none", 1, 1, "y", "binary")
WINDOW = 3


def job(candidate, seen=()):
    return Job("refine", candidate, candidate.fidelity or FULL, NOWHERE, Learner("none", "estimator"), "roc_auc", 0)


def scored(asked, delay=0.0):
    """A trial whose score is a function of its parameters; every seventh fails."""
    time.sleep(delay)
    x = asked.candidate.params["x"]
    if asked.candidate.index % 7 == 5:
        return Trial(asked.stage, asked.candidate, asked.fidelity, "failed", reason="unlucky", repeat=asked.repeat)
    return Trial(
        asked.stage, asked.candidate, asked.fidelity, "complete", (-((x - 0.3) ** 2), x / 9), repeat=asked.repeat
    )


def delayed(asked):
    """The same after a random time, told with its seconds and its worker; processes find it by its name."""
    seconds = random.random() / 100
    return replace(scored(asked, seconds), seconds=seconds, worker=f"{os.getpid()} {threading.current_thread().name}")


def proposals(name="genetic-plain", space=SPACE, seen=None):
    def propose(trials, index):
        if seen is not None:
            seen.append((index, tuple(trials)))
        rng = seeds.stream(0, "refine", "propose", index)
        return get_method(name).propose(View(space, trials, index, rng, full=FULL))

    return propose


def plan(trials=18, window=WINDOW, known=DEFAULT, **changes):
    return SearchPlan("refine", known, trials, window, FULL, **changes)


def run(path, executor=None, callback=lambda trial: None, propose=None, **changes):
    journal = Journal(path)
    return search(plan(**changes), propose or proposals(), job, executor or InlineExecutor(), journal, callback)
