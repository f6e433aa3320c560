"""Does the verdict keep its word? Searches with a known truth, and real searches replayed.

    python -m benchmarks.coverage [--runs N]

Writes benchmarks/results/coverage.md; see simulated_searches.py and replayed_searches.py for what is run.
"""

import argparse
import time
from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmarks import replayed_searches
from benchmarks.simulated_searches import (
    CANDIDATES,
    DRAWS,
    FINALISTS,
    FOLDS,
    MARGIN,
    REPEATS,
    SEEDS,
    WORLDS,
    outcomes,
)
from benchmarks.tables import markdown, write
from finetooth.verdict.label import ships

LIBRARIES = ("finetooth", "numpy", "scipy", "scikit-learn")
LABELS = ("IMPROVED", "BETTER", "EQUIVALENT", "INCONCLUSIVE", "WORSE")
REPLAYS = 100  # draws of 60 trials from each real search
TRUST = [
    "world",
    "coverage, the fit that ships",
    "coverage, mean fit",
    "IMPROVED below the margin",
    "IMPROVED, not better",
    "shipped: worse",
    "ten seeds",
]
GAIN = [
    "best of search: worse",
    "gain",
    "rule: worse",
    "gain",
    "shipped: worse",
    "gain",
    "also if INCONCLUSIVE",
    "gain",
]


def trust(found: pd.DataFrame) -> list[object]:
    """Coverage where a candidate was compared; the rest as shares of all searches."""
    tried = found[~found.kept]
    ships, mean = ((tried.low <= truth) & (truth <= tried.high) for truth in (tried.ships, tried.chosen))
    improved = found.label == "IMPROVED"
    return [
        share(ships),
        share(mean),
        share(improved & (found.chosen <= MARGIN)),
        share(improved & (found.chosen <= 0)),
        share(_shipped(found) < 0),
        share(tried.seeds > SEEDS),
    ]


def labels(found: pd.DataFrame) -> list[object]:
    """Labels in percent of all searches, and the optimism of the best search score without and with correction."""
    counts = [f"{100 * (found.label == name).mean():.0f}" for name in LABELS]
    return [*counts, f"{found.search_optimism.mean():+.4f}", f"{found.corrected_optimism.mean():+.4f}"]


def gains(found: pd.DataFrame) -> list[object]:
    """Who ends worse than the default, and the mean gain: best of the search, the rule, what ships, and a laxer way."""
    lax = found.chosen.where((found.label.map(ships) == "tuned") | (found.label == "INCONCLUSIVE"), 0.0)
    each = (found.lucky, found.chosen, _shipped(found), lax)
    return [cell for values in each for cell in (share(values < 0), f"{values.mean():+.4f}")]


def share(happened: Iterable[bool]) -> str:
    """A share in percent with its standard error."""
    seen = np.asarray(happened, dtype=float)
    if not len(seen):
        return "-"
    return f"{100 * seen.mean():.1f} ± {100 * np.sqrt(seen.mean() * (1 - seen.mean()) / len(seen)):.1f}"


def report(frames: list[pd.DataFrame], about: str, replayed: pd.DataFrame | None) -> str:
    """The text of the tables. `frames` holds the outcomes of each world."""
    runs = len(frames[0])
    named = [(frame.world.iloc[0], frame) for frame in frames]
    parts = [
        f"""## Simulated searches with a known truth

{runs} searches a world: {CANDIDATES} candidates, {FOLDS}-fold search, {FINALISTS} finalists and the default on
{REPEATS} x {FOLDS} fresh folds, {SEEDS} paired seeds (twice as many when they matter much), two-way bootstrap of
{DRAWS} draws. Shares in percent, with their standard errors; gains in AUC over the default, by truth. Coverage and
"ten seeds" are counted where a candidate, and not the default, went to the sealed rows; all else over all searches.
"Shipped" keeps the default unless the label is IMPROVED or BETTER; "also if INCONCLUSIVE" shows what
shipping those as well would do. The margin is {MARGIN}.""",
        markdown(TRUST, [[name, *trust(frame)] for name, frame in named]),
        markdown(["world", *GAIN], [[name, *gains(frame)] for name, frame in named]),
        markdown(
            ["world", *LABELS, "optimism of the search", "of BBC-CV"],
            [[name, *labels(frame)] for name, frame in named],
        ),
        f"## Real searches, replayed\n\n{about}",
    ]
    if replayed is not None:
        parts.append(markdown(replayed_searches.HEADER, replayed_searches.table(replayed)))
    parts.append(
        "The scores of the replay are single numbers without folds, and neither fresh folds nor sealed rows are part "
        "of it:\nit shows the selection rule alone, with a standard error that is estimated from the number of "
        'validation rows.\n"Worse" counts any difference in test score, which is itself noisy.'
    )
    return "\n\n".join(parts)


def _shipped(found: pd.DataFrame) -> "pd.Series[float]":
    return found.chosen.where(found.label.map(ships) == "tuned", 0.0)


def main() -> None:
    """Simulate, replay and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=200, help="simulated searches a world (2000 for a paper)")
    runs = parser.parse_args().runs
    start = time.process_time()
    frames = [outcomes(world, range(runs)) for world in WORLDS]
    text = report(frames, *replayed_searches.replay(min(runs, REPLAYS)))
    spent = f"`python -m benchmarks.coverage --runs {runs}`: {time.process_time() - start:.0f} s of CPU."
    write("coverage", "Coverage of the verdict", f"{spent}\n\n{text}", LIBRARIES)


if __name__ == "__main__":
    main()
