"""Reading one column: plain cells as they are, all others by their distinct texts, and what holds for all kinds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import polars as pl

from schemas.columns import Column, Kind
from schemas.regions import region_caveats
from schemas.values.cells import NOTHING, Cells, Context, Known, Reader, Reading
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
_REMEMBERED = 2_000  # texts of a column, at most
_REPETITIVE = frozenset({Kind.CODE, Kind.DATE, Kind.MONTH, Kind.PERIOD, Kind.INTEGER, Kind.BOOLEAN})
_NUMBERED = frozenset({Kind.ID_NUMBER, Kind.NUMBER, Kind.MONEY})
_CELL_ERROR = pl.lit("cell_error")
_ENGINE: Final = "in-memory"  # the default one takes longer to begin than most columns of a piece to be read


def read_cells(column: Column, cells: Cells, *, today: date) -> Reading:
    """Read the cells of `column`; dates after `today` are refused unless the column may lie ahead."""
    frame = pl.DataFrame({"text": cells.text})
    if cells.numeric is not None and column.kind in _NUMBERED:
        frame = frame.with_columns(numeric=cells.numeric.fill_null(value=False))
    if cells.broken is not None and cells.broken.null_count() < frame.height:
        frame = frame.with_columns(broken=cells.broken)
    zeroed = cells.zeroed
    if zeroed is None:
        zeroed = column.kind is Kind.ID_NUMBER and too_many_zeros(zero_ended(cells.text), len(cells.text))
    context = Context(today, cells.factor, zeroed)
    if frame.height > _BATCH and column.kind in _REPETITIVE and frame.width == 1:
        return _by_distinct(column, cells, context)
    parsed = _parsed(column, frame, context)
    counts = _counts(parsed["tidied"].drop_nulls().value_counts(name="cells").iter_rows())
    if column.kind is Kind.ID_NUMBER:
        counts |= region_caveats(parsed["value"])
    return Reading(parsed["value"].rename(column.name), parsed["reason"], counts)


def _by_distinct(column: Column, cells: Cells, context: Context) -> Reading:
    """As `read_cells`, each text once, its changes counted as often as it stands there."""
    import numpy as np  # noqa: PLC0415 - heavy

    distinct, places = _distinct(cells.text)
    parsed = _remembered(column, distinct, context, cells.known)
    value, reason = (
        each.gather(places)
        if each.null_count() < len(each)
        else pl.repeat(None, len(places), dtype=each.dtype, eager=True)
        for each in (parsed["value"], parsed["reason"])
    )
    often = np.bincount(places.to_numpy(), minlength=len(distinct)).tolist()
    return Reading(value.rename(column.name), reason, _counts(zip(parsed["tidied"], often, strict=True)))


def _distinct(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Each text once, null among them, and where among these each cell's text stands."""
    codes = text.cast(pl.Categorical(pl.Categories.random())).to_physical()
    last = codes.max()
    null = last + 1 if isinstance(last, int) else 0
    codes = codes.fill_null(null)
    first = codes.arg_unique()
    places = pl.repeat(0, null + 1, dtype=pl.UInt32, eager=True)
    places = places.scatter(codes.gather(first), pl.int_range(len(first), dtype=pl.UInt32, eager=True))
    return text.gather(first), places.gather(codes)


def _remembered(column: Column, distinct: pl.Series, context: Context, known: Known | None) -> pl.DataFrame:
    """As `_parsed`, of texts that are looked up where an earlier piece had them."""
    if known is None or distinct.len() + len(known) > _REMEMBERED:
        return _parsed(column, distinct.to_frame("text"), context)
    texts = distinct.to_list()
    unknown = [each for each in texts if each not in known]
    if unknown:
        parsed = _parsed(column, pl.DataFrame({"text": unknown}, schema={"text": pl.String}), context)
        known.update(zip(unknown, parsed.iter_rows(), strict=True))
    schema = {"value": column.dtype, "reason": pl.String(), "tidied": pl.String()}
    return pl.DataFrame([known[each] for each in texts], schema=schema, orient="row")


