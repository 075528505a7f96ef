"""Whether published rows are what their manifest says."""

from sqlalchemy import Engine, text

from registry.keeping import check_manifests
from tests.unit.registry.examples import JULY, published, two_families

_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


def _tamper(engine: Engine, statement: str) -> None:
    """Change the record as somebody could who writes to the database file itself."""
    with engine.begin() as connection:
        for name in connection.execute(text(_TRIGGERS)).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(statement))


def test_untouched_editions_hold(either: Engine) -> None:
    """If this fails, `doudi verify` finds fault with what is in order."""
    published(either, two_families())
    found = check_manifests(either)
    assert (found.holds, found.checked) == (True, 1)


def test_a_changed_row_is_found_and_its_table_named(engine: Engine) -> None:
    """If this fails, a family can be put into another street without notice."""
    edition_id = published(engine, two_families())
    _tamper(engine, "UPDATE list_entry SET street_code = 'x' WHERE family_id = (SELECT min(family_id) FROM list_entry)")
    faults = check_manifests(engine).faults
    assert any(edition_id in each and "table list " in each for each in faults)


def test_a_changed_manifest_is_found(engine: Engine) -> None:
    """If this fails, an edition can be said to rest on other deliveries than it did."""
    published(engine, two_families())
    _tamper(engine, "UPDATE edition SET manifest = json_set(manifest, '$.inputs.code_version', 'x')")
    assert ["input set" in each for each in check_manifests(engine).faults] == [True]


def test_every_published_edition_is_looked_at(engine: Engine) -> None:
    """If this fails, only the current edition is verified."""
    published(engine, two_families())
    published(engine, two_families(), as_of=JULY)
    _tamper(engine, "DELETE FROM list_entry WHERE edition_id = (SELECT min(edition_id) FROM edition)")
    found = check_manifests(engine)
    assert (found.checked, found.holds) == (2, False)
