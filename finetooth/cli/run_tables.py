"""The runs of a folder as a table, and what a sweep found as JSON."""

import json
from collections.abc import Sequence

from rich.table import Table

from finetooth.report import RunRecord
from finetooth.report.record import metric_of
from finetooth.runs.run import Run


def runs_table(runs: Sequence[Run]) -> Table:
    """A row a run: what it was, how it ended, and its gain."""
    out = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "flow", "table", "model", "metric", "tuned", "default", "verdict"):
        number = name in {"tuned", "default"}
        out.add_column(
            name, justify="right" if number else "left", overflow="fold", no_wrap=name not in {"table", "model"}
        )
    for run in runs:
        verdict, config = run.verdict(), run.config
        head = (run.folder.name, run.flow, config.data.source, config.model.name)
        if verdict is None:
            out.add_row(*head, config.metric.value, "", "", run.state())
        else:
            out.add_row(*head, verdict.metric, f"{verdict.tuned:.5g}", f"{verdict.default:.5g}", verdict.label)
    return out


def best_json(record: RunRecord) -> str:
    """A sweep's best trial and its default as JSON; scores in the metric's own direction."""
    complete = [trial for trial in record.trials if trial.state == "complete"]
    sign = metric_of(record).sign
    ranked = sorted(complete, key=lambda trial: (-trial.score, trial.candidate.index))
    trials = [
        {"trial": trial.candidate.index, "score": sign * trial.score, "params": trial.params}
        for trial in (*ranked[:1], *(t for t in complete if t.candidate.index == 0))
    ]
    values = {"name": record.name, "metric": metric_of(record).name, "trials": len(record.trials)}
    return json.dumps(values | dict(zip(("best", "default"), trials, strict=False)), indent=2)
