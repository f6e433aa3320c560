"""A retraining, opened for the length of a flow: the champion first, then the folder of the run."""

from collections.abc import Iterator
from contextlib import contextmanager

from finetooth.config.retrain import RetrainConfig
from finetooth.registry.registry import Registry
from finetooth.retraining.champion import Retraining
from finetooth.tasks.load_champion import load_champion
from finetooth.tasks.open_run import open_run


@contextmanager
def open_retraining(config: RetrainConfig) -> Iterator[Retraining]:
    """The champion, its files verified, and what it learned from; then the run, with a page for every ending."""
    registry = Registry(config.registry.location)
    champion = load_champion(config, registry)
    with open_run(config.tuning, "retrain") as run:
        yield Retraining(config, run, registry, champion)
