"""The questions of a case: all that were ever asked, and those that are to be answered now.

What belongs here: reading questions and their answers. New ones come from `follow`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from registry.casework.transitions import CaseState
from registry.models import CaseAnswer, CaseEvent, CaseQuestion, CaseVisit

__all__ = ["Question", "answers_of_round", "questions_of", "questions_of_round"]

_OPENING = ("opened", "reopened", "resumed", "upheld")
_AFRESH = ("opened", "reopened")
"""A round that begins so has questions of its own; after another the earlier ones are open again."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a case; `version` is the event that brought it."""

    warning_id: str
    version: int
    rule_id: str
    person_key: str | None
    evidence_key: str | None
    evidence_on: date | None
    source_feed: str | None
    raised_on: date | None


def questions_of(connection: Connection, case_id: str) -> list[Question]:
    """Every question of a case, in the order in which they were asked."""
    rows = connection.execute(
        select(*[getattr(CaseQuestion, name) for name in Question.__dataclass_fields__])
        .where(CaseQuestion.case_id == case_id)
        .order_by(CaseQuestion.version, CaseQuestion.rule_id, CaseQuestion.warning_id)
    )
    return [Question(*row) for row in rows]


def questions_of_round(connection: Connection, case: CaseState) -> list[Question]:
    """What is to be answered in the present round."""
    openings = connection.execute(
        select(CaseEvent.version, CaseEvent.kind)
        .where(CaseEvent.case_id == case.case_id, CaseEvent.kind.in_(_OPENING))
        .order_by(CaseEvent.version.desc())
    ).fetchall()
    since = next((version for version, kind in openings if kind in _AFRESH), 1)
    return [each for each in questions_of(connection, case.case_id) if each.version >= since]


def answers_of_round(connection: Connection, case: CaseState, asked: Sequence[Question]) -> dict[str, str]:
    """The latest answer of this round to each question that has one, by warning."""
    rows = connection.execute(
        select(CaseAnswer.warning_id, CaseAnswer.answer)
        .join(CaseVisit, CaseVisit.visit_id == CaseAnswer.visit_id)
        .where(CaseVisit.case_id == case.case_id, CaseVisit.round == case.round)
        .order_by(CaseVisit.version)
    )
    wanted = {each.warning_id for each in asked}
    return {warning: answer for warning, answer in rows if warning in wanted}
