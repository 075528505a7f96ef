"""What a reader sees does not depend on what they may not know: another street, or what is to be verified."""

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import polars as pl
import pytest

from linkage.identity import VAULT_SCHEMA
from registry.casework.acts import assign
from registry.casework.desk import Desk
from registry.casework.follow import follow
from registry.engine import make_engine
from registry.files import private_dir
from registry.publish import publish, write_candidate
from registry.queries import require_edition
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import csrf_of, open_portal, pages_seen_by
from tests.unit.registry.casework.worlds import task
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, input_set, key, member, warning

API = "/api/v1"
XIXING, CHANGHE = "330108001", "330108002"


def _home(settings: Settings, folder: Path, elsewhere: int, suspected: int) -> Settings:
    """A home with two months; `elsewhere` families in the other street, `suspected` warnings to be verified in ours."""
    other = settings.model_copy(update={"home": folder / f"home-{elsewhere}-{suspected}"})
    other.home.mkdir()
    (other.home / "registry.db").write_bytes((settings.home / "registry.db").read_bytes())
    _name_people(other)
    engine = make_engine(other)
    desk = Desk(engine, other, load_parameters(None))
    for as_of in (JUNE, JULY):
        tables = _tables(elsewhere, suspected)
        publish(engine, write_candidate(engine, input_set(as_of, revision=1 + elsewhere), tables))
        follow(desk, require_edition(engine), now=_NOW)
    for case_id in (f"{1:024x}", *[f"{900 + n:024x}" for n in range(elsewhere)]):
        assign(desk, case_id, "somebody", actor=Actor("dispatcher", "supervisor"), now=_NOW)
    engine.dispose()
    return other


def _name_people(settings: Settings) -> None:
    folder = private_dir(settings.vault_dir / "any" / "2026-06")
    rows = [
        (key(n), f"33010819800229{n:04d}", f"张{n}", f"138{n:08d}", f"{n}号", "any", "d")
        for n in (1, 2, *range(90, 100))
    ]
    pl.DataFrame(rows, schema=VAULT_SCHEMA, orient="row").write_parquet(folder / "d.parquet")


def _tables(elsewhere: int, suspected: int) -> Mapping[str, Any]:
    there = {"street_code": CHANGHE, "community_code": f"{CHANGHE}002", "tier": "red", "score": 9000}
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
            *[
                warning(50 + n, family_id=f"H:9{n}", street_code=CHANGHE, community_code=f"{CHANGHE}002")
                for n in range(elsewhere)
            ],
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
            *[task(900 + n, f"H:9{n}", street_code=CHANGHE, community_code=f"{CHANGHE}002") for n in range(elsewhere)],
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
    "/families/H:2?as_of=2026-07-31",
    "/families/H:1/desk",
    "/families/H:90",
    f"/cases/{1:024x}",
    f"/cases/{700:024x}",
    f"/cases/{900:024x}",
    "/ledgers?as_of=2026-06-30",
    f"/ledgers?street={CHANGHE}",
)
_NOW = datetime(2026, 8, 3, 4, tzinfo=UTC)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")


def _files_taken_by(settings: Settings, role: str, area: str) -> dict[str, object]:
    """What the role takes away from the pages, cell by cell; the instant of taking is left out."""
    found: dict[str, object] = {}
    with open_portal(settings, role, area=area) as client:
        street = area or XIXING
        listed, ledgers = client.get("/list").text, client.get("/ledgers").text
        proof = {"csrf": csrf_of(listed), "purpose": "visits"}
        shown = listed.split('name="shown" value="')[1].partition('"')[0]
        for fmt in ("xlsx", "csv"):
            answer = client.post("/list/download", data=proof | {"format": fmt, "shown": shown})
            found[fmt] = _told(answer)
        mark = ledgers.split('name="shown" value="')[1].partition('"')[0]
        for ledger in ("street", "report", "district"):
            answer = client.post("/ledgers/download", data=proof | {"ledger": ledger, "shown": mark, "street": street})
            found[ledger] = _told(answer)
        found["print"] = _told(client.post("/sheets/print", data=proof))
        found["sheets"] = _told(client.post("/sheets/download", data=proof))
        found["other"] = _told(client.post("/sheets/print", data=proof | {"case": f"{900:024x}"}))
    return found


