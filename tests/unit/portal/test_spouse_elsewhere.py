"""Where a separated spouse lives is told by no page, letter or explanation about the other."""

from portal.page import API
from registry.engine import make_engine
from registry.publish import publish, write_candidate
from schemas.settings import Settings
from tests.portal import bearer, open_portal, program
from tests.unit.registry.examples import edition, family, hit, input_set, key, member
from tests.vaulted import name_people

_OWN, _SPOUSES = "香樟路三号", "梧桐路一号"
_OWES = {
    "rule_id": "obligor_family",
    "basis": "owes_as_spouse",
    "valid_until": None,
    "evidence_fen": None,
    "evidence_key": f"{key(9)}:spouse",
    "source_feed": "household_registration",
}


def _home(settings: Settings) -> None:
    """Two that are married and live apart: one owes support, the other is on the register."""
    name_people(settings, [1], home=_OWN)
    name_people(settings, [9], home=_SPOUSES, month="2026-05")
    tables = edition(
        listed=[family("H:100", 1), family("H:200", 9, layer="registered")],
        members=[member("H:100", 1), member("H:200", 9, on_register=True)],
        hits=[hit("H:100", 1, **_OWES)],
    )
    engine = make_engine(settings)
    publish(engine, write_candidate(engine, input_set(), tables))
    engine.dispose()


def test_a_separated_spouses_address_is_not_told(settings: Settings) -> None:
    """If this fails, somebody who was left is handed the address of the one who left, on paper or over the counter."""
    _home(settings)
    headers = bearer(settings, "district_staff")
    with open_portal(settings, "district_staff") as client, program(str(client.base_url), headers) as machine:
        page, desk = client.get("/families/H:100"), client.get("/families/H:100/desk")
        letter = client.get("/families/H:100/letter")
        told = [
            machine.get(f"{API}v1/families/H:100"),
            machine.get(f"{API}v1/families/H:100/letter"),
            machine.post(f"{API}v1/explanations", json={"subject": "H:100"}),
        ]
        theirs = client.get("/families/H:200").text
    assert [each.status_code for each in (page, desk, letter, *told)] == [200] * 6
    assert _OWN in page.text
    assert _SPOUSES in theirs
    assert _OWN not in letter.text
    for each in (page, desk, letter, *told):
        assert _SPOUSES not in each.text
