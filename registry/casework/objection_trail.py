"""What happened to an objection, and the delivered rows that it is about.

What belongs here: reading, for whoever has seen the objection. Rows are told by file, sheet and number: the department
that sent them finds them without a name.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from registry.casework.objection_store import Objection
from registry.models import CaseQuestion, DeliveryRecord, Hit, ObjectionEvent, Standing, Warning_
from schemas.contract import all_feeds

__all__ = ["SourceRow", "Step", "source_rows", "steps_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an objection."""

    kind: str
    at: datetime
    actor: str
    state: str
    due_on: date
    department: str | None
    answer: str | None


@dataclass(frozen=True, slots=True, order=True)
class SourceRow:
    """One delivered row, as its sender knows it."""

    feed: str
    month: str
    file_name: str
    sheet: str
    row: int


def steps_of(connection: Connection, objection_id: str) -> list[Step]:
    """All steps of an objection in their order."""
    columns = [getattr(ObjectionEvent, name) for name in Step.__dataclass_fields__]
    query = select(*columns).where(ObjectionEvent.objection_id == objection_id).order_by(ObjectionEvent.version)
    return [Step(*row) for row in connection.execute(query)]


def source_rows(connection: Connection, objection: Objection, department: str) -> list[SourceRow]:
    """The rows of feeds of the `department` on which what is objected to rests; of no other department."""
    feeds = sorted(name for name, feed in all_feeds().items() if feed.department == department)
    found: set[SourceRow] = set()
    for table, condition in _places(objection):
        query = (
            select(
                table.c.source_feed,
                DeliveryRecord.month,
                DeliveryRecord.file_name,
                table.c.source_sheet,
                table.c.source_row,
            )
            .join(DeliveryRecord, DeliveryRecord.delivery_id == table.c.source_delivery)
            .where(condition, table.c.source_feed.in_(feeds), table.c.source_row.is_not(None))
            .distinct()
        )
        found.update(SourceRow(feed, month, file, sheet or "", row) for feed, month, file, sheet, row in
                     connection.execute(query))  # fmt: skip
    return sorted(found)


def _places(objection: Objection) -> list[tuple[Table, ColumnElement[bool]]]:
    """Where the rows stand: behind the questions of the case, or behind the fact in the editions that had it."""
    if objection.against == "case":
        asked = select(CaseQuestion.warning_id).where(CaseQuestion.case_id == objection.case_id)
        table: Any = Warning_.__table__
        return [(table, table.c.warning_id.in_(asked))]
    if objection.against != "fact":
        return []
    tables: list[Any] = [Hit.__table__, Warning_.__table__, Standing.__table__]
    return [
        (
            table,
            (table.c.family_id == objection.family_id)
            & (table.c.evidence_key == objection.evidence_key)
            & ((table.c.ground if "ground" in table.c else table.c.rule_id) == objection.rule_id),
        )
        for table in tables
    ]