def _told(answer: httpx.Response) -> tuple[int, str, object]:
    """Status, name and content of a file or page."""
    name = answer.headers.get("content-disposition", "")
    if "spreadsheet" not in answer.headers["content-type"]:
        text = re.sub(r'name="csrf" value="[0-9a-f]*"', "", answer.text)
        return answer.status_code, name, _INSTANT.sub("", text)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = {
        sheet.title: [[_INSTANT.sub("", str(cell.value)) for cell in row] for row in sheet.iter_rows()]
        for sheet in book
    }
    return answer.status_code, name, cells


@pytest.mark.parametrize(("role", "area"), [("street_staff", XIXING), ("community_worker", f"{XIXING}001")])
def test_a_part_of_the_district_learns_nothing_of_the_rest(
    settings: Settings, tmp_path: Path, role: str, area: str
) -> None:
    """If this fails, a street worker learns of another street's families, or that one is suspected, from any page."""
    plain = pages_seen_by(_home(settings, tmp_path, 0, 0), role, area=area, addresses=ASKED)
    full = pages_seen_by(_home(settings, tmp_path, 7, 3), role, area=area, addresses=ASKED)
    for address, page in plain.items():
        assert full[address] == page, address
    assert plain[ASKED[0]] == (404, plain[ASKED[1]][1].replace("nowhere", CHANGHE))
    assert plain[f"{API}/families?street={CHANGHE}"] == plain[f"{API}/families?street=nowhere"]
    assert plain[f"{API}/families/H:90"] == (404, plain[f"{API}/families/H:100"][1])
    assert plain[f"{API}/families/H:1"][0] == 200


def test_the_whole_district_sees_the_difference(settings: Settings, tmp_path: Path) -> None:
    """If this fails, the test above compares pages that show nothing."""
    plain = pages_seen_by(_home(settings, tmp_path, 0, 0), "supervisor", addresses=ASKED)
    full = pages_seen_by(_home(settings, tmp_path, 7, 3), "supervisor", addresses=ASKED)
    assert plain["/"] != full["/"]
    assert plain["/list"] != full["/list"]
    for address in (f"{API}/families", f"{API}/overview", f"{API}/families/H:1"):
        assert plain[address] != full[address]


def test_who_may_not_verify_sees_no_trace_of_it(settings: Settings, tmp_path: Path) -> None:
    """If this fails, a street's own page tells which of its families is suspected."""
    plain = pages_seen_by(_home(settings, tmp_path, 0, 0), "street_staff", area=XIXING, addresses=ASKED)
    suspected = pages_seen_by(_home(settings, tmp_path, 0, 3), "street_staff", area=XIXING, addresses=ASKED)
    assert plain == suspected
    assert "待核实" not in plain["/"][1]
    assert "verify" not in plain[f"{API}/overview"][1]


def test_files_of_a_street_tell_nothing_of_the_rest(settings: Settings, tmp_path: Path) -> None:
    """If this fails, a file that a street takes away tells of another street, or which family is suspected."""
    plain = _files_taken_by(_home(settings, tmp_path, 0, 0), "street_staff", XIXING)
    full = _files_taken_by(_home(settings, tmp_path, 7, 3), "street_staff", XIXING)
    for name, told in plain.items():
        assert full[name] == told, name
    assert [plain[name][0] for name in ("xlsx", "csv", "street", "report", "print", "sheets")] == [200] * 6  # type: ignore[index]
    assert [plain[name][0] for name in ("district", "other")] == [403, 409]  # type: ignore[index]
    assert "张1" in str(plain["print"])


def test_files_of_the_district_tell_the_difference(settings: Settings, tmp_path: Path) -> None:
    """If this fails, the test above compares files that hold nothing."""
    plain = _files_taken_by(_home(settings, tmp_path, 0, 0), "supervisor", "")
    full = _files_taken_by(_home(settings, tmp_path, 7, 3), "supervisor", "")
    assert [name for name in plain if plain[name] == full[name]] == ["street", "report"]
