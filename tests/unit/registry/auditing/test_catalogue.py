"""Each test over a whole population finds what it is there for, and nothing in a record that is as it must be."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Connection, Engine, text

from registry.auditing.catalogue import CATALOGUE
from registry.auditing.examining import Examined, Finding, run_tests
from registry.auditing.working import recorded_tests, run_ids
from registry.decisions import NewDecision, record
from registry.models import Base
from registry.publish import publish, write_candidate
from registry.queries import edition_of
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.auditing.spoiling import without_triggers
from tests.unit.registry.examples import JUNE, edition, family, hit, input_set, key, member, table, warning

PARAMETERS = load_parameters()
AT = PARAMETERS.as_of(JUNE)
GROUND = "temporary_assistance"
RUN = "run-1"
STREET = "330108001"


def _ground(family_id: str, person: int, **changes: Any) -> dict[str, Any]:
    row = {**hit(family_id, person), "ground": GROUND, "status": "listed", "since": JUNE, "street_code": STREET}
    row["parameters_version"] = "v"
    return {name: value for name, value in row.items() if name not in {"rule_id", "evidence_fen"}} | changes


def _tables() -> dict[str, Any]:
    points = {"tier_points": 10, "tier_reasons": f"{GROUND}=10", "tier": "yellow"}
    return edition(
        listed=[family("H:1", 1, score=1200, **points), family("H:2", 2, score=0, **points)],
        members=[member("H:1", 1), member("H:2", 2)],
        hits=[hit("H:1", 1), hit("H:2", 2)],
        standings=[_ground("H:1", 1), _ground("H:2", 2)],
        exits=[_ground("H:1", 1) | {"manner": "by_rule", "reason": "window_ended", "ground": "exited_assistance"}],
        warnings=[warning(1, family_id="H:1")],
        score_reasons=[{"family_id": "H:1", "feature": "aged_80", "value": 1, "points": 1200}],
        tasks=[
            {
                "task_id": "t1", "family_id": "H:1", "audience": "need", "urgency": "yellow", "warnings": 1,
                "rules": "high_inpatient_cost", "due_on": date(2026, 7, 10),
            }
        ],
    )  # fmt: skip


def _previous() -> Mapping[str, pl.LazyFrame]:
    before = [_ground("H:1", 1, ground="exited_assistance", since=date(2026, 5, 31))]
    return {"previous_standings": table("standings", before).lazy()}


def _computed() -> Mapping[str, pl.LazyFrame]:
    return {
        "members": table("members", [member("H:1", 1), member("H:2", 2)]).lazy(),
        "hits": table("hits", [hit("H:1", 1), hit("H:2", 2)]).lazy(),
    }


@pytest.fixture
def good(engine: Engine, settings: Settings) -> Examined:
    """A record that is as it must be: two families, one decision, everything told."""
    edition_id = write_candidate(engine, input_set(), _tables(), run_id=RUN)
    publish(engine, edition_id, actor="tester")
    decided = NewDecision(
        person_key=key(9), rule_id="low_income_family", evidence_key="e", outcome="exit_confirmed", reason="visited",
        decided_on=date(2026, 6, 15), decided_by="first", approved_by="second",
    )  # fmt: skip
    record(engine, decided, PARAMETERS)
    info = edition_of(engine, edition_id)
    assert info is not None
    return Examined(
        engine=engine, settings=settings, edition=info, today=date(2026, 7, 1), parameters=AT,
        computed=_computed(), previous=_previous(), checked=frozenset(run_ids(engine)),
    )  # fmt: skip


def _one(name: str, examined: Examined) -> Finding:
    return run_tests([CATALOGUE[name]], examined)[0]


UNSOURCED = {"ground_without_source"}  # its deliveries lie in the lake: followed in a test of its own


@pytest.mark.parametrize("name", sorted({*CATALOGUE} - UNSOURCED))
def test_a_good_record_gives_no_exception(good: Examined, name: str) -> None:
    """An auditor would follow alarms about nothing."""
    found = _one(name, good)
    assert (found.state, found.exceptions.to_dicts()) == ("passed", [])


SPOILED: dict[str, tuple[str, ...]] = {
    "listed_without_ground": ("DELETE FROM standing WHERE family_id = 'H:2'",),
    "dead_on_the_list": ("INSERT INTO edition_death SELECT edition_id, head_key, '2026-06-01' FROM list_entry",),
    "window_over": ("UPDATE standing SET valid_until = '2026-06-29' WHERE family_id = 'H:2'",),
    "expired_in_force": (
        "UPDATE decision SET expires_on = '2026-06-29'",
        "UPDATE standing SET decision_id = (SELECT decision_id FROM decision) WHERE family_id = 'H:2'",
    ),
    "leaving_without_rule": ("UPDATE list_exit SET reason = 'somebody_said_so'",),
    "in_two_families": ("UPDATE list_member SET person_key = (SELECT MIN(head_key) FROM list_entry)",),
    "task_overdue": ("UPDATE task SET due_on = '2026-06-30'",),
    "score_not_its_reasons": ("UPDATE list_entry SET score = 1201 WHERE family_id = 'H:1'",),
    "tier_not_its_reasons": ("UPDATE list_entry SET tier = 'red' WHERE family_id = 'H:1'",),
    "low_income_over_limit": (
        "UPDATE hit SET rule_id = 'low_income_family'",
        "UPDATE list_entry SET income_fen = 10000001 WHERE family_id = 'H:1'",
    ),
    "counts_not_rows": ("UPDATE edition_aggregate SET amount = amount + 1 WHERE measure = 'families'",),
    "ledger_imbalance": ("UPDATE list_exit SET street_code = '330108003', ground = 'register'",),
    "found_and_not_listed": ("DELETE FROM list_entry WHERE family_id = 'H:2'",),
    "standing_without_hit": ("UPDATE standing SET ground = 'obligor_family' WHERE family_id = 'H:2'",),
    "adverse_by_one": ("UPDATE decision SET approved_by = ' '",),
    "decided_and_approved": ("UPDATE decision SET approved_by = 'FIRST '",),
    "erased_by_one": (),
    "model_by_one": (),
    "case_overdue": (),
    "case_closed_by_one": (),
    "no_contact_untried": (),
    "export_without_purpose": ("UPDATE audit_event SET purpose = ' ' WHERE seq = 1",),
    "decision_without_event": ("UPDATE decision SET outcome = 'exit_refused'",),
    "hash_not_recomputed": ("UPDATE list_entry SET members = 9 WHERE family_id = 'H:1'",),
    "audit_chain_broken": ("UPDATE audit_event SET actor = 'somebody' WHERE seq = 1",),
    "archive_changed": (),
    "published_unchecked": (),
    "published_without_event": ("DELETE FROM audit_event WHERE action = 'publish'",),
    "overlaid_without_event": (),
}


def _spoil(connection: Connection, name: str) -> None:
    for statement in SPOILED[name]:
        connection.execute(text(statement))
    for model, values in MADE.get(name, ()):
        connection.execute(Base.metadata.tables[model].insert().values(**values))


INSTANT = datetime(2026, 6, 1, tzinfo=UTC)
CASE = {"case_id": "c" * 24, "family_id": "H:1", "audience": "need", "edition_id": "e", "opened_at": INSTANT}
EVENT = {
    "case_id": "c" * 24, "version": 1, "kind": "closed", "at": INSTANT, "actor": "a", "role": "street_staff",
    "state": "closed", "round": 1, "outcome": "no_contact", "concluded_by": "one", "closed_by": "two", "urgency": "red",
}  # fmt: skip
DELIVERY = {
    "delivery_id": "d" * 16, "feed": "cremations", "month": "2026-06", "sender": "a", "revision": 1,
    "file_name": "a.csv", "sha256": "1" * 64, "size_bytes": 1, "modified_ns": 1,
    "status": "accepted", "rows_read": 1, "rows_accepted": 1,
    "rows_quarantined": 0, "receipt": {}, "received_at": INSTANT,
}  # fmt: skip
MODEL = {
    "model_id": "m", "kind": "additive", "name": "m", "model_hash": "h", "feature_spec_hash": "f", "created_by": "a",
    "created_at": INSTANT, "card": {},
}  # fmt: skip
ACT = {"model_id": "m", "acted_by": "one", "acted_at": INSTANT, "holds_from": JUNE, "reason": "r"}
ERASED = {
    "act_id": "a", "kind": "person", "delivery_id": "", "person_key": key(1), "reason": "r", "manifest": {},
    "erased_by": "one", "approved_by": "One", "erased_at": INSTANT,
}  # fmt: skip
MADE: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "erased_by_one": (("erasure", ERASED),),
    "model_by_one": (
        ("need_model", MODEL),
        ("model_act", ACT | {"act": "proposed"}),
        ("model_act", ACT | {"act": "approved"}),
    ),
    "case_overdue": (("case_file", CASE), ("case_event", EVENT | {"state": "checking", "due_on": JUNE})),
    "case_closed_by_one": (("case_file", CASE), ("case_event", EVENT | {"closed_by": "ONE"})),
    "no_contact_untried": (("case_file", CASE), ("case_event", EVENT)),
    "archive_changed": (("delivery", DELIVERY),),
}


@pytest.mark.parametrize("name", sorted({*SPOILED} - {"published_unchecked", "overlaid_without_event"}))
def test_a_spoiled_record_is_found(good: Examined, name: str) -> None:
    """What somebody changed behind the registry's back, or did alone, would stay unseen."""
    tables = [each.name for each in Base.metadata.sorted_tables]
    with without_triggers(good.engine, *tables) as connection:
        _spoil(connection, name)
    found = _one(name, good)
    assert found.state == "exceptions"
    if found.test.asked is not None:  # a second auditor pastes the query as it stands in the papers
        with good.engine.connect() as connection:
            assert len(connection.exec_driver_sql(found.query).fetchall()) == found.exceptions.height


