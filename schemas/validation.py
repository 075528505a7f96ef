"""The last gate: accepted rows are checked against the contract by pandera before anything sees them.

What belongs here: the pandera schema of a feed, derived from its contract, and the check. It repeats
on values what the readers did on text, so that a mistake in reading cannot pass.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.columns import Column, Kind
from schemas.contract import Feed, contract_of
from schemas.errors import BrokenContractError
from schemas.told import Told

if TYPE_CHECKING:
    from pandera.polars import DataFrameSchema

__all__ = ["check_accepted", "feed_schema"]

_ID_SHAPE = r"^[0-9]{17}[0-9X]$"
_PERIOD_SHAPE = r"^[12][0-9]{3}(-(0[1-9]|1[0-2]))?$"


@cache
def feed_schema(feed_name: str) -> "DataFrameSchema":
    """The pandera schema of the accepted rows of a feed; raises `UnknownNameError`."""
    import pandera.polars as pa  # noqa: PLC0415

    feed = contract_of(feed_name)
    columns = {each.name: _column(pa, each) for each in feed.columns}
    source = {
        "source_feed": pa.Column(pl.String, pa.Check.eq(feed.name)),
        "source_delivery": pa.Column(pl.String, nullable=False),
        "source_sheet": pa.Column(pl.String, nullable=False),
        "source_row": pa.Column(pl.Int64, pa.Check.ge(1)),
    }
    return pa.DataFrameSchema(columns | source, name=feed.name, strict=True, ordered=True)


def _column(pa: Any, column: Column) -> Any:
    checks = []
    if column.kind is Kind.ID_NUMBER:
        checks.append(pa.Check.str_matches(_ID_SHAPE))
    if column.kind is Kind.PERIOD:
        checks.append(pa.Check.str_matches(_PERIOD_SHAPE))
    if column.kind is Kind.MONTH:
        checks.append(pa.Check(_first_of_month, name="first_of_month"))
    if column.codes is not None:
        checks.append(pa.Check.isin(list(column.codes.codes)))
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum))
    return pa.Column(column.dtype, checks, nullable=not column.required, title=column.title)


def _first_of_month(data: Any) -> pl.LazyFrame:
    frame: pl.LazyFrame = data.lazyframe
    return frame.select(pl.col(data.key).dt.day() == 1)


class _InMemory(pl.LazyFrame):
    """A frame whose queries run in memory, pandera's own too: the default engine takes ten times as long to begin."""

    def collect(self, **options: Any) -> Any:
        """What the query gives."""
        return super().collect(**{"engine": "in-memory", **options})


def check_accepted(accepted: pl.DataFrame, feed: Feed, *, file: str) -> None:
    """Check accepted rows; raises `BrokenContractError` naming columns and checks, never values.

    No setting of pandera's in the environment switches the check off.
    """
    import pandera.errors  # noqa: PLC0415
    from pandera.config import ValidationDepth, config_context  # noqa: PLC0415

    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            feed_schema(feed.name).validate(_InMemory(accepted), lazy=True)
    except pandera.errors.SchemaErrors as error:
        found = sorted({_failure(each) for each in error.schema_errors})
    else:
        return
    message = Told("读取结果不符合契约（本系统的缺陷，请告知民政局）: %(found)s", found="; ".join(found))
    raise BrokenContractError(message, file=file)


def _failure(error: Any) -> str:
    name = getattr(error.schema, "name", None)
    check = getattr(error.check, "name", None) or error.reason_code.name
    return f"{name}: {check}"
