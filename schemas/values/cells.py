"""What every reader of a kind of cell shares: cells in, values with reasons and counts out.

What belongs here: the types, the text of a cell without its dress, and the expressions for "blank",
"changed" and "too long". What a kind means stands in the module of that kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

__all__ = [
    "NOTHING",
    "NULL_WORDS",
    "TEXT",
    "Cells",
    "Context",
    "Reading",
    "cleaned",
    "damaged",
    "differs",
    "plain_text",
    "restyled",
    "too_long",
]

NULL_WORDS = ("", "无", "-", "—", "--", "——", "/", "\\", "null", "NULL", "Null", "None", "NaN", "nan", "N/A", "暂无")
_LONGEST = 2_000  # a longer cell is not a value: a quote swallowed the lines after it
_EXACT_DIGITS = 15  # as many digits of a number as a spreadsheet keeps
TEXT = pl.col("text")
NOTHING = pl.lit(None, dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column as delivered.

    `numeric` marks cells that a spreadsheet holds as numbers, `broken` those that hold a formula error;
    both are None for formats that do not tell. `factor` is what one unit of a bare amount is in fen.
    """

    text: pl.Series
    numeric: pl.Series | None = None
    broken: pl.Series | None = None
    factor: int = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """Values of one column (null where blank or wrong), reason codes (null where right), and what was tidied."""

    value: pl.Series
    reason: pl.Series
    tidied: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader knows beside the cell: the latest day, and what one unit of a bare amount is in fen."""

    today: date
    factor: int


def plain_text(cell: pl.Expr) -> pl.Expr:
    """Text in compatibility form (full-width letters and digits become half-width), without outer space."""
    return cell.str.normalize("NFKC").str.replace_all(r"[\x{200B}-\x{200F}\x{2060}\x{FEFF}]", "").str.strip_chars()


def cleaned(frame: pl.DataFrame, clean: pl.Expr, plain: str, *words: str) -> pl.LazyFrame:
    """Add `clean` text and `blank`; cells that match the pattern `plain` already are not touched."""
    if frame["text"].str.contains(plain).all():
        return frame.lazy().with_columns(clean=TEXT, blank=TEXT.is_null())
    lazy = frame.lazy().with_columns(clean=pl.when(TEXT.str.contains(plain)).then(TEXT).otherwise(clean))
    blank = pl.col("clean").is_null() | pl.col("clean").is_in([*NULL_WORDS, *words])
    return lazy.with_columns(blank=blank)


def damaged(lazy: pl.LazyFrame, frame: pl.DataFrame) -> pl.LazyFrame:
    """Give numbers that a spreadsheet has rounded their reason, before any other."""
    lost = pl.col("clean").str.contains(r"^[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+$")
    if "numeric" in frame.columns:
        long = pl.col("clean").str.len_chars() > _EXACT_DIGITS
        lost = lost | (pl.col("numeric") & long)
    return lazy.with_columns(reason=pl.when(lost).then(pl.lit("excel_number")).otherwise(pl.col("reason")))


def too_long() -> pl.Expr:
    """The reason for text that is longer than any value; null for other text."""
    return pl.when(pl.col("clean").str.len_chars() > _LONGEST).then(pl.lit("text_too_long"))


def differs(kind: str) -> pl.Expr:
    """`kind` where the clean text is not the delivered one."""
    return pl.when(~pl.col("blank") & (pl.col("clean") != TEXT)).then(pl.lit(kind))


def restyled(style: str, kind: str) -> pl.Expr:
    """`kind` where a value was read from a text that is not in the plain `style`."""
    return pl.when(pl.col("value").is_not_null() & ~TEXT.str.contains(style)).then(pl.lit(kind))
