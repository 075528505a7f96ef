"""Fetching a department's table or view: its rows become a Parquet delivery in the landing folder.

What belongs here: asking the database in batches, and writing equal rows as equal bytes. From there on a fetched file
is a delivery like any other: it is archived, read by its contract, and has a receipt.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Engine,
    MetaData,
    Result,
    Select,
    String,
    Table,
    TextClause,
    bindparam,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.types import Date, DateTime

from registry.archive import sha256_of
from registry.errors import RegistryError, SourceConfigError, SourceError
from registry.files import keep, private_dir, work_dir
from registry.landing import discover
from registry.models import DeliveryRecord
from registry.sources import Source, address_of, months_before
from schemas.contract import get_feed
from schemas.headers import find_header
from schemas.settings import Settings

__all__ = ["Fetched", "delivered", "fetch", "fetch_each"]

_BATCH = 20_000
_GROUP = 100_000  # rows of a Parquet row group
_UNREACHABLE = "cannot be reached or refused the question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of a source: `state` is `new`, `unchanged`, `empty` or `failed`.

    `path` is empty unless it is new, `message` unless it failed; then nothing is known of its `rows`.
    """

    feed: str
    sender: str
    month: str
    state: str
    rows: int = 0
    path: str = ""
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def fetch_each(
    wanted: Iterable[Source], month: str, settings: Settings, engine: Engine, *, today: date
) -> list[Fetched]:
    """Fetch `month` from each source; an outage of one is told as `failed` and keeps no other from being fetched."""
    results = []
    for source in wanted:
        try:
            results.append(fetch(source, month, settings, engine, today=today))
        except RegistryError as error:
            failed = Fetched(feed=source.feed, sender=source.sender, month=month, state="failed", message=str(error))
            results.append(failed)
    return results


def fetch(source: Source, month: str, settings: Settings, engine: Engine, *, today: date) -> Fetched:
    """Fetch the rows of `month` ("2026-06") into `<landing>/<feed>/<month>/<sender>[.rN].parquet`.

    The rows are those of the month that the delivery reports, which some feeds do with a lag. Those of the last
    delivery, in whatever order the database gives them, are `unchanged`; other rows are its next revision. No rows are
    `empty`: nothing is written. `engine` is that of the registry. Raises `SourceError`, and `SourceConfigError` when a
    snapshot is asked for another month than that of `today`.
    """
    if source.period == "snapshot" and month != f"{today:%Y-%m}":
        message = f"{source.title}: a snapshot says what holds now, not in {month}; fetch it in the month it is for"
        raise SourceConfigError(message)
    with work_dir(settings.home) as work:
        file = work / "fetched.parquet"
        rows = _read(source, month, settings, work, file)
        found: dict[str, Any] = {"feed": source.feed, "sender": source.sender, "month": month, "rows": rows}
        if not rows:
            return Fetched(**found, state="empty")
        revision, last = _last(source, month, settings, engine)
        if last == sha256_of(file):
            return Fetched(**found, state="unchanged")
        name = f"{source.sender}.r{revision + 1}.parquet" if revision else f"{source.sender}.parquet"
        final = settings.landing_dir / source.feed / month / name
        private_dir(final.parent)
        return Fetched(**found, state="new", path=str(keep(file, final)))


def delivered(source: Source, month: str, settings: Settings, engine: Engine) -> bool:
    """Whether there is a delivery of the source for the month, taken in or waiting in the landing folder."""
    return _last(source, month, settings, engine)[0] > 0


def _last(source: Source, month: str, settings: Settings, engine: Engine) -> tuple[int, str]:
    """Number and SHA-256 of the newest revision that has been taken in or lies in the landing folder; 0 for none."""
    record = DeliveryRecord
    query = select(record.revision, record.sha256).where(
        record.feed == source.feed, record.sender == source.sender, record.month == month
    )
    with Session(engine) as session:
        known = [(int(revision), str(sha256)) for revision, sha256 in session.execute(query)]
    landed = [
        (each.revision, sha256_of(each.path))
        for each in discover(settings).files
        if (each.feed, each.sender, each.month) == (source.feed, source.sender, month)
    ]
    return max([*known, *landed], default=(0, ""), key=lambda each: each[0])


