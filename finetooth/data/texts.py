"""The values of a column as texts, whatever they are stored as."""

import pandas as pd


def texts_of(values: pd.Series) -> "pd.Series[str]":
    """The values (n,) as they are written; the empty text where one is missing."""
    return values.astype(object).where(values.notna(), "").astype(str)
