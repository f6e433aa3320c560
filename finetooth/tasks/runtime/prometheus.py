"""Metrics of a run for Prometheus, at a port that its configuration names, for as long as its trials run."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from finetooth.runs.run import Run
from finetooth.tasks.runtime.progress import Progress, listening
from finetooth.tasks.runtime.step import note

_LABELS = ("run", "stage")


class Stages(Collector):
    """The newest progress of each stage of one run, as metrics whenever somebody reads them."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._latest: dict[str, Progress] = {}

    def __call__(self, step: Progress) -> None:
        if step.run == self._run:
            self._latest[step.title] = step

    def collect(self) -> Iterator[Metric]:
        """Trials by state, the best score, seconds of fitting, and which stage is under way."""
        trials = CounterMetricFamily("finetooth_trials", "Trials that ended.", labels=[*_LABELS, "state"])
        best = GaugeMetricFamily(
            "finetooth_best_score", "Best score, in the metric's own direction.", labels=[*_LABELS, "metric"]
        )
        fitting = CounterMetricFamily("finetooth_fit_seconds", "Seconds of fitting, over all workers.", labels=_LABELS)
        running = GaugeMetricFamily("finetooth_stage_running", "1 while the stage is under way.", labels=_LABELS)
        for step in list(self._latest.values()):
            labels = [step.run, step.title]
            complete = step.done - step.failed - step.pruned
            for state, number in (("complete", complete), ("pruned", step.pruned), ("failed", step.failed)):
                trials.add_metric([*labels, state], number)
            if not math.isnan(step.best):
                best.add_metric([*labels, step.metric], step.best)
            fitting.add_metric(labels, step.fitting)
            running.add_metric(labels, 0 if step.ended else 1)
        yield from (trials, best, fitting, running)


@contextmanager
def metrics_server(run: Run) -> Iterator[None]:
    """Answer at the port that the run's configuration names, if it names one. A port that is taken fails no run."""
    port, address = run.config.tracking.metrics_port, run.config.tracking.metrics_address
    if port is None:
        yield
        return
    stages, registry = Stages(run.folder.name), CollectorRegistry()
    registry.register(stages)
    try:
        server, thread = start_http_server(port, address, registry)
    except OSError as error:
        message = f"metrics cannot be read at {address}:{port}: {error.strerror or error}"
        note(message, warning=True)
        warnings.warn(message, stacklevel=2)  # an untracked run has no page to note it on
        yield
        return
    note(f"metrics: http://{address}:{port}/metrics")
    try:
        with listening(stages):
            yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
