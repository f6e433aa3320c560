"""From the raw runs of `time_to_quality` to its figures: scores by time, times to a target, wins, and a plot."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.tables import markdown

TIMES = (5, 10, 20, 30, 60, 120)
TARGET = 60  # seconds after which the rival's outer score is the target
OURS = ("finetooth", "finetooth-sweep")
TARGETS = ("optuna", "optuna-early")
RIVALS = ("flaml", "flaml-default", "optuna", "optuna-early", "halving")

Record = dict
Key = tuple[str, int]


def read(raw: Path) -> list[Record]:
    """The runs of a file of JSON lines; none where there is no file."""
    return [json.loads(line) for line in raw.read_text(encoding="utf-8").splitlines()] if raw.exists() else []


def curve(record: Record, clock: str = "wall") -> list[tuple[float, float]]:
    """(seconds, outer score) of each incumbent, oldest first."""
    if clock == "cpu":
        return [(one["cpu"] / record["cores"], one["score"]) for one in record["incumbents"]]
    return [(one["seconds"], one["score"]) for one in record["incumbents"]]


def score_at(record: Record, seconds: float, clock: str = "wall") -> float:
    """The outer score of the incumbent at a time; NaN before the first."""
    known = [score for when, score in curve(record, clock) if when <= seconds]
    return known[-1] if known else math.nan


def time_to(record: Record, target: float, clock: str, *, for_good: bool = False) -> float:
    """When the outer score first reached a target, or reached it to stay; infinite when it did not."""
    reached = math.inf
    for when, score in curve(record, clock):
        if score >= target:
            reached = min(reached, when)
        elif for_good:
            reached = math.inf
    return reached


def by_run(records: Sequence[Record]) -> dict[str, dict[Key, Record]]:
    """tool -> (table, seed) -> its longest run."""
    found: dict[str, dict[Key, Record]] = {}
    for record in sorted(records, key=lambda r: r["limit"]):
        found.setdefault(record["tool"], {})[record["table"], record["seed"]] = record
    return found


def scores(runs: dict[str, dict[Key, Record]], clock: str) -> list[list[object]]:
    """Rows of table, tool, and the mean outer score at each time (over the seeds that have one)."""
    rows: list[list[object]] = []
    for table in dict.fromkeys(key[0] for runs_of in runs.values() for key in runs_of):
        for tool, runs_of in runs.items():
            own = [record for key, record in runs_of.items() if key[0] == table]
            if own:
                rows.append([table, tool, len(own), *(_mean(own, t, clock) for t in TIMES)])
    return rows


def _mean(own: Sequence[Record], seconds: float, clock: str) -> str:
    if clock == "wall" and all(max(r["limit"], r["ended"]) < seconds for r in own):
        return ""
    known = [s for s in (score_at(r, seconds, clock) for r in own) if not math.isnan(s)]
    if not known:
        return "-"
    return f"{np.mean(known):.4f}" + ("" if len(known) == len(own) else f" ({len(known)} of {len(own)})")


def times_to_target(runs: dict[str, dict[Key, Record]], clock: str) -> list[list[object]]:
    """How soon each of ours reached what a rival had at the target time, as shares of that time.

    A run that never got there counts as its own limit (it is censored there), which flatters; its share is told.
    """
    rows: list[list[object]] = []
    for tool in OURS:
        for rival in TARGETS:
            keys = [key for key in runs.get(tool, {}) if key in runs.get(rival, {})]
            if keys:
                rows.append([tool, rival, len(keys), *_ratios(runs[tool], runs[rival], keys, clock)])
    return rows


def _ratios(ours: dict[Key, Record], theirs: dict[Key, Record], keys: list[Key], clock: str) -> list[object]:
    first, stayed, own, never = [], [], [], 0
    for key in keys:
        limit = float(min(TARGET, theirs[key]["limit"]))
        target = score_at(theirs[key], limit, clock)
        end = ours[key]["limit"]
        when = time_to(ours[key], target, clock)
        never += math.isinf(when)
        first.append(min(when, end) / limit)
        stayed.append(min(time_to(ours[key], target, clock, for_good=True), end) / limit)
        own.append(min(time_to(theirs[key], target, clock), limit) / limit)
    return [_geometric(first), _geometric(stayed), _geometric(own), f"{never} of {len(keys)}"]


def _geometric(values: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))


def wins(runs: dict[str, dict[Key, Record]], clock: str) -> list[list[object]]:
    """Wins, ties (within .00005) and losses against each rival, and the mean difference, at each time."""
    rows: list[list[object]] = []
    for tool in OURS:
        for rival in RIVALS:
            keys = [key for key in runs.get(tool, {}) if key in runs.get(rival, {})]
            if keys:
                cells = [_won(runs[tool], runs[rival], keys, seconds, clock) for seconds in TIMES[1:]]
                rows.append([tool, rival, *cells])
    return rows


def _won(ours: dict[Key, Record], theirs: dict[Key, Record], keys: list[Key], seconds: float, clock: str) -> str:
    keys = [k for k in keys if min(ours[k]["limit"], max(theirs[k]["limit"], theirs[k]["ended"])) >= seconds]
    gains = []
    for key in keys:
        mine, other = score_at(ours[key], seconds, clock), score_at(theirs[key], seconds, clock)
        if math.isnan(mine) and math.isnan(other):
            continue
        gains.append(math.inf if math.isnan(other) else -math.inf if math.isnan(mine) else mine - other)
    if not gains:
        return ""
    finite = [gain for gain in gains if math.isfinite(gain)]
    mean = f", {np.mean(finite):+.4f}" if finite else ""
    tied = sum(abs(gain) < 5e-5 for gain in gains)
    won = sum(gain >= 5e-5 for gain in gains)
    return f"{won}-{tied}-{len(gains) - won - tied}{mean}"


def plot(runs: dict[str, dict[Key, Record]], path: Path, clock: str) -> None:
    """Outer score by time, a panel a table: the mean over seeds from where every seed has an incumbent."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    tables = list(dict.fromkeys(key[0] for runs_of in runs.values() for key in runs_of))
    figure, panels = plt.subplots(1, len(tables), figsize=(5.2 * len(tables), 4.4), layout="constrained", squeeze=False)
    for table, axes in zip(tables, panels[0], strict=True):
        drawn = [_line(axes, tool, runs_of, table, clock) for tool, runs_of in runs.items()]
        settled = [value for line in drawn for value in line]
        if settled:  # the first seconds of the slowest would flatten all else
            best = max(settled)
            axes.set_ylim(best - 4 * max(best - float(np.median(settled)), 1e-3), best + 5e-4)
        axes.set(title=table, xscale="log", xlabel="seconds" if clock == "wall" else "processor seconds / cores")
        axes.set_ylabel("outer AUC" if "housing" not in table and table != "diamonds" else "outer R²")
        axes.grid(visible=True, which="both", alpha=0.25)
    panels[0][0].legend(fontsize=8)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _line(axes, tool: str, runs_of: dict[Key, Record], table: str, clock: str) -> list[float]:
    own = [record for key, record in runs_of.items() if key[0] == table]
    if not own:
        return []
    grid = np.geomspace(1, max(max(r["limit"], r["ended"]) for r in own), 120)
    mean = np.array([np.mean([score_at(record, seconds, clock) for record in own]) for seconds in grid])
    axes.plot(grid, mean, label=tool, linewidth=2.4 if tool in OURS else 1.3, linestyle="-" if tool in OURS else "--")
    return [value for value in mean if not math.isnan(value)]


