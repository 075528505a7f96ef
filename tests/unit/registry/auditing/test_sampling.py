"""Samples of entries, omissions, decisions and closed warnings: drawn, recorded, drawn again."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, select, text

from registry.auditing.populations import KINDS
from registry.auditing.sampling import Request, again, draw_sample
from registry.decisions import NewDecision, record
from registry.errors import NotPermittedError, SamplingError
from registry.models import AuditEvent
from registry.queries import edition_of, require_edition
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.auditing.spoiling import without_triggers
from tests.unit.registry.casework.worlds import one_family, world
from tests.unit.registry.examples import JULY, JUNE, edition, family, key, member, published, table
from tests.unit.registry.test_why_not import computed

AUDITOR = Actor("审计", "auditor")
PARAMETERS = load_parameters()
AT = PARAMETERS.as_of(JUNE)
STREETS = ("330108001", "330108002", "330108003")


def _edition(engine: Engine, families: int = 40) -> str:
    listed = [
        family(f"H:{each:03d}", each, street_code=STREETS[each % 3], groups="low_income_family" if each % 4 else "")
        for each in range(1, families + 1)
    ]
    return published(engine, edition(listed=listed, members=[member(f"H:{each:03d}", each) for each in range(1, 41)]))


def _draw(engine: Engine, edition_id: str, kind: str = "entries", computed: Any = None, **given: Any) -> Any:
    info = edition_of(engine, edition_id)
    assert info is not None
    return draw_sample(engine, info, Request.of(kind, AT, **given), computed or {}, AT, actor=AUDITOR)


def _decide(engine: Engine, person: int, **changes: Any) -> str:
    given: dict[str, Any] = {
        "person_key": key(person), "rule_id": "low_income_family", "evidence_key": "2026-04-01",
        "outcome": "exit_confirmed", "decided_on": date(2026, 6, 15), "decided_by": "first", "approved_by": "second",
        "reason": "visited",
    }  # fmt: skip
    return record(engine, NewDecision(**{**given, **changes}), PARAMETERS)


def test_a_sample_is_recorded_and_drawn_again(engine: Engine) -> None:
    """An auditor's finding would rest on items that nobody else can find."""
    sample = _draw(engine, _edition(engine), seed="seed1")
    with engine.connect() as connection:
        event = connection.execute(select(AuditEvent).where(AuditEvent.seq == sample.event)).one()
    assert (event.action, event.details["seed"], event.details["items"]) == ("audit_sample", "seed1", 40)
    assert event.details["sample_hash"] == sample.sample_hash
    assert not any(each in str(event.details) for each in sample.rows["item"])
    assert again(engine, sample.event, {}, AT, actor=AUDITOR).rows.equals(sample.rows)
    assert _draw(engine, sample.edition_id, seed="seed2").sample_hash != sample.sample_hash


def test_the_strata_are_street_tier_and_rarest_group(engine: Engine) -> None:
    """A street or group that is rare would never be looked at."""
    sample = _draw(engine, _edition(engine), size=6, seed="seed")
    assert set(sample.strata["stratum"]) == {
        f"{street}/yellow/{group}" for street in STREETS for group in ("low_income_family", "register")
    }
    assert set(sample.rows["stratum"]) == set(sample.strata["stratum"])
    assert sample.rows.filter("projected").height == 6
    assert _draw(engine, sample.edition_id, strata=("street",), seed="seed").strata.height == 3
    assert _draw(engine, sample.edition_id, strata=(), seed="seed").strata.height == 1


def test_what_was_changed_since_is_seen(engine: Engine) -> None:
    """A sample could be passed off as drawn from another list."""
    sample = _draw(engine, _edition(engine), seed="seed")
    with without_triggers(engine, "list_entry") as connection:
        connection.execute(text("UPDATE list_entry SET tier = 'red' WHERE family_id = 'H:007'"))
    with pytest.raises(SamplingError, match="the population of event"):
        again(engine, sample.event, {}, AT, actor=AUDITOR)
    with pytest.raises(SamplingError, match="records no sample"):
        again(engine, 1, {}, AT, actor=AUDITOR)