def _read(source: Source, month: str, settings: Settings, work: Path, file: Path) -> int:
    """Write the rows to `file` and return their number; messages carry the kind of an error, never its text."""
    address = address_of(source, settings)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise SourceError(f"{source.title}: the database file is not there; check the address")
    try:
        database = create_engine(address)
    except (SQLAlchemyError, ImportError) as error:
        what = type(error).__name__
        message = f"{source.title}: no driver for {address.get_backend_name()!r} ({what}); install it"
        raise SourceConfigError(message) from None
    try:
        options = {"postgresql_readonly": True} if address.get_backend_name() == "postgresql" else {}
        with database.connect().execution_options(**options) as connection:
            return _write(source, month, connection, work, file)
    except (SQLAlchemyError, sqlite3.Error) as error:
        what = type(error).__name__
        message = f"{source.title}: the database {_UNREACHABLE} ({what}); check address, rights and query"
        raise SourceError(message) from None
    finally:
        database.dispose()


def _write(source: Source, month: str, connection: Connection, work: Path, file: Path) -> int:
    """Each batch as a part, then all parts sorted by every column: the order of the database leaves no trace."""
    with connection.execution_options(yield_per=_BATCH).execute(_question(source, month, connection)) as result:
        headings = _headings(source, list(result.keys()))
        parts, rows = _parts(source, headings, result, work)
    if parts:
        pl.scan_parquet(parts).sort(headings).sink_parquet(file, row_group_size=_GROUP, maintain_order=True)
    return rows


def _parts(source: Source, headings: Sequence[str], result: Result[Any], work: Path) -> tuple[list[Path], int]:
    schema = dict.fromkeys(headings, pl.String)
    rows = 0
    parts: list[Path] = []
    for batch in result.partitions(_BATCH):
        parts.append(work / f"part-{len(parts)}.parquet")
        columns = zip(*batch, strict=True)
        cells = {heading: list(_texts(column, source)) for heading, column in zip(headings, columns, strict=True)}
        pl.DataFrame(cells, schema=schema).write_parquet(parts[-1])
        rows += len(batch)
    return parts, rows


def _question(source: Source, month: str, connection: Connection) -> Select[Any] | TextClause:
    month = months_before(month, get_feed(source.feed).lag_months)
    first = date.fromisoformat(f"{month}-01")
    following = date.fromisoformat(f"{months_before(month, -1)}-01")
    if source.query:
        given: list[BindParameter[Any]] = [
            bindparam("month", month),
            bindparam("first_day", first, Date()),
            bindparam("next_month", following, Date()),
        ]
        return text(source.query).bindparams(*(each for each in given if f":{each.key}" in source.query))
    table = _table(source, connection)
    if source.period == "snapshot":
        return select(table)
    if source.month_column not in table.c:
        raise SourceError(f"{source.title}: {source.table} has no column {source.month_column!r}; mend month_column")
    column: Column[Any] = table.c[source.month_column]
    if isinstance(column.type, Date | DateTime):
        return select(table).where(column >= first, column < following)
    if isinstance(column.type, String):
        return select(table).where(func.substr(column, 1, len(month)) == month)
    message = f"{source.title}: {source.month_column!r} is neither a date nor text like 2026-06; use a query instead"
    raise SourceError(message)


def _table(source: Source, connection: Connection) -> Table:
    schema, _, name = source.table.rpartition(".")
    try:
        return Table(name, MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)
    except NoSuchTableError:
        message = f"{source.title}: there is no table or view {source.table}, or it may not be read; check its name"
        raise SourceError(message) from None


def _headings(source: Source, names: Sequence[str]) -> list[str]:
    """The delivered headings; raises `SourceError` when the contract misses one."""
    unknown = sorted(set(source.columns.values()) - set(names))
    if unknown:
        raise SourceError(f"{source.title}: there are no columns {', '.join(unknown)}; mend columns")
    given = {name: heading for heading, name in source.columns.items()}
    headings = [given.get(name, name) for name in names]
    if len(set(headings)) < len(headings):
        raise SourceError(f"{source.title}: two columns have the same heading; name them apart in a query")
    feed = get_feed(source.feed)
    titles = {each.name: each.title for each in feed.columns}
    search = find_header([[titles.get(each, each) for each in headings]], feed)
    if search.header is None:
        lacking = "、".join(search.missing)
        raise SourceError(
            f"{source.title}: the columns {lacking} are missing; name them under columns: or in the query"
        )
    return headings


def _texts(column: Sequence[Any], source: Source) -> Iterator[str | None]:
    """Cells as a person would type them; exact for decimals, and floats recognisable as such."""
    for value in column:
        if value is None or isinstance(value, str):
            yield value
        elif isinstance(value, bool):
            yield "是" if value else "否"
        elif isinstance(value, Decimal):
            yield format(value, "f")
        elif isinstance(value, datetime | date):
            yield value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
        elif isinstance(value, int | float):
            yield repr(value)
        else:
            message = (
                f"{source.title}: a column holds {type(value).__name__}, which is no cell; leave it out in a query"
            )
            raise SourceError(message)
