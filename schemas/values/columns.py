"""Reading one column: plain cells as they are, all others by their distinct texts, and what holds for all kinds."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import polars as pl

from schemas.columns import Column, Kind
from schemas.regions import region_caveats
from schemas.values.cells import NOTHING, TEXT, Cells, Context, Reader, Reading
from schemas.values.choices import BOOLEAN, CODE
from schemas.values.dates import DATE
from schemas.values.ids import ID, too_many_zeros, zero_ended
from schemas.values.integers import INTEGER
from schemas.values.money import MONEY
from schemas.values.names import NAME
from schemas.values.periods import MONTH, PERIOD
from schemas.values.phones import PHONE
from schemas.values.texts import ADDRESS, NUMBER, PLAIN_TEXT

__all__ = ["read_cells"]

READERS: Mapping[Kind, Reader] = {
    Kind.ID_NUMBER: ID,
    Kind.NAME: NAME,
    Kind.PHONE: PHONE,
    Kind.ADDRESS: ADDRESS,
    Kind.NUMBER: NUMBER,
    Kind.TEXT: PLAIN_TEXT,
    Kind.CODE: CODE,
    Kind.DATE: DATE,
    Kind.MONTH: MONTH,
    Kind.PERIOD: PERIOD,
    Kind.MONEY: MONEY,
    Kind.INTEGER: INTEGER,
    Kind.BOOLEAN: BOOLEAN,
}
_BATCH = 500  # from here on a column whose texts repeat is read by its distinct texts
_REPETITIVE = frozenset({Kind.CODE, Kind.DATE, Kind.MONTH, Kind.PERIOD, Kind.INTEGER, Kind.BOOLEAN})
_NUMBERED = frozenset({Kind.ID_NUMBER, Kind.NUMBER, Kind.MONEY})


def read_cells(column: Column, cells: Cells, *, today: date) -> Reading:
    """Read the cells of `column`; dates after `today` are refused unless the column may lie ahead."""
    frame = pl.DataFrame({"text": cells.text})
    if cells.numeric is not None and column.kind in _NUMBERED:
        frame = frame.with_columns(numeric=cells.numeric.fill_null(value=False))
    if cells.broken is not None:
        frame = frame.with_columns(broken=cells.broken.fill_null(value=False))
    distinct = frame.unique() if frame.height > _BATCH and column.kind in _REPETITIVE else frame
    repeated = distinct.height * 2 < frame.height
    zeroed = cells.zeroed
    if zeroed is None:
        zeroed = column.kind is Kind.ID_NUMBER and too_many_zeros(zero_ended(cells.text), len(cells.text))
    parsed = _parsed(column, distinct if repeated else frame, Context(today, cells.factor, zeroed))
    if repeated:
        parsed = frame.join(parsed, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
    counts = _counts(parsed["tidied"])
    if column.kind is Kind.ID_NUMBER:
        counts |= region_caveats(parsed["value"])
    return Reading(parsed["value"].rename(column.name), parsed["reason"], counts)


def _counts(kinds: pl.Series) -> dict[str, int]:
    """How often each kind of tidying was done, by kind."""
    if kinds.null_count() == kinds.len():
        return {}
    counter: Counter[str] = Counter()
    for together, cells in kinds.drop_nulls().value_counts(name="cells").iter_rows():
        counter.update(dict.fromkeys(str(together).split(";"), int(cells)))
    return {kind: counter[kind] for kind in sorted(counter)}


def _parsed(column: Column, frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The frame with `value` (null where blank or refused), `reason` (null where right) and `tidied`."""
    reader = READERS[column.kind]
    plain = frame["text"].str.contains(reader.plain)
    if "numeric" in frame.columns:
        plain &= ~frame["numeric"]
    value, reason = reader.quick(column, context)
    read = frame.select(value=value, reason=reason, tidied=NOTHING, blank=TEXT.is_null())
    if not plain.all():
        dirty = frame.filter(~plain).unique()
        slow = reader.slow(column, dirty, context).select(
            *frame.columns,
            "value",
            reason=pl.when("failed").then(_CELL_ERROR).otherwise("reason"),
            tidied="tidied",
            blank=TEXT.is_null() | pl.col("blank").fill_null(value=False),
        )
        read = _replaced(read, frame, ~plain.fill_null(value=False), slow.collect())
    lazy = pl.concat([frame, read], how="horizontal").lazy()
    return _judged(column, lazy).select(*frame.columns, "value", "reason", "tidied").collect()


def _replaced(read: pl.DataFrame, frame: pl.DataFrame, others: pl.Series, slow: pl.DataFrame) -> pl.DataFrame:
    """What was read of plain cells, and of the `others` what `slow` says; only these are looked up."""
    found = frame.filter(others).join(slow, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
    found = found.select(read.columns).with_columns(blank=pl.col("blank").fill_null(value=True))  # null cells
    places = pl.int_range(frame.height, eager=True)
    places = places.zip_with(~others, others.cast(pl.Int64).cum_sum() + (frame.height - 1))
    return pl.concat([read, found], how="vertical_relaxed")[places]


_CELL_ERROR = pl.lit("cell_error")


def _judged(column: Column, lazy: pl.LazyFrame) -> pl.LazyFrame:
    """Apply what holds for every kind: broken cells, required cells, the declared range."""
    reason: pl.Expr = pl.when(~pl.col("blank")).then(_within(column))
    if column.required:
        reason = pl.when("blank").then(pl.lit("missing_required")).otherwise(reason)
    if "broken" in lazy.collect_schema():
        reason = pl.when("broken").then(_CELL_ERROR).otherwise(reason)
    lazy = lazy.with_columns(reason=reason)
    right = pl.col("reason").is_null()
    value, tidied = pl.when(right & ~pl.col("blank")).then("value"), pl.when(right).then("tidied")
    return lazy.with_columns(value=value, tidied=tidied)


def _within(column: Column) -> pl.Expr:
    """The reader's reason, or that the value is outside the declared range."""
    reason: pl.Expr = pl.col("reason")
    value = pl.col("value")
    if column.minimum is not None:
        reason = pl.when(reason.is_null() & (value < column.minimum)).then(pl.lit("out_of_range")).otherwise(reason)
    if column.maximum is not None:
        reason = pl.when(reason.is_null() & (value > column.maximum)).then(pl.lit("out_of_range")).otherwise(reason)
    return reason
