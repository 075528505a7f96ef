"""What an objection is about: the disputed fact, who decided about it, and what upholding it takes back.

What belongs here: looking into editions, cases and decisions on behalf of an objection.
"""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, select

from editions.grounds import GROUNDS, VERIFIED
from registry.casework.families import newest_edition, visible_family
from registry.casework.objection_store import Objection
from registry.casework.store import current_of
from registry.casework.verdicts import revoke_verdict
from registry.decisions import NewDecision, record_within
from registry.errors import CaseError
from registry.filters import WARNING_KINDS
from registry.models import CaseEvent, CaseQuestion, Decision, Hit, ListEntry, Publication, Standing, Warning_
from registry.roles import Actor
from rules import all_rules
from rules.parameters import Parameters

__all__ = [
    "DisputableFact",
    "deciders_of",
    "disputable_facts",
    "disputed_fact",
    "evidence_of",
    "overturn",
    "recomputed_since",
]


@dataclass(frozen=True, slots=True, order=True)
class DisputableFact:
    """A fact of a family that an objection may be against: the rule that read it, and its evidence key.

    `evidence_on` is its day, of several facts that are one ground the latest.
    """

    rule_id: str
    evidence_key: str
    evidence_on: date | None = field(default=None, compare=False)


def disputable_facts(connection: Connection, actor: Actor, family_id: str) -> list[DisputableFact]:
    """The facts about a family of the newest edition, of the kinds that the actor may see.

    Raises `CaseNotFoundError` for a family that the actor may not know of.
    """
    visible_family(connection, actor, family_id)
    edition = newest_edition(connection)
    told = {
        rule.id
        for rule in all_rules().values()
        if rule.kind not in WARNING_KINDS.labels or rule.kind in actor.scope.kinds
    }
    found: dict[tuple[str, str], date | None] = {}
    for table in (Hit.__table__.c, Warning_.__table__.c, Standing.__table__.c):
        rule = table.ground if "ground" in table else table.rule_id
        query = select(rule, table.evidence_key, func.max(table.evidence_on)).where(
            table.edition_id == edition,
            table.family_id == family_id,
            table.evidence_key.is_not(None),
            table.person_key.is_not(None),
            rule.in_(sorted(told)),
        )
        for rule_id, key, day in connection.execute(query.group_by(rule, table.evidence_key)):
            found[rule_id, key] = day or found.get((rule_id, key))
    return sorted(DisputableFact(rule_id, key, day) for (rule_id, key), day in found.items())


def disputed_fact(
    connection: Connection, family_id: str, rule_id: str, evidence_key: str
) -> tuple[str, str | None] | None:
    """Person and feed of a fact of the family in the newest edition or in one of its cases; None when there is none."""
    edition = newest_edition(connection)
    for table in (Hit.__table__.c, Warning_.__table__.c, Standing.__table__.c):
        row = connection.execute(
            select(table.person_key, table.source_feed).where(
                table.edition_id == edition,
                table.family_id == family_id,
                (table.ground if "ground" in table else table.rule_id) == rule_id,
                table.evidence_key == evidence_key,
            )
        ).first()
        if row and row.person_key:
            return str(row.person_key), row.source_feed
    return None


def evidence_of(connection: Connection, case_id: str, rule_id: str | None, evidence_key: str | None) -> str | None:
    """The feed that the questions of a case come from; None when they come from several."""
    query = select(CaseQuestion.source_feed).where(CaseQuestion.case_id == case_id).distinct()
    if rule_id is not None:
        query = query.where(CaseQuestion.rule_id == rule_id)
    if evidence_key is not None:
        query = query.where(CaseQuestion.evidence_key == evidence_key)
    feeds = [each for each in connection.scalars(query) if each]
    return feeds[0] if len(feeds) == 1 else None


def deciders_of(connection: Connection, objection: Objection) -> set[str]:
    """Everybody who gave, approved or decided what the objection is against."""
    names: set[str] = set()
    if objection.case_id is not None:
        rows = connection.execute(
            select(CaseEvent.concluded_by, CaseEvent.closed_by).where(
                CaseEvent.case_id == objection.case_id, CaseEvent.kind == "closed"
            )
        )
        names.update(each for row in rows for each in row if each)
    if objection.person_key is not None:
        query = select(Decision.decided_by, Decision.approved_by).where(Decision.person_key == objection.person_key)
        if objection.rule_id is not None:
            query = query.where(Decision.rule_id == objection.rule_id)
        names.update(each for row in connection.execute(query) for each in row if each)
    return names


def overturn(connection: Connection, objection: Objection, by: str, parameters: Parameters, today: date) -> list[str]:
    """Record the decisions of an objection that was upheld; returns their ids."""
    if objection.against == "case":
        case = current_of(connection, str(objection.case_id))
        return revoke_verdict(connection, case, by, parameters, today) if case else []
    if objection.against == "standing":
        person = objection.person_key or _head(connection, objection.family_id)
        if person is None:
            raise CaseError("name the person through whom the family is put on the list")
        included = NewDecision(
            person_key=person, rule_id=VERIFIED, outcome="included", decided_on=today, decided_by=by, reason="objection"
        )
        return [record_within(connection, included, parameters)]
    judged = connection.execute(
        select(Decision.decision_id).where(
            Decision.person_key == objection.person_key,
            Decision.rule_id == objection.rule_id,
            Decision.evidence_key == objection.evidence_key,
        )
    ).first()
    if judged is None:
        return []
    revoked = NewDecision(
        person_key=str(objection.person_key),
        rule_id=str(objection.rule_id),
        evidence_key=objection.evidence_key,
        outcome="exit_refused"
        if objection.rule_id in GROUNDS.labels and _proposed(connection, objection)
        else "revoked",
        decided_on=today,
        decided_by=by,
        reason="objection",
    )
    return [record_within(connection, revoked, parameters)]


def _proposed(connection: Connection, objection: Objection) -> bool:
    """Whether the disputed ground still stands and is proposed to leave."""
    query = select(Standing.status).where(
        Standing.edition_id == newest_edition(connection),
        Standing.family_id == objection.family_id,
        Standing.ground == objection.rule_id,
    )
    return "proposed_exit" in set(connection.scalars(query))


def _head(connection: Connection, family_id: str) -> str | None:
    query = select(ListEntry.head_key).where(
        ListEntry.edition_id == newest_edition(connection), ListEntry.family_id == family_id
    )
    return connection.execute(query).scalar()


def recomputed_since(connection: Connection, objection: Objection) -> str | None:
    """The newest edition, if it was published after the department answered; else None."""
    row = connection.execute(
        select(Publication.edition_id, Publication.published_at)
        .order_by(Publication.as_of.desc(), Publication.publication_id.desc())
        .limit(1)
    ).one_or_none()
    return str(row.edition_id) if row and row.published_at > objection.at else None
