"""Watch: whether a data location holds something new, and whether that is worth a retraining."""

from dataclasses import dataclass

import pandas as pd

from finetooth.config.retrain import EventWhen, WatchConfig
from finetooth.data.later_table import learned_declarations
from finetooth.data.open_table import open_table
from finetooth.models.model import load_model
from finetooth.registry.registry import Registry
from finetooth.retraining import drift, schema_check, watch, watch_state
from finetooth.retraining.reference import SAMPLE, read_reference
from finetooth.retraining.watch import WatchState
from finetooth.tasks.runtime import arrival_event
from finetooth.tasks.runtime.step import note, step


@dataclass(frozen=True, slots=True)
class Watched:
    """The file that is worth an event ("" for none), and why."""

    uri: str
    reason: str


@step("look", task_run_name="look-{config.model}", tags=["stage"], retries=2, retry_delay_seconds=5)
def look(config: WatchConfig) -> tuple[Watched, WatchState | None]:
    """Look at the location. Returns what is worth an event, and the state to store (None: nothing has changed)."""
    previous = watch_state.read_watch_state(config.registry, config.model, config.location)
    state = watch.location_state(config.location)
    changed = state.changed_files(previous)
    if previous is None:
        return Watched("", f"first look at {config.location}: {len(state.files)} files"), state
    if not changed:
        return Watched("", "nothing has changed"), None
    reason = f"{len(changed)} of {len(state.files)} files have changed"
    if config.when == EventWhen.CHANGED:
        return Watched(changed[-1], reason), state
    measured = _drift(config, changed[-1])
    return Watched("" if measured.level == "none" else changed[-1], f"{reason}. {measured.sentence}"), state


@step("announce", task_run_name="announce-{config.model}", tags=["stage"], retries=2, retry_delay_seconds=5)
def announce(config: WatchConfig, watched: Watched, state: WatchState | None) -> Watched:
    """Send the event that starts a retraining, then store the state: an event that failed is sent again."""
    note(watched.reason)
    if watched.uri:
        arrival_event.emit(config.model, watched.uri, watched.reason)
        note(f"sent '{arrival_event.ARRIVED}' for {watched.uri}")
    if state is not None:
        watch_state.write_watch_state(config.registry, config.model, config.location, state)
    return watched


def _drift(config: WatchConfig, uri: str) -> drift.Drift:
    """The drift of a table's last rows, at most 5,000, from those that the champion learned from."""
    registry = Registry(config.registry)
    champion = registry.champion(config.model)
    folder = None if champion is None else registry.open(champion)
    reference = None if folder is None else read_reference(folder)
    if folder is None or reference is None:  # nothing to compare with: whatever is new is worth telling
        return drift.Drift(0, 0, 0, 0.5, (drift.Shift("separable", "", 0.5, "warning", "Nothing to compare with."),))
    about = load_model(folder).about
    names = [*(column.name for column in about.schema.columns), about.target]
    with open_table(uri, learned_declarations(about.schema, about.csv, uri)) as table:
        schema_check.check_schema(table, uri, about, None, None)
        start = max(table.rows - SAMPLE, 0)
        last_rows = pd.DataFrame({name: table.read(name).slice(start).to_pandas() for name in names})
    return drift.measure_drift(
        reference.sample, last_rows, about.schema, about.target, regression=about.kind == "regression", seed=0
    )