def test_a_query_tells_the_values_that_were_put_into_it(good: Examined) -> None:
    """A second auditor would have to guess them, and find something else than the first."""
    told = _one("no_contact_untried", good).query
    attempts, means = (AT.integer(f"casework.no_contact_{each}") for each in ("attempts", "means"))
    assert f"COUNT(v.visit_id) < {attempts} OR COUNT(DISTINCT v.means) < {means}" in told
    assert f"-- :attempts = {attempts} (casework.no_contact_attempts)" in told
    assert "< '2026-06-30'" in _one("window_over", good).query.replace("::DATE", "")


def test_an_edition_of_a_run_without_passed_checks_is_found(good: Examined) -> None:
    """An edition could be put in place by hand."""
    found = _one("published_unchecked", replace(good, checked=frozenset()))
    assert found.exceptions["run_id"].to_list() == [RUN]


def test_a_ground_that_leads_to_no_delivery_is_found(good: Examined) -> None:
    """An entry could rest on a row that nobody delivered."""
    found = _one("ground_without_source", good)
    assert set(found.exceptions["family_id"]) == {"H:1", "H:2"}
    assert set(found.exceptions["where"]) == {"a delivery that was never accepted"}


def test_a_row_that_was_lawfully_erased_is_no_broken_ground(good: Examined) -> None:
    """Every erasure would stand in the working papers as an entry without evidence."""
    delivered = DELIVERY | {"delivery_id": "00000000000000aa", "feed": "temporary_assistance"}
    with good.engine.begin() as connection:
        connection.execute(Base.metadata.tables["delivery"].insert().values(**delivered))
    assert set(_one("ground_without_source", good).exceptions["where"]) == {"a row that its delivery does not have"}
    act = ERASED | {"delivery_id": "00000000000000aa", "manifest": {"rows": [["", 7]]}, "erased_at": datetime.now(UTC)}
    with good.engine.begin() as connection:
        connection.execute(Base.metadata.tables["erasure"].insert().values(**act))
    assert _one("ground_without_source", good).state == "passed"


