"""What the pages show besides lists and cases is there for programs: rows set aside, forms, views, what-ifs."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import openpyxl
import pytest
from sqlalchemy import select

from portal.api.door import PURPOSE
from portal.app import create_app
from registry.engine import make_engine
from registry.models import AuditEvent
from schemas.settings import Settings
from tests.furnished import furnish
from tests.portal import bearer, program
from tests.served import served
from tests.unit.portal.what_if_done import BANDS, LINE

API = "/api/v1"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with something behind every page."""
    return Settings(home=tmp_path_factory.mktemp("followed") / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="module")
def known(settings: Settings) -> dict[str, str]:
    """Values of the place-holders of addresses."""
    return furnish(settings)


@pytest.fixture(scope="module")
def address(settings: Settings, known: dict[str, str]) -> Iterator[str]:
    """Where the portal answers."""
    assert known
    with served(create_app(settings)) as base:
        yield base


@contextmanager
def _program(address: str, settings: Settings, role: str, purpose: str = "") -> Iterator[httpx.Client]:
    with program(address, bearer(settings, role, purpose=purpose)) as machine:
        yield machine


def _events(settings: Settings, action: str, what: str) -> int:
    engine = make_engine(settings)
    with engine.connect() as connection:
        found = connection.scalars(select(AuditEvent.details).where(AuditEvent.action == action)).all()
    engine.dispose()
    return sum(each.get("what") == what for each in found)


def test_rows_set_aside_are_told_by_place_and_the_original_by_right(
    address: str, settings: Settings, known: dict[str, str]
) -> None:
    """If this fails, a department's own system cannot be told what to mend, or anybody reads whom it is about."""
    with _program(address, settings, "data_engineer") as engineer, _program(address, settings, "supervisor") as boss:
        (line,) = engineer.get(f"{API}/quarantine").json()["items"]
        assert (line["delivery_id"], line["rows_quarantined"], line["replaced_by"]) == (known["delivery_id"], 2, None)
        every = engineer.get(f"{API}/quarantine?open=false").json()["items"]
        assert [each["released"] for each in every if each["replaced_by"]] == [{"rows": 1, "back": 1}]
        at = f"{API}/quarantine/{known['delivery_id']}"
        page = engineer.get(f"{at}?size=1").json()
        assert (page["total"], len(page["items"]), page["items"][0]["column"]) == (2, 1, "身份证号")
        assert "original" not in page["items"][0]
        assert engineer.get(page["next"]).json()["items"][0]["column"] == "困难类型"
        assert engineer.post(f"{at}/originals", json={}).status_code == 403
        before = _events(settings, "view", "quarantine")
        rows = boss.post(f"{at}/originals", json={"reason": page["items"][0]["reason"]}).json()["items"]
        assert [each["original"]["身份证号"] for each in rows] == ["33010819800101000"]
        assert _events(settings, "view", "quarantine") == before + 1
        assert engineer.get(f"{API}/quarantine?reason=whim").json()["type"] == "/interface#unknown-word"
        missing = engineer.get(f"{API}/quarantine/{'0' * 16}")
        assert (missing.status_code, missing.json()["type"]) == (404, "/interface#not-there")


def test_a_form_has_as_many_families_as_is_told(address: str, settings: Settings) -> None:
    """If this fails, a superior office's system takes another form than the one it was told of."""
    with _program(address, settings, "street_staff") as street:
        told = street.get(f"{API}/ledgers").json()
        forms = {each["ledger"]: each for each in told["forms"]}
        assert set(forms) == {"street", "report"}
        assert told["tables"][0]["rows"]
        wanted = {"ledger": "street", "purpose": "reporting", "mark": forms["street"]["mark"]}
        answer = street.post(f"{API}/ledgers/export", json=wanted)
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["街道台账"]
        numbered = [row[0].value for row in sheet.iter_rows() if isinstance(row[0].value, int)]
        assert len(numbered) == forms["street"]["families"] == 3
        assert street.post(f"{API}/ledgers/export", json=wanted | {"mark": "another"}).status_code == 409
        assert street.post(f"{API}/ledgers/export", json=wanted | {"ledger": "district"}).status_code == 403
        elsewhere, nowhere = (street.get(f"{API}/ledgers?street={code}") for code in ("330108002", "nowhere"))
        assert (elsewhere.status_code, elsewhere.content) == (422, nowhere.content)


