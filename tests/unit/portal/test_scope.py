"""What a reader sees does not depend on what they may not know: another street, or what is to be verified."""

import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import polars as pl
import pytest

from portal.app import PAGES
from portal.page import KNOWN, PUBLIC
from registry.casework.acts import assign
from registry.casework.desk import Desk
from registry.casework.follow import follow
from registry.engine import make_engine
from registry.publish import publish, write_candidate
from registry.queries import require_edition
from registry.roles import Actor
from registry.scope import Area
from registry.visits import keep_plan
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import bearer, csrf_of, open_portal, pages_seen_by, program
from tests.unit.registry.casework.worlds import task
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, input_set, key, member, warning
from tests.vaulted import name_people

API = "/api/v1"
XIXING, CHANGHE = "330108001", "330108002"
STREETS, NEXT_DOOR = f"{CHANGHE}002", f"{XIXING}002"
"""A community of the other street, and the other one of ours, of which a community's own worker knows no more."""


def _home(settings: Settings, folder: Path, elsewhere: int, suspected: int, there: str = STREETS) -> Settings:
    """A home of two months: `elsewhere` families in the community `there`, `suspected` warnings to verify in ours."""
    other = settings.model_copy(update={"home": folder / f"home-{elsewhere}-{suspected}"})
    other.home.mkdir(parents=True)
    (other.home / "registry.db").write_bytes((settings.home / "registry.db").read_bytes())
    _name_people(other)
    engine = make_engine(other)
    desk = Desk(engine, other, load_parameters(None))
    for as_of in (JUNE, JULY):
        tables = _tables(elsewhere, suspected, there)
        publish(engine, write_candidate(engine, input_set(as_of, revision=1 + elsewhere), tables))
        follow(desk, require_edition(engine), now=_NOW)
    for case_id in (f"{1:024x}", *[f"{900 + n:024x}" for n in range(elsewhere)]):
        assign(desk, case_id, "somebody", actor=Actor("dispatcher", "supervisor"), now=_NOW)
    engine.dispose()
    _plan(other, elsewhere, _place(there))
    return other


def _place(community: str) -> dict[str, str]:
    return {"street_code": community[: len(XIXING)], "community_code": community}


def _plan(settings: Settings, elsewhere: int, place: Mapping[str, str]) -> None:
    """A plan of visits of the newest month: one family of ours, all of those elsewhere."""
    there = {**place, "left": elsewhere}
    ours = {"street_code": XIXING, "community_code": f"{XIXING}001", "left": 1}
    rows = [
        {"family_id": f"H:{n}", "head_key": key(n), "manner": "random", "drawn": 1} | (ours if n == 1 else there)
        for n in (1, *range(90, 90 + elsewhere))
    ]
    keep_plan(settings, JULY, pl.DataFrame(rows), pl.DataFrame(rows).select("family_id", person_key="head_key"))


def _name_people(settings: Settings) -> None:
    name_people(settings, (1, 2, *range(90, 100)))


def _tables(elsewhere: int, suspected: int, community: str) -> Mapping[str, Any]:
    place = _place(community)
    there = {**place, "tier": "red", "score": 9000}
    return edition(
        listed=[
            family("H:1", 1),
            family("H:2", 2, community_code=f"{XIXING}002"),
            *[family(f"H:9{n}", 90 + n, **there) for n in range(elsewhere)],
        ],
        members=[member("H:1", 1), member("H:2", 2), *[member(f"H:9{n}", 90 + n) for n in range(elsewhere)]],
        hits=[hit("H:1", 1), hit("H:2", 2), *[hit(f"H:9{n}", 90 + n) for n in range(elsewhere)]],
        warnings=[
            warning(1, family_id="H:1", street_code=XIXING, community_code=f"{XIXING}001"),
            *[warning(50 + n, family_id=f"H:9{n}", **place) for n in range(elsewhere)],
            *[
                warning(
                    70 + n,
                    kind="verify",
                    rule_id="vehicle_on_register",
                    family_id="H:1",
                    street_code=XIXING,
                    community_code=f"{XIXING}001",
                )
                for n in range(suspected)
            ],
        ],
        tasks=[
            task(1, "H:1"),
            *[task(900 + n, f"H:9{n}", **place) for n in range(elsewhere)],
            *[task(700, "H:1", audience="verify", warnings=suspected) for _ in range(min(suspected, 1))],
        ],
    )


