"""Small tables for tests: rows by the columns that matter, the rest null."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from editions.compute import PREVIOUS
from editions.scenarios import frame_of
from rules.parameters import load_parameters
from rules.parameters.model import ParametersAt
from schemas.tables import HEALTH, PROFILES, TABLES, Table

__all__ = ["AS_OF", "all_tables", "member", "rows", "shipped"]

AS_OF = date(2026, 3, 31)


def rows(table: Table, *given: Mapping[str, Any]) -> pl.LazyFrame:
    """`given` as the declared `table`."""
    return frame_of(table, given)


def shipped() -> ParametersAt:
    """The shipped parameters at `AS_OF`."""
    return load_parameters().as_of(AS_OF)


def member(person: str, family: str, **more: Any) -> dict[str, Any]:
    """A row of `members`."""
    return {
        "person_key": person,
        "family_id": family,
        "birth_on": date(1980, 1, 1),
        "on_register": False,
        "counted": True,
        "in_scope": True,
        "street_code": "330108001",
        **more,
    }


def all_tables(**given: list[dict[str, Any]]) -> dict[str, pl.LazyFrame]:
    """Every declared table, what is known of deliveries, and the month before: those given, the others empty."""
    before = {name: TABLES[table] for name, table in PREVIOUS.items()}
    declared = {**TABLES, **before, "health": HEALTH, "profiles": PROFILES}
    return {name: rows(table, *given.get(name, [])) for name, table in declared.items()}
