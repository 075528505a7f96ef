"""Reports on people's work, from decisions and the audit chain."""

from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

import pytest
from sqlalchemy import Engine, text

from registry.audit import append
from registry.auditing import reports as told
from registry.auditing.examining import events_of
from registry.auditing.reports import Report, reports
from registry.decisions import NewDecision, record
from registry.errors import NotPermittedError
from registry.queries import require_edition
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.auditing.spoiling import without_triggers
from tests.unit.registry.examples import JUNE, key, published, two_families

AUDITOR = Actor("审计", "auditor")
PARAMETERS = load_parameters()
AT = PARAMETERS.as_of(JUNE)
XIXING, CHANGHE = "330108001", "330108002"


def _reports(engine: Engine, settings: Settings, **given: Any) -> dict[str, Report]:
    return {each.name: each for each in reports(engine, settings, AT, actor=AUDITOR, **given)}


def _decide(engine: Engine, person: int, outcome: str, by: str, second: str | None) -> None:
    decided = NewDecision(
        person_key=key(person), rule_id="low_income_family", evidence_key="e", outcome=outcome, reason="visited",
        decided_on=date(2026, 6, 15), decided_by=by, approved_by=second,
    )  # fmt: skip
    record(engine, decided, PARAMETERS)


def _view(engine: Engine, name: str, **details: Any) -> int:
    return append(engine, actor=name, action="view", purpose="查阅", details={"rows": 20, **details})


def test_overrides_and_lone_decisions_are_told_by_person(engine: Engine, settings: Settings) -> None:
    """Somebody who sets the rules aside time and again would not stand out."""
    _decide(engine, 1, "exit_confirmed", "a", "b")
    _decide(engine, 2, "not_true", "b", "a")
    _decide(engine, 3, "exit_refused", "a", None)
    found = _reports(engine, settings)
    assert found["overrides"].rows.select("decided_by", "decisions", "overrides", "percent").rows() == [
        ("a", 2, 1, 50),
        ("b", 1, 1, 100),
    ]
    assert found["alone"].rows.select("decided_by", "outcome").rows() == [("a", "exit_refused")]
    assert found["pairs"].flagged == 2
    assert events_of(engine)[-1]["action"] == "audit_report"


@pytest.mark.parametrize(
    ("own", "filters", "outside"),
    [
        ("district", {"area": "长河街道"}, 0),
        (XIXING, {"area": XIXING}, 0),
        (XIXING, {"area": f"{XIXING}001"}, False),
        (XIXING, {}, 0),
        (XIXING, {"area": "长河街道"}, 1),
        (XIXING, {"街道": "长河街道"}, 1),
        (XIXING, {"area": f"{CHANGHE}001"}, True),
        (f"{XIXING}001", {"area": XIXING}, 1),
    ],
)
def test_access_outside_an_area_is_told(
    engine: Engine, settings: Settings, own: str, filters: dict[str, str], outside: int
) -> None:
    """Somebody who looks up families of another street would go unnoticed."""
    seq = _view(engine, "x", area=own, filters=filters)
    assert _reports(engine, settings)["outside_area"].rows["seq"].to_list() == [seq] * outside


def _gives(engine: Engine, act: str, area: str) -> None:
    append(engine, actor="admin", action=f"account_{act}", purpose="账号管理", details={"account": "x", "area": area})


def test_the_area_that_an_account_had_then_bounds_what_it_reads(engine: Engine, settings: Settings) -> None:
    """On the terminal any role can be typed: its reads would count as those of the whole district."""
    _view(engine, "x", filters={"area": "长河街道"})  # before there was an account
    _gives(engine, "add", XIXING)
    told_nothing = _view(engine, "x", filters={"area": "长河街道"})
    as_district = _view(engine, "x", area="district", filters={"area": "长河街道"})
    everything = _view(engine, "x", area="district")
    _view(engine, "x", area="district", filters={"area": "西兴街道"})
    _view(engine, "x", area=XIXING)
    _gives(engine, "role", CHANGHE)
    _view(engine, "x", area="district", filters={"area": "长河街道"})
    found = _reports(engine, settings)["outside_area"].rows
    assert found["seq"].to_list() == [told_nothing, as_district, everything]
    assert found["asked_area"].to_list() == [CHANGHE, CHANGHE, "district"]


