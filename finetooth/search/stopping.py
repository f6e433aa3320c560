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
from finetooth.search.encoding import Matrix, features_of, genes_of, snap_genes
from finetooth.search.operators import fill, mutate
from finetooth.search.scores import limit_trials
from finetooth.statistics import corrected_error

LEAST_TRIALS = 20  # completed, before a search may stop
PATIENCE = 5  # proposals in a row
NO_PROGRESS = 12  # trials without a gain that matters
GAIN_SHARE = 0.25  # of the smallest gain that matters and of the noise, whichever is less
POINTS, STEPS = 400, 200  # where the next trial may be: anywhere, and near the best


@dataclass(frozen=True, slots=True)
class ExpectedGain:
    """The expected `gain` of the next trial over the best, and the `noise` of the best score, in the metric's unit."""

    gain: float
    noise: float


def expected_gain(space: Space, done: Sequence[Trial], rng: np.random.Generator) -> ExpectedGain:
    """The expected gain after `done`, at least two completed trials of one fidelity.

    The gain is the highest expected improvement over points of the space, the noise the corrected standard error of the
    best trial's folds.
    """
    scores = np.array([trial.score for trial in done])
    top, middle = float(scores.max()), float(np.median(scores))
    # A few very bad trials must not stretch the scale on which the good ones differ.
    clipped = np.maximum(scores, middle - 3 * (top - middle))
    spread = float(clipped.std())
    best = done[int(scores.argmax())]
    noise = corrected_error(best.scores, 1 / max(len(best.scores) - 1, 1))
    if np.ptp(clipped) == 0:
        return ExpectedGain(0.0, noise)
    genes = genes_of(space, done)
    process = surrogate.fit(features_of(space, genes, np.ones(len(done))), (clipped - clipped.mean()) / spread)
    values = features_of(space, _candidate_genes(space, genes[np.argsort(-scores, kind="stable")[:5]], rng), 1.0).values
    means, deviations = surrogate.predict(process, values)
    fitted, _ = surrogate.predict(process, features_of(space, genes, 1.0).values)
    gain = surrogate.expected_improvement(means, deviations, float(fitted.max()))
    return ExpectedGain(spread * float(gain.max()), noise)


def _candidate_genes(space: Space, leaders: Matrix, rng: np.random.Generator) -> Matrix:
    """Genes (points, genes) anywhere in the space, and steps of several sizes from the leaders."""
    rows = rng.integers(0, len(leaders), STEPS)
    sizes = rng.choice([0.03, 0.1, 0.3], STEPS)[:, None]
    near = fill(mutate(fill(leaders[rows], rng), sizes, 0.5, space, rng), rng)
    return snap_genes(space, np.vstack([rng.random((POINTS, len(space.names))), near]))


def stopping_rule(
    space: Space, metric: Metric, full: Fidelity, root: int, stage: str
) -> Callable[[Sequence[Trial], int], str | None]:
    """A function of the trials so far and the next index that gives the reason to stop, or None to go on.

    The answer depends on the trials alone; what was computed at earlier proposals is remembered so as not to repeat it.
    """
    small_gains: dict[int, ExpectedGain | None] = {}

    def small_gain(trials: Sequence[Trial], index: int) -> ExpectedGain | None:
        done = [t for t in limit_trials(trials) if t.state == "complete" and t.fidelity == full]
        if len(done) < LEAST_TRIALS or _recent_gain(done) > _smallest_gain(metric, done):
            return None
        expected = expected_gain(space, done, seeds.stream(root, stage, "stop", index))
        threshold = GAIN_SHARE * min(_smallest_gain(metric, done), expected.noise)
        return expected if expected.gain < threshold else None

    def stop(trials: Sequence[Trial], index: int) -> str | None:
        expected = small_gains[index] = small_gain(trials, index)
        if expected is None or not all(small_gains.get(index - back) for back in range(PATIENCE)):
            return None
        return (
            f"the next trial was expected to gain {expected.gain:.2g} {metric.title} at most, where the best score is "
            f"known to {expected.noise:.2g}"
        )

    return stop


def _smallest_gain(metric: Metric, done: Sequence[Trial]) -> float:
    """The smallest gain that matters over the first trial, which is the default."""
    return metric.min_gain(done[0].score)


def _recent_gain(done: Sequence[Trial]) -> float:
    """By how much the best score rose over the newest trials."""
    before = max(trial.score for trial in done[:-NO_PROGRESS])
    return max(0.0, max(trial.score for trial in done) - before)
