"""The list of stages: each reads exactly what it says, makes exactly what it says, and the same again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from editions.compute import (
    DECISIONS,
    FEEDS,
    HEALTH_TABLE,
    IDENTITIES,
    MATURED_TABLE,
    NOTHING_BEFORE,
    PREVIOUS,
    PROFILES_TABLE,
    STAGES,
    Stage,
    StageInput,
    collected,
    compute,
    run_stages,
)
from editions.hashing import content_hash
from rules.parameters import load_parameters
from schemas.contract import all_feeds
from schemas.errors import DoudiError
from schemas.tables import EDITION_TABLES, FACTS, HEALTH, MATURED, PROFILES, TABLES
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

RAW = {FEEDS, IDENTITIES, HEALTH_TABLE, PROFILES_TABLE, MATURED_TABLE, DECISIONS, *PREVIOUS}
_NO_DELIVERIES: dict[str, Any] = {"health": HEALTH.empty(), "profiles": PROFILES.empty()}


def _delivered() -> list[dict[str, object]]:
    """Records that make the twelve months computable: otherwise nothing more is read."""
    months = pl.date_range(date(2025, 3, 1), date(2026, 2, 1), "1mo", eager=True)
    feeds = shipped().texts("low_income_family.required_feeds")
    return [
        {"person_key": "z", "income_kind": "wages", "month": month, "period": f"{month:%Y-%m}", "amount_fen": 1,
         "declared": False, "source_feed": feed}
        for feed in feeds
        for month in months
    ]  # fmt: skip


def _given(stage: Stage, without: str = "") -> StageInput:
    empty = all_tables(incomes=_delivered())
    needs = [name for name in stage.needs if name != without]
    feeds = {name: pl.LazyFrame(schema=feed.keyed_schema) for name, feed in all_feeds().items()}
    return StageInput(
        as_of=AS_OF,
        parameters=shipped(),
        tables={name: empty[name] for name in needs if name in TABLES and stage.name != "facts"},
        feed_tables=feeds if FEEDS in needs else {},
        identities=FACTS["identities"].empty(),
        health=HEALTH.empty() if HEALTH_TABLE in needs else None,
        profiles=PROFILES.empty() if PROFILES_TABLE in needs else None,
        matured=MATURED.empty() if MATURED_TABLE in needs else None,
        previous={name: frame for name, frame in NOTHING_BEFORE.items() if name in needs},
    )


@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_a_stage_makes_its_tables_from_what_it_needs(stage: Stage) -> None:
    """The graph would show a dependency that is none, or run a stage before what it reads."""
    made = stage.run(_given(stage))
    assert set(made) == set(stage.tables)
    for name, frame in made.items():
        assert dict(frame.collect_schema()) == dict(TABLES[name].schema), name


def _each_need() -> Iterator[tuple[Stage, str]]:
    return ((stage, need) for stage in STAGES for need in stage.needs if stage.name != "facts")


@pytest.mark.parametrize(("stage", "need"), list(_each_need()), ids=lambda each: getattr(each, "name", each))
def test_a_stage_needs_all_that_it_says(stage: Stage, need: str) -> None:
    """A stage would wait for a table that it never reads."""
    with pytest.raises((KeyError, DoudiError)):
        stage.run(_given(stage, without=need))


def test_the_stages_are_in_order() -> None:
    """A stage would read a table that is not there yet."""
    made: set[str] = set(RAW)
    for stage in STAGES:
        assert set(stage.needs) <= made, stage.name
        made |= set(stage.tables)
    assert set(EDITION_TABLES) <= set(STAGES[-1].tables)


def _small() -> dict[str, pl.LazyFrame]:
    people = [{"person_key": name, "birth_on": date(1980, 1, 1)} for name in "abc"]
    households = [
        {
            "person_key": name,
            "household_no": household,
            "household_type": "ordinary",
            "started_on": date(1980, 1, 1),
            "registration_status": "normal",
            "street_code": "330108001",
            "source_feed": "household_registration",
        }
        for name, household in (("a", "1"), ("b", "1"), ("c", "2"))
    ]
    spell = {"person_key": "a", "programme": "marginal", "family_no": "N1", "started_on": date(2024, 1, 1)}
    tables = all_tables(identities=people, registrations=households, spells=[spell | {"ended_on": date(2026, 1, 1)}])
    return {name: tables[name] for name in FACTS}


def test_an_edition_does_not_depend_on_the_order_of_rows() -> None:
    """The same month run twice would give two editions."""
    facts = _small()
    turned = {name: frame.reverse() for name, frame in facts.items()}
    hashes = set()
    for tables in (facts, turned):
        given = StageInput(
            as_of=AS_OF, parameters=shipped(), tables=tables, health=HEALTH.empty(), profiles=PROFILES.empty()
        )
        made = run_stages(given, STAGES[1:], keep=collected)
        assert made["list"].collect()["family_id"].to_list() == ["H:1"]
        assert set(made["members"].collect()["person_key"]) == {"a", "b"}
        hashes.add(content_hash({name: made[name] for name in EDITION_TABLES}))
    assert len(hashes) == 1


def test_an_edition_of_nothing_is_empty() -> None:
    """The first run of a fresh installation would fail."""
    feeds = {name: pl.LazyFrame(schema=feed.keyed_schema) for name, feed in all_feeds().items()}
    made = compute(feeds, FACTS["identities"].empty(), AS_OF, shipped(), HEALTH.empty())
    assert all(made[name].collect().is_empty() for name in ("list", "members", "hits", "score_reasons"))
    assert set(made["warnings"].collect()["rule_id"]) <= {"income_not_computable"}
    assert made["population"].collect().is_empty()


def test_a_changed_parameter_changes_the_list() -> None:
    """A what-if would show no difference."""
    changed = load_parameters().replacing({"exited_assistance.window_years": 0 + 1}).as_of(date(2027, 6, 30))
    given = StageInput(
        as_of=date(2027, 6, 30), parameters=changed, tables=_small(), health=HEALTH.empty(), profiles=PROFILES.empty()
    )
    assert run_stages(given, STAGES[1:], keep=collected)["list"].collect().is_empty()
    law = replace(given, parameters=load_parameters().as_of(date(2027, 6, 30)))
    assert run_stages(law, STAGES[1:], keep=collected)["list"].collect().height == 1


def test_members_are_kept_whole_beside_those_published() -> None:
    """Warnings about families that are on no list would lose their people."""
    tables = all_tables(members=[member("a", "H:1")])
    made = STAGES[-1].run(StageInput(as_of=AS_OF, parameters=shipped(), tables=tables, **_NO_DELIVERIES))
    assert made["members"].collect().is_empty()
