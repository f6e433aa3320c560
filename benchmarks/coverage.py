"""Does the verdict keep its word? Searches with a known truth, and real searches replayed.

    python -m benchmarks.coverage [--runs N]

1. Simulated searches. A candidate is a score: margin = quality x class + what these development rows make of it +
   noise of the row + noise of the seed. Its true AUC is known, and everything else is done as in a run: 5-fold
   search over 40 candidates, ten finalists on 4 x 5 fresh folds, the one-standard-error rule, 5 paired seeds on a
   holdout, the two-way bootstrap, the label.
2. Real validation and test scores of random searches (random_search_val_test_10datasets.parquet, beside the
   project; skipped where it is absent): the best of the search against the one-standard-error rule.

Writes benchmarks/results/coverage.md.
"""

import argparse
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy.stats import norm, rankdata

from finetooth import seeds
from finetooth.metrics import METRICS
from finetooth.verdict.bootstrap import two_way
from finetooth.verdict.label import label, ships
from finetooth.verdict.selection import bbc_cv, choose, one_standard_error

HERE = Path(__file__).resolve().parent
REPLAY = HERE.parents[1] / "shared" / "bench" / "random_search_val_test_10datasets.parquet"
AUC = METRICS["roc_auc"]
MARGIN = 0.002
LABELS = ("IMPROVED", "BETTER-BUT-SMALL", "EQUIVALENT", "INCONCLUSIVE", "WORSE")


@dataclass(frozen=True)
class World:
    """One kind of search problem. Qualities are gains over the default in units of the class separation."""

    name: str
    centre: float  # of the candidates' qualities
    spread: float
    ceiling: float  # the best quality there is
    development: int = 1000
    holdout: int = 600
    seed_sd: float = 0.03
    own_noise: float = 0.5  # of a candidate's margin; what all candidates share is 1


WORLDS = (
    World("something to gain", -0.10, 0.12, 0.20),
    World("little to gain", -0.15, 0.10, 0.06),
    World("nothing to gain", -0.10, 0.08, 0.0),
    World("much to gain, small holdout", 0.05, 0.12, 0.35, holdout=200),
    World("little to gain, large holdout", -0.10, 0.08, 0.06, development=2000, holdout=4000),
    World("restless seeds", -0.10, 0.12, 0.20, seed_sd=0.15),
)
MANY_SEEDS = 0.3
DEFAULT = 1.5  # the class separation of the default: an AUC near .83
CANDIDATES, FINALISTS, REPEATS, FOLDS, SEEDS = 40, 10, 4, 5, 5


def true_auc(quality, world):
    """The expected AUC over rows and seeds: Phi of the separation over the spread of a difference of two rows."""
    spread = 2 * (1 + world.own_noise**2) + world.seed_sd**2
    return norm.cdf(quality / np.sqrt(spread))


def fast_auc(y, margins):
    """AUC of each row of margins without ties, by rank sums."""
    ranks = rankdata(margins, axis=1)
    positive = y == 1
    count = positive.sum()
    return (ranks[:, positive].sum(axis=1) - count * (count + 1) / 2) / (count * (len(y) - count))


def fold_scores(y, margins, quality_noise, folds, rng):
    """(candidates, folds) AUCs: each fold's model has a quality of its own."""
    parts = np.array_split(rng.permutation(len(y)), folds)
    return np.stack([fast_auc(y[p], margins[:, p] + quality_noise[:, [i]] * y[p]) for i, p in enumerate(parts)], axis=1)


