"""Reading one column: the reader of its kind, by distinct texts where they repeat, and what holds for all kinds."""

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from schemas.columns import Column, Kind
from schemas.values.cells import Cells, Context, Reading
from schemas.values.choices import read_boolean, read_code
from schemas.values.dates import read_date, read_month, read_period
from schemas.values.ids import read_id
from schemas.values.integers import read_integer
from schemas.values.money import read_money
from schemas.values.names import read_name
from schemas.values.phones import read_phone
from schemas.values.texts import read_number, read_text

__all__ = ["read_cells"]

_BATCH = 500  # from here on a column whose texts repeat is read by its distinct texts
_REPETITIVE = frozenset({Kind.CODE, Kind.DATE, Kind.MONTH, Kind.PERIOD, Kind.INTEGER, Kind.BOOLEAN})


def read_cells(column: Column, cells: Cells, *, today: date) -> Reading:
    """Read the cells of `column`; dates after `today` are refused unless the column may lie ahead."""
    frame = pl.DataFrame({"text": cells.text})
    if cells.numeric is not None and column.kind in {Kind.ID_NUMBER, Kind.NUMBER}:
        frame = frame.with_columns(numeric=cells.numeric.fill_null(value=False))
    if cells.broken is not None:
        frame = frame.with_columns(broken=cells.broken.fill_null(value=False))
    distinct = frame.unique() if frame.height > _BATCH and column.kind in _REPETITIVE else frame
    repeated = distinct.height * 2 < frame.height
    parsed = _parsed(column, distinct if repeated else frame, Context(today, cells.factor))
    if repeated:
        parsed = frame.join(parsed, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
    return Reading(parsed["value"].rename(column.name), parsed["reason"], _counts(parsed["tidied"]))


def _counts(kinds: pl.Series) -> dict[str, int]:
    """How often each kind of tidying was done, by kind."""
    if kinds.null_count() == kinds.len():
        return {}
    counted = kinds.drop_nulls().value_counts(name="cells").sort(kinds.name)
    return {str(kind): int(cells) for kind, cells in counted.iter_rows()}


def _parsed(column: Column, frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The frame with `value` (null where blank or refused), `reason` (null where right) and `tidied`."""
    lazy = _READERS[column.kind](column, frame, context)
    reason: pl.Expr = pl.when(~pl.col("blank")).then(_within(column))
    if column.required:
        reason = pl.when("blank").then(pl.lit("missing_required")).otherwise(reason)
    if "broken" in frame.columns:
        reason = pl.when("broken").then(pl.lit("cell_error")).otherwise(reason)
    lazy = lazy.with_columns(reason=reason)
    right = ~pl.col("blank") & pl.col("reason").is_null()
    value, tidied = (pl.when(right).then(pl.col(name)) for name in ("value", "tidied"))
    return lazy.select(*frame.columns, "reason", value=value, tidied=tidied).collect()


def _within(column: Column) -> pl.Expr:
    """The reader's reason, or that the value is outside the declared range."""
    reason: pl.Expr = pl.col("reason")
    value = pl.col("value")
    if column.minimum is not None:
        reason = pl.when(reason.is_null() & (value < column.minimum)).then(pl.lit("out_of_range")).otherwise(reason)
    if column.maximum is not None:
        reason = pl.when(reason.is_null() & (value > column.maximum)).then(pl.lit("out_of_range")).otherwise(reason)
    return reason


_READERS: Mapping[Kind, Callable[[Column, pl.DataFrame, Context], pl.LazyFrame]] = {
    Kind.ID_NUMBER: read_id,
    Kind.NAME: read_name,
    Kind.PHONE: read_phone,
    Kind.ADDRESS: read_text,
    Kind.NUMBER: read_number,
    Kind.TEXT: read_text,
    Kind.CODE: read_code,
    Kind.DATE: read_date,
    Kind.MONTH: read_month,
    Kind.PERIOD: read_period,
    Kind.MONEY: read_money,
    Kind.INTEGER: read_integer,
    Kind.BOOLEAN: read_boolean,
}
