"""That two numbers are one person, decided by persons: written like a row of the police, read like one."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, select

from editions.facts import build_facts
from editions.knowledge import identities, known_feed_tables
from linkage.identity import IdentityKey, person_keys
from registry.audit import verify
from registry.corrections import NewCorrection, record_correction
from registry.errors import DecisionError
from registry.intake import ingest, new_files
from registry.models import AuditEvent
from registry.store import known_deliveries
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.deliveries import land, number, row

DAY, TODAY = date(2026, 6, 20), date(2026, 7, 10)
OLD, NEW = number(1), number(2)
GIVEN: dict[str, Any] = {
    "old_id": OLD,
    "new_id": NEW,
    "corrected_on": DAY,
    "decided_by": "first",
    "approved_by": "second",
    "reason": "documents",
}


def _take_all(settings: Settings, engine: Engine) -> list[str]:
    return [ingest(each, settings, engine, today=TODAY).status for each in new_files(settings, engine)]


def _paid(settings: Settings, engine: Engine, as_of: date) -> set[str]:
    """Keys of those who were paid, as an edition of a day knows them."""
    known = known_deliveries(engine, settings, as_of)
    facts = build_facts(known_feed_tables(known, as_of), identities(known, as_of), as_of)
    return set(facts["aid"].collect()["person_key"])


def test_what_was_paid_under_the_old_number_is_the_persons(engine: Engine, settings: Settings) -> None:
    """If this fails, one person stands in the files as two, and only the police can put it right."""
    land(settings, [row(1)])
    assert _take_all(settings, engine) == ["accepted"]
    old, new = person_keys(pl.Series([OLD, NEW]), IdentityKey.from_settings(settings))
    path = record_correction(engine, settings, NewCorrection(**GIVEN))
    assert record_correction(engine, settings, NewCorrection(**GIVEN)) == path  # once
    assert _take_all(settings, engine) == ["accepted"]
    assert _paid(settings, engine, date(2026, 6, 19)) == {old}
    assert _paid(settings, engine, DAY) == {new}
    back = GIVEN | {"old_id": NEW, "new_id": OLD, "corrected_on": date(2026, 6, 25)}
    with pytest.raises(DecisionError, match="bears either number"):
        record_correction(engine, settings, NewCorrection(**GIVEN | {"old_id": number(3), "new_id": number(4)}))
    record_correction(engine, settings, NewCorrection(**back))
    assert _take_all(settings, engine) == ["accepted"]
    assert _paid(settings, engine, date(2026, 6, 30)) == {old}


def test_the_chain_says_who_decided_by_keys_alone(engine: Engine, settings: Settings) -> None:
    """If this fails, two persons are made one and nobody has done it, or the chain holds their numbers."""
    land(settings, [row(1)])
    _take_all(settings, engine)
    record_correction(engine, settings, NewCorrection(**GIVEN))
    with engine.connect() as connection:
        event = connection.execute(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (event.actor, event.action) == ("first", "correct_identity")
    assert "second" in str(event.details)
    assert OLD not in str(event.details)
    assert NEW not in str(event.details)
    assert verify(engine).holds


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"approved_by": " FIRST "}, DecisionError),
        ({"approved_by": ""}, DecisionError),
        ({"new_id": OLD}, DecisionError),
        ({"new_id": "330108198001010000"}, DecisionError),
        ({"old_id": "330108"}, DecisionError),
        ({"reason": "hearsay"}, UnknownNameError),
    ],
)
def test_what_nobody_may_correct_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    """If this fails, one person alone makes two families' facts one, or a number that is none."""
    with pytest.raises(error):
        NewCorrection(**GIVEN | changes)


def test_a_number_of_fifteen_digits_is_the_one_of_eighteen(engine: Engine, settings: Settings) -> None:
    """If this fails, the old number of an old certificate is told to be unknown."""
    short = "330108800101001"
    land(settings, [row(1, identity=short)])
    _take_all(settings, engine)
    assert record_correction(engine, settings, NewCorrection(**GIVEN | {"old_id": short})).is_file()