def _counts(changes: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    """How often each kind of tidying was done, by kind, of `changes` joined by ";" with their numbers of cells."""
    counter: Counter[str] = Counter()
    for together, cells in changes:
        counter.update(dict.fromkeys(together.split(";") if together else (), cells))
    return {kind: counter[kind] for kind in sorted(counter)}


def _parsed(column: Column, frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """For each row `value` (null where blank or refused), `reason` (null where right) and `tidied`."""
    reader, text = READERS[column.kind], frame["text"]
    quick = reader.quick(column, text, context)
    blank = text.is_null() | (text == "")
    settled = blank | quick.plain
    if "numeric" in frame.columns:
        settled &= blank | ~frame["numeric"]
    if "broken" in frame.columns:
        settled &= frame["broken"].is_null()
    read = pl.DataFrame({"value": quick.value, "reason": quick.reason, "blank": blank})
    read = _judged(column, read.with_columns(tidied=NOTHING))
    if settled.all():
        return read
    others = frame.filter(~settled)
    found = others.join(
        _slowly(column, others, context), on=frame.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    found = _judged(column, found.with_columns(pl.col("blank").fill_null(value=True)))  # null cells
    return _merged(read, found, settled)


def _merged(read: pl.DataFrame, found: pl.DataFrame, settled: pl.Series) -> pl.DataFrame:
    """Settled cells as `read`, and the others, in their order, as `found`."""
    places = (~settled).arg_true()
    return pl.DataFrame([each.scatter(places, found[each.name].cast(each.dtype)) for each in read.iter_columns()])


def _slowly(column: Column, others: pl.DataFrame, context: Context) -> pl.DataFrame:
    """What the slow way says of each distinct row."""
    slow = READERS[column.kind].slow(column, others.drop_nulls("text").unique(), context)
    return slow.select(
        *others.columns,
        "value",
        reason=pl.when("failed").then(_CELL_ERROR).otherwise("reason"),
        tidied="tidied",
        blank=pl.col("blank").fill_null(value=False),
    ).collect(engine=_ENGINE)


def _judged(column: Column, read: pl.DataFrame) -> pl.DataFrame:
    """Apply what holds for every kind: broken cells, required cells, the declared range."""
    if _faultless(column, read):
        return read.select("value", "reason", "tidied")
    blank = pl.col("blank")
    reason: pl.Expr = pl.when(~blank).then(_within(column))
    if column.required:
        reason = pl.when(blank).then(pl.lit("missing_required")).otherwise(reason)
    if "broken" in read.columns:
        reason = pl.coalesce("broken", reason)
    lazy = read.lazy().with_columns(reason=reason)
    right = pl.col("reason").is_null()
    value, tidied = pl.when(right & ~blank).then("value"), pl.when(right).then("tidied")
    return lazy.select(value=value, reason="reason", tidied=tidied).collect(engine=_ENGINE)


def _faultless(column: Column, read: pl.DataFrame) -> bool:
    """Whether there is nothing to judge: every cell is filled and right."""
    if "broken" in read.columns or read["blank"].any() or read["reason"].null_count() < read.height:
        return False
    low = column.minimum is not None and bool((read["value"] < column.minimum).any())
    return not (low or (column.maximum is not None and bool((read["value"] > column.maximum).any())))


def _within(column: Column) -> pl.Expr:
    """The reader's reason, or that the value is outside the declared range."""
    reason: pl.Expr = pl.col("reason")
    value = pl.col("value")
    if column.minimum is not None:
        reason = pl.when(reason.is_null() & (value < column.minimum)).then(pl.lit("out_of_range")).otherwise(reason)
    if column.maximum is not None:
        reason = pl.when(reason.is_null() & (value > column.maximum)).then(pl.lit("out_of_range")).otherwise(reason)
    return reason