def test_a_view_is_kept_named_shared_and_removed(address: str, settings: Settings) -> None:
    """If this fails, filters are set anew in each program, or a view shows somebody else's families."""
    with _program(address, settings, "supervisor") as boss, _program(address, settings, "street_staff") as street:
        made = boss.post(f"{API}/views", json={"title": "红色", "tier": "red", "column": ["tier", "score"]}).json()
        assert made["words"] == {"tier": "red", "column": ["tier", "score"]}
        at = f"{API}/views/{made['view_id']}"
        assert boss.post(f"{at}/rename", json={"title": "最急"}).json()["title"] == "最急"
        assert street.get(f"{API}/views").json() == []
        assert boss.post(f"{at}/share", json={"role": "street_staff"}).json()["shared_role"] == "street_staff"
        assert [each["own"] for each in street.get(f"{API}/views").json()] == [False]
        hidden, missing = (street.post(f"{API}/views/{i}/rename", json={"title": "x"}) for i in (made["view_id"], "0"))
        assert (hidden.status_code, hidden.content) == (404, missing.content)
        assert street.post(f"{at}/share", json={"role": ""}).status_code == 403
        dated = boss.post(f"{API}/views", json={"title": "六月", "as_of": "2026-06-30"})
        assert (dated.status_code, dated.json()["type"]) == (409, "/interface#not-possible")
        assert (
            boss.post(f"{API}/views", json={"title": "x", "tier": "blue"}).json()["type"] == "/interface#unknown-word"
        )
        assert boss.post(f"{at}/remove", json={}).json() == []


def test_a_sealed_note_is_read_by_right_and_recorded(address: str, settings: Settings, known: dict[str, str]) -> None:
    """If this fails, a field app loses what was written at the door, or reads what nobody learns of."""
    at = f"{API}/written/{known['object_id']}"
    with _program(address, settings, "street_staff") as street, _program(address, settings, "data_engineer") as other:
        before = _events(settings, "view", "sealed note")
        note = street.get(at).json()
        assert (note["text"], note["photo"], note["destroyed"]) == ("独居，需要代办", None, False)
        assert _events(settings, "view", "sealed note") == before + 1
        visits = street.get(f"{API}/cases/{note['case_id']}").json()["visits"]
        photos = [street.get(f"{API}/written/{each}").json() for each in visits[0]["objects"]]
        assert [base64.b64decode(each["photo"])[:4] for each in photos if each["photo"]] == [b"\xff\xd8\xff\xe0"]
        assert other.get(at).status_code == 403
        assert street.get(f"{API}/written/{'0' * 16}").status_code == 404


def test_lineage_leads_both_ways(address: str, settings: Settings) -> None:
    """If this fails, a catalogue of data cannot tell from which department a column of the list comes."""
    with _program(address, settings, "data_engineer") as engineer:
        columns = {each["column"] for each in engineer.get(f"{API}/lineage").json()}
        assert "list.income_fen" in columns
        found = engineer.get(f"{API}/lineage/list.income_fen").json()
        source = next(each for each in found["values"] if each["name"].startswith("feed:"))
        back = engineer.get(f"{API}/lineage/{source['name']}.{next(iter(source['columns']))}").json()
        assert any("income_fen" in each["columns"] for each in back["reaches"] if each["name"] == "list")
        assert engineer.get(f"{API}/lineage/list.colour").status_code == 404


def test_a_what_if_is_begun_read_and_taken(address: str, settings: Settings, known: dict[str, str]) -> None:
    """If this fails, a planner's program cannot ask, or a value that is none is computed as if it were meant."""
    with _program(address, settings, "district_staff", "policy") as clerk:
        told = {each["job_id"]: each for each in clerk.get(f"{API}/what-ifs").json()}[known["job_id"]]
        assert (told["state"], told["values"][LINE]) == ("done", 1)
        assert told["values"][BANDS] == [{"at_least": 0, "points": 1}]
        result = clerk.get(f"{API}/what-ifs/{known['job_id']}/result").json()
        assert (result["families"], result["tier_moves"][0]["tier_after"]) == (1, None)
        assert {each["kind"] for each in result["warnings"]} == {"verify", "need"}
        book = clerk.post(f"{API}/what-ifs/{known['job_id']}/workbook", json={})
        assert "变动家庭" in openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames
        for odd in ("much", -1, None, 1.5, {}, [[]], True):
            refused = clerk.post(f"{API}/what-ifs", json={"values": {LINE: odd}})
            assert (refused.status_code, refused.json()["type"]) == (422, "/interface#not-understood"), odd
            assert clerk.post(f"{API}/what-ifs", json={"values": {BANDS: odd}}).status_code == 422, odd
        assert (
            clerk.post(f"{API}/what-ifs", json={"values": {"no.such": 1}}).json()["type"] == "/interface#unknown-word"
        )
        assert clerk.get(f"{API}/what-ifs/{'0' * 16}").status_code == 404
        asked = {"values": {LINE: 100_001, BANDS: told["values"][BANDS]}, "as_of": "2026-06-30"}
        begun = clerk.post(f"{API}/what-ifs", json=asked).json()
        assert begun["state"] in {"running", "failed"}
        ended = clerk.post(f"{API}/what-ifs/{begun['job_id']}/end", json={}).json()
        assert ended["job_id"] == begun["job_id"]
        silent = clerk.get(f"{API}/what-ifs", headers={PURPOSE: "monitoring"})
        assert silent.json()["type"] == "/interface#purpose-differs"
