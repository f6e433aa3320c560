"""Predictions for a table by whatever the user names: a model's champion, a run, or a folder with a saved model."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from finetooth.errors import InputError, unknown
from finetooth.files import replacing_path
from finetooth.models import score_table
from finetooth.models.model import load_model
from finetooth.registry.registry import Registry
from finetooth.runs.run import find_run, list_runs


@dataclass(frozen=True, slots=True)
class Predicted:
    """A table, its predictions, who made them, and what is new in the table."""

    who: str
    frame: pd.DataFrame
    found: pd.DataFrame
    notes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """The table with its predictions beside it."""
        return score_table.beside(self.frame, self.found)

    def write(self, path: Path) -> None:
        """Write that as CSV or Parquet, by the file's ending; what is there is replaced when the new file is whole."""
        whole = self.table()
        try:
            with replacing_path(path) as scratch:
                if path.suffix in {".parquet", ".pq"}:
                    whole.to_parquet(scratch, index=False)
                else:
                    whole.to_csv(scratch, index=False)
        except OSError as error:
            raise InputError(
                f"the predictions must be written; {path} cannot be ({error.strerror}); name another."
            ) from None

    def as_json(self, out: Path | None) -> str:
        """Who predicted, what is new in the table, and the predictions unless they are in a file."""
        values = {"model": self.who, "rows": len(self.frame), "notes": list(self.notes)}
        if out is not None:
            return json.dumps(values | {"out": str(out)})
        return json.dumps(values | {"predictions": json.loads(self.found.to_json(orient="records"))})


def predict(what: str, data: str, version: int | None, location: str, runs: str) -> Predicted:
    """Predict the table at `data`. Raises `InputError` when the model cannot read it."""
    sys.path.insert(0, "")  # a model of the user's own is imported from where they work
    who, folder = _named(what, version, location, runs)
    model = load_model(folder)
    frame = score_table.read_table(data, model.about.schema)
    notes = score_table.check_table(model.about.schema, frame)
    score_table.beside(
        frame.head(0), score_table.predictions(model, frame.head(1))
    )  # whether names clash, before the work
    return Predicted(who, frame, score_table.predictions(model, frame), notes)


def _named(what: str, version: int | None, location: str, runs: str) -> tuple[str, Path]:
    """A model's name for people, and the folder of its files."""
    if version is None and (Path(what) / "model.json").exists():
        return str(what), Path(what)
    registry = Registry(location)
    if version is None and (Path(what) / "config.yaml").exists():
        return _of_run(what, runs)
    if what in registry.models():
        served = registry.champion(what) if version is None else registry.version(what, version)
        if served is None:
            raise InputError(
                f"'{what}' must have a champion to predict with; none of its versions was promoted; name one with "
                "--version."
            )
        return f"{what} version {served.number}", registry.open(served)
    known = [run.folder.name for run in list_runs(runs)]
    if version is None and what in known:
        return _of_run(what, runs)
    raise unknown("model, run or folder", what, f"'{location}' or '{runs}'", [*registry.models(), *known])


def _of_run(what: str, runs: str) -> tuple[str, Path]:
    run = find_run(what, runs)
    if not run.model.exists():
        raise InputError(f"a run must have ended with a model; {run.folder} is '{run.state()}'; resume it.")
    return f"run {run.folder.name}", run.model