ASKED = (
    f"/list?street={CHANGHE}",
    "/list?street=nowhere",
    f"/list?street={XIXING}",
    "/list?tier=red",
    "/list?page=2",
    "/?as_of=2026-06-30",
    "/families/H:1",
    "/families/H:1/letter",
    f"{API}/families?street={CHANGHE}",
    f"{API}/families?street=nowhere",
    f"{API}/families?street={XIXING}&size=1",
    f"{API}/families?change=entered",
    f"{API}/families/H:1",
    f"{API}/families/H:90",
    f"{API}/families/H:1/letter",
    f"{API}/families/H:1/desk",
    f"{API}/overview?as_of=2026-06-30",
    f"{API}/cases?audience=verify",
    f"{API}/cases/counts?by=street",
    f"{API}/rules/vehicle_on_register",
    f"{API}/cases?street={CHANGHE}",
    f"{API}/cases/{1:024x}",
    f"{API}/cases/{700:024x}",
    f"{API}/cases/{900:024x}",
    f"{API}/cases/counts?audience=verify&by=urgency",
    f"{API}/cases/counts?by=assignee",
    f"{API}/exits?street={CHANGHE}",
    f"{API}/families/H:90/desk",
    f"{API}/families?sort=score&size=1",
    f"{API}/families?tier=red",
    f"{API}/ledgers?as_of=2026-06-30",
    f"{API}/ledgers?street={CHANGHE}",
    f"{API}/ledgers?street=nowhere",
    "/cases?sort=due",
    "/cases?audience=verify",
    f"/cases?street={CHANGHE}",
    "/trends?as_of=2026-06-30",
    "/families/H:2?as_of=2026-07-31",
    "/families/H:1/desk",
    "/families/H:90",
    f"/cases/{1:024x}",
    f"/cases/{700:024x}",
    f"/cases/{900:024x}",
    "/ledgers?as_of=2026-06-30",
    f"/ledgers?street={CHANGHE}",
    f"/visit-plans/{JULY}",
    f"{API}/visit-plans/{JULY}",
    f"{API}/visit-plans/{JULY}?page=2&size=1",
)
_NOW = datetime(2026, 8, 3, 4, tzinfo=UTC)
_NEW_ID = re.compile(r'"view_id":"[0-9a-f]+"')
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")


_THEIRS, _FORMS = f"{900:024x}", ("street", "report", "district")
_TAKING_NOTHING = {"view", "API view", "take", "API take", "API plan", "API plan back"}
_OWN_ACCOUNT = "account.own"


