"""Predictions for a table by whatever the user names: a model's champion, a run, or a folder with a saved model."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from finetooth.api.inputs import parquet
from finetooth.api.result import Result
from finetooth.data import later_table
from finetooth.errors import InputError, unknown
from finetooth.files import replacing_path
from finetooth.models import score_table
from finetooth.models.model import load_model
from finetooth.registry.registry import Registry
from finetooth.runs.run import find_run, list_runs


def predict(
    model: str | Path | Result,
    table: str | Path | pd.DataFrame,
    *,
    version: int | None = None,
    registry: str | Path = "models",
    runs: str | Path = "runs",
) -> pd.DataFrame:
    """The table with the columns `prediction` and, for a classifier, `probability_<class>`, a row a row.

    Args:
        model: A model of the registry (its champion), a run, a folder with a saved model, or a result of `tune`.
        table: A path, any fsspec URL, or a DataFrame, whose index stays.
        version: A version of the model in place of its champion.
        registry: Where versions of models are.
        runs: The folder of runs.

    Raises `InputError` when there is no such model, or when it cannot read the table.

    """
    name = str(model.folder / "model") if isinstance(model, Result) else str(model)
    if isinstance(table, str | Path):
        return predict_file(name, str(table), version, str(registry), str(runs)).joined()
    with tempfile.TemporaryDirectory(prefix="finetooth-") as scratch:  # read exactly as a file would be
        path = Path(scratch) / "table.parquet"
        path.write_bytes(parquet(table))
        return predict_file(name, str(path), version, str(registry), str(runs)).joined().set_axis(table.index)


@dataclass(frozen=True, slots=True)
class Predictions:
    """A table, its predictions, the name of the model that made them, and what is new in the table, a sentence each."""

    model: str
    table: pd.DataFrame
    predictions: pd.DataFrame
    notes: tuple[str, ...]

    def joined(self) -> pd.DataFrame:
        """The table with its predictions in further columns."""
        return score_table.beside(self.table, self.predictions)

    def write(self, path: Path) -> None:
        """Write that as CSV or Parquet, by the file's ending; what is there is replaced when the new file is whole."""
        joined = self.joined()
        try:
            with replacing_path(path) as scratch:
                if path.suffix in {".parquet", ".pq"}:
                    joined.to_parquet(scratch, index=False)
                else:
                    joined.to_csv(scratch, index=False)
        except OSError as error:
            raise InputError(
                f"the predictions must be written; {path} cannot be ({error.strerror}); name another."
            ) from None

    def as_json(self, out: Path | None) -> str:
        """Who predicted, what is new in the table, and the predictions unless they are in a file."""
        values = {"model": self.model, "rows": len(self.table), "notes": list(self.notes)}
        if out is not None:
            return json.dumps(values | {"out": str(out)})
        return json.dumps(values | {"predictions": json.loads(self.predictions.to_json(orient="records"))})


def predict_file(name: str, data: str, version: int | None, location: str, runs: str) -> Predictions:
    """Predict the table at `data`. Raises `InputError` when the model cannot read it."""
    shown, folder = _find(name, version, location, runs)
    model = load_model(folder)
    table = later_table.read_table(data, model.about.schema, model.about.csv)
    notes = later_table.check_table(model.about.schema, table, named=model.takes_frame)
    return Predictions(shown, table, score_table.predictions(model, table), notes)


def _find(name: str, version: int | None, location: str, runs: str) -> tuple[str, Path]:
    """A model's name for people, and the folder of its files."""
    if version is None and (Path(name) / "model.json").exists():
        return name, Path(name)
    registry = Registry(location)
    if version is None and (Path(name) / "config.yaml").exists():
        return _of_run(name, runs)
    if name in registry.models():
        champion = registry.champion(name) if version is None else registry.version(name, version)
        if champion is None:
            raise InputError(
                f"'{name}' must have a champion to predict with; none of its versions was promoted; name one with "
                "--version."
            )
        return f"{name} version {champion.number}", registry.open(champion)
    names = [run.folder.name for run in list_runs(runs)]
    if version is None and name in names:
        return _of_run(name, runs)
    raise unknown("model, run or folder", name, f"'{location}' or '{runs}'", [*registry.models(), *names])


def _of_run(name: str, runs: str) -> tuple[str, Path]:
    run = find_run(name, runs)
    if not run.model.exists():
        raise InputError(f"a run must have ended with a model; {run.folder} is '{run.state()}'; resume it.")
    return f"run {run.folder.name}", run.model
