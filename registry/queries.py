"""Reading the record: which edition answers, its rows, its counts, and what changed between two of them.

What belongs here: queries without side effects.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import ColumnElement, Engine, Select, and_, case, collate, func, select

from editions.changes import Frames
from editions.changes import changes as changes_between
from registry.bulk import read_frame
from registry.errors import NoEditionError
from registry.filters import TIERS, ListFilter, WarningFilter, among
from registry.models import (
    PUBLISHED,
    Edition,
    EditionAlias,
    EditionDeath,
    ListEntry,
    Publication,
    Warning_,
)
from schemas.codes import CodeList
from schemas.errors import UnknownNameError
from schemas.settings import settings as process_settings
from schemas.tables import get_table

__all__ = [
    "BACK",
    "LIST_SORTS",
    "EditionInfo",
    "changes",
    "current_edition",
    "edition_of",
    "edition_rows",
    "edition_rows_of",
    "frozen_at_of",
    "list_count",
    "list_families",
    "list_rows",
    "previous_edition",
    "require_edition",
    "warnings_rows",
]


LIST_SORTS = CodeList(
    "sort",
    "排序",
    {
        "urgency": ("先急后缓",),
        "urgency_back": ("先缓后急",),
        "score": ("评分从高到低",),
        "score_back": ("评分从低到高",),
        "street": ("街道、社区",),
        "street_back": ("街道、社区（倒序）",),
    },
)
"""Orders of the list; one that ends in `_back` is the whole of the other, the last family first."""
BACK = "_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionInfo:
    """One published edition and its latest publication."""

    edition_id: str
    as_of: date
    input_hash: str
    content_hash: str
    code_version: str
    created_at: datetime
    published_at: datetime
    published_by: str
    manifest: dict[str, Any] = field(repr=False)

    @property
    def frozen_at(self) -> datetime:
        """Up to when decisions and models were looked at: what was recorded while it was computed has no part in it."""
        return frozen_at_of(self.manifest, self.created_at)


def frozen_at_of(manifest: Mapping[str, Any], created_at: datetime) -> datetime:
    """The instant up to which the record was looked at for an edition; of earlier versions, when it was written."""
    told = manifest.get("made", {}).get("frozen_at")
    return datetime.fromisoformat(told) if told else created_at


def current_edition(
    engine: Engine, as_of: date | None = None, known_on: date | datetime | None = None
) -> EditionInfo | None:
    """The list for `as_of` as known on `known_on`; None when nothing was published.

    Among editions published by then with an `as_of` not after the one asked for: the greatest `as_of`, then the latest
    publication. A date means the end of that day at the bureau.
    """
    query = (
        select(Edition, Publication.published_at, Publication.published_by)
        .join(Publication, Publication.edition_id == Edition.edition_id)
        .order_by(Publication.as_of.desc(), Publication.publication_id.desc())
        .limit(1)
    )
    if as_of is not None:
        query = query.where(Publication.as_of <= as_of)
    if known_on is not None:
        query = query.where(Publication.published_at < _end_of(known_on))
    return _info(engine, query)


def require_edition(engine: Engine, as_of: date | None = None, known_on: date | datetime | None = None) -> EditionInfo:
    """As `current_edition`; raises `NoEditionError`."""
    found = current_edition(engine, as_of, known_on)
    if found is None:
        asked = f" with as_of up to {as_of}" if as_of else ""
        known = f" as known on {known_on}" if known_on else ""
        raise NoEditionError(f"no edition{asked} is published{known}; run `doudi run` first")
    return found


def edition_of(engine: Engine, edition_id: str) -> EditionInfo | None:
    """The published edition of that id with its latest publication; None when there is none."""
    return _info(engine, _published(edition_id))


def previous_edition(engine: Engine, edition: EditionInfo) -> EditionInfo | None:
    """The edition that now answers for the time before this one's `as_of`."""
    return current_edition(engine, edition.as_of - timedelta(days=1))


def edition_rows(engine: Engine, edition_id: str, table: str) -> pl.DataFrame:
    """All rows of a published table (`EDITION_TABLES`) with the columns of `schemas.tables`."""
    model = PUBLISHED[table]
    return _rows(engine, table, model.__table__.c.edition_id == edition_id)


def edition_rows_of(
    engine: Engine, edition_id: str, table: str, families: pl.Series, columns: Sequence[str] = ()
) -> pl.DataFrame:
    """As `edition_rows`, of some families alone, for tables that have families; of its `columns` only those named."""
    family_id, edition = (PUBLISHED[table].__table__.c[each] for each in ("family_id", "edition_id"))
    ids = families.to_list()
    if engine.dialect.name == "sqlite":  # which takes many values faster as one text than as a statement of them
        each = func.json_each(json.dumps(ids)).table_valued("value")
        theirs: ColumnElement[bool] = family_id.in_(select(each.c.value))
    else:
        theirs = among(family_id, ids)
    return _rows(engine, table, and_(edition == edition_id, theirs), only=columns)


def list_rows(  # the choices of a reader, each by name
    engine: Engine,
    edition_id: str,
    wanted: ListFilter,
    *,
    sort: str = "urgency",
    limit: int | None = None,
    offset: int = 0,
) -> pl.DataFrame:
    """Families of the list in an order of `LIST_SORTS`; the most urgent first means tier, then score, then id.

    Raises `UnknownNameError` for another order.
    """
    return _rows(engine, "list", wanted.conditions(edition_id), _order_of(engine, sort), limit, offset)