def _sent(street: str, shown: str, mark: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is sent to each address without a place-holder that a street may send to, by a name; forms and JSON."""
    taken = {"purpose": "visits"}
    told = {f"form {each}": {"ledger": each, "street": street, **taken} for each in _FORMS}
    return {
        "xlsx": ("/list/download", {"format": "xlsx", "shown": shown, **taken}),
        "csv": ("/list/download", {"format": "csv", "shown": shown, **taken}),
        "find": ("/list/find", {"keyword": "张9", "sort": "urgency"}),
        "view": ("/views", {"title": "x", "tier": "red"}),
        **{name: ("/ledgers/download", {**each, "shown": mark}) for name, each in told.items()},
        "print": ("/sheets/print", {}),
        "sheets": ("/sheets/download", {}),
        "other": ("/sheets/print", {"case": _THEIRS}),
        "take": ("/sheets/take", {}),
        "plan": ("/visit-plans/make", {"capacity": "3"}),
        "plan back": ("/visit-plans/take", {}),
        "API plan": (f"{API}/visit-plans/make", {"capacity": 3}),
        "API plan back": (f"{API}/visit-plans/take", {"kind": "csv", "content": "eA=="}),
        "bulk": ("/cases/bulk", {"act": "assign", "case": f"{_THEIRS}:1", "to": "somebody"}),
        "API sheets": (f"{API}/visit-sheets/export", {}),
        "API other": (f"{API}/visit-sheets/export", {"cases": [_THEIRS]}),
        "API take": (f"{API}/visit-sheets/take", {"kind": "csv", "content": "eA=="}),
        "API find": (f"{API}/families/search", {"keyword": "张9"}),
        "API xlsx": (f"{API}/families/export", {"format": "xlsx", **taken}),
        "API csv": (f"{API}/families/export", {"format": "csv", **taken}),
        "API view": (f"{API}/views", {"title": "y", "tier": "red"}),
        **{f"API {name}": (f"{API}/ledgers/export", each) for name, each in told.items()},
        "API theirs": (f"{API}/explanations", {"subject": "H:90"}),
        "API ours": (f"{API}/explanations", {"subject": "H:1"}),
        "API bulk": (f"{API}/cases/bulk", {"act": "assign", "cases": {_THEIRS: 1}, "to": "somebody"}),
    }


def _answers(settings: Settings, role: str, area: str) -> dict[str, tuple[int, str, object]]:
    """What the role is answered, and takes away cell by cell; the instant of taking and new ids are left out."""
    found: dict[str, tuple[int, str, object]] = {}
    headers = bearer(settings, role, area=area)
    with open_portal(settings, role, area=area) as client, program(str(client.base_url), headers) as machine:
        listed, ledgers = client.get("/list").text, client.get("/ledgers").text
        shown, mark = (each.partition('name="shown" value="')[2].partition('"')[0] for each in (listed, ledgers))
        proof = csrf_of(listed)
        for name, (path, body) in _sent(area or XIXING, shown, mark).items():
            if path.startswith(API):
                found[name] = _told(machine.post(path, json=body))
            else:
                found[name] = _told(client.post(path, data=body | {"csrf": proof}))
    return found


def _told(answer: httpx.Response) -> tuple[int, str, object]:
    """Status, name and content of a file or page."""
    name = answer.headers.get("content-disposition", "")
    if "spreadsheet" not in answer.headers.get("content-type", ""):
        text = re.sub(r'name="csrf" value="[0-9a-f]*"', "", answer.text)
        return answer.status_code, name, _NEW_ID.sub("", _INSTANT.sub("", text))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = {
        sheet.title: [[_INSTANT.sub("", str(cell.value)) for cell in row] for row in sheet.iter_rows()]
        for sheet in book
    }
    return answer.status_code, name, cells


_Seen = Callable[..., dict[str, tuple[int, str]]]
_PARTS = [("street_staff", XIXING, STREETS), ("community_worker", f"{XIXING}001", NEXT_DOOR)]
"""Readers of a part of the district, and where the families are that they may not know of."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> _Seen:
    """All pages of a home of its own, as `_home` makes it, for a role of an area; each is looked at once."""
    folder = tmp_path_factory.mktemp("scope")
    empty = Settings(home=empty_home, database_url="", identity_key="5e" * 32)

    @cache
    def _seen(elsewhere: int, suspected: int, role: str, area: str, there: str) -> dict[str, tuple[int, str]]:
        home = _home(empty, folder / f"{role}-{area}-{there}", elsewhere, suspected, there)
        return pages_seen_by(home, role, area=area, addresses=ASKED)

    return _seen


@pytest.mark.parametrize(("role", "area", "there"), _PARTS)
def test_a_part_of_the_district_learns_nothing_of_the_rest(seen: _Seen, role: str, area: str, there: str) -> None:
    """If this fails, a worker learns of another street's or community's families, or that one is suspected."""
    plain, full = seen(0, 0, role, area, there), seen(7, 3, role, area, there)
    for address, page in plain.items():
        assert full[address] == page, address
    assert plain[ASKED[0]] == (422, plain[ASKED[1]][1].replace("nowhere", CHANGHE))
    assert plain[f"{API}/families?street={CHANGHE}"] == plain[f"{API}/families?street=nowhere"]
    assert plain[f"{API}/families/H:90"] == (404, plain[f"{API}/families/H:100"][1])
    assert plain[f"{API}/families/H:1"][0] == 200


def test_the_whole_district_sees_the_difference(seen: _Seen) -> None:
    """If this fails, the test above compares pages that show nothing."""
    plain, full = seen(0, 0, "supervisor", "", STREETS), seen(7, 3, "supervisor", "", STREETS)
    assert plain["/"] != full["/"]
    assert plain["/list"] != full["/list"]
    for address in (f"{API}/families", f"{API}/overview", f"{API}/families/H:1"):
        assert plain[address] != full[address]


def test_who_may_not_verify_sees_no_trace_of_it(seen: _Seen) -> None:
    """If this fails, a street's own page tells which of its families is suspected."""
    plain, suspected = (seen(0, each, "street_staff", XIXING, STREETS) for each in (0, 3))
    assert plain == suspected
    assert "待核实" not in plain["/"][1]
    assert "verify" not in plain[f"{API}/overview"][1]


def test_every_address_that_is_sent_to_has_a_case() -> None:
    """If this fails, somebody has added a form or a file, and nobody has asked what it tells of another street."""
    street = Actor("reader", "street_staff", Area.of(XIXING))
    sent = {
        page.path
        for page in PAGES
        if "POST" in page.methods and "{" not in page.path and page.permission not in {PUBLIC, KNOWN, _OWN_ACCOUNT}
        if street.may(page.permission)
    }
    assert {path for path, _ in _sent("", "", "").values()} == sent


@pytest.mark.parametrize(("role", "area", "there"), _PARTS)
def test_what_is_sent_and_taken_tells_nothing_of_the_rest(
    settings: Settings, tmp_path: Path, role: str, area: str, there: str
) -> None:
    """If this fails, a file, form or API answer tells of another street or community, or which family is suspected."""
    plain = _answers(_home(settings, tmp_path, 0, 0, there), role, area)
    full = _answers(_home(settings, tmp_path, 7, 3, there), role, area)
    for name, told in plain.items():
        assert full[name] == told, name
    if role == "street_staff":
        given = [
            f"{way}{name}" for way in ("", "API ") for name in ("xlsx", "csv", "find", "form street", "form report")
        ]
        assert [plain[name][0] for name in (*given, "print", "sheets", "API sheets", "API ours")] == [200] * 14
        assert [plain[name][0] for name in ("form district", "other", "API other", "API theirs")] == [
            403,
            409,
            409,
            404,
        ]
        assert "张1" in str(plain["print"])


def test_what_the_district_takes_tells_the_difference(settings: Settings, tmp_path: Path) -> None:
    """If this fails, the test above compares files that hold nothing."""
    plain = _answers(_home(settings, tmp_path, 0, 0), "supervisor", "")
    full = _answers(_home(settings, tmp_path, 7, 3), "supervisor", "")
    same = {name for name in plain if plain[name] == full[name]}
    of_ours = {f"{way}form {each}" for way in ("", "API ") for each in ("street", "report")}
    assert same <= {*of_ours, *_TAKING_NOTHING}
    assert same >= {"form street", "form report"}
