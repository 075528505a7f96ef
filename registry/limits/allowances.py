"""What a case of limits can ask of allowances: how much is owed a month."""

from collections.abc import Mapping
from datetime import date

from editions.hits import rule_context
from editions.scenario_facts import frame_of
from rules.allowances import entitled
from rules.parameters import ParametersAt
from schemas.tables import TABLES

__all__ = ["APPLIED"]

_FEN = 100
_ADULT_BORN_ON = date(1980, 5, 1)


def old_age_yuan(at: ParametersAt, *, born_on: date) -> int:
    """The old-age allowance a month of somebody born on that day; 0 without a right to it."""
    return _monthly_yuan(at, "old_age", born_on, {})


def care_yuan(at: ParametersAt, *, grade: int, category: str = "physical") -> int:
    """The nursing subsidy a month of somebody disabled to that grade; 0 without a right to it."""
    certified = {"kind": "disability", "category": category, "grade": grade, "started_on": date(2020, 1, 1)}
    return _monthly_yuan(at, "disability_care", _ADULT_BORN_ON, {"conditions": certified})


def _monthly_yuan(at: ParametersAt, kind: str, born_on: date, facts: Mapping[str, Mapping[str, object]]) -> int:
    rows: dict[str, dict[str, object]] = {
        "members": {"person_key": "a", "family_id": "H:1", "birth_on": born_on, "in_scope": True},
        "registrations": {"person_key": "a", "household_no": "H1", "started_on": born_on},
        **{name: {"person_key": "a", **row} for name, row in facts.items()},
    }
    tables = {name: frame_of(table, [rows[name]] if name in rows else []) for name, table in TABLES.items()}
    owed = entitled(rule_context(tables, at.day, at), kind).to_native().collect()
    return int(owed["monthly_fen"].sum()) // _FEN


APPLIED = (old_age_yuan, care_yuan)
