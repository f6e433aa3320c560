"""When has a search nothing left to gain? When what it can still expect lies far below the noise of its scores.

The rule asks a Gaussian process what the next trial would gain, as expected improvement over the space. A search may
stop itself once that is a small part of what matters, for several proposals in a row, after a while without progress.
Sources: Makarova et al. 2022 (arXiv 2104.08166), who compare a bound on the regret with the standard error of the
incumbent's folds; Nadeau and Bengio 2003 for that standard error; Nguyen et al. 2017 for expected improvement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from finetooth import seeds
from finetooth.domains.space import Space
from finetooth.metrics import Metric
from finetooth.records import Fidelity, Trial
from finetooth.search import surrogate
from finetooth.search.encoding import Matrix, columns_of, genes_of, settle
from finetooth.search.operators import fill, mutate
from finetooth.search.scores import telling
from finetooth.statistics import corrected_error

LEAST = 20  # completed trials before a search may stop
PATIENCE = 5  # proposals in a row
QUIET = 12  # trials without a gain that matters
PART = 0.25  # of what matters and of the noise, whichever is less
POINTS, STEPS = 400, 200  # where the next trial is imagined: anywhere, and near the best


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the next trial may be expected to gain, and the noise of the best score, in the metric's unit."""

    gain: float
    noise: float


def outlook(space: Space, done: Sequence[Trial], rng: np.random.Generator) -> Outlook:
    """What completed trials of one fidelity let expect. `done` has at least two."""
    scores = np.array([trial.score for trial in done])
    top, middle = float(scores.max()), float(np.median(scores))
    # A few hopeless trials must not stretch the scale on which the good ones differ.
    clipped = np.maximum(scores, middle - 3 * (top - middle))
    spread = float(clipped.std())
    best = done[int(scores.argmax())]
    noise = corrected_error(best.scores, 1 / max(len(best.scores) - 1, 1))
    if np.ptp(clipped) == 0:
        return Outlook(0.0, noise)
    genes = genes_of(space, done)
    process = surrogate.fit(columns_of(space, genes, np.ones(len(done))), (clipped - clipped.mean()) / spread)
    values = columns_of(space, _points(space, genes[np.argsort(-scores, kind="stable")[:5]], rng), 1.0).values
    means, deviations = surrogate.predict(process, values)
    fitted, _ = surrogate.predict(process, columns_of(space, genes, 1.0).values)
    gain = surrogate.expected_improvement(means, deviations, float(fitted.max()))
    return Outlook(spread * float(gain.max()), noise)


def _points(space: Space, leaders: Matrix, rng: np.random.Generator) -> Matrix:
    """Genes of points anywhere and of steps of several sizes from the leaders."""
    rows = rng.integers(0, len(leaders), STEPS)
    sizes = rng.choice([0.03, 0.1, 0.3], STEPS)[:, None]
    near = fill(mutate(fill(leaders[rows], rng), sizes, 0.5, space, rng), rng)
    return settle(space, np.vstack([rng.random((POINTS, len(space.names))), near]))


def rule(
    space: Space, metric: Metric, full: Fidelity, root: int, stage: str
) -> Callable[[Sequence[Trial], int], str | None]:
    """A rule for `loop.Plan.stop`: the reason to stop, or None.

    What it says depends on the trials seen alone; what it made of earlier proposals is kept so as not to repeat it.
    """
    quiet: dict[int, Outlook | None] = {}

    def small(seen: Sequence[Trial], index: int) -> Outlook | None:
        done = [t for t in telling(seen) if t.state == "complete" and t.fidelity == full]
        if len(done) < LEAST or _progress(done) > _matters(metric, done):
            return None
        found = outlook(space, done, seeds.stream(root, stage, "stop", index))
        return found if found.gain < PART * min(_matters(metric, done), found.noise) else None

    def stop(seen: Sequence[Trial], index: int) -> str | None:
        quiet[index] = small(seen, index)
        found = quiet[index]
        if found is None or not all(quiet.get(index - back) for back in range(PATIENCE)):
            return None
        return (
            f"the next trial was expected to gain {found.gain:.2g} {metric.title} at most, where the best score is "
            f"known to {found.noise:.2g}"
        )

    return stop


def _matters(metric: Metric, done: Sequence[Trial]) -> float:
    """The smallest gain that matters, beside the first trial, which is the default."""
    return metric.min_gain(done[0].score)


def _progress(done: Sequence[Trial]) -> float:
    """By how much the best score rose over the newest trials."""
    before = max(trial.score for trial in done[:-QUIET])
    return max(0.0, max(trial.score for trial in done) - before)
