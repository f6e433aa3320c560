"""Did a scaler see the whole table before it was split?"""

import numpy as np

from finetooth.errors import counted
from finetooth.leakage.columns import Floats
from finetooth.leakage.table import Table
from finetooth.records import Finding

CHECK = "footprint"
CLOSE = 1e-10  # of mean 0 and standard deviation 1
CLOSE_FLOAT32 = 1e-6  # the same for columns stored with 7 digits
FEWEST = 20  # rows


def check_across(train: Table, holdout: Table) -> tuple[Finding, ...]:
    """Columns with mean 0 and standard deviation 1 over both sides together, but not over the training rows."""
    if min(len(train), len(holdout)) < FEWEST:
        return ()
    scaled = [name for name in train.features if name in holdout.frame.columns and _scaled(train, holdout, name)]
    if not scaled:
        return ()
    shown = ", ".join(f"'{name}'" for name in scaled[:5]) + (f" and {len(scaled) - 5} more" if len(scaled) > 5 else "")
    return (
        Finding(
            check=CHECK,
            severity="warning",
            columns=tuple(scaled),
            message=f"{shown}: mean 0 and standard deviation 1 over training and sealed rows together, not over the "
            f"training rows ({counted(len(scaled), 'column')}).",
            meaning="A scaler was fitted before the split, so sealed rows shaped the features; mostly a small effect.",
            remedy="Hand over the raw columns and scale inside the pipeline, which is fitted in each fold.",
            evidence={"columns": len(scaled), "rows": len(train) + len(holdout)},
        ),
    )


def _scaled(train: Table, holdout: Table, name: str) -> bool:
    columns = train.column(name), holdout.column(name)
    if any(column.role != "number" for column in columns):
        return False
    close = CLOSE_FLOAT32 if any(column.coarse for column in columns) else CLOSE
    train_values, holdout_values = (column.numbers() for column in columns)
    return _standard(np.concatenate([train_values, holdout_values]), close) and not _standard(train_values, close)


def _standard(values: Floats, close: float) -> bool:
    present = values[np.isfinite(values)]
    if len(present) < FEWEST or abs(float(present.mean())) > close:
        return False
    return any(abs(float(present.std(ddof=lost)) - 1) <= close for lost in (0, 1))