def test_only_a_family_that_is_gone_may_lack_a_score(good: Examined) -> None:
    """A family could be ranked last because nothing was reckoned of it."""
    with without_triggers(good.engine, "list_entry", "list_member") as connection:
        connection.execute(text("UPDATE list_entry SET score = NULL WHERE family_id = 'H:2'"))
    assert _one("score_not_its_reasons", good).exceptions["family_id"].to_list() == ["H:2"]
    with without_triggers(good.engine, "list_member") as connection:
        connection.execute(text("UPDATE list_member SET in_scope = (1 = 0) WHERE family_id = 'H:2'"))
    assert _one("score_not_its_reasons", good).state == "passed"


def test_low_income_is_held_to_the_scope_of_the_day(good: Examined) -> None:
    """A family of one, or one over its share, could stand among the poor and the working papers would not say so."""
    by_head = PARAMETERS.replacing({"low_income_family.scope": "per_head"}).as_of(JUNE)
    with without_triggers(good.engine, "hit", "list_entry") as connection:
        connection.execute(text("UPDATE hit SET rule_id = 'low_income_family'"))
        connection.execute(text("UPDATE list_entry SET income_fen = 3333333"))
        connection.execute(text("UPDATE list_entry SET income_fen = 3333334 WHERE family_id = 'H:1'"))
    every = _one("low_income_over_limit", good).exceptions
    assert set(every["family_id"]) == {"H:1", "H:2"}  # no family of three
    assert set(every["counted_members"]) == {1}
    assert _one("low_income_over_limit", replace(good, parameters=by_head)).exceptions["family_id"].to_list() == ["H:1"]


def test_local_parameters_that_nobody_recorded_are_found(engine: Engine, good: Examined) -> None:
    """A threshold could be moved for a month and moved back."""
    changed = replace(input_set(revision=2), overlays={"tiers.yaml": "a" * 16})
    publish(engine, write_candidate(engine, changed, _tables(), run_id=RUN))
    assert _one("overlaid_without_event", good).exceptions["overlays"].to_list() == ["tiers.yaml"]


def test_what_cannot_be_looked_at_is_not_passed(good: Examined) -> None:
    """A test that saw nothing would read like one that found nothing."""
    blind = replace(good, computed=None, previous=None, checked=None)
    states = {each.test.name for each in run_tests(CATALOGUE.values(), blind) if each.state == "not_run"}
    assert states == {"ledger_imbalance", "found_and_not_listed", "standing_without_hit", "published_unchecked"}


def test_every_test_is_declared_whole_spoiled_and_recorded(good: Examined) -> None:
    """A test could be added that has never found anything; or be run without a trace."""
    assert {*SPOILED} == {*CATALOGUE} - UNSOURCED
    assert all(each.title and each.proves and each.query and each.name for each in CATALOGUE.values())
    recorded_tests([CATALOGUE["window_over"]], good, actor=Actor("审计", "auditor"))
    event = good.events()[-1]
    assert (event["action"], event["details"]["tests"]) == ("audit_tests", {"window_over": 0})