def test_decisions_taken_later_do_not_change_a_draw(engine: Engine) -> None:
    """A sample of decisions could be drawn again on the day it was drawn, and never after."""
    edition_id = _edition(engine)
    for person in range(1, 9):
        _decide(engine, person)
    sample = _draw(engine, edition_id, "decisions", size=3)
    _decide(engine, 9)
    assert again(engine, sample.event, {}, AT, actor=AUDITOR).rows.equals(sample.rows)
    assert (sample.rows["street"].drop_nulls().len(), sample.size.population) == (sample.rows.height, 8)
    assert _draw(engine, edition_id, "decisions", since=date(2026, 6, 16)).size.population == 0
    assert _draw(engine, edition_id, "decisions", until=date(2026, 6, 15)).size.population == 9
    with pytest.raises(SamplingError, match="before it begins"):
        _draw(engine, edition_id, "decisions", since=date(2026, 6, 16), until=date(2026, 6, 1))


def test_closed_warnings_are_the_decisions_about_warnings(engine: Engine) -> None:
    """Warnings that were made to vanish could not be looked at."""
    edition_id = _edition(engine)
    _decide(engine, 1)
    closed = _decide(engine, 2, rule_id="high_inpatient_cost", outcome="settled", approved_by=None)
    sample = _draw(engine, edition_id, "closed")
    assert sample.rows.select("item", "kind").rows() == [(closed, "need")]


def test_closed_cases_are_those_closed_when_it_was_drawn(engine: Engine, settings: Settings) -> None:
    """A case opened again after the draw could not be looked at, and one that was never closed would be."""
    made = world(engine, settings)
    made.publish(one_family())
    edition_id = require_edition(engine).edition_id
    assert _draw(engine, edition_id, "cases").size.population == 0
    made.closed(made.only(), "not_true")
    sample = _draw(engine, edition_id, "cases")
    assert sample.rows.select("family_id", "outcome", "attempts").rows() == [("H:100", "not_true", 1)]
    assert again(engine, sample.event, {}, AT, actor=AUDITOR).rows.equals(sample.rows)


def test_a_closed_case_is_told_where_and_when_it_was_closed(engine: Engine, settings: Settings) -> None:
    """Work of a street would be looked for in the one to which the family moved, on the day of the next list."""
    made = world(engine, settings)
    made.publish(one_family())
    made.closed(made.only(), "not_true")
    before = _draw(engine, require_edition(engine).edition_id, "cases").rows
    there = {"street_code": STREETS[1], "community_code": f"{STREETS[1]}001"}
    moved = edition(listed=[family("H:100", 1, **there)], members=[member("H:100", 1, **there)])
    assert made.publish(moved, JULY, datetime(2026, 8, 5, 4, tzinfo=UTC))["transferred"] == 1
    after = _draw(engine, require_edition(engine).edition_id, "cases").rows
    told = ("street", "closed_at", "outcome")
    assert after.select(told).rows() == before.select(told).rows()
    assert before["street"].item() == STREETS[0]


def test_an_omission_is_told_with_the_rule_that_came_nearest(engine: Engine) -> None:
    """A family that the list misses could not be told from one that it leaves out by rule."""
    edition_id = published(engine, edition(listed=[family("H:1", 1)], members=[member("H:1", 1)]))
    tables = computed()
    people = pl.concat([tables["members"], table("members", [member("H:1", 1)]).lazy()])
    more = [
        {"family_id": "H:2", "street_code": STREETS[0], "counted_members": 3, "income_evidence": "partial",
         "income_fen": 10_000_100},
        {"family_id": "H:1", "street_code": STREETS[0], "counted_members": 1, "income_evidence": "none"},
    ]  # fmt: skip
    given = {**tables, "members": people, "families": table("families", more).lazy()}
    sample = _draw(engine, edition_id, "omissions", computed=given)
    told = sample.rows.select("item", "stratum", "nearest_rule", "missed").rows()
    assert told == [("H:2", "330108001/partial", "low_income_family", "income_at_most")]
    with pytest.raises(SamplingError, match="computed tables"):
        _draw(engine, edition_id, "omissions")


def test_nobody_else_draws_and_nothing_unknown_is_drawn(engine: Engine) -> None:
    """A clerk would see who is looked at; a misspelt word would draw from everybody."""
    edition_id = _edition(engine)
    info = edition_of(engine, edition_id)
    assert info is not None
    with pytest.raises(NotPermittedError):
        draw_sample(engine, info, Request.of("entries", AT), {}, AT, actor=Actor("x", "district_staff"))
    with pytest.raises(UnknownNameError, match="population"):
        _draw(engine, edition_id, "entrees")
    with pytest.raises(UnknownNameError, match="stratum"):
        _draw(engine, edition_id, strata=("colour",))
    assert set(KINDS) == {"entries", "omissions", "decisions", "closed", "cases"}
