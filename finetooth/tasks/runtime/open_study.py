"""The study of a flow: the model and its space, the metric, the journal, and a cluster for as long as it runs."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from finetooth import metrics
from finetooth.config.tune import MetricName, TuneConfig
from finetooth.data.outer_folds import OuterFold, outer_seed
from finetooth.data.split import Split
from finetooth.errors import InputError
from finetooth.leakage.scramble import CHECK as SCRAMBLE
from finetooth.leakage.suite import CROSS_CHECKS, FEATURE_CHECKS
from finetooth.models.user_code import is_own
from finetooth.records import DataRef, Kind, from_json, to_json
from finetooth.runs.lineage import lineage
from finetooth.runs.run import Run
from finetooth.spaces.resolve import choose
from finetooth.tasks.runtime.prometheus import metrics_server
from finetooth.tasks.runtime.signals import interrupts_blocked
from finetooth.trials.cluster import cluster
from finetooth.trials.journal import Journal
from finetooth.trials.searches import check_searches
from finetooth.trials.study import Study


@contextmanager
def open_study(run: Run, split: Split) -> Iterator[Study]:
    """Open what every stage that runs trials works with; the cluster is closed at the end, and `lineage.json` written.

    Raises `InputError` for a model, metric or search that does not fit, before any compute is spent.
    """
    config, data = run.config, split.data
    metric = chosen_metric(config, data.kind)
    family = choose(config.model, data.kind)
    check_searches(config, family, data, ("refine",) if run.flow == "sweep" else ("coarse", "refine"))
    journal = Journal(run.journal)
    with ExitStack() as stack:
        with interrupts_blocked():
            executor = stack.enter_context(cluster(config.cluster, family.learner.parallel))
        stack.enter_context(metrics_server(run))
        _check_same_rows(run, data, journal)
        run.write("data.json", to_json(data) + "\n")
        run.write("columns.json", json.dumps(json.loads(to_json(split.columns)), indent=2) + "\n")
        study = Study(config, run, data, family, metric, executor, journal, split.findings, started=time.time())
        study = replace(study, outer=_outer_studies(study, split))
        try:
            yield study
        finally:
            write_lineage(study)


def _outer_studies(study: Study, split: Split) -> tuple[Study, ...]:
    """The study of each outer fold: the search that is validated on its sealed rows."""
    count, studies = len(split.outer), []
    for number, part in enumerate(split.outer, start=1):
        config = study.config.model_copy(update={"seed": outer_seed(study.config.seed, OuterFold(number, count))})
        journal = Journal(study.run.outer_journal(number))
        changed = replace(study, config=config, data=part.data, journal=journal, split_findings=part.findings)
        studies.append(replace(changed, timings={}, part=f"{number}/{count}"))
    return tuple(studies)


def _check_same_rows(run: Run, data: DataRef, journal: Journal) -> None:
    """Raise `InputError` where a run has trials of other rows, or of the same read otherwise."""
    path = run.folder / "data.json"
    if not path.exists() or not journal.trials():
        return
    began = from_json(DataRef, path.read_bytes()).fingerprint
    if began != data.fingerprint:
        raise InputError(
            f"a run must go on with the rows that it began with; {run.folder.name} has trials of {began[:12]}, and the "
            f"table gives {data.fingerprint[:12]} now: it has changed, or another version of finetooth reads it "
            "otherwise; start a new run."
        )


def chosen_metric(config: TuneConfig, kind: Kind) -> metrics.Metric:
    """The metric that a configuration asks for. `InputError` when it does not fit the task."""
    return metrics.metric(None if config.metric == MetricName.AUTO else config.metric.value, kind)


def write_lineage(study: Study) -> None:
    """Write `lineage.json`: where the run's model comes from."""
    run = study.run
    values = lineage(
        run.config,
        fingerprint=study.data.fingerprint,
        command=f"finetooth tune --config {run.folder / 'config.yaml'}",
        started=study.started,
        checks=(*CROSS_CHECKS, *FEATURE_CHECKS, *((SCRAMBLE,) if is_own(study.family.learner) else ())),
        timings={stage: round(seconds, 2) for stage, seconds in study.timings.items()},
    )
    run.write("lineage.json", json.dumps(values, indent=2) + "\n")
