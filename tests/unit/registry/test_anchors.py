"""Anchors prove what a chain alone cannot: that its end is there, and that it was not written anew."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from registry.anchors import anchor, check_files, read_anchors
from registry.audit import append, verify
from registry.errors import AuditError
from registry.seal import GENESIS, seal

Event = dict[str, Any]


def _record(engine: Engine, count: int) -> None:
    for number in range(count):
        append(engine, actor="a", action="export", purpose="审计", details={"rows": number, "share": 0.25})


@pytest.fixture
def anchors(engine: Engine, tmp_path: Path) -> Path:
    """Eight events, anchored after the fourth and the eighth, which the database then lets anybody change."""
    path = tmp_path / "kept" / "anchors.jsonl"
    for _ in range(2):
        _record(engine, 4)
        anchor(engine, path)
    server = engine.dialect.name == "postgresql"
    names = ["keep_audit_event"] if server else ["keep_audit_event_update", "keep_audit_event_delete"]
    with engine.begin() as connection:
        for name in names:
            connection.execute(text(f"DROP TRIGGER {name}{' ON audit_event' if server else ''}"))
    return path


def _sealed_anew(engine: Engine, first: int) -> None:
    """What somebody does who knows how the seal is made: change an event, and seal it and all that follow anew."""
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT * FROM audit_event ORDER BY seq")).mappings().all()
        previous = rows[first - 2]["event_hash"] if first > 1 else GENESIS
        for row in rows[first - 1 :]:
            event = {**row, "actor": "b", "previous_hash": previous}
            event["details"] = json.loads(row["details"]) if isinstance(row["details"], str) else row["details"]
            del event["event_hash"]
            previous = seal(event)
            connection.execute(
                text("UPDATE audit_event SET actor='b', previous_hash=:p, event_hash=:h WHERE seq=:s"),
                {"p": event["previous_hash"], "h": previous, "s": row["seq"]},
            )


FAULTS: dict[str, tuple[str, int, str]] = {
    "changed": ("UPDATE audit_event SET purpose = 'x' WHERE seq = 5", 5, "changed"),
    "missing": ("DELETE FROM audit_event WHERE seq = 2", 2, "missing"),
    "exchanged": (
        (
            "UPDATE audit_event SET seq = 17 - seq WHERE seq IN (3, 4);"
            " UPDATE audit_event SET seq = seq - 10 WHERE seq > 9"
        ),
        3,
        "does not follow",
    ),
    "cut": ("DELETE FROM audit_event WHERE seq >= 7", 7, "cut off"),
    "emptied": ("DELETE FROM audit_event", 1, "cut off"),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_in_the_database_is_found_and_named(engine: Engine, anchors: Path, fault: str) -> None:
    """Who took the list could be rewritten, or the last acts be taken out, and nobody would see it."""
    statements, seq, reason = FAULTS[fault]
    with engine.begin() as connection:
        for each in statements.split("; "):
            connection.execute(text(each))
    found = verify(engine, read_anchors(anchors))
    assert (found.holds, found.broken_seq) == (False, seq)
    assert any(reason in each.reason and each.seq == seq for each in found.faults)


@pytest.mark.parametrize(("first", "seq"), [(7, 8), (3, 4), (1, 1)])
def test_a_chain_that_was_sealed_anew_is_found(engine: Engine, anchors: Path, first: int, seq: int) -> None:
    """Whoever holds the database could write a history that fits together."""
    _sealed_anew(engine, first)
    assert verify(engine).holds
    found = verify(engine, read_anchors(anchors))
    assert (found.holds, found.broken_seq) == (False, seq)


def test_an_untouched_chain_holds_against_its_anchors(engine: Engine, anchors: Path) -> None:
    """Every check would end in a false alarm."""
    _record(engine, 3)
    found = verify(engine, read_anchors(anchors))
    assert (found.holds, found.events, found.anchors) == (True, 11, 2)


def _doubled(events: list[Event]) -> list[Event]:
    return [*events[:3], events[2], *events[3:]]


def _reordered(events: list[Event]) -> list[Event]:
    return [*events[:3], events[4], events[3], *events[5:]]


def _extended(events: list[Event]) -> list[Event]:
    return [*events[:3], events[3] | {"approved": True}, *events[4:]]


@pytest.mark.parametrize(
    ("tamper", "seq", "reason"),
    [
        (_doubled, 3, "twice"),
        (_reordered, 4, "out of its place"),
        (_extended, 4, "changed"),
        (lambda events: events[:6], 7, "cut off"),
        (lambda events: events[1:], 1, "missing"),
    ],
)
def test_an_exported_chain_is_checked_alone(
    engine: Engine, anchors: Path, tmp_path: Path, tamper: Callable[[list[Event]], list[Event]], seq: int, reason: str
) -> None:
    """An auditor without the installation and its keys could not check what was handed over."""
    chain = tmp_path / "chain.jsonl"
    assert verify(engine, export=chain).holds
    assert check_files(chain, anchors).holds
    events = [json.loads(each) for each in chain.read_text().splitlines()]
    chain.write_text("".join(json.dumps(each) + "\n" for each in tamper(events)))
    found = check_files(chain, anchors)
    assert found.broken_seq == seq
    assert reason in str(found.reason)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('"seq": 4', '"seq": 5'),
        lambda text: text.splitlines(keepends=True)[1],
        lambda text: text + '{"number": 3',
        lambda text: text + "[]\n",
        lambda text: text + "{}\n",
    ],
)
def test_anchors_that_were_touched_prove_nothing(engine: Engine, anchors: Path, spoil: Callable[[str], str]) -> None:
    """A file of anchors that was changed would excuse a chain that was changed."""
    anchors.write_text(spoil(anchors.read_text()))
    with pytest.raises(AuditError):
        read_anchors(anchors)


def test_a_chain_that_lost_what_was_anchored_is_not_anchored_anew(engine: Engine, anchors: Path) -> None:
    """The next anchor would cover up what the one before proves."""
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_event WHERE seq >= 7"))
    with pytest.raises(AuditError, match="anchored"):
        anchor(engine, anchors)
    assert len(read_anchors(anchors)) == 2


def test_an_empty_chain_is_not_anchored(engine: Engine, tmp_path: Path) -> None:
    """The first night of an installation would fail."""
    assert anchor(engine, tmp_path / "anchors.jsonl") is None
