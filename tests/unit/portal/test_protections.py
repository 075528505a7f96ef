"""Hiding where a family lives, on the staff pages."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from registry.casework.desk import Desk
from registry.engine import make_engine
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import browser, csrf_of, signed_in
from tests.served import served
from tests.unit.registry.casework.worlds import World, one_family


@pytest.fixture
def world(settings: Settings) -> World:
    """A published edition whose only family has one question."""
    made = World(Desk(make_engine(settings), settings, load_parameters(None)))
    made.publish(one_family(), now=datetime.now(UTC))
    return made


def test_one_sets_it_and_two_end_it(app: FastAPI, settings: Settings, world: World) -> None:
    """If this fails, a family that hides is shown by one person's click, or cannot be hidden at all."""
    assert world.only()
    with (
        served(app) as address,
        browser(address, signed_in(settings, "district_staff")) as first,
        browser(address, signed_in(settings, "supervisor")) as second,
    ):
        page = first.get("/protections?family=H:100").text
        form = {"csrf": csrf_of(page), "reason": "violence"}
        assert first.post("/families/H:100/protection", data=form).status_code == 303
        assert first.post("/families/H:100/protection", data=form).status_code == 409
        made = first.get("/protections").text.split('action="/protections/', 1)[1].split("/", 1)[0]
        proof = {"csrf": csrf_of(first.get("/protections").text), "version": "1"}
        assert first.post(f"/protections/{made}/propose", data=proof).status_code == 303
        assert "等待第二人" in first.get("/protections").text
        assert first.post(f"/protections/{made}/end", data=proof | {"version": "2"}).status_code == 409
        other = {"csrf": csrf_of(second.get("/protections").text), "version": "2"}
        assert second.post(f"/protections/{made}/end", data=other).status_code == 303
        assert "没有受保护的家庭" in second.get("/protections").text
        assert first.get("/protections?family=H:9").status_code == 404
