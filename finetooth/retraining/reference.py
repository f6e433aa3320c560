"""What a model learned from, stored beside its files: a sample to compare new rows with, and a hash of each row.

<model>/reference/sample.parquet   some development rows, as the user has them
<model>/reference/rows.npy         a hash of every development row's features
<model>/reference/about.json       how many rows there were, and the newest time among them
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from finetooth import seeds
from finetooth.data.row_hash import Hashes, hash_numbers, mix_columns
from finetooth.data.schema import Matrix
from finetooth.data.store import open_development
from finetooth.errors import InputError, one_line
from finetooth.records import DataRef, digest

FOLDER = "reference"
SAMPLE = 5_000  # rows
# Share of different rows below which an equal row is the nature of the table, and not the same row again.
MIN_DISTINCT = 0.9


@dataclass(frozen=True, slots=True)
class Reference:
    """The rows that a model learned from: how many, at most 5,000 of them with the target, and a hash of each (rows,).

    `newest` is the latest time among them, None without a time column.
    """

    rows: int
    newest: float | None
    sample: pd.DataFrame
    hashes: Hashes

    @property
    def distinguishable(self) -> bool:
        """Whether rows can be told apart by their features."""
        return len(np.unique(self.hashes)) >= MIN_DISTINCT * self.rows

    @property
    def digest(self) -> str:
        """The identity of the rows."""
        return digest([self.rows, int(np.bitwise_xor.reduce(self.hashes, initial=0)), int(self.hashes.sum())])

    def contains(self, X: Matrix) -> NDArray[np.bool_]:
        """Which rows of a table, encoded by the model's own schema (n, features), were learned from.

        None of them where rows cannot be told apart.
        """
        return np.isin(row_hashes(X), self.hashes) if self.distinguishable else np.zeros(len(X), dtype=bool)


def row_hashes(X: Matrix) -> Hashes:
    """A number (n,) that is the same for rows whose every encoded feature is the same; missing equals missing."""
    return mix_columns(hash_numbers(X[:, column]) for column in range(X.shape[1]))


def write_reference(folder: Path, data: DataRef) -> None:
    """Write what a model learned from into its folder, before it is registered. The same data give the same bytes."""
    development = open_development(data)
    time = development.rows.time
    hashes = row_hashes(np.asarray(development.X))
    frame = development.frame()
    sampled = np.sort(seeds.stream(0, "reference").permutation(len(frame))[:SAMPLE])
    destination = folder / FOLDER
    destination.mkdir(parents=True, exist_ok=True)
    np.save(destination / "rows.npy", hashes)
    pq.write_table(pa.Table.from_pandas(frame.iloc[sampled], preserve_index=False), destination / "sample.parquet")
    about = {"rows": len(frame), "newest": None if time is None else float(np.max(time))}
    (destination / "about.json").write_text(json.dumps(about) + "\n", encoding="utf-8")


def read_reference(folder: Path) -> Reference | None:
    """What the model in `folder` learned from; None when nothing was stored. Raises `InputError` when it is damaged."""
    stored = folder / FOLDER
    if not (stored / "about.json").exists():
        return None
    try:
        about = json.loads((stored / "about.json").read_text(encoding="utf-8"))
        sample = pq.read_table(io.BytesIO((stored / "sample.parquet").read_bytes())).to_pandas()
        hashes = np.load(stored / "rows.npy", allow_pickle=False)
        return Reference(int(about["rows"]), about["newest"], sample, hashes)
    except (OSError, ValueError, KeyError, pa.ArrowInvalid) as error:
        reason = one_line(error)
        raise InputError(
            f"a model's reference must be readable; {stored}: {reason}; register the model again."
        ) from None
