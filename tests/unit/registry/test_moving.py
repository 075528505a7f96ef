"""A registry moves from SQLite to a PostgreSQL server with every row."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from registry.anchors import anchor, read_anchors
from registry.audit import append, verify
from registry.decisions import record
from registry.engine import migrate
from registry.errors import MoveError
from registry.moving import digests, move
from registry.publish import publish, write_candidate
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.examples import input_set, published, two_families
from tests.unit.registry.test_decisions import _new


def _fill(engine: Engine) -> None:
    published(engine, two_families())
    record(engine, _new(), load_parameters())
    append(engine, actor="a", action="export", purpose="月报", details={"z": 1, "a": [0.1, None], "次序": True})


def test_a_move_brings_every_row_and_the_chain(sqlite: Engine, postgres: Engine, settings: Settings) -> None:
    """A bureau that outgrows its file would lose decisions, or the proof of them."""
    _fill(sqlite)
    anchor(sqlite, settings.anchors_file)
    with sqlite.connect() as connection:
        before = digests(connection)
    rows = move(sqlite, postgres, actor="a")
    assert rows == {name: count for name, (count, _) in before.items()}
    with postgres.connect() as connection:
        after = digests(connection)
    assert {name for name in before if before[name] != after[name]} == {"audit_event"}  # the move itself
    found = verify(postgres, read_anchors(settings.anchors_file))
    assert (found.holds, found.events) == (True, before["audit_event"][0] + 1)


def test_the_moved_registry_numbers_on_and_is_protected(sqlite: Engine, postgres: Engine) -> None:
    """The first publication after a move would fail, or what was published be open to change."""
    _fill(sqlite)
    move(sqlite, postgres, actor="a")
    edition_id = write_candidate(postgres, input_set(revision=2), two_families())
    assert publish(postgres, edition_id)
    with pytest.raises(DBAPIError), postgres.begin() as connection:
        connection.execute(text("DELETE FROM list_entry"))


def test_a_database_with_rows_is_not_moved_into(sqlite: Engine, postgres: Engine) -> None:
    """Two registries would be mixed into one."""
    _fill(sqlite)
    append(postgres, actor="a", action="export", purpose="x", details={})
    with pytest.raises(MoveError, match="audit_event"):
        move(sqlite, postgres, actor="a")


def test_a_broken_chain_is_not_moved(sqlite: Engine, postgres: Engine) -> None:
    """A move would be the moment to lose what was tampered with."""
    _fill(sqlite)
    with sqlite.begin() as connection:
        connection.execute(text("DROP TRIGGER keep_audit_event_update"))
        connection.execute(text("UPDATE audit_event SET actor = 'x' WHERE seq = 1"))
    with pytest.raises(MoveError, match="chain"):
        move(sqlite, postgres, actor="a")
    migrate(postgres)
