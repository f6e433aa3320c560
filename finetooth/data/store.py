"""Where tables lie after the split: development rows here, the sealed vault elsewhere, each under its fingerprint.

    <store>/development/<fingerprint>/   frame.arrow  X.npy  y.npy  unit.npy  time.npy  rows.npy  about.json
    <store>/vault/<fingerprint>/         written and read through `finetooth.data.vault` alone

A folder is written under another name and renamed when it is whole, so a reader never meets half of one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.config.data import CsvConfig
from finetooth.data import column_file, frames, splitters
from finetooth.data.schema import Matrix, Schema
from finetooth.data.target import ClassType
from finetooth.errors import StoreGoneError
from finetooth.records import DataRef, Fidelity, Kind, from_json

FRAME = "frame.arrow"
_READING = Lock()  # threads that ask for the same columns at once share one copy


@dataclass(frozen=True, slots=True)
class About:
    """The metadata of stored development rows (about.json): how to encode further rows, and how to split them.

    `period` is the first and the last sealed time as text, or None for a split that does not go by time.
    """

    schema: Schema
    target: str
    kind: Kind
    classes: tuple[str, ...]
    purge: float
    grouped: bool
    stratify: bool
    dropped: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    class_type: ClassType = "text"
    csv: CsvConfig = field(default_factory=CsvConfig)
    period: tuple[str, str] | None = None


@dataclass(frozen=True)
class Development:
    """The development rows, opened by reference: arrays are memory-mapped and read-only.

    `X` (rows, features) float32, `y` (rows,), `rows` the input of a splitter.
    """

    folder: Path
    about: About

    def _array(self, name: str) -> NDArray[np.float64]:
        with _stored_rows_required(self.folder):
            return np.load(self.folder / f"{name}.npy", mmap_mode="r")  # type: ignore[no-any-return]

    @property
    def X(self) -> Matrix:  # noqa: N802 (the field's notation)
        """The encoded features (rows, features), NaN for what is missing.

        Mapped anew for whoever asks: a mapping that is kept keeps every page in memory that was ever read through it.
        """
        return self._array("X")  # type: ignore[return-value]

    @cached_property
    def y(self) -> NDArray[np.float64]:
        """Class codes or numbers (rows,)."""
        return self._array("y")

    @cached_property
    def rows(self) -> splitters.Rows:
        """The input of a splitter."""
        about = self.about
        time = self._array("time") if (self.folder / "time.npy").exists() else None
        unit = np.asarray(self._array("unit"), dtype=np.int64)
        return splitters.Rows(
            np.asarray(self.y), unit, time, len(about.classes), about.purge, about.grouped, about.stratify
        )

    @cached_property
    def row_numbers(self) -> NDArray[np.int64]:
        """Where each row stands in the user's table (rows,)."""
        return self._array("rows")  # type: ignore[return-value]

    def frame(self) -> pd.DataFrame:
        """The user's own columns, target included, as they came; numbers without gaps are not copied."""
        with _stored_rows_required(self.folder):
            return column_file.read_frame(self.folder / FRAME)

    @property
    def named(self) -> pd.DataFrame:
        """The features as read, with their names (see `frames.as_frame`); shared by whoever asks: not to be changed."""
        with _READING:
            return self._named

    @cached_property
    def _named(self) -> pd.DataFrame:
        with _stored_rows_required(self.folder):
            table = column_file.read(self.folder / FRAME)
        names = [column.name for column in self.about.schema.columns]
        return frames.as_frame(self.about.schema, column_file.frame(table.select(names)))

    def folds(self, fidelity: Fidelity, seed: int, stage: str, repeat: int) -> tuple[splitters.Fold, ...]:
        """(train, test) row numbers of each fold of a stage's `repeat`-th shuffle, at a share of the rows.

        The subset at a lower share depends on the root seed alone: all trials share it.
        """
        subset = splitters.subset(self.rows, fidelity.rows, seeds.stream(seed, "subset"))
        shuffle = seeds.stream(seed, stage, "folds", repeat)
        fold_pairs = splitters.folds(self.rows.take(subset), fidelity.folds, shuffle)
        return tuple((subset[train], subset[test]) for train, test in fold_pairs)


@lru_cache(maxsize=4)
def open_development(ref: DataRef) -> Development:
    """Open development rows by reference. Raises `StoreGoneError` when they are gone."""
    folder = Path(ref.uri)
    with _stored_rows_required(folder):
        return Development(folder, from_json(About, (folder / "about.json").read_bytes()))


@contextmanager
def _stored_rows_required(folder: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise StoreGoneError(f"the stored development rows must be there; {folder} is gone; start a new run.") from None
