"""The measures on another engine: SQL by DuckDB suggests what Polars suggests."""

import duckdb
import pytest

from editions.hits import rule_context
from rules import RuleContext
from rules.measures import measures
from rules.parameters import load_parameters
from schemas.tables import get_table
from tests.unit.rules.tables import rows
from tests.unit.rules.test_engines import CASES, _in_sql, _sorted, _tables

CHOSEN = (
    "measures.subsistence",
    "measures.destitute_support",
    "measures.charity",
    "measures.education",
    "measures.housing",
    "measures.visits@2026-03-31",
    "measures.working_age_to@2026-03-30",
    "measures.told",
    "measures.insurance_window@2026-06-15",
    "measures.given_window@2026-06-15",
)


@pytest.mark.parametrize("source", CHOSEN)
def test_sql_suggests_the_same_measures(source: str) -> None:
    """Past one machine a province would offer other help than its districts."""
    case = CASES[source]
    asked = [
        {"kind": kind, "rule_id": rule, "family_id": "H:H1", "person_key": "a"}
        for kind, rule in (("need", "income_halved"), ("need", "disaster_struck"), ("verify", "insurance_lapsed"))
    ]
    tables = _tables(case) | {"warnings": rows(get_table("warnings"), *asked)}
    here = rule_context(tables, case.as_of, load_parameters().as_of(case.as_of))
    expected = measures(here).to_native().collect().rows()
    assert expected
    with duckdb.connect() as connection:
        there = RuleContext(here.as_of, here.parameters, _in_sql(tables, connection))
        assert _sorted(measures(there).to_native().fetchall()) == _sorted(expected)