def list_families(engine: Engine, edition_id: str, wanted: ListFilter, *, sort: str = "urgency") -> pl.Series:
    """The ids alone of the families that `list_rows` has, in its order."""
    query = select(ListEntry.family_id).where(wanted.conditions(edition_id)).order_by(*_order_of(engine, sort))
    with engine.connect() as connection:
        return read_frame(connection, query, {"family_id": pl.String()})["family_id"]


def _order_of(engine: Engine, sort: str) -> list[ColumnElement[Any] | Any]:
    if sort not in LIST_SORTS.labels:
        raise UnknownNameError("sort", sort, LIST_SORTS.labels)
    places = {code: number for number, code in enumerate(TIERS.codes)}
    by_letter = collate(ListEntry.family_id, "C") if engine.dialect.name == "postgresql" else ListEntry.family_id
    urgency = [(case(places, value=ListEntry.tier, else_=len(TIERS.codes)), True), (ListEntry.score, False)]
    orders = {
        "urgency": urgency,
        "score": urgency[1:],
        "street": [(ListEntry.street_code, True), (ListEntry.community_code, True), *urgency],
    }
    terms: list[tuple[ColumnElement[Any] | Any, bool]] = [*orders[sort.removesuffix(BACK)], (by_letter, True)]
    if sort.endswith(BACK):
        return [(term.desc() if rising else term.asc()).nulls_first() for term, rising in terms]
    return [(term.asc() if rising else term.desc()).nulls_last() for term, rising in terms]


def list_count(engine: Engine, edition_id: str, wanted: ListFilter) -> int:
    """How many families `list_rows` has without a limit."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).where(wanted.conditions(edition_id))).scalar_one()


def warnings_rows(
    engine: Engine, edition_id: str, wanted: WarningFilter, *, limit: int | None = None, offset: int = 0
) -> pl.DataFrame:
    """Warnings of an edition by kind, rule, latest fact and id."""
    order = [Warning_.kind, Warning_.rule_id, Warning_.evidence_on.desc(), Warning_.warning_id]
    return _rows(engine, "warnings", wanted.conditions(edition_id), order, limit, offset)


def changes(engine: Engine, edition_a: str, edition_b: str) -> pl.DataFrame:
    """What changed from edition `edition_a` to `edition_b` (`editions.changes.CHANGE_SCHEMA`)."""
    return changes_between(_frames(engine, edition_a), _frames(engine, edition_b))


def _published(edition_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(Edition, Publication.published_at, Publication.published_by)
        .join(Publication, Publication.edition_id == Edition.edition_id)
        .where(Edition.edition_id == edition_id)
        .order_by(Publication.publication_id.desc())
        .limit(1)
    )


def _info(engine: Engine, query: Select[*tuple[Any, ...]]) -> EditionInfo | None:
    columns = [
        Edition.edition_id,
        Edition.as_of,
        Edition.input_hash,
        Edition.content_hash,
        Edition.code_version,
        Edition.created_at,
        Publication.published_at,
        Publication.published_by,
        Edition.manifest,
    ]
    with engine.connect() as connection:
        row = connection.execute(query.with_only_columns(*columns)).mappings().one_or_none()
    return EditionInfo(**row) if row else None


def _end_of(known_on: date | datetime) -> datetime:
    if isinstance(known_on, datetime):
        return known_on
    zone = ZoneInfo(process_settings().timezone)
    return datetime.combine(known_on + timedelta(days=1), time.min, zone)


def _rows(
    engine: Engine,
    table: str,
    condition: ColumnElement[bool],
    order: Iterable[ColumnElement[Any] | Any] = (),
    limit: int | None = None,
    offset: int = 0,
    only: Sequence[str] = (),
) -> pl.DataFrame:
    declared = get_table(table).schema
    schema = {each: declared[each] for each in only or declared}
    columns = PUBLISHED[table].__table__.c
    query = select(*[columns[name] for name in schema]).where(condition).order_by(*order).limit(limit)
    with engine.connect() as connection:
        return read_frame(connection, query.offset(offset) if offset else query, schema)


def _frames(engine: Engine, edition_id: str) -> Frames:
    with engine.connect() as connection:
        as_of = connection.execute(select(Edition.as_of).where(Edition.edition_id == edition_id)).scalar()
        if as_of is None:
            raise NoEditionError(f"there is no edition {edition_id!r}")
        deaths = read_frame(
            connection,
            select(EditionDeath.person_key, EditionDeath.died_on).where(EditionDeath.edition_id == edition_id),
            {"person_key": pl.String(), "died_on": pl.Date()},
        )
        aliases = read_frame(
            connection,
            select(EditionAlias.old_key, EditionAlias.person_key).where(EditionAlias.edition_id == edition_id),
            {"old_key": pl.String(), "person_key": pl.String()},
        )
    tables = {
        name: edition_rows(engine, edition_id, name) for name in ("list", "members", "hits", "standings", "exits")
    }
    return Frames(
        as_of=as_of,
        listed=tables["list"],
        members=tables["members"],
        hits=tables["hits"],
        standings=tables["standings"],
        exits=tables["exits"],
        deaths=deaths,
        aliases=aliases,
    )
