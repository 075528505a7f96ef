"""What is recorded of a delivery is sealed when it is taken in; who changes it later is found."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, text

from registry.audit import verify
from registry.delivery_seal import ACTION, check_deliveries
from registry.intake import ingest, new_files, record_strays
from registry.models import AuditEvent, DeliveryRecord
from registry.vault import Vault
from schemas.settings import Settings
from tests.unit.registry.auditing.spoiling import without_triggers
from tests.unit.registry.deliveries import land, number, row

TODAY = date(2026, 6, 30)


def _take(settings: Settings, engine: Engine) -> list[str]:
    return [ingest(each, settings, engine, today=TODAY).delivery_id for each in new_files(settings, engine)]


def _events(engine: Engine) -> list[dict[str, Any]]:
    query = select(AuditEvent.details).where(AuditEvent.action == ACTION).order_by(AuditEvent.seq)
    with engine.connect() as connection:
        return list(connection.scalars(query))


def test_every_delivery_is_sealed_with_its_counts(settings: Settings, engine: Engine) -> None:
    """An auditor could not tell from the chain how many rows a department delivered."""
    land(settings, [row(1), row(2)])
    (taken,) = _take(settings, engine)
    land(settings, [row(3)], feed="no_such_feed")
    record_strays(settings, engine)
    counts = [(each["delivery"], each["state"], each["rows_read"], each["rows_accepted"]) for each in _events(engine)]
    assert counts[0] == (taken, "accepted", 2, 2)
    assert counts[1][1:] == ("refused", 0, 0)
    found = check_deliveries(engine)
    assert (found.holds, found.checked, found.unsealed) == (True, 2, 0)
    assert verify(engine).holds


@pytest.mark.parametrize(
    "change",
    [
        "rows_accepted = rows_accepted + 1",
        "rows_quarantined = 7",
        "sender = 'x'",
        "revision = 9",
        "file_name = 'x.csv'",
        "message = 'x'",
        "taken_on = '2026-06-29'",
        "received_at = '2026-06-01T00:00:00+00:00'",
    ],
)
def test_a_changed_record_is_found_and_named(settings: Settings, engine: Engine, change: str) -> None:
    """Somebody could say that a department had delivered more than it did, and replay alone would see it."""
    land(settings, [row(1)])
    (taken,) = _take(settings, engine)
    with without_triggers(engine, "delivery") as connection:
        connection.execute(text(f"UPDATE delivery SET {change}"))  # noqa: S608  # our own words
    (fault,) = check_deliveries(engine).faults
    assert taken in fault
    assert "event 1" in fault


def test_a_changed_receipt_is_found(settings: Settings, engine: Engine) -> None:
    """The receipt that a department downloads is made from it."""
    land(settings, [row(1)])
    (taken,) = _take(settings, engine)
    with engine.connect() as connection:
        receipt = connection.execute(select(DeliveryRecord.receipt)).scalar_one()
    changed = json.dumps(receipt | {"rows_read": 5})
    with without_triggers(engine, "delivery") as connection:
        connection.execute(text("UPDATE delivery SET receipt = :it"), {"it": changed})
    assert [taken in each for each in check_deliveries(engine).faults] == [True]


def test_a_record_that_is_gone_is_found(settings: Settings, engine: Engine) -> None:
    """A delivery could be made never to have come."""
    land(settings, [row(1)])
    (taken,) = _take(settings, engine)
    with without_triggers(engine, "delivery") as connection:
        connection.execute(delete(DeliveryRecord))
    (fault,) = check_deliveries(engine).faults
    assert taken in fault
    assert "gone" in fault


def test_what_is_older_than_its_seal_is_told_and_not_failed(settings: Settings, engine: Engine) -> None:
    """An installation of an earlier version would be called forged."""
    land(settings, [row(1)])
    _take(settings, engine)
    with without_triggers(engine, "audit_event") as connection:
        connection.execute(text("DELETE FROM audit_event"))
    found = check_deliveries(engine)
    assert (found.holds, found.checked, found.unsealed) == (True, 1, 1)


def test_what_came_later_without_a_seal_is_found(settings: Settings, engine: Engine) -> None:
    """A delivery that no department sent could be put into the record."""
    for each in (1, 2):
        land(settings, [row(each)], name=f"33010800{each}.csv")
        _take(settings, engine)
    with without_triggers(engine, "audit_event") as connection:
        connection.execute(text("DELETE FROM audit_event WHERE seq = 2"))
    (fault,) = check_deliveries(engine).faults
    assert "no event sealed" in fault


def test_a_refusal_that_is_taken_in_later_is_sealed_anew(settings: Settings, engine: Engine) -> None:
    """The first record would be missed for ever."""
    land(settings, ["x"], header="one column")
    assert _take(settings, engine)
    again = [ingest(each, settings, engine, today=TODAY) for each in new_files(settings, engine, again=True)]
    assert [each.status for each in again] == ["refused"]
    assert check_deliveries(engine).holds


def test_people_of_a_delivery_are_known_at_once(settings: Settings, engine: Engine) -> None:
    """A list written in the second after intake would show keys in the place of names."""
    land(settings, [row(1)])
    _take(settings, engine)
    vault = Vault(settings)
    assert vault.find(number(1))
    land(settings, [row(2)], name="330108002.csv")
    _take(settings, engine)
    assert vault.find(number(2))