def test_a_family_that_was_explained_counts_by_its_place(engine: Engine, settings: Settings) -> None:
    """Families of other streets could be read one by one, since such an event names no area."""
    published(engine, two_families())
    _gives(engine, "add", XIXING)
    edition_id = require_edition(engine).edition_id
    seqs = [
        append(engine, actor="x", action="explain", purpose="说明列入理由", details={
            "role": "district_staff", "area": "district", "edition_id": edition_id, "masked": True,
            "subject": blake2b(each.encode(), digest_size=8).hexdigest(),
        })
        for each in ("D:7", "H:100", "H:nobody")
    ]  # fmt: skip
    found = _reports(engine, settings)["outside_area"].rows
    assert found.select("seq", "asked_area").rows() == [(seqs[1], f"{CHANGHE}001")]


@pytest.mark.parametrize(
    ("at", "odd"),
    [
        (datetime(2026, 6, 15, 0, 0, tzinfo=UTC), 0),
        (datetime(2026, 6, 14, 23, 59, tzinfo=UTC), 1),
        (datetime(2026, 6, 15, 10, 59, tzinfo=UTC), 0),
        (datetime(2026, 6, 15, 11, 0, tzinfo=UTC), 1),
        (datetime(2026, 6, 13, 2, 0, tzinfo=UTC), 1),
    ],
)
def test_reads_at_odd_hours_are_told_at_the_bureaus_time(
    engine: Engine, settings: Settings, at: datetime, odd: int
) -> None:
    """Eight to seven of a working day in China is ordinary; a Saturday or the night is not."""
    seq = _view(engine, "x")
    with without_triggers(engine, "audit_event") as connection:
        connection.execute(text("UPDATE audit_event SET at = :at WHERE seq = :seq"), {"at": at.isoformat(), "seq": seq})
    assert _reports(engine, settings)["odd_hours"].flagged == odd


def test_a_day_of_many_rows_is_flagged_and_others_are_counted(engine: Engine, settings: Settings) -> None:
    """Somebody who takes the whole list away page by page would look like everybody else."""
    _view(engine, "a")
    append(
        engine, actor="b", action="export", purpose="p", details={"rows": {"家庭": 5000, "成员": 1}, "masked": False}
    )
    append(engine, actor="c", action="decide", purpose="p", details={"rows": 9999})
    rows = _reports(engine, settings)["volumes"].rows
    assert rows.select("actor", "reads", "rows", "unmasked", "flagged").rows() == [
        ("b", 1, 5001, 1, True),
        ("a", 1, 20, 0, False),
    ]


def test_nobody_else_reads_the_reports(engine: Engine, settings: Settings) -> None:
    """Staff would see what colleagues did."""
    with pytest.raises(NotPermittedError):
        reports(engine, settings, AT, actor=Actor("x", "district_staff"))
    assert "decide" not in told.READS


def test_each_query_runs_as_it_stands_and_tells_the_same(engine: Engine, settings: Settings) -> None:
    """A second auditor could not ask again what the papers say was asked."""
    _decide(engine, 1, "exit_refused", "a", None)
    _decide(engine, 2, "exit_confirmed", "a", "b")
    _decide(engine, 3, "exit_confirmed", "b", "a")
    found = _reports(engine, settings)
    with engine.connect() as connection:
        again = {name: connection.exec_driver_sql(each.query).fetchall() for name, each in found.items()}
    assert [(row.decided_by, row.decisions, row.overrides) for row in again["overrides"]] == list(
        found["overrides"].rows.select("decided_by", "decisions", "overrides").iter_rows()
    )
    assert [row.decision_id for row in again["alone"]] == found["alone"].rows["decision_id"].to_list()
    assert {tuple(row) for row in again["pairs"]} == set(found["pairs"].rows.drop("flagged").iter_rows())
