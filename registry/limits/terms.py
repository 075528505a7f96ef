"""What a case of limits can ask of terms: of questions, of decisions, and of what is kept."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from editions.deadlines import with_due
from editions.decisions import binding
from editions.scenario_facts import frame_of
from registry.casework.sealed import NOTE, PHOTO
from registry.casework.written_terms import over
from registry.decisions import binds_until
from registry.retention import over_since
from rules import get_rule
from rules.parameters import ParametersAt
from schemas.settings import Settings
from schemas.tables import get_table

__all__ = ["APPLIED"]

_PERSON, _FAMILY = "a", "H:1"


def question_due(at: ParametersAt, *, rule: str) -> date:
    """By when the question of a rule about a family is answered that is raised today."""
    rows = [{"rule_id": rule, "kind": get_rule(rule).kind, "family_id": _FAMILY, "raised_on": at.day}]
    asked = frame_of(get_table("warnings"), rows).drop("due_on")
    due: date = with_due(asked, {"list": get_table("list").empty()}, at.day, at).collect()["due_on"].item()
    return due


def decision_binds(at: ParametersAt, *, outcome: str, decided_on: date) -> bool:
    """Whether a decision of that day still binds today."""
    row = {
        "decision_id": "1",
        "person_key": _PERSON,
        "rule_id": "exited_assistance",
        "outcome": outcome,
        "decided_on": decided_on,
        "expires_on": binds_until(outcome, decided_on, at.parameters),
    }
    tables = {"decisions": frame_of(get_table("decisions"), [row]), "aliases": get_table("aliases").empty()}
    return not binding(tables, at.day).collect().is_empty()


def delivery_over(at: ParametersAt, *, month: str) -> bool:
    """Whether the term of a delivery of that folder month is over today, where its contract names none of its own."""
    return over_since(month, None, at) is not None


def note_over(at: ParametersAt, *, kept_on: date) -> bool:
    """Whether the term of a note of a visit is over today."""
    return _over(at, NOTE, kept_on)


def photo_over(at: ParametersAt, *, kept_on: date) -> bool:
    """Whether the term of a photo of a visit is over today."""
    return _over(at, PHOTO, kept_on)


def _over(at: ParametersAt, kind: str, kept_on: date) -> bool:
    timezone: str = Settings.model_fields["timezone"].default
    noon = datetime.combine(kept_on, time(12), ZoneInfo(timezone))
    kept = pl.DataFrame({"kind": [kind], "kept_at": [noon]}, schema_overrides={"kept_at": pl.Datetime("us", timezone)})
    return not over(kept, at, timezone).is_empty()


APPLIED = (question_due, decision_binds, delivery_over, note_over, photo_over)
