"""What a closed case decides about the facts that raised it.

What belongs here: outcomes as decisions. 属实-纳入 puts the family on the list and settles the questions, 属实-转介
settles them, 不属实 judges each fact not true. The other outcomes decide nothing: the facts stand as they stood.
"""

from datetime import date

from sqlalchemy import Connection, select

from editions.grounds import VERIFIED
from registry.casework.questions import questions_of_round
from registry.casework.transitions import CaseState
from registry.decisions import NewDecision, record_within
from registry.errors import CaseError
from registry.models import CaseEvent, CaseFile, CaseQuestion, ListEntry, Publication
from rules.parameters import Parameters

__all__ = ["record_verdict", "revoke_verdict", "subject_person"]

_OF_QUESTION = {"true_include": "settled", "true_refer": "settled", "not_true": "not_true"}


def record_verdict(connection: Connection, case: CaseState, parameters: Parameters, today: date) -> list[str]:
    """Record the decisions of a case that was closed today; returns their ids."""
    outcome = _OF_QUESTION.get(case.outcome or "")
    if outcome is None:
        return []
    made = [
        _decision(case, person, rule, outcome, key, _reason(connection, case), today)
        for person, rule, key in _facts(connection, case)
    ]
    if case.outcome == "true_include":
        person = subject_person(connection, case.case_id)
        if person is None:
            raise CaseError("nobody of the family is known, so that it cannot be put on the list")
        made.append(_decision(case, person, VERIFIED, "included", None, _reason(connection, case), today))
    return [record_within(connection, each, parameters) for each in made]


def revoke_verdict(connection: Connection, case: CaseState, by: str, parameters: Parameters, today: date) -> list[str]:
    """Take back what a case decided that an objection overturned; returns the ids of the decisions that do."""
    if case.outcome not in _OF_QUESTION:
        return []
    made = [
        NewDecision(
            person_key=person, rule_id=rule, evidence_key=key, outcome="revoked", decided_on=today, decided_by=by,
            reason="objection",
        )
        for person, rule, key in _facts(connection, case)
    ]  # fmt: skip
    return [record_within(connection, each, parameters) for each in made]


def subject_person(connection: Connection, case_id: str) -> str | None:
    """Through whom the family of a case is known: its head on the newest list, else the first whom a question names."""
    family = connection.execute(select(CaseFile.family_id).where(CaseFile.case_id == case_id)).scalar()
    newest = (
        select(Publication.edition_id).order_by(Publication.as_of.desc(), Publication.publication_id.desc()).limit(1)
    )
    head = connection.execute(
        select(ListEntry.head_key).where(
            ListEntry.edition_id == newest.scalar_subquery(), ListEntry.family_id == family
        )
    ).scalar()
    if head:
        return str(head)
    asked = connection.execute(
        select(CaseQuestion.person_key)
        .where(CaseQuestion.case_id == case_id, CaseQuestion.person_key.is_not(None))
        .order_by(CaseQuestion.version, CaseQuestion.warning_id)
        .limit(1)
    ).scalar()
    return str(asked) if asked else None


def _facts(connection: Connection, case: CaseState) -> list[tuple[str, str, str]]:
    """Person, rule and evidence key of what was asked in this round of the case, each once."""
    asked = questions_of_round(connection, case)
    found = {(each.person_key, each.rule_id, each.evidence_key) for each in asked}
    return sorted((person, rule, key) for person, rule, key in found if person and key)


def _reason(connection: Connection, case: CaseState) -> str:
    upheld = connection.execute(
        select(CaseEvent.version).where(CaseEvent.case_id == case.case_id, CaseEvent.kind == "upheld").limit(1)
    ).scalar()
    return "objection" if upheld else "visited"


def _decision(
    case: CaseState, person: str, rule: str, outcome: str, key: str | None, reason: str, today: date
) -> NewDecision:
    return NewDecision(
        person_key=person,
        rule_id=rule,
        evidence_key=key,
        outcome=outcome,
        decided_on=today,
        decided_by=case.concluded_by or "",
        approved_by=case.closed_by,
        reason=reason,
    )
