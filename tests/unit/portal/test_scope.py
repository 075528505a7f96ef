"""What a reader sees does not depend on what they may not know: another street, or what is to be verified."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from registry.engine import make_engine
from registry.publish import publish, write_candidate
from schemas.settings import Settings
from tests.portal import pages_seen_by
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, input_set, member, warning

API = "/api/v1"
XIXING, CHANGHE = "330108001", "330108002"


def _home(settings: Settings, folder: Path, elsewhere: int, suspected: int) -> Settings:
    """A home with two months; `elsewhere` families in the other street, `suspected` warnings to be verified in ours."""
    other = settings.model_copy(update={"home": folder / f"home-{elsewhere}-{suspected}"})
    other.home.mkdir()
    (other.home / "registry.db").write_bytes((settings.home / "registry.db").read_bytes())
    engine = make_engine(other)
    for as_of in (JUNE, JULY):
        publish(
            engine, write_candidate(engine, input_set(as_of, revision=1 + elsewhere), _tables(elsewhere, suspected))
        )
    engine.dispose()
    return other


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
)


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
