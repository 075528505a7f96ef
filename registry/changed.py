"""Which families changed since the month before: computed once for two editions, and kept, since neither changes.

What belongs here: keeping the outcome of `registry.queries.changes`, and what of it a part of the district is told. It
can be computed anew at any time, so that the tables are no record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
from sqlalchemy import Engine, Select, and_, delete, insert, select
from sqlalchemy.orm import aliased

from registry.bulk import insert_frame, read_frame
from registry.engine import write_transaction
from registry.models import EditionComparison, Exit, FamilyChange, ListEntry, ListMember, Publication
from registry.queries import EditionInfo, changes, edition_of, edition_rows_of, previous_edition, require_edition
from registry.scope import Scope

__all__ = ["Gone", "changed_families", "gone_after", "is_compared", "left_why"]

_COMPARISONS = "comparisons"
_KEPT = {
    "family_id": pl.String(),
    "change": pl.String(),
    "whole": pl.Boolean(),
    "previous_family_id": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Gone:
    """From which list on a family is listed no more, and why (`editions.changes.CHANGE_REASONS`)."""

    as_of: date
    reasons: tuple[str, ...]


def gone_after(engine: Engine, edition: EditionInfo, family_id: str, scope: Scope) -> Gone | None:
    """Where a family of `edition` has left the list since, within a scope; None while it is there, or nothing is newer.

    To a part of the district one that moved to another has left, and no more is told of it.
    """
    later = select(Publication.as_of).where(Publication.as_of > edition.as_of).distinct().order_by(Publication.as_of)
    with engine.connect() as connection:
        days = list(connection.scalars(later))
    before = edition
    for day in days:
        now = require_edition(engine, day)
        here = select(ListEntry.family_id).where(
            ListEntry.edition_id == now.edition_id,
            ListEntry.family_id == family_id,
            scope.area.condition(ListEntry.street_code, ListEntry.community_code),
        )
        with engine.connect() as connection:
            if connection.execute(here).first() is None:
                why = left_why(engine, now.edition_id, before.edition_id, [family_id], scope)
                return Gone(day, tuple(why.get(family_id, ())))
        before = now
    return None


def changed_families(engine: Engine, edition_id: str, scope: Scope) -> dict[str, frozenset[str]] | None:
    """Families that entered, left, changed or were proposed to leave since the month before; None without one.

    For a part of the district, one that moved in has entered it, and one that moved away has left; `changed` are others
    whose tier, layer or groups are not as they were. Those that left are named as they were then.
    """
    info = edition_of(engine, edition_id)
    before = previous_edition(engine, info) if info else None
    if before is None:
        return None
    rows = _compared(engine, before.edition_id, edition_id)
    if not scope.area.is_district:
        return _within(engine, before.edition_id, edition_id, scope, rows)
    entered, left, proposed = (
        _ids(rows.filter(pl.col("whole"), pl.col("change") == each)) for each in ("entered", "left", "proposed")
    )
    return {"entered": entered, "left": left, "proposed": proposed, "changed": _ids(rows) - entered - left}


def left_why(
    engine: Engine, edition_id: str, before_id: str, families: Sequence[str], scope: Scope
) -> dict[str, list[str]]:
    """Why families of the edition before are listed no more (`editions.changes.CHANGE_REASONS`), within a scope.

    That is why their grounds ended, or that a member is listed with another family. One without an entry moved away.
    """
    ended = (
        select(Exit.family_id, Exit.reason)
        .where(
            Exit.edition_id == edition_id,
            Exit.family_id.in_(list(families)),
            Exit.reason.is_not(None),
            scope.area.condition(Exit.street_code, Exit.community_code),
        )
        .distinct()
        .order_by(Exit.family_id, Exit.reason)
    )
    then, now = aliased(ListMember), aliased(ListMember)
    joined = (
        select(then.family_id)
        .join(now, and_(now.edition_id == edition_id, now.person_key == then.person_key))
        .where(
            then.edition_id == before_id,
            then.family_id.in_(list(families)),
            scope.area.condition(now.street_code, now.community_code),
        )
        .distinct()
    )
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for family, reason in connection.execute(ended):
            found.setdefault(family, []).append(str(reason))
        for (family,) in connection.execute(joined):
            found.setdefault(family, []).append("family_joined")
    return found


def is_compared(engine: Engine, edition_id: str) -> bool:
    """Whether `changed_families` needs no more than to read; so too where there is no month before."""
    info = edition_of(engine, edition_id)
    before = previous_edition(engine, info) if info else None
    if before is None:
        return True
    with engine.connect() as connection:
        return connection.execute(_known(before.edition_id, edition_id)).scalar() is not None


def _known(before: str, after: str) -> Select[datetime]:
    return select(EditionComparison.at).where(
        EditionComparison.edition_id == after, EditionComparison.before_id == before
    )


def _compared(engine: Engine, before: str, after: str) -> pl.DataFrame:
    """The changes from one edition to the other (`_KEPT`); read when they were computed before."""
    known = _known(before, after)
    columns = [FamilyChange.__table__.c[name] for name in _KEPT]
    kept = select(*columns).where(FamilyChange.edition_id == after, FamilyChange.before_id == before)
    with engine.connect() as connection:
        if connection.execute(known).scalar() is not None:
            return read_frame(connection, kept, _KEPT)
    rows = (
        changes(engine, before, after)
        .with_columns(whole=pl.col("scope") == "list")
        .select(*_KEPT)
        .filter(pl.col("family_id").is_not_null())
        .unique(["family_id", "change", "whole"], keep="first", maintain_order=True)
    )
    with write_transaction(engine, _COMPARISONS, only=(f"{before} {after}",)) as connection:
        if connection.execute(known).scalar() is None:
            connection.execute(
                delete(FamilyChange).where(FamilyChange.edition_id == after, FamilyChange.before_id == before)
            )
            named = rows.with_columns(edition_id=pl.lit(after), before_id=pl.lit(before))
            insert_frame(connection, FamilyChange, named)
            connection.execute(
                insert(EditionComparison).values(edition_id=after, before_id=before, at=datetime.now(UTC))
            )
    return rows


def _within(engine: Engine, before: str, after: str, scope: Scope, changed: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Who is in the area's part of the list now and was not before, and the reverse; renumbered families are one."""
    rows = changed.filter(pl.col("whole"))
    came, went = _alone(engine, after, before, scope), _alone(engine, before, after, scope)
    there = _of_area(engine, after, scope, changed["family_id"])
    same = rows.select("family_id", "previous_family_id").drop_nulls().unique()
    held = _of_area(engine, before, scope, same["previous_family_id"])
    stayed = same.join(held, left_on="previous_family_id", right_on="family_id", how="semi").join(
        there, on="family_id", how="semi"
    )
    proposed = rows.filter(pl.col("change") == "proposed").join(there, on="family_id", how="semi")
    entered = came.join(stayed, on="family_id", how="anti")
    left = went.join(stayed, left_on="family_id", right_on="previous_family_id", how="anti")
    here = changed.join(there, on="family_id", how="semi").join(entered, on="family_id", how="anti")
    return {"entered": _ids(entered), "left": _ids(left), "proposed": _ids(proposed), "changed": _ids(here)}


def _alone(engine: Engine, edition_id: str, other_id: str, scope: Scope) -> pl.DataFrame:
    """Families of the area in one edition that are not of the area in the other; the database compares the two."""
    one, other = aliased(ListEntry), aliased(ListEntry)
    also = select(other.family_id).where(
        other.edition_id == other_id,
        other.family_id == one.family_id,
        scope.area.condition(other.street_code, other.community_code),
    )
    query = select(one.family_id).where(
        one.edition_id == edition_id, scope.area.condition(one.street_code, one.community_code), ~also.exists()
    )
    with engine.connect() as connection:
        return read_frame(connection, query, {"family_id": pl.String()})


def _of_area(engine: Engine, edition_id: str, scope: Scope, families: pl.Series) -> pl.DataFrame:
    """Those of the families that are of the area in the edition."""
    rows = edition_rows_of(engine, edition_id, "list", families.unique())
    return scope.area.rows(rows).select("family_id")


def _ids(rows: pl.DataFrame) -> frozenset[str]:
    return frozenset(rows["family_id"].drop_nulls())