def write(records: Sequence[Record], folder: Path, clock: str) -> str:
    """Write `time_to_quality.md` and its plot into `folder`; the text."""
    runs = by_run(records)
    newest = max(records, key=lambda r: r["date"])
    versions: dict[str, str] = {}
    for record in records:
        versions |= record["versions"]
    shown = ", ".join(f"{library} {number}" for library, number in versions.items())
    limits = ", ".join(f"{limit:g} s" for limit in sorted({record["limit"] for record in records}))
    unit = "seconds on the wall" if clock == "wall" else "processor seconds over the number of cores"
    text = "\n\n".join(
        [
            "# Time to quality",
            f"{newest['date'][:10]}, {newest['cores']} cores. {shown}. Limits: {limits}.",
            INTRODUCTION.format(unit=unit),
            "## Outer score by time\n\n"
            + markdown(["table", "tool", "seeds", *(f"{t} s" for t in TIMES)], scores(runs, clock)),
            f"## Time to what Optuna has after {TARGET} s\n\n"
            + markdown(
                ["tool", "target of", "runs", "first reached", "reached to stay", "the rival itself", "never"],
                times_to_target(runs, clock),
            )
            + "\n\nGeometric means of (time to the target / time that the rival had). A run that never reached it "
            "counts as its own limit.",
            "## Wins, ties and losses at equal budgets\n\n"
            + markdown(["tool", "rival", *(f"{t} s" for t in TIMES[1:])], wins(runs, clock))
            + "\n\nA tie is a difference below .00005; behind it the mean difference. A tool with nothing yet loses.",
            "![outer score by time](time_to_quality.png)",
        ]
    )
    (folder / "time_to_quality.md").write_text(text + "\n", encoding="utf-8")
    plot(runs, folder / "time_to_quality.png", clock)
    return text


INTRODUCTION = """An outer quarter of the rows is seen by no tool. Times are {unit}, from the table as a file, \
libraries imported. Each incumbent is fitted on the other three quarters after the run, off the clock, and scored on \
the outer rows: AUC, or R² for numbers.

- finetooth: the two searches of `finetooth tune` (a subset of the rows, then all), without the leakage checks;
  finetooth-sweep: one search on all rows. Fits of one thread each.
- optuna: TPE over the same ranges, 5-fold `cross_val_score` of `XGBClassifier`, rounds searched from 50 to 1,000;
  optuna-early: the same with `xgboost.cv`, which stops after 50 rounds without a gain. All cores in each fit.
- halving: `HalvingRandomSearchCV` over rows, 81 candidates, all rows in the last rung; it has no answer before its end.
- flaml: `AutoML` with its estimator "xgboost"; flaml-default: with all of its default estimators that are installed.
  Its incumbents are fitted by its own `retrain_from_log`."""
