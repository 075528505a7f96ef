"""Decisions of persons: recorded once, by whom, on what, until when; and those that an edition knows.

What belongs here: recording and reading. An adverse decision (it ends a listing, or silences a finding) needs a second
person. What a decision does to the list stands in `editions.standing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, insert, select

from editions.grounds import GROUNDS, GROUPS, VERIFIED
from registry.audit import CHAIN, append_within
from registry.bulk import read_frame
from registry.engine import ACTS, lock, write_transaction
from registry.errors import DecisionError
from registry.models import Decision
from rules import rules_of
from rules.parameters import Parameters
from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError
from schemas.tables import get_table

__all__ = ["ADVERSE", "DECISION_REASONS", "NewDecision", "binds_until", "known_decisions", "record", "record_within"]

ADVERSE = frozenset({"exit_confirmed", "not_true"})
"""Outcomes that a second person has to approve."""

DECISION_REASONS = CodeList(
    "decision_reason",
    "决定依据",
    {
        "visited": ("入户核查",),
        "documents": ("书面材料",),
        "department": ("来源部门复核",),
        "objection": ("异议复核",),
    },
)
_OUTCOMES = CODE_LISTS["decision_outcome"]
_ID_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """What a person decides about one person, rule (a ground or a warning) and fact.

    `reason` is of `DECISION_REASONS`: a closed word, so that the audit chain holds nobody's story.
    """

    person_key: str
    rule_id: str
    outcome: str
    decided_on: date
    decided_by: str
    reason: str
    evidence_key: str | None = None
    approved_by: str | None = None

    def __post_init__(self) -> None:
        for title, known, word in (
            ("outcome", _OUTCOMES.labels, self.outcome),
            ("reason", DECISION_REASONS.labels, self.reason),
        ):
            if word not in known:
                raise UnknownNameError(title, word, known)
        able = _rules_for(self.outcome)
        if self.rule_id not in able:
            raise UnknownNameError(f"rule for {self.outcome}", self.rule_id, able)
        if self.outcome != "included" and not self.evidence_key:
            raise DecisionError(f"{self.outcome} judges a fact; name it by its evidence key")
        self._check_persons()

    def _check_persons(self) -> None:
        if not self.decided_by.strip():
            raise DecisionError("a decision names who took it")
        if self.outcome not in ADVERSE:
            return
        second = (self.approved_by or "").strip().casefold()
        if not second or second == self.decided_by.strip().casefold():
            raise DecisionError(
                f"{_OUTCOMES.title_of(self.outcome)} ({self.outcome}) needs a second person who approves it, "
                "other than the one who decides"
            )

    @property
    def decision_id(self) -> str:
        """The same decision has the same id, so that it is recorded once."""
        parts = (self.person_key, self.rule_id, self.evidence_key, self.outcome, self.decided_on.isoformat())
        text = "\x1f".join([*(each or "" for each in parts), self.decided_by, self.approved_by or ""])
        return blake2b(text.encode(), digest_size=_ID_BYTES).hexdigest()


def binds_until(outcome: str, decided_on: date, parameters: Parameters) -> date:
    """The last day on which a decision binds: as many months on as `status.<outcome>_months` gives on its day."""
    months = parameters.as_of(decided_on).integer(f"status.{outcome}_months")
    last: date = pl.select(pl.lit(decided_on).dt.offset_by(f"{months}mo")).item()
    return last


def record(engine: Engine, decision: NewDecision, parameters: Parameters) -> str:
    """Record the decision, which binds as `binds_until` says, and return its id; one that is there already is left."""
    with write_transaction(engine, ACTS, only=()) as connection:
        return record_within(connection, decision, parameters)


def record_within(connection: Connection, decision: NewDecision, parameters: Parameters) -> str:
    """As `record`, in the write transaction of the act that the decision follows from.

    A decision has no row before it is made: the chain that it ends in keeps two of them apart, and is held first.
    """
    lock(connection, CHAIN)
    expires_on = binds_until(decision.outcome, decision.decided_on, parameters)
    decision_id = decision.decision_id
    known = connection.execute(select(Decision.decision_id).where(Decision.decision_id == decision_id)).scalar()
    if known is not None:
        return decision_id
    connection.execute(
        insert(Decision).values(
            decision_id=decision_id,
            person_key=decision.person_key,
            rule_id=decision.rule_id,
            evidence_key=decision.evidence_key,
            outcome=decision.outcome,
            decided_on=decision.decided_on,
            expires_on=expires_on,
            decided_by=decision.decided_by,
            approved_by=decision.approved_by,
            recorded_at=datetime.now(UTC),
        )
    )
    append_within(
        connection,
        actor=decision.decided_by,
        action="decide",
        purpose=DECISION_REASONS.title_of(decision.reason),
        details=_details(decision, expires_on),
    )
    return decision_id


def known_decisions(engine: Engine, as_of: date, *, recorded_by: datetime | None = None) -> pl.DataFrame:
    """The table `decisions`: those dated by `as_of`, and of them those that were recorded by an instant.

    Of several of one day about the same person, rule and fact only the one recorded last is known.
    """
    table = get_table("decisions")
    columns = Decision.__table__.c
    judged = ["person_key", "rule_id", "evidence_key", "decided_on"]
    query = (
        select(*[columns[name] for name in table.schema])
        .where(columns.decided_on <= as_of)
        .order_by(columns.recorded_at, columns.decision_id)
    )
    if recorded_by is not None:
        query = query.where(columns.recorded_at <= recorded_by)
    with engine.connect() as connection:
        rows = read_frame(connection, query, table.schema)
    return rows.unique(judged, keep="last", maintain_order=True).sort("decision_id")


def _rules_for(outcome: str) -> tuple[str, ...]:
    """The grounds and warnings that an outcome can be about."""
    warnings = tuple(rule.id for rule in rules_of("need", "verify"))
    able: Mapping[str, tuple[str, ...]] = {
        "included": (VERIFIED,),
        "settled": warnings,
        "not_true": (*GROUPS, VERIFIED, *warnings),
        "exit_confirmed": GROUNDS.codes,
        "exit_refused": GROUNDS.codes,
        "revoked": (*GROUNDS.codes, *warnings),
    }
    return able[outcome]


def _details(decision: NewDecision, expires_on: date) -> dict[str, Any]:
    return {
        "decision_id": decision.decision_id,
        "outcome": decision.outcome,
        "rule_id": decision.rule_id,
        "decided_on": decision.decided_on.isoformat(),
        "expires_on": expires_on.isoformat(),
        "approved_by": decision.approved_by,
    }
