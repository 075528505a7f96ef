"""Warnings about feeds, on the page and for programs."""

from fastapi import FastAPI
from sqlalchemy import select

from registry.engine import make_engine
from registry.models import AuditEvent
from schemas.settings import Settings
from tests.portal import bearer, browser, program, signed_in
from tests.served import served
from tests.unit.registry.examples import JUNE, edition, family, member, published, warning

API = "/api/v1/deliveries/warnings"
_OF_NOBODY = {"family_id": None, "person_key": None, "street_code": None, "community_code": None, "kind": "feed"}


def _publish(settings: Settings) -> None:
    engine = make_engine(settings)
    about = {"source_delivery": None, "source_sheet": None, "source_row": None, **_OF_NOBODY}
    published(
        engine,
        edition(
            listed=[family("H:1", 1)],
            members=[member("H:1", 1)],
            warnings=[
                warning(1, rule_id="delivery_missing", subject="pensions", basis="not_delivered")
                | about
                | {"evidence_key": "2026-06:missing:"},
                warning(2, rule_id="null_rate_drift", subject="tax_wages", basis="much_emptier")
                | about
                | {"evidence_key": "2026-05:income_fen"},
                warning(3, family_id="H:1", rule_id="high_inpatient_cost"),
                warning(4, kind="verify", family_id="H:1", rule_id="vehicle_on_register"),
            ],
        ),
        JUNE,
    )
    engine.dispose()


def test_whoever_answers_for_feeds_sees_their_warnings(app: FastAPI, settings: Settings) -> None:
    """If this fails, nobody sees on a page which delivery is late, missing or drifting, or a program cannot ask."""
    _publish(settings)
    with (
        served(app) as address,
        browser(address, signed_in(settings, "data_engineer")) as client,
        program(address, bearer(settings, "data_engineer")) as machine,
    ):
        page = client.get("/deliveries/warnings").text
        assert "共 2 条预警" in page
        assert "/deliveries/warnings" in client.get("/deliveries").text
        assert "养老金" in client.get("/deliveries/warnings?rule=delivery_missing").text
        assert "没有数据质量预警" in client.get("/deliveries/warnings?feed=leads").text
        assert f'href="/deliveries/warnings?as_of={JUNE}"><b>1</b><span>缺交和晚交' in client.get("/").text
        told = machine.get(API, params={"size": 1}).json()
        assert (told["total"], len(told["items"]), told["next"] is not None) == (2, 1, True)
        (one,) = machine.get(API, params={"feed": "tax_wages"}).json()["items"]
        assert (one["rule_id"], one["month"], "person_key" in one) == ("null_rate_drift", "2026-05", False)
        assert machine.get(API, params={"rule": "vehicle_on_register"}).status_code == 422
    engine = make_engine(settings)
    with engine.connect() as connection:
        seen = [each for each in connection.scalars(select(AuditEvent.details)) if each.get("what") == "feed warnings"]
    engine.dispose()
    assert [each["rows"] for each in seen] == [2, 1, 0, 1, 1]


def test_others_do_not(app: FastAPI, settings: Settings) -> None:
    """If this fails, a street learns from warnings about feeds what the district's departments deliver."""
    _publish(settings)
    with served(app) as address:
        for role in ("street_staff", "community_worker", "administrator"):
            with browser(address, signed_in(settings, role)) as client:
                assert client.get("/deliveries/warnings").status_code == 403
        with program(address, bearer(settings, "street_staff")) as machine:
            assert machine.get(API).status_code == 403
