"""Watch: whether a data location holds something new, and whether that is worth a retraining."""

from dataclasses import dataclass

import pandas as pd

from finetooth.config.retrain import EventWhen, WatchConfig
from finetooth.data.source import open_table
from finetooth.models.model import load_model
from finetooth.registry.registry import Registry
from finetooth.retraining import drift, schema_check, watch, watch_state
from finetooth.retraining.reference import SAMPLE, recall
from finetooth.retraining.watch import Look
from finetooth.tasks.runtime import arrival_event
from finetooth.tasks.runtime.step import note, step


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look came to: the file that is worth an event ("" for none), and why."""

    uri: str
    reason: str


@step("look", task_run_name="look-{config.model}", tags=["stage"], retries=2, retry_delay_seconds=5)
def look(config: WatchConfig) -> tuple[Watched, Look | None]:
    """Look at the location. Gives back what is worth telling, and what to remember (None: it is as it was)."""
    before = watch_state.remembered(config.registry, config.model, config.location)
    seen = watch.look(config.location)
    news = seen.news(before)
    if before is None:
        return Watched("", f"first look at {config.location}: {len(seen.files)} files"), seen
    if not news:
        return Watched("", "nothing has changed"), None
    changed = f"{len(news)} of {len(seen.files)} files have changed"
    if config.when == EventWhen.CHANGED:
        return Watched(news[-1], changed), seen
    found = _drift(config, news[-1])
    return Watched("" if found.level == "none" else news[-1], f"{changed}. {found.sentence}"), seen


@step("announce", task_run_name="announce-{config.model}", tags=["stage"], retries=2, retry_delay_seconds=5)
def announce(config: WatchConfig, watched: Watched, seen: Look | None) -> Watched:
    """Send the event that starts a retraining, then remember what was seen: an event that failed is sent again."""
    note(watched.reason)
    if watched.uri:
        arrival_event.emit(config.model, watched.uri, watched.reason)
        note(f"sent '{arrival_event.ARRIVED}' for {watched.uri}")
    if seen is not None:
        watch_state.remember(config.registry, config.model, config.location, seen)
    return watched


def _drift(config: WatchConfig, uri: str) -> drift.Drift:
    """The last rows of a table, at most 5,000, against those that the champion learned from."""
    registry = Registry(config.registry)
    champion = registry.champion(config.model)
    folder = None if champion is None else registry.open(champion)
    reference = None if folder is None else recall(folder)
    if folder is None or reference is None:  # nothing to compare with: whatever is new is worth telling
        return drift.Drift(0, 0, 0, 0.5, (drift.Shift("separable", "", 0.5, "warning", "Nothing to compare with."),))
    about = load_model(folder).about
    names = [*(column.name for column in about.schema.columns), about.target]
    with open_table(uri) as table:
        schema_check.check(table, uri, about, None, None)
        start = max(table.rows - SAMPLE, 0)
        now = {name: table.read(name).slice(start).to_pandas() for name in names}
    frame = pd.DataFrame(now)
    return drift.compare(
        reference.sample, frame, about.schema, about.target, regression=about.kind == "regression", seed=0
    )
