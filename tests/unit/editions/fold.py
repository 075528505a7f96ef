"""A list over several months out of small tables: what the facts of each month meet, folded."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from editions.compute import PREVIOUS, STAGES, StageInput, collected, run_stages
from editions.ledger import imbalances
from linkage.aliases import current_keys
from rules.parameters import load_parameters
from schemas.tables import get_table
from tests.unit.rules.tables import all_tables, member

MONTHS = tuple(
    date(2026, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31))
)
STREET = "330108001"
_RUN = ("standing", "list")

Rows = list[dict[str, Any]]
State = Mapping[str, pl.LazyFrame]


def hit(person: str, rule: str = "temporary_assistance", **more: Any) -> dict[str, Any]:
    """A hit that lasts until the end of 2026 unless `valid_until` says otherwise."""
    return {
        "person_key": person,
        "rule_id": rule,
        "family_id": "",
        "basis": "b",
        "evidence_on": date(2025, 12, 1),
        "valid_until": date(2026, 12, 1),
        "evidence_key": f"{rule}:{person}",
        "source_feed": "f",
        "source_delivery": "d",
        "source_row": 1,
        **more,
    }


def decision(person: str, outcome: str, **more: Any) -> dict[str, Any]:
    """A decision about the hit of `hit`, of the first month, without end."""
    rule = more.get("rule_id", "temporary_assistance")
    return {
        "decision_id": f"{outcome}:{person}",
        "person_key": person,
        "rule_id": rule,
        "evidence_key": f"{rule}:{person}",
        "outcome": outcome,
        "decided_on": MONTHS[0],
        **more,
    }


def families_of(members: Rows, **more: Any) -> Rows:
    """The families of `members`, with `more` about each."""
    rows: dict[str, dict[str, Any]] = {}
    for each in sorted(members, key=lambda one: one["person_key"]):
        known = rows.setdefault(
            each["family_id"],
            {
                "family_id": each["family_id"],
                "head_key": each["person_key"],
                "street_code": each["street_code"],
                "members": 0,
                "counted_members": 0,
                "income_evidence": "partial",
                **more,
            },
        )
        known["members"] += 1
        known["counted_members"] += bool(each["counted"])
    return list(rows.values())


def people(**families: str) -> Rows:
    """Members by person: the family of each."""
    return [member(person, family) for person, family in families.items()]


def month(
    as_of: date, before: State | None = None, *, parameters: Any = None, **tables: Rows
) -> dict[str, pl.LazyFrame]:
    """The month's standings, exits, carried, list and published members; the ledger must balance."""
    members = tables.get("members", [])
    tables.setdefault("families", families_of(members))
    tables.setdefault(
        "register_spells",
        [
            {"person_key": each["person_key"], "started_on": date(2025, 1, 1), "on_register": True}
            for each in members
            if each["on_register"]
        ],
    )
    given = StageInput(
        as_of=as_of,
        parameters=load_parameters().replacing(parameters or {}).as_of(as_of),
        tables={name: frame for name, frame in all_tables(**tables).items() if name not in (*PREVIOUS, "decisions")},
        previous=before,
        decisions=all_tables(**tables)["decisions"],
    )
    stages = tuple(each for each in STAGES if each.name in _RUN)
    made = run_stages(given, stages, keep=collected)
    listed = made["list"].select("family_id")
    own = made["members"].join(listed, on="family_id", how="semi")
    published = pl.concat([own.select(get_table("members").schema.names()), made["carried"]]).collect().lazy()
    earlier = before or {name: get_table(table).empty() for name, table in PREVIOUS.items()}
    assert imbalances(earlier, made, current_keys(made["aliases"]), as_of) == {}
    return {name: made[name] for name in ("standings", "exits", "carried", "list")} | {"published": published}


def handed_on(made: State, warnings: pl.LazyFrame | None = None) -> State:
    """The state that a month hands to the next."""
    return {
        "previous_standings": made["standings"],
        "previous_list": made["list"],
        "previous_members": made["published"],
        "previous_warnings": get_table("warnings").empty() if warnings is None else warnings,
    }


def fold(*months: Mapping[str, Any], parameters: dict[str, Any] | None = None) -> list[dict[str, pl.LazyFrame]]:
    """Each of `months` (tables by name), one after the other from January 2026."""
    before: State | None = None
    made = []
    for as_of, tables in zip(MONTHS, months, strict=False):
        made.append(month(as_of, before, parameters=parameters, **tables))
        before = handed_on(made[-1])
    return made


def standing(made: State, *columns: str) -> list[tuple[Any, ...]]:
    """What stands, by person and ground."""
    wanted = columns or ("person_key", "ground", "status", "reason")
    return made["standings"].collect().sort("person_key", "ground").select(wanted).rows()


def exits(made: State, *columns: str) -> list[tuple[Any, ...]]:
    """What has left, by person and ground."""
    wanted = columns or ("person_key", "ground", "manner", "reason")
    return made["exits"].collect().sort("person_key", "ground").select(wanted).rows()
