"""Protected families: from whom their address is hidden, and who ends that."""

import re
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

import registry
from registry.audit import verify
from registry.casework.protection import Protected, end, keep, propose_end, protect, protections
from registry.errors import CaseConflictError, CaseError, CaseNotFoundError, NotPermittedError
from registry.exports import export_alerts
from registry.exports.visit_sheets import export_visit_sheets
from registry.models import AuditEvent
from registry.people_of_families import heads_of_cases
from registry.reader_vault import HIDDEN_ADDRESS, protected_keys, vault_for
from registry.roles import Actor
from registry.scope import Area
from schemas.errors import UnknownNameError
from tests.unit.registry.casework.worlds import (
    NOON,
    TODAY,
    XIXING,
    World,
    asked,
    boss,
    many,
    one_family,
    staff,
    task,
    worker,
)
from tests.unit.registry.examples import edition, family, key, member
from tests.vaulted import name_people

HOME = "Hidden Lane 1"


def _known(here: World, *numbers: int) -> None:
    """The vault knows where these people live."""
    name_people(here.desk.settings, numbers, home=HOME)


def _address(here: World, actor: Actor, number: int = 1) -> str:
    return str(vault_for(here.engine, here.desk.settings, actor).people([key(number)])["address"][0])


def _only(here: World, now: datetime = NOON) -> Protected:
    (found,) = protections(here.engine, here.desk.day(now), actor=boss())
    return found


def test_an_address_is_hidden_from_all_but_those_who_may(here: World) -> None:
    """If this fails, somebody who was beaten is found through the visit list of a street."""
    here.publish(one_family())
    _known(here, 1)
    community = Actor("near", "community_worker", Area(f"{XIXING}001"))
    assert {_address(here, each) for each in (worker(), community, boss())} == {HOME}
    protect(here.desk, "H:100", "violence", actor=staff())
    assert [_address(here, each) for each in (worker(), community, Actor("books", "auditor"), boss())] == [
        HIDDEN_ADDRESS,
        HIDDEN_ADDRESS,
        HIDDEN_ADDRESS,
        HOME,
    ]
    assert verify(here.engine).holds
    with here.engine.connect() as connection:
        told = str(connection.execute(select(AuditEvent.details)).fetchall())
    assert "H:100" not in told
    assert key(1) not in told


def test_pages_and_sheets_do_not_tell_it(here: World) -> None:
    """If this fails, the address stands on paper that is carried through the street."""
    here.publish(one_family())
    _known(here, 1)
    case_id = here.only()
    here.dispatched(case_id)
    protect(here.desk, "H:100", "violence", actor=staff())
    shown = heads_of_cases(here.engine, here.desk.settings, {case_id: "H:100"}, actor=worker())
    assert (shown[case_id].address, shown[case_id].phone) == (HIDDEN_ADDRESS, "13800000001")
    sheets = export_visit_sheets(here.desk, actor=worker(), now=NOON)
    warnings = export_alerts(here.engine, here.desk.settings, actor=worker())
    for path in (sheets.path, warnings.path):
        book = openpyxl.load_workbook(path)
        cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        assert HIDDEN_ADDRESS in cells
        assert HOME not in cells


def test_it_goes_with_the_people_into_another_family(here: World) -> None:
    """If this fails, who moved to a shelter is found as soon as the register has the new household."""
    here.publish(one_family())
    _known(here, 1, 2)
    protect(here.desk, "H:100", "violence", actor=staff())
    moved = edition(
        listed=[family("H:200", 2, members=2)],
        members=[member("H:200", 1), member("H:200", 2)],
        warnings=[asked(2, "H:200", 2)],
        tasks=[task(2, "H:200")],
    )
    here.publish(moved, as_of=date(2026, 7, 31))
    assert [_address(here, worker(), number) for number in (1, 2)] == [HIDDEN_ADDRESS, HIDDEN_ADDRESS]


