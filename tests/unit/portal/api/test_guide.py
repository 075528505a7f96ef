"""The guide for programs is true: its commands work as they stand, and its words are those of the API."""

import csv
import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook

from portal.api.description import as_text, document
from portal.problems import KINDS
from registry.casework.desk import Desk
from registry.engine import make_engine
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import bearer, open_portal, program
from tests.served import served
from tests.unit.registry.casework.worlds import World, one_family

_ROOT = Path(__file__).parents[4]
_GUIDE = (_ROOT / "docs" / "api.md").read_text(encoding="utf-8")
_CURL = shutil.which("curl") or ""


def _commands() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", _GUIDE, flags=re.DOTALL)


@pytest.fixture
def world(settings: Settings) -> World:
    """A published list with one family and one case."""
    engine = make_engine(settings)
    made = World(Desk(engine, settings, load_parameters(None)))
    made.publish(one_family(), now=datetime.now(UTC))
    return made


@pytest.mark.skipif(not _CURL, reason="curl is not installed")
def test_the_commands_of_the_guide_work(app: FastAPI, settings: Settings, world: World, tmp_path: Path) -> None:
    """If this fails, an adopter's first call is refused although the guide was followed."""
    token = bearer(settings, "supervisor")["Authorization"].removeprefix("Bearer ")
    with served(app) as address:
        around = {"PATH": os.environ["PATH"], "DOUDI": address, "TOKEN": token, "CASE": world.only()}
        for command in _commands():
            done = subprocess.run(  # noqa: S603 - our own guide
                ["/bin/sh", "-ec", command], env=around, cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, command
    assert load_workbook(tmp_path / "list.xlsx").sheetnames
    world.engine.dispose()


def test_a_file_holds_what_was_read(app: FastAPI, settings: Settings, world: World) -> None:
    """If this fails, a program takes another list than the one it showed."""
    with served(app) as address, program(address, bearer(settings, "district_staff")) as machine:
        page = machine.get("/api/v1/families").json()
        wanted = {"format": "csv", "purpose": "visits", "mark": page["mark"]}
        found = machine.post("/api/v1/families/export", json=wanted)
        assert found.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(found.content.decode("utf-8-sig").splitlines()))
        assert [each["家庭标识"] for each in rows] == [each["family_id"] for each in page["items"]]
        assert [each["评分"] for each in rows] == [str(each["score"]) for each in page["items"]]
        stale = machine.post("/api/v1/families/export", json=wanted | {"mark": "another"})
        assert (stale.status_code, stale.json()["type"]) == (409, "/interface#conflict")
        assert machine.get("/api/v1/families?mark=another").status_code == 409
    world.engine.dispose()


def test_the_guide_names_every_kind_of_problem() -> None:
    """If this fails, a program meets a refusal that the guide does not know."""
    named = set(re.findall(r"`([a-z-]+)`", _GUIDE.partition("## Refusals")[2]))
    assert named >= set(KINDS) - {"bad-request", "method"}
    assert named <= set(KINDS) | {"type"}


def test_the_page_of_operations_shows_every_one(settings: Settings) -> None:
    """If this fails, somebody looks for an operation that is there and does not find it."""
    with open_portal(settings, "administrator") as client:
        page = client.get("/interface").text
        described = client.get("/api/v1/openapi.json")
    assert described.text == as_text()
    for methods in document()["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    for kind in KINDS:
        assert f'id="{kind}"' in page
    assert json.loads(as_text())["info"]["version"]
