"""What every stage that runs trials works with, opened for the length of a flow."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from finetooth import metrics
from finetooth.config.tune import Metric, TuneConfig
from finetooth.leakage.scramble import CHECK as SCRAMBLE
from finetooth.leakage.suite import CROSS_CHECKS, FEATURE_CHECKS
from finetooth.models.user_code import is_own
from finetooth.records import DataRef, Kind, Trial, to_json
from finetooth.runs.lineage import lineage
from finetooth.runs.run import Run
from finetooth.spaces.resolve import choose
from finetooth.tasks.runtime.prometheus import exposed
from finetooth.tasks.runtime.signals import children_deaf
from finetooth.trials.cluster import cluster
from finetooth.trials.journal import Journal
from finetooth.trials.searches import Bench, check


@contextmanager
def bench(run: Run, data: DataRef) -> Iterator[Bench]:
    """The table, the model and its space, the metric, the journal, and a cluster that closes at the end."""
    config = run.config
    chosen = chosen_metric(config, data.kind).name
    family = choose(config.model, data.kind)
    check(config, family, data, ("refine",) if run.flow == "sweep" else ("coarse", "refine"))
    journal = Journal(run.journal)
    with ExitStack() as stack:
        with children_deaf():
            executor = stack.enter_context(cluster(config.cluster, family.learner.parallel))
        stack.enter_context(exposed(run))
        run.write("data.json", to_json(data) + "\n")
        opened = Bench(data, family, chosen, executor, journal, _unheard)
        started = time.time()
        try:
            yield opened
        finally:
            record_lineage(run, opened, started)


def chosen_metric(config: TuneConfig, kind: Kind) -> metrics.Metric:
    """The metric that a configuration asks for. `InputError` when it does not fit the task."""
    return metrics.metric(None if config.metric == Metric.AUTO else config.metric.value, kind)


def _unheard(trial: Trial) -> None:
    """A trial that nobody listens to."""


def record_lineage(run: Run, bench: Bench, started: float) -> None:
    """Write `lineage.json`: where the run's model comes from."""
    values = lineage(
        run.config,
        fingerprint=bench.data.fingerprint,
        command=f"finetooth tune --config {run.folder / 'config.yaml'}",
        started=started,
        checks=(*CROSS_CHECKS, *FEATURE_CHECKS, *((SCRAMBLE,) if is_own(bench.family.learner) else ())),
        timings={stage: round(seconds, 2) for stage, seconds in bench.timings.items()},
    )
    run.write("lineage.json", json.dumps(values, indent=2) + "\n")
