"""Reading single cells in tests.

What belongs here: the shortest way from texts to a `Reading`, as of one fixed day.
"""

from datetime import date

import polars as pl

from schemas.columns import Column
from schemas.fields import field
from schemas.values import Cells, Reading, read_cells

__all__ = ["TODAY", "read", "reason", "value"]

TODAY = date(2026, 6, 30)


def read(column: Column | str, *texts: str | None, factor: int = 100, numeric: bool | None = None) -> Reading:
    """The reading of a column of texts."""
    text = pl.Series("text", texts, dtype=pl.String)
    marks = None if numeric is None else pl.Series([numeric] * len(texts))
    declared = field(column) if isinstance(column, str) else column
    return read_cells(declared, Cells(text, numeric=marks, factor=factor), today=TODAY)


def value(column: Column | str, text: str | None, factor: int = 100) -> object:
    """The value of a cell that must be right."""
    reading = read(column, text, factor=factor)
    assert reading.reason.item() is None
    return reading.value.item()


def reason(column: Column | str, text: str | None) -> object:
    """The reason of a cell that must be wrong."""
    reading = read(column, text)
    assert reading.value.item() is None
    return reading.reason.item()