def one_search(world, rng):
    """One search from beginning to end; what came of it, with the truth."""
    quality = DEFAULT + np.r_[0.0, np.minimum(world.centre + world.spread * rng.normal(size=CANDIDATES), world.ceiling)]
    truth = true_auc(quality, world)
    y = (rng.random(world.development) < 0.5).astype(float)
    margins = quality[:, None] * y + rng.normal(size=len(y)) + world.own_noise * rng.normal(size=(len(quality), len(y)))

    def jitter(count, folds):  # seeds, and the training rows of a fold
        return np.hypot(world.seed_sd, 0.05) * rng.normal(size=(count, folds))

    search = fold_scores(y, margins, jitter(len(quality), FOLDS), FOLDS, rng)
    lucky = int(search.mean(axis=1).argmax())
    finalists = np.r_[0, 1 + np.argsort(-search[1:].mean(axis=1))[:FINALISTS]]
    fresh = np.stack(
        [fold_scores(y, margins[finalists], jitter(len(finalists), FOLDS), FOLDS, rng) for _ in range(REPEATS)], axis=1
    )
    costs = np.r_[1.0, np.exp(rng.normal(size=FINALISTS))]
    winner = int(finalists[one_standard_error(fresh, costs).chosen])
    interval, name = sealed_verdict(world, quality, winner, rng)
    return {
        "lucky": truth[lucky] - truth[0],
        "chosen": truth[winner] - truth[0],
        "kept": winner == 0,
        "low": interval.low,
        "high": interval.high,
        "label": name,
        "search_optimism": search[lucky].mean() - truth[lucky],
        "corrected_optimism": bbc_cv(search, draws=200, rng=rng) - truth[lucky],
    }


def sealed_verdict(world, quality, winner, rng):
    """Five paired seeds on fresh rows, the two-way bootstrap and the label."""
    y = (rng.random(world.holdout) < 0.5).astype(float)
    shared = rng.normal(size=len(y))

    def fitted(number):
        own = world.own_noise * rng.normal(size=len(y))
        return (quality[number] + world.seed_sd * rng.normal(size=(SEEDS, 1))) * y + shared + own

    def compared(fits):
        return two_way(AUC, y, fits[1], fits[0], draws=1000, rng=rng)

    default = fitted(0)
    fits = np.stack([default, default if winner == 0 else fitted(winner)])
    interval = compared(fits)
    if interval.seed_share > MANY_SEEDS:  # as in a run: as many seeds again
        interval = compared(np.concatenate([fits, [fitted(0), fitted(winner)]], axis=1))
    return interval, label(interval, MARGIN, valid=True)


def simulate(runs):
    """The table of all worlds."""
    rows = []
    for world in WORLDS:
        found = pd.DataFrame([one_search(world, seeds.stream(0, "coverage", world.name, run)) for run in range(runs)])
        tried = found[~found.kept]
        sure = found.label.map(ships) == "tuned"
        not_worse = sure | (found.label == "INCONCLUSIVE")
        covered = (tried.low <= tried.chosen) & (tried.chosen <= tried.high)
        improved = found[found.label == "IMPROVED"]
        shipped, lenient = found.chosen.where(sure, 0.0), found.chosen.where(not_worse, 0.0)
        rows.append(
            {
                "world": world.name,
                "coverage": share(covered),
                **{name: f"{100 * (found.label == name).mean():.0f}" for name in LABELS},
                "IMPROVED, gain below margin": share(improved.chosen <= MARGIN),
                "IMPROVED, worse": share(improved.chosen <= 0),
                "best of search: worse": share(found.lucky < 0),
                "gain ": gain(found.lucky),
                "rule: worse": share(found.chosen < 0),
                "gain  ": gain(found.chosen),
                "shipped: worse": share(shipped < 0),
                "gain   ": gain(shipped),
                "also if INCONCLUSIVE: worse": share(lenient < 0),
                "gain    ": gain(lenient),
                "optimism of the search": gain(found.search_optimism),
                "of BBC-CV": gain(found.corrected_optimism),
            }
        )
    return pd.DataFrame(rows)


def share(happened):
    """A share in percent with its standard error."""
    if len(happened) == 0:
        return "-"
    rate = float(np.mean(happened))
    return f"{100 * rate:.1f} ± {100 * np.sqrt(rate * (1 - rate) / len(happened)):.1f}"


def gain(values):
    return f"{np.mean(values):+.4f}"


def granularity(scores, most=60_000):
    """The number of rows behind accuracies: the smallest count that makes all of them whole."""
    for count in range(20, most):
        whole = scores * count
        if np.abs(whole - np.round(whole)).max() < 1e-6 * count:
            return count
    return None


