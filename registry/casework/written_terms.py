"""The end of what was kept sealed: notes, photos and words of families, at the end of their term or by an erasure.

What belongs here: what is due, recording that it is erased, and destroying it. The record comes first; `finish_written`
does what a crash left undone. That something was kept, its size and its commitment stay; nobody can open it again.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
from sqlalchemy import Connection, Engine, insert, or_, select

from registry.audit import append_within
from registry.bulk import read_frame
from registry.casework.sealed import PHOTO, destroy_sealed, has_bytes
from registry.engine import ACTS, write_transaction
from registry.erasures import TERM, WRITTEN, erasures
from registry.models import (
    CaseFile,
    CaseQuestion,
    CaseVisit,
    Erasure,
    FollowUp,
    ListMember,
    ObjectionFile,
    SealedObject,
)
from rules.parameters import Parameters, ParametersAt
from schemas.settings import Settings

__all__ = ["DueWritten", "due_written", "finish_written", "over", "prune_written", "record_erased", "written_about"]

_ACT_BYTES = 8
_SCHEMA: dict[str, pl.DataType] = {
    "object_id": pl.String(),
    "kind": pl.String(),
    "subject": pl.String(),
    "kept_at": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class DueWritten:
    """A note or photo whose term has ended; `subject` is visit, objection or wish."""

    object_id: str
    kind: str
    subject: str
    ended_on: date


def due_written(settings: Settings, engine: Engine, parameters: Parameters, today: date) -> list[DueWritten]:
    """Notes and photos whose term ended before `today` and that are not erased yet, the earliest first."""
    query = select(*[getattr(SealedObject, name) for name in _SCHEMA])
    with engine.connect() as connection:
        kept = read_frame(connection, query, _SCHEMA)
    gone = [each.manifest["object_id"] for each in erasures(engine, WRITTEN)]
    found = over(kept.filter(~pl.col("object_id").is_in(gone)), parameters.as_of(today), settings.timezone)
    ordered = found.sort("ended_on", "object_id").select("object_id", "kind", "subject", "ended_on")
    return [DueWritten(*row) for row in ordered.iter_rows()]


def over(kept: pl.DataFrame, at: ParametersAt, timezone: str) -> pl.DataFrame:
    """Those of `kept` (`kind`, `kept_at`) whose term is over on the day of `at`, with its last day `ended_on`."""
    day = pl.col("kept_at").dt.convert_time_zone(timezone).dt.date()
    months = {PHOTO: at.integer("retention.photo_months")}
    term = pl.col("kind").replace_strict(months, default=at.integer("retention.note_months"), return_dtype=pl.Int64)
    ended = day.dt.offset_by(pl.format("{}mo", term))
    return kept.with_columns(ended_on=ended).filter(pl.col("ended_on") < at.day)


def prune_written(settings: Settings, engine: Engine, wanted: Sequence[DueWritten], *, by: str) -> str | None:
    """Record the erasure of the `wanted` notes and photos, then destroy them; the id of the act."""
    act_id = secrets.token_hex(_ACT_BYTES) if wanted else None
    if act_id:
        with write_transaction(engine, ACTS) as connection:
            record_erased(connection, [each.object_id for each in wanted], act_id=act_id, reason=TERM, by=by)
            details = {"act_id": act_id, "written": len(wanted)}
            append_within(connection, actor=by, action="prune", purpose="end of term", details=details)
    finish_written(settings, engine)
    return act_id


def written_about(connection: Connection, person_keys: Iterable[str]) -> list[str]:
    """Notes and photos about families that the person ever stood with, objections about them, wishes of the families.

    A text about a family cannot be taken apart by person: all that may tell of this one goes.
    """
    keys = sorted(set(person_keys))
    listed = select(ListMember.family_id).where(ListMember.person_key.in_(keys))
    asked = (
        select(CaseFile.family_id)
        .join(CaseQuestion, CaseQuestion.case_id == CaseFile.case_id)
        .where(CaseQuestion.person_key.in_(keys))
    )
    families = listed.union(asked).subquery()
    of_family = select(families.c.family_id)
    visits = (
        select(CaseVisit.visit_id)
        .join(CaseFile, CaseFile.case_id == CaseVisit.case_id)
        .where(CaseFile.family_id.in_(of_family))
    )
    objections = select(ObjectionFile.objection_id).where(
        or_(ObjectionFile.family_id.in_(of_family), ObjectionFile.person_key.in_(keys))
    )
    wishes = select(FollowUp.follow_up_id).where(FollowUp.family_id.in_(of_family))
    subjects = visits.union_all(objections, wishes).subquery()
    query = (
        select(SealedObject.object_id)
        .where(SealedObject.subject_id.in_(select(subjects.c[0])))
        .order_by(SealedObject.kept_at, SealedObject.object_id)
    )
    return [str(each) for each in connection.execute(query).scalars()]


def record_erased(  # what, why, by whom and with whose approval
    connection: Connection,
    object_ids: Sequence[str],
    *,
    act_id: str,
    reason: str,
    by: str,
    approved_by: str | None = None,
    person_key: str | None = None,
) -> int:
    """Put on record that these are erased, as part of an act; how many were not erased before."""
    gone = select(Erasure.manifest).where(Erasure.kind == WRITTEN)
    before = {each["object_id"] for each in connection.execute(gone).scalars()}
    left = [each for each in object_ids if each not in before]
    now = datetime.now(UTC)
    rows = [
        {
            "act_id": act_id,
            "kind": WRITTEN,
            "delivery_id": "",
            "person_key": person_key,
            "reason": reason,
            "manifest": {"object_id": each},
            "erased_by": by,
            "approved_by": approved_by,
            "erased_at": now,
        }
        for each in left
    ]
    if rows:
        connection.execute(insert(Erasure), rows)
    return len(rows)


def finish_written(settings: Settings, engine: Engine) -> int:
    """Destroy whatever is left of what is erased on record; how many could still be opened."""
    objects = [each.manifest["object_id"] for each in erasures(engine, WRITTEN)]
    still = [each for each in objects if has_bytes(settings, each)]
    for each in objects:
        destroy_sealed(settings, each)
    return len(still)
