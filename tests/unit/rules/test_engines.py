"""The same rules on another engine: SQL by DuckDB gives the rows that Polars gives."""

from collections.abc import Mapping

import duckdb
import narwhals as nw
import polars as pl
import pytest

from editions.compute import STAGES, StageInput, collected, run_stages
from editions.hits import as_polars, rule_context
from editions.scenarios import Scenario, frame_of, load_scenarios
from rules import RuleContext, rules_of
from rules.base import Frame
from rules.parameters import load_parameters
from rules.tiers import tier_reasons
from schemas.tables import FACTS, HEALTH, PROFILES
from scoring.features import feature_table, model_table
from scoring.model import score_reasons
from scoring.scorecard import scorecard

CASES = {case.source: case for case in load_scenarios()}
CHOSEN = (
    "exited_assistance.leap_day_last_day",
    "rejected_application.reconsidered_and_refused_again",
    "aid.family_of_the_day",
    "obligor_family.recorded_sibling",
    "low_income_family.basic_pension_exempt",
    "feed_warnings.spread_otherwise@2026-03-31",
    "feed_warnings.emptier_than_before@2026-03-31",
    "feed_warnings.fewer_events_than_usual@2026-03-31",
    "need_warnings.income_fell_by_half",
    "allowances.child_nobody_brings_up",
    "allowances.higher_of_two_living",
    "again.again_allowance_returned@2026-02-28",
    "again.again_holdings@2026-03-31",
    "again.again_income_above_standard@2026-10-31",
    "boundaries_warnings.rigid_student@2026-02-28",
    "need_warnings.disaster_reversed",
    "need_warnings.insurance_lapsed_excused",
    "need_warnings.late_of_each_kind",
    "need_warnings.spouse_who_earned_died",
    "verify_warnings.excluded_lower_of_two",
    "verify_warnings.programmes_without_families",
    "verify_warnings.second_home",
)
_BEFORE_WARNINGS = STAGES[1 : [stage.name for stage in STAGES].index("warnings")]
_SQL_TYPES = {pl.String: "VARCHAR", pl.Date: "DATE", pl.Int64: "BIGINT", pl.Boolean: "BOOLEAN"}


def _tables(case: Scenario) -> dict[str, pl.LazyFrame]:
    given = StageInput(
        as_of=case.as_of,
        parameters=load_parameters().as_of(case.as_of),
        tables={name: frame_of(table, case.facts.get(name, [])) for name, table in FACTS.items()},
        health=frame_of(HEALTH, case.health),
        profiles=frame_of(PROFILES, case.profiles),
    )
    of_deliveries = {name: frame for name, frame in given.readable.items() if name not in given.tables}
    return run_stages(given, _BEFORE_WARNINGS, keep=collected) | of_deliveries


def _in_sql(tables: Mapping[str, pl.LazyFrame], connection: duckdb.DuckDBPyConnection) -> dict[str, Frame]:
    made: dict[str, Frame] = {}
    for name, frame in tables.items():
        content = frame.collect()
        columns = ", ".join(f'"{column}" {_SQL_TYPES[type(dtype)]}' for column, dtype in content.schema.items())
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
        if content.height:
            places = ", ".join("?" for _ in content.columns)
            connection.executemany(f'INSERT INTO "{name}" VALUES ({places})', content.rows())  # noqa: S608
        made[name] = nw.from_native(connection.table(name))
    return made


def _sorted(rows: list[tuple[object, ...]]) -> list[str]:
    return sorted(map(repr, rows))


@pytest.mark.parametrize("source", CHOSEN)
def test_sql_gives_the_same_rows(source: str) -> None:
    """Past one machine a province would get another list than its districts."""
    case = CASES[source]
    tables = _tables(case)
    here = rule_context(tables, case.as_of, load_parameters().as_of(case.as_of))
    with duckdb.connect() as connection:
        there = RuleContext(here.as_of, here.parameters, _in_sql(tables, connection))
        for rule in rules_of("group", "need", "verify", "feed"):
            expected = as_polars(rule.evaluate(here), "hits").collect().rows()
            assert _sorted(rule.evaluate(there).to_native().fetchall()) == _sorted(expected), rule.id
        for table in (tier_reasons, _score_reasons, model_table):
            expected = table(here).to_native().collect().rows()
            assert _sorted(table(there).to_native().fetchall()) == _sorted(expected), table.__name__


def _score_reasons(context: RuleContext) -> Frame:
    return score_reasons(feature_table(context), scorecard(context.parameters))