def test_it_stays_when_an_identity_number_is_corrected(here: World) -> None:
    """If this fails, who hides is found as soon as the police correct a digit of their number, or of a child's."""
    here.publish(one_family())
    _known(here, 1, 5, 6, 7)
    protect(here.desk, "H:100", "violence", actor=staff())
    corrected = edition(
        listed=[family("H:200", 5, members=2), family("H:300", 7)],
        members=[member("H:200", 5), member("H:200", 6), member("H:300", 7)],
        warnings=[asked(2, "H:200", 5)],
        tasks=[task(2, "H:200")],
        aliases=[{"old_key": key(1), "person_key": key(5), "corrected_on": date(2026, 7, 3)}],
    )
    here.publish(corrected, as_of=date(2026, 7, 31))
    assert [_address(here, worker(), number) for number in (1, 5, 6)] == [HIDDEN_ADDRESS] * 3
    assert _address(here, worker(), 7) == HOME


def test_two_persons_end_it(here: World) -> None:
    """If this fails, one person's word shows the address to a whole street."""
    here.publish(one_family())
    _known(here, 1)
    made = protect(here.desk, "H:100", "violence", actor=staff(), now=NOON)
    with pytest.raises(CaseError, match="受保护"):
        end(here.desk, made, actor=boss(), version=1)
    propose_end(here.desk, made, actor=staff(), version=1, now=NOON)
    with pytest.raises(CaseError, match="second person"):
        end(here.desk, made, actor=Actor("Dispatcher ", "district_staff"), version=2)
    keep(here.desk, made, actor=boss(), version=2, now=NOON)
    assert _only(here).kind == "kept"
    propose_end(here.desk, made, actor=staff(), version=3, now=NOON)
    with pytest.raises(CaseConflictError):
        end(here.desk, made, actor=boss(), version=3)
    assert _address(here, worker()) == HIDDEN_ADDRESS
    end(here.desk, made, actor=boss(), version=4, now=NOON)
    assert _address(here, worker()) == HOME
    assert protections(here.engine, TODAY, actor=boss()) == []
    assert protect(here.desk, "H:100", "child", actor=staff(), now=NOON) != made


def test_it_ends_with_its_last_day(here: World) -> None:
    """If this fails, a protection ends a day too early, or never."""
    here.publish(one_family())
    protect(here.desk, "H:100", "authority", actor=staff(), until=date(2026, 8, 1), now=NOON)
    with here.engine.connect() as connection:
        days = [date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 2)]
        assert [len(protected_keys(connection, each)) for each in days] == [1, 1, 0]


def test_what_cannot_be_protected_is_refused(here: World) -> None:
    """If this fails, a slip leaves a family unprotected without a word, or twice on the list."""
    here.publish(many([1, 2]))
    with pytest.raises(CaseNotFoundError):
        protect(here.desk, "H:99", "violence", actor=staff(), now=NOON)
    with pytest.raises(UnknownNameError):
        protect(here.desk, "H:1", "shy", actor=staff(), now=NOON)
    with pytest.raises(CaseError, match="is over"):
        protect(here.desk, "H:1", "child", actor=staff(), until=date(2026, 7, 5), now=NOON)
    for reader in (worker(), Actor("street", "supervisor", Area(XIXING)), Actor("books", "auditor")):
        with pytest.raises(NotPermittedError):
            protect(here.desk, "H:1", "child", actor=reader, now=NOON)
    protect(here.desk, "H:1", "child", actor=staff(), now=NOON)
    with pytest.raises(CaseError, match="already"):
        protect(here.desk, "H:1", "witness", actor=boss(), now=NOON)
    with pytest.raises(CaseNotFoundError):
        propose_end(here.desk, "f" * 16, actor=boss(), version=1)
    assert [each.family_id for each in protections(here.engine, TODAY, actor=boss(), family_id="H:2")] == []


def test_whoever_writes_addresses_reads_them_as_the_reader_may() -> None:
    """If this fails, a new export or page tells where a protected family lives."""
    room = Path(registry.__file__).parent
    plain = {
        path.relative_to(room).as_posix() for path in room.rglob("*.py") if re.search(r"\bVault\(", path.read_text())
    }
    telling = {path for path in plain if re.search(r"住址|\baddress\b", (room / path).read_text())}
    assert telling == {"reader_vault.py"}
