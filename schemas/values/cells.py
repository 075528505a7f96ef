"""What every reader of a kind of cell shares: cells in, values with reasons and counts out.

What belongs here: the types, the words for "nothing", and the taking of tidying steps, each counted
under its own code. What a kind means stands in the module of that kind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.characters import SPACES, UNSEEN
from schemas.columns import Column

__all__ = [
    "NOTHING",
    "NULL_WORDS",
    "TEXT",
    "Cells",
    "Context",
    "Known",
    "Quick",
    "Reader",
    "Reading",
    "Step",
    "also",
    "counted",
    "first_of",
    "matching",
    "plain_text",
    "tidied",
    "too_long",
    "trimmed",
    "widths",
]

NULL_WORDS = (
    *("", "无", "暂无", "空", "不详", "未知", "未提供", "无数据", "(空)", "(空白)"),
    *("-", "—", "--", "——", "---", "/", "//", "\\", "null", "NULL", "Null", "(null)", "(NULL)", "<NULL>"),
    *("None", "none", "NONE", "nil", "NaN", "nan", "NAN", "NaT", "N/A", "n/a", "NA"),
)
_FORMULA_ERRORS = ("#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
_HASHES = r"^#{3,}$"  # a date or number that was wider than its column when it was saved as text
_LONGEST = 2_000  # a longer cell is not a value: a quote swallowed the lines after it
TEXT = pl.col("text")
NOTHING = pl.lit(None, dtype=pl.String)

Step = tuple[str, Callable[[pl.Expr], pl.Expr]]  # the code under which a change is counted, and the change


Known = dict[str | None, tuple[object, ...]]  # text to value, reason and tidied


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column as delivered.

    `numeric` marks cells that a spreadsheet holds as numbers, `broken` gives the reason of those that cannot be
    taken as they are read, such as formula errors; both are None for formats that do not tell. `factor` is what one
    unit of a bare amount is in fen. `zeroed` says whether too many numbers of the column end in zeros to be true;
    None when these cells are all that there is to judge by. `known` remembers the texts of the pieces before that
    repeat themselves; it belongs to one column of one delivery, and what it holds changes no outcome.
    """

    text: pl.Series
    numeric: pl.Series | None = None
    broken: pl.Series | None = None
    factor: int = 100
    zeroed: bool | None = None
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Values of one column (null where blank or wrong), reason codes (null where right), and what was tidied.

    `tidied` counts cells by codes of `schemas.reasons.TIDIED` and, for what a reader of the receipt should
    know beside that, of `CAVEATS`.
    """

    value: pl.Series
    reason: pl.Series
    tidied: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader knows beside the cell.

    The latest day, what one unit of a bare amount is in fen, and whether too many numbers of the column end
    in zeros to be true.
    """

    today: date
    factor: int = 100
    zeroed: bool = False


@dataclass(frozen=True, slots=True)
class Quick:
    """Which cells are plain, and what they say; of all others `value` and `reason` mean nothing."""

    plain: pl.Series
    value: pl.Series
    reason: pl.Series


@dataclass(frozen=True, slots=True)
class Reader:
    """How cells of one kind are read.

    Plain cells are read by `quick` (value and reason from the text as it is). All others go through `slow`, each
    distinct text once: a frame with `text` in, and with `value`, `reason`, `blank`, `failed` and `tidied` (codes
    joined by ";") out. An empty cell needs neither.
    """

    quick: Callable[[Column, pl.Series, Context], Quick]
    slow: Callable[[Column, pl.DataFrame, Context], pl.LazyFrame]


def matching(
    pattern: str, read: Callable[[Column, Context], tuple[pl.Expr, pl.Expr]]
) -> Callable[[Column, pl.Series, Context], Quick]:
    """Cells are plain that match `pattern`; `read` gives the expressions of their values and reasons."""

    def quick(column: Column, text: pl.Series, context: Context) -> Quick:
        value, reason = read(column, context)
        found = text.to_frame("text").select(plain=TEXT.str.contains(pattern), value=value, reason=reason)
        return Quick(found["plain"].fill_null(value=False), found["value"], found["reason"])

    return quick


def tidied(frame: pl.DataFrame, steps: tuple[Step, ...], *words: str) -> pl.LazyFrame:
    """Add the `clean` text after all steps, `blank`, `failed` (a formula error) and `tidied`.

    A step that changes a text is counted under its code. `words` mean "nothing" beside `NULL_WORDS`.
    """
    lazy = frame.lazy().with_columns(TEXT.alias("step0"))
    for place, (_, step) in enumerate(steps):
        lazy = lazy.with_columns(step(pl.col(f"step{place}")).alias(f"step{place + 1}"))
    clean = pl.col(f"step{len(steps)}")
    lazy = lazy.with_columns(
        clean=clean,
        blank=clean.is_null() | clean.is_in([*NULL_WORDS, *words]),
        failed=TEXT.str.strip_chars().is_in(_FORMULA_ERRORS) | TEXT.str.contains(_HASHES),
    )
    changed = (_when(pl.col(f"step{n + 1}") != pl.col(f"step{n}"), kind) for n, (kind, _) in enumerate(steps))
    kinds = pl.when("blank").then(_when(TEXT != "", "null_word")).otherwise(_joined(changed))
    return lazy.with_columns(tidied=kinds)


def also(lazy: pl.LazyFrame, *counts: pl.Expr) -> pl.LazyFrame:
    """Count further changes of cells that are not blank: each of `counts` is a code or null."""
    more = _joined((pl.col("tidied"), *counts))
    return lazy.with_columns(tidied=pl.when("blank").then(pl.col("tidied")).otherwise(more))


def counted(condition: pl.Expr, code: str) -> pl.Expr:
    """`code` where the condition holds, for `also`."""
    return _when(condition, code)


def first_of(*reasons: tuple[pl.Expr, str]) -> pl.Expr:
    """The code of the first condition that holds, null where none does."""
    return pl.coalesce(*(_when(condition, code) for condition, code in reasons))


def _when(condition: pl.Expr, code: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(code))


def _joined(parts: object) -> pl.Expr:
    joined = pl.concat_str(*parts, separator=";", ignore_nulls=True)  # type: ignore[misc]
    return pl.when(joined != "").then(joined)


def plain_text(cell: pl.Expr) -> pl.Expr:
    """Text in compatibility form (full-width letters and digits become half-width), without outer space."""
    return trimmed(widths(cell))


def trimmed(cell: pl.Expr) -> pl.Expr:
    """Without characters that are not seen, outer space and the apostrophe by which spreadsheets mark text."""
    seen = cell.str.replace_all(f"[{UNSEEN}]", "").str.replace(f"^[{SPACES}]+", "").str.replace(f"[{SPACES}]+$", "")
    return seen.str.replace(r"^['‘’`](.)", "$1")


def widths(cell: pl.Expr) -> pl.Expr:
    """Compatibility form (NFKC): full-width and composed signs as plain ones; for kinds without rare characters."""
    return cell.str.normalize("NFKC")


def too_long() -> pl.Expr:
    """The reason for text that is longer than any value; null for other text."""
    return _when(pl.col("clean").str.len_chars() > _LONGEST, "text_too_long")
