"""Small hand-made editions: a few families, their members, hits and warnings."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Engine

from editions.inputs import InputDelivery, InputSet
from registry.publish import publish, write_candidate
from schemas.tables import EDITION_TABLES, get_table

JUNE = date(2026, 6, 30)
JULY = date(2026, 7, 31)

DELIVERY = "00000000000000aa"


def key(number: int) -> str:
    """A person key."""
    return f"{number:024x}"


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as the canonical table `name`; columns that are not given are null."""
    schema = get_table(name).schema
    filled = [{column: row.get(column) for column in schema} for row in rows]
    return pl.DataFrame(filled, schema=schema)


def family(family_id: str, head: int, **changes: Any) -> dict[str, Any]:
    """A row of the list."""
    return {
        "family_id": family_id,
        "layer": "extended",
        "head_key": key(head),
        "street_code": "330108001",
        "community_code": "330108001001",
        "members": 1,
        "groups": "temporary_assistance",
        "tier": "yellow",
        "tier_points": 10,
        "tier_reasons": "temporary_assistance=10",
        "classes": "illness",
        "score": 1200,
        "income_evidence": "partial",
        "income_fen": 4_000_050,
        "status": "listed",
        "proposed_groups": "",
    } | changes


def member(family_id: str, person: int, **changes: Any) -> dict[str, Any]:
    """A row of the members."""
    return {
        "person_key": key(person),
        "family_id": family_id,
        "family_basis": "registered",
        "relation": "self",
        "birth_on": date(1980, 2, 29),
        "sex": "female",
        "on_register": False,
        "counted": True,
        "in_scope": True,
        "street_code": "330108001",
        "community_code": "330108001001",
    } | changes


def hit(family_id: str, person: int, **changes: Any) -> dict[str, Any]:
    """A row of the hits."""
    return {
        "rule_id": "temporary_assistance",
        "family_id": family_id,
        "person_key": key(person),
        "basis": "own_family_aid_temporary",
        "evidence_on": date(2025, 7, 10),
        "valid_until": date(2026, 7, 10),
        "evidence_fen": 200_000,
        "evidence_key": f"temporary:{person}",
        "source_feed": "temporary_assistance",
        "source_delivery": DELIVERY,
        "source_sheet": "",
        "source_row": 7,
    } | changes


def leaving(family_id: str, person: int, **changes: Any) -> dict[str, Any]:
    """A row of the standings: a ground that is proposed to end."""
    return {
        "ground": "low_income_family",
        "family_id": family_id,
        "person_key": key(person),
        "street_code": "330108001",
        "community_code": "330108001001",
        "status": "proposed_exit",
        "since": date(2026, 1, 31),
        "proposed_since": date(2026, 5, 31),
        "reason": "income_changed",
        "evidence_key": "2026-04-01",
    } | changes


def warning(number: int, **changes: Any) -> dict[str, Any]:
    """A row of the warnings."""
    return {
        "warning_id": f"{number:016x}",
        "rule_id": "high_inpatient_cost",
        "kind": "need",
        "family_id": "H:100",
        "person_key": key(1),
        "street_code": "330108001",
        "evidence_on": date(2026, 6, 3),
        "evidence_fen": 1_200_000,
        "basis": "inpatient_cost",
        "source_feed": "medical_settlements",
        "source_delivery": DELIVERY,
        "source_sheet": "Sheet1",
        "source_row": 12,
    } | changes


def edition(**tables: Sequence[Mapping[str, Any]]) -> dict[str, pl.DataFrame | pl.LazyFrame]:
    """The tables of an edition; those not given are empty. `list` is given as `listed`."""
    named = {"list" if name == "listed" else name: rows for name, rows in tables.items()}
    return {name: table(name, named.get(name, ())) for name in {*EDITION_TABLES, *named}}


def input_set(as_of: date = JUNE, *, revision: int = 1, extra: Mapping[str, str] | None = None) -> InputSet:
    """An input set; another `revision` is another one."""
    delivery = InputDelivery("temporary_assistance", "2026-06", "a", revision, DELIVERY, "f" * 64)
    return InputSet(
        as_of=as_of,
        deliveries=(delivery,),
        parameters_digest="p",
        code_version="0.1.0",
        identity_fingerprint="i",
        extra=extra or {},
    )


def two_families() -> dict[str, pl.DataFrame | pl.LazyFrame]:
    """A registered family of two and an extended family of one."""
    return edition(
        listed=[
            family("D:7", 1, layer="registered", groups="", tier="red", tier_points=60, members=2, score=5000),
            family("H:100", 3, street_code="330108002", community_code="330108002001"),
        ],
        members=[
            member("D:7", 1, on_register=True),
            member("D:7", 2, relation="child", on_register=True, birth_on=date(2015, 5, 1)),
            member("H:100", 3),
        ],
        hits=[hit("H:100", 3)],
        warnings=[warning(1), warning(2, kind="verify", rule_id="vehicle_on_register", family_id="D:7")],
        score_reasons=[{"family_id": "H:100", "feature": "aged_80", "value": 1, "points": 1200}],
    )


def published(
    engine: Engine,
    tables: Mapping[str, pl.DataFrame | pl.LazyFrame],
    as_of: date = JUNE,
    *,
    revision: int = 1,
    extra: Mapping[str, str] | None = None,
) -> str:
    """Write and publish an edition; returns its id."""
    edition_id = write_candidate(engine, input_set(as_of, revision=revision, extra=extra), tables)
    publish(engine, edition_id, actor="tester")
    return edition_id
