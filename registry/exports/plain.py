"""CSV and Parquet.

What belongs here: text that a spreadsheet opens without taking a value for a formula, and tables for machines.
"""

import re
from pathlib import Path

import polars as pl

from registry.files import writing

__all__ = ["MARK", "NOTE", "RISKY", "write_csv", "write_parquet"]

NOTE = "数据说明"
MARK = "导出标记"

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins like this would be taken for a formula."""


def write_csv(path: Path, rows: pl.DataFrame, note: str = "", mark: str = "") -> None:
    """UTF-8 with a mark that spreadsheets know it by; a risky beginning gets an apostrophe before it.

    A `note` about all of it, and the `mark` of who took it, stand on each row: a CSV has no other place for them.
    """
    told = {name: text for name, text in ((NOTE, note), (MARK, mark)) if text}
    rows = rows.with_columns(**{name: pl.lit(text) for name, text in told.items()})
    begins = "^[" + re.escape("".join(RISKY)) + "]"
    texts = [
        pl.when(pl.col(name).str.contains(begins)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, dtype in rows.schema.items()
        if dtype == pl.String
    ]
    with writing(path) as temporary:
        rows.with_columns(texts).write_csv(temporary, include_bom=True, line_terminator="\r\n")


def write_parquet(path: Path, rows: pl.DataFrame, note: str = "") -> None:
    """Codes and keys with their types; a `note` about all of it in the metadata of the file."""
    with writing(path) as temporary:
        rows.write_parquet(temporary, metadata={NOTE: note} if note else None)
