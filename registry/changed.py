"""Which families changed since the month before: computed once for two editions, and kept, since neither changes.

What belongs here: keeping the outcome of `registry.queries.changes`, and what of it a part of the district is told. It
can be computed anew at any time, so that the tables are no record.
"""

from datetime import UTC, datetime

import polars as pl
from sqlalchemy import Engine, delete, insert, select

from registry.bulk import insert_frame, read_frame
from registry.engine import write_transaction
from registry.filters import ListFilter
from registry.models import EditionComparison, FamilyChange, ListEntry
from registry.queries import changes, edition_of, previous_edition
from registry.scope import Scope

__all__ = ["changed_families"]

_COMPARISONS = "comparisons"
_KEPT = {
    "family_id": pl.String(),
    "change": pl.String(),
    "whole": pl.Boolean(),
    "previous_family_id": pl.String(),
}


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


def _compared(engine: Engine, before: str, after: str) -> pl.DataFrame:
    """The changes from one edition to the other (`_KEPT`); read when they were computed before."""
    known = select(EditionComparison.at).where(
        EditionComparison.edition_id == after, EditionComparison.before_id == before
    )
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
    with write_transaction(engine, _COMPARISONS) as connection:
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
    held, holds = (_families(engine, each, scope) for each in (before, after))
    same = rows.select("family_id", "previous_family_id").drop_nulls().unique()
    stayed = same.join(held, left_on="previous_family_id", right_on="family_id", how="semi").join(
        holds, on="family_id", how="semi"
    )
    proposed = rows.filter(pl.col("change") == "proposed").join(holds, on="family_id", how="semi")
    entered = holds.join(held, on="family_id", how="anti").join(stayed, on="family_id", how="anti")
    left = held.join(holds, on="family_id", how="anti").join(
        stayed, left_on="family_id", right_on="previous_family_id", how="anti"
    )
    here = changed.join(holds, on="family_id", how="semi").join(entered, on="family_id", how="anti")
    return {"entered": _ids(entered), "left": _ids(left), "proposed": _ids(proposed), "changed": _ids(here)}


def _families(engine: Engine, edition_id: str, scope: Scope) -> pl.DataFrame:
    query = select(ListEntry.family_id).where(ListFilter.of(scope).conditions(edition_id))
    with engine.connect() as connection:
        return read_frame(connection, query, {"family_id": pl.String()})


def _ids(rows: pl.DataFrame) -> frozenset[str]:
    return frozenset(rows["family_id"].drop_nulls())
