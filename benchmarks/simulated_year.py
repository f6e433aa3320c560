"""A simulated year: 52 weekly arrivals, of which a few bring another world and the rest nothing but luck.

    python -m benchmarks.simulated_year [--seeds 1] [--weeks 52]

Each week a table of 600 rows arrives and the retraining flow runs, untracked. In most weeks the rows come from the
world that the champion knows: whatever gain a challenger shows is luck. Every fourth of these weeks asks for a
search, which has more luck to find. In weeks 9, 22 and 40 the target begins to follow other columns; from week 30 to
33 it moves a little further each week; in weeks 15 and 46 the columns move and the target follows them as before.
What a challenger is truly worth is its gain over the champion on 20,000 further rows of that week's world.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.tables import markdown, write
from finetooth import seeds
from finetooth.config.loading import load_retrain
from finetooth.data.schema import encode_table
from finetooth.flows.retrain import retrain
from finetooth.flows.tune import tune
from finetooth.metrics import METRICS
from finetooth.models.model import load_model
from finetooth.registry.registry import Registry

ROWS, FRESH = 600, 20_000
TURNS, GRADUAL, MOVED = (9, 22, 40), (30, 31, 32, 33), (15, 46)
COLUMNS = [f"x{i}" for i in range(8)]
SMALL = {
    "model": {"name": "linear"},
    "coarse": {"trials": 4},
    "refine": {"trials": 8},
    "replicate": {"finalists": 2, "repeats": 2, "folds": 3},
    "validation": {"seeds": 2, "bootstrap": 1000},
    "cluster": {"workers": 1, "processes": False},
}


@dataclass(frozen=True)
class Week:
    """What a week brought and what became of it; `gain` is the challenger's true gain, NaN without a challenger."""

    number: int
    kind: str
    work: str
    outcome: str
    standing: str
    gain: float
    shown: float
    seconds: float


def weights(week, root):
    """What the target follows in a week: turned at once, or a little each week."""
    rng = seeds.stream(root, "world")
    drawn = [rng.normal(size=len(COLUMNS)) for _ in range(len(TURNS) + 2)]
    now = drawn[sum(week >= turn for turn in TURNS if turn < GRADUAL[0])]
    angle = sum(week >= step for step in GRADUAL) / len(GRADUAL)
    now = (1 - angle) * now + angle * drawn[3]
    if week >= TURNS[-1]:
        now = drawn[4]
    return 1.5 * now / np.linalg.norm(now)


def rows(week, root, count, purpose):
    rng = seeds.stream(root, "rows", week, purpose)
    X = rng.normal(size=(count, len(COLUMNS)))
    if week in MOVED:
        X[:, :3] += 0.4
    chance = 1 / (1 + np.exp(-X @ weights(week, root)))
    return pd.DataFrame(X, columns=COLUMNS).assign(target=np.where(rng.random(count) < chance, "yes", "no"))


def kind_of(week):
    if week in TURNS:
        return "the target turned"
    if week in GRADUAL:
        return "the target moved a little"
    return "the columns moved" if week in MOVED else "luck alone"


def year(root, weeks, folder):
    common = SMALL | {"seed": root, "registry": {"model": "weekly", "location": str(folder / "models")}}

    def config(week):
        rows(week, root, ROWS, "arrival").to_csv(folder / f"{week}.csv", index=False)
        output = {"folder": str(folder / "runs"), "run": str(week)}
        return common | {"data": {"source": str(folder / f"{week}.csv")}, "output": output}

    from finetooth.config.loading import load_tune

    tune.fn(load_tune(config(0)))
    registry = Registry(str(folder / "models"))
    for week in range(1, weeks + 1):
        champion = load_model(registry.open(registry.champion("weekly")))
        searched = kind_of(week) == "luck alone" and week % 4 == 0
        own = {"name": "weekly", "decide": {"least_new": 100, "work": "retune" if searched else "auto"}}
        start = time.monotonic()
        made = retrain.fn(load_retrain(config(week) | own))
        gain = np.nan
        if made.version is not None:
            challenger = load_model(registry.open(registry.version("weekly", made.version)))
            gain = score(challenger, week, root) - score(champion, week, root)
        standing = "" if made.challenge is None else made.challenge.standing
        shown = np.nan if made.challenge is None else made.challenge.difference
        seconds = time.monotonic() - start
        yield Week(week, kind_of(week), made.plan.action, made.outcome, standing, gain, shown, seconds)


def score(model, week, root):
    fresh = rows(week, root, FRESH, "truth")
    y = (fresh["target"] == "yes").to_numpy(dtype=float)
    return METRICS["roc_auc"].natural(y, model.scores(encode_table(model.about.schema, fresh)))


def counted(weeks):
    """A line a kind of week: what was promoted, and what it was truly worth."""
    groups = defaultdict(list)
    for week in weeks:
        groups[week.kind].append(week)
    lines = []
    for kind in ("luck alone", "the columns moved", "the target moved a little", "the target turned"):
        found = groups[kind]
        promoted = [w for w in found if w.outcome == "promoted"]
        worst = min((w.gain for w in promoted), default=np.nan)
        missed = [w for w in found if w.outcome == "kept" and w.gain > 0.02]
        naive = [w for w in found if w.shown > 0]
        lines.append(
            [
                kind,
                len(found),
                sum(w.work == "retune" for w in found),
                len(promoted),
                sum(w.gain <= 0 for w in promoted),
                "" if np.isnan(worst) else f"{worst:+.4f}",
                len(missed),
                len(naive),
                sum(w.gain <= 0 for w in naive),
            ]
        )
    return lines


HEAD = ("week", "weeks", "searched", "promoted", "of them worse", "least true gain", "kept, better by .02",
        "a higher score", "of them worse")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    found = []
    for root in range(given.seeds):
        with tempfile.TemporaryDirectory(prefix="finetooth-year-") as folder:
            for week in year(root, given.weeks, Path(folder)):
                found.append(week)
                print(root, week, flush=True)
    longest = max(week.seconds for week in found)
    said = (
        f"`python -m benchmarks.simulated_year --seeds {given.seeds} --weeks {given.weeks}`: {len(found)} weeks, "
        f"{sum(week.seconds for week in found) / len(found):.1f} s a week, {longest:.1f} s at most.\n\n"
        + " ".join(__doc__.split("\n\n")[2].split())
        + "\n\nThe last two columns are what promoting every challenger with the higher score on the sealed rows would "
        "have done.\n\n"
    )
    write("simulated_year", "A simulated year", said + markdown(list(HEAD), counted(found)), ("scikit-learn", "numpy"))


if __name__ == "__main__":
    main()
