"""Why somebody is not on the list, in words; and nothing about anybody else."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.why_not import READS
from registry.decisions import NewDecision, record
from registry.errors import SubjectListedError, SubjectNotFoundError
from registry.models import AuditEvent
from registry.publish import publish, write_candidate
from registry.roles import Actor
from registry.why_not import NEEDED, explain_absence
from registry.why_not_told import WhyNot
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.deliveries import number
from tests.unit.registry.examples import DELIVERY, JUNE, edition, family, input_set, key, member, table

CLERK = Actor("经办人", "district_staff")
Computed = dict[str, pl.LazyFrame]


@pytest.fixture
def ready(engine: Engine) -> Engine:
    """An edition whose list has the family H:1 alone."""
    tables = edition(listed=[family("H:1", 1)], members=[member("H:1", 1)])
    publish(engine, write_candidate(engine, input_set(), tables))
    return engine


def computed(**given: list[dict[str, Any]]) -> Computed:
    window = [{"first_month": date(2025, 6, 1), "last_month": date(2026, 5, 1), "computable": True}]
    refused = {
        "application_no": "A1",
        "person_key": key(2),
        "applied_on": date(2025, 1, 5),
        "decision": "refused",
        "decided_on": date(2025, 2, 1),
        "source_feed": "applications",
        "source_delivery": DELIVERY,
        "source_sheet": "",
        "source_row": 9,
    }
    rows: dict[str, list[dict[str, Any]]] = {
        "members": [member("H:2", each) for each in (2, 3, 4)],
        "families": [
            {"family_id": "H:2", "counted_members": 3, "income_evidence": "partial", "income_fen": 10_000_100}
        ],
        "income_window": window,
        "applications": [refused],
        "identities": [{"person_key": key(each)} for each in (2, 3, 4, 5, 6, 7)],
        "deaths": [{"person_key": key(5), "died_on": date(2026, 5, 5)}],
        "registrations": [{"person_key": key(6), "ended_on": date(2026, 4, 4)}],
    }
    whole = rows | given
    return {name: table(name, whole.get(name, [])).lazy() for name in {*READS, *NEEDED}}


def _asked(settings: Settings, engine: Engine, subject: str, tables: Computed | None = None) -> WhyNot:
    return explain_absence(engine, settings, subject, tables or computed(), actor=CLERK)


def test_a_family_reads_the_value_and_the_limit(settings: Settings, ready: Engine) -> None:
    """If this fails, a family one yuan over the threshold cannot be told so."""
    found = _asked(settings, ready, "H:2")
    assert (found.known, found.in_scope) == (True, True)
    low = next(each for each in found.groups if each.rule_id == "low_income_family")
    assert low.distance == 1
    assert low.failed[0].found == "100,001.00 元"
    assert "100,000元" in low.failed[0].required
    assert low.citations
    assert "最接近的群体" in found.text()
    assert WhyNot.model_validate_json(found.model_dump_json()) == found


def test_a_window_is_told_with_its_end_and_row(settings: Settings, ready: Engine) -> None:
    """If this fails, a refused applicant is not told until when the refusal counted, or by which row."""
    found = next(each for each in _asked(settings, ready, "2").groups if each.rule_id == "rejected_application")
    assert "2026-02-01 届满" in found.failed[0].found
    assert found.source is not None
    assert (found.source.feed, found.source.row) == ("applications", 9)


def test_a_person_reads_nothing_of_the_others(settings: Settings, ready: Engine) -> None:
    """If this fails, somebody reads a relative's income or application."""
    told = _asked(settings, ready, key(3))
    text = told.text() + told.model_dump_json()
    assert "100,001" not in text
    assert "2025-02-01" not in text
    assert "没有提出救助申请的记录" in text
    assert key(2) not in text
    assert key(4) not in text


@pytest.mark.parametrize(
    ("person", "known", "word"),
    [
        (5, True, "2026-05-05 的死亡记录"),
        (6, True, "已于 2026-04-04 终止"),
        (7, True, "不在监测范围"),
        (8, False, "没有此人"),
    ],
    ids=["dead", "moved away", "never lived here", "unknown"],
)
def test_who_is_not_in_scope_is_told_why(
    settings: Settings, ready: Engine, person: int, *, known: bool, word: str
) -> None:
    """If this fails, a person whom nobody delivered is told to be too rich."""
    found = _asked(settings, ready, key(person))
    assert (found.known, found.in_scope, found.groups) == (known, False, [])
    assert word in found.presence


@pytest.mark.parametrize(
    ("evidence", "word"), [("none", "没有记录不等于没有收入"), ("not_computable", "没有交齐连续十二个月")]
)
def test_missing_evidence_is_named(settings: Settings, ready: Engine, evidence: str, word: str) -> None:
    """If this fails, a missing feed reads like a high income."""
    unknown = {"family_id": "H:2", "counted_members": 3, "income_evidence": evidence, "income_fen": None}
    found = _asked(settings, ready, "H:2", computed(families=[unknown]))
    low = next(each for each in found.groups if each.rule_id == "low_income_family")
    assert low.failed == []
    assert word in low.missing[0]
    assert "最近交付 无" in low.missing[0]


def test_feeds_that_never_came_are_named(settings: Settings, ready: Engine) -> None:
    """If this fails, nobody sees that a department has never delivered what could have listed the family."""
    found = next(each for each in _asked(settings, ready, "H:2").groups if each.rule_id == "exited_assistance")
    assert found.distance is None
    assert "从未交付" in found.missing[1]


def test_a_judged_fact_names_the_decision(settings: Settings, ready: Engine) -> None:
    """If this fails, a family that meets a rule and was judged not to is told that nothing is known."""
    decision = NewDecision(
        person_key=key(2),
        rule_id="low_income_family",
        outcome="not_true",
        decided_on=date(2026, 6, 1),
        decided_by="甲",
        approved_by="乙",
        reason="visited",
        evidence_key="2026-05-01",
    )
    decision_id = record(ready, decision, load_parameters())
    poor = {"family_id": "H:2", "counted_members": 3, "income_evidence": "partial", "income_fen": 0}
    found = _asked(settings, ready, "H:2", computed(families=[poor]))
    low = next(each for each in found.groups if each.rule_id == "low_income_family")
    assert decision_id in low.failed[0].found


@pytest.mark.parametrize("subject", ["H:1", key(1)])
def test_who_is_listed_is_sent_to_the_explanation(settings: Settings, ready: Engine, subject: str) -> None:
    """If this fails, a listed family is told that it is not."""
    listed = computed(
        members=[member("H:1", 1)],
        families=[{"family_id": "H:1", "counted_members": 1, "income_evidence": "none", "income_fen": None}],
    )
    with pytest.raises(SubjectListedError):
        _asked(settings, ready, subject, listed)


def test_an_unknown_family_is_an_error(settings: Settings, ready: Engine) -> None:
    """If this fails, a mistyped number reads like a family that is well off."""
    with pytest.raises(SubjectNotFoundError):
        _asked(settings, ready, "H:999")


def test_asking_is_recorded_without_saying_whom(settings: Settings, ready: Engine) -> None:
    """If this fails, staff can look up unlisted people unseen."""
    _asked(settings, ready, number(3))
    with Session(ready) as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None
    assert event.purpose == "说明未列入的理由"
    assert number(3) not in str(event.details)


def test_the_day_is_that_of_the_edition(settings: Settings, ready: Engine) -> None:
    """If this fails, an answer speaks of another month than the list."""
    assert _asked(settings, ready, "H:2").as_of == JUNE
