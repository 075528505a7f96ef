"""Rows set aside on pages: places and reasons for all who read deliveries, the original row by right and recorded."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, select

from registry.engine import make_engine
from registry.intake import ingest, new_files
from registry.models import AuditEvent, DeliveryRecord
from schemas.settings import Settings
from tests.portal import csrf_of, open_portal
from tests.unit.registry.deliveries import land, row

_BAD = "33010819800101000"


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry that the portal reads."""
    made = make_engine(settings)
    yield made
    made.dispose()


def _take_in(settings: Settings, engine: Engine) -> None:
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 1))


@pytest.fixture
def delivered(settings: Settings, engine: Engine) -> str:
    """A file with a good and two bad rows; its delivery id."""
    land(settings, [row(1), row(2, identity=_BAD), row(3, difficulty="因运")])
    _take_in(settings, engine)
    with engine.connect() as connection:
        return str(connection.execute(select(DeliveryRecord.delivery_id)).scalar_one())


def _views(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return list(connection.scalars(select(AuditEvent.details).where(AuditEvent.action == "view")))


def test_a_row_is_found_by_place_and_reason_without_what_stands_in_it(settings: Settings, delivered: str) -> None:
    """Otherwise a department cannot be told what to mend, or an engineer reads whom it is about."""
    with open_portal(settings, "data_engineer") as client:
        page = client.get(f"/quarantine/{delivered}").text
        assert "身份证号位数或字符有误" in page
        assert '<td class="number">3</td><td>身份证号</td>' in page
        assert _BAD not in page
        assert "显示本页原行" not in page
        one = client.get(f"/quarantine/{delivered}", params={"reason": "unknown_code"}).text
        assert "共 1 行" in one
        refused = client.post(f"/quarantine/{delivered}/originals", data={"csrf": csrf_of(client.get("/account").text)})
        assert refused.status_code == 403


def test_the_original_row_is_shown_by_right_and_recorded(settings: Settings, engine: Engine, delivered: str) -> None:
    """Otherwise nobody can settle it with the department, or somebody reads rows and no auditor can tell."""
    with open_portal(settings, "district_staff") as client:
        page = client.get(f"/quarantine/{delivered}").text
        assert _BAD not in page
        assert _views(engine) == []
        answer = client.post(f"/quarantine/{delivered}/originals", data={"csrf": csrf_of(page)})
        assert answer.status_code == 200
        assert _BAD in answer.text
    (view,) = _views(engine)
    assert (view["what"], view["rows"], view["for"]) == ("quarantine", 2, "monitoring")
    for role in ("data_engineer", "auditor"):  # who read deliveries, and hand none back
        with open_portal(settings, role) as client:
            proof = {"csrf": csrf_of(client.get("/account").text)}
            assert client.post(f"/quarantine/{delivered}/originals", data=proof).status_code == 403


def test_a_purpose_that_needs_no_rows_sees_none(settings: Settings, delivered: str) -> None:
    """Otherwise whoever reviews an objection reads rows of everybody else."""
    with open_portal(settings, "district_staff", purpose="objection") as client:
        page = client.get(f"/quarantine/{delivered}").text
        assert "显示本页原行" not in page
        answer = client.post(f"/quarantine/{delivered}/originals", data={"csrf": csrf_of(page)})
    assert answer.status_code == 403


def test_a_corrected_delivery_says_how_many_rows_came_back(settings: Settings, engine: Engine, delivered: str) -> None:
    """Otherwise nobody knows whether what was asked of a department has been done."""
    with open_portal(settings, "district_staff") as client:
        assert "等待更正" in client.get("/quarantine").text
        assert 'href="/quarantine?feed=temporary_assistance&amp;month=2026-06">隔2' in client.get("/deliveries").text
        land(settings, [row(1), row(2), row(3)], name="330108001.r2.csv")
        _take_in(settings, engine)
        assert "没有符合条件的隔离行" in client.get("/quarantine").text
        assert "已由第 2 版替换" in client.get("/quarantine", params={"state": "all"}).text
        assert "2 行中 2 行已正确报送" in client.get(f"/quarantine/{delivered}").text
        assert f'href="/quarantine/{delivered}"' in client.get("/deliveries/temporary_assistance/2026-06").text


@pytest.mark.usefixtures("delivered")
def test_deliveries_are_narrowed_by_feed_month_and_reason(settings: Settings) -> None:
    """Otherwise a mistyped word shows all of them as if they were the part."""
    with open_portal(settings, "data_engineer") as client:
        for asked, rows in (({"feed": "tax_wages"}, 0), ({"month": "2026-06"}, 2), ({"reason": "unknown_code"}, 1)):
            assert f"{1 if rows else 0} 批交付，{rows} 行" in client.get("/quarantine", params=asked).text
        for wrong in ({"feed": "wages"}, {"reason": "odd"}, {"month": "June"}, {"state": "odd"}):
            assert client.get("/quarantine", params=wrong).status_code == 422


def test_what_is_not_there_is_not_found(settings: Settings, delivered: str) -> None:
    """Otherwise a mistyped address looks like a delivery without a fault."""
    with open_portal(settings, "data_engineer") as client:
        assert client.get(f"/quarantine/{'0' * 16}").status_code == 404
        assert client.get(f"/quarantine/{delivered}", params={"reason": "bad_date"}).status_code == 404