def replay(runs):
    """Random subsets of 60 real trials and the default: who is worse than the default on the test rows?"""
    if not REPLAY.exists():
        return f"Skipped: {REPLAY.name} is not beside the project.", None
    table = pd.read_parquet(REPLAY)
    tables = []
    for (variant, name), part in table.groupby(["variant", "dataset"]):
        default = part[part.hp == "default"]
        count = granularity(part.mean_val_score.to_numpy())
        if len(default) == 1 and default.mean_val_score.item() > 0 and count:
            tables.append((variant, name, count, default, part[part.hp != "default"]))
    noise = [paired_noise(others, count) for _, _, count, _, others in tables]
    outcomes = []
    for index, (_, name, count, default, others) in enumerate(tables):
        paired = float(np.median([n for n, other in zip(noise, tables, strict=True) if other[1] != name]))
        for run in range(runs):
            rng = seeds.stream(0, "replay", index, run)
            trials = pd.concat([default, others.iloc[rng.permutation(len(others))[:60]]])
            outcomes.append({"dataset": name, **outcome(trials, count, paired)})
    frame = pd.DataFrame(outcomes)
    sizes = ", ".join(f"{name} {count}" for name, count in sorted({(t[1], t[2]) for t in tables}))
    about = (
        f"{len(tables)} tables of {frame.dataset.nunique()} data sets (variants that have a default), {runs} draws of "
        f"60 trials each. Validation rows, from the granularity of the scores: {sizes}."
    )
    return about, frame


def paired_noise(others, count):
    """The variance of a paired difference of validation scores, as a share of that of independent scores.

    From validation minus test scores around their mean: taken from other data sets than the one that is judged,
    since it looks at test scores.
    """
    gap = others.mean_val_score - others.mean_test_score
    spread = np.subtract(*np.quantile(gap, [0.75, 0.25])) / 1.349
    mean = others.mean_val_score.median()
    return float(spread**2 / (mean * (1 - mean) / count))


def outcome(trials, count, paired):
    """What the best of the search and the rule pick. There are no folds: the standard error comes from the rows."""
    scores, test = trials.mean_val_score.to_numpy(), trials.mean_test_score.to_numpy()
    errors = np.sqrt(2 * paired * scores * (1 - scores) / count)
    best = int(scores.argmax())
    errors_to = [np.where(np.arange(len(scores)) == i, 0.0, errors) for i in (best, 0)]
    rule = choose(scores, trials.mean_time.to_numpy(), *errors_to)
    return {
        "best": test[best] - test[0],
        "rule": test[rule.chosen] - test[0],
        "kept": rule.chosen == 0,
        "oracle": test.max() - test[0],
    }


def replay_table(frame):
    rows = []
    for name, part in [*frame.groupby("dataset"), ("all", frame)]:
        rows.append(
            {
                "data set": name,
                "best of search: worse than default, %": f"{100 * (part.best < 0).mean():.1f}",
                "gain ": gain(part.best),
                "rule: worse, %": f"{100 * (part.rule < 0).mean():.1f}",
                "gain  ": gain(part.rule),
                "default kept, %": f"{100 * part.kept.mean():.0f}",
                "best there was": gain(part.oracle),
            }
        )
    return pd.DataFrame(rows)


def markdown(frame):
    head = [str(c).strip() for c in frame.columns]
    lines = [head, ["---"] * len(head), *frame.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, help="simulated searches a world (2000 for a paper)")
    runs = parser.parse_args().runs
    start = time.process_time()
    simulated = simulate(runs)
    about, replayed = replay(min(runs, 100))
    seconds = time.process_time() - start
    text = f"""# Coverage of the verdict

`python -m benchmarks.coverage --runs {runs}`, {datetime.now(UTC):%Y-%m-%d}, {seconds:.0f} s of CPU; Python
{platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}.

## Simulated searches with a known truth

{runs} searches a world: {CANDIDATES} candidates, {FOLDS}-fold search, {FINALISTS} finalists and the default on
{REPEATS} x {FOLDS} fresh folds, {SEEDS} paired seeds (twice as many when they matter much), two-way bootstrap.
Shares in percent, with their standard errors; labels in percent of all searches; gains in AUC over the default, by
truth. Coverage is counted where a candidate, and not the default, went to the sealed rows. "Shipped" keeps the
default unless the label is IMPROVED or BETTER-BUT-SMALL; the two columns after it show what shipping INCONCLUSIVE
results as well would do.

{markdown(simulated)}

## Real searches, replayed

{about}

{"" if replayed is None else markdown(replay_table(replayed))}

The scores of the replay are single numbers without folds, and neither fresh folds nor sealed rows are part of it: it
shows the selection rule alone, with a standard error that is estimated from the number of validation rows. "Worse"
counts any difference in test score, which is itself noisy.
"""
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "coverage.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
