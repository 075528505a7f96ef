"""Whether published rows are what their manifest says."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine, text

from editions.hashing import table_hash
from editions.stage import DECISIONS
from registry.decisions import NewDecision, known_decisions, record
from registry.keeping import check_manifests
from registry.publish import publish, write_candidate
from registry.queries import require_edition
from rules.parameters import load_parameters
from tests.unit.registry.auditing.spoiling import without_triggers
from tests.unit.registry.examples import JULY, JUNE, input_set, key, published, two_families


def _tamper(engine: Engine, statement: str) -> None:
    """Change the record as somebody could who writes to the database behind the registry's back."""
    with without_triggers(engine, "edition", "list_entry", "decision") as connection:
        connection.execute(text(statement))


def _decide(engine: Engine, person: int) -> None:
    decided = NewDecision(
        person_key=key(person), rule_id="low_income_family", evidence_key="e", outcome="exit_confirmed",
        reason="visited", decided_on=date(2026, 6, 15), decided_by="first", approved_by="second",
    )  # fmt: skip
    record(engine, decided, load_parameters())


def test_untouched_editions_hold(engine: Engine) -> None:
    """If this fails, `doudi verify` finds fault with what is in order."""
    published(engine, two_families())
    found = check_manifests(engine)
    assert (found.holds, found.checked) == (True, 1)


def test_a_changed_row_is_found_and_its_table_named(engine: Engine) -> None:
    """If this fails, a family can be put into another street without notice."""
    edition_id = published(engine, two_families())
    _tamper(engine, "UPDATE list_entry SET street_code = 'x' WHERE family_id = (SELECT min(family_id) FROM list_entry)")
    faults = check_manifests(engine).faults
    assert any(edition_id in each and "table list was changed" in each for each in faults)


def test_a_changed_manifest_is_found(engine: Engine) -> None:
    """If this fails, an edition can be said to rest on other deliveries than it did."""
    published(engine, two_families())
    # the column is JSON on a server
    as_json = " :: json" if engine.dialect.name == "postgresql" else ""
    changed = "replace(CAST(manifest AS TEXT), '0.1.0', '0.1.1')"
    _tamper(engine, f"UPDATE edition SET manifest = ({changed}){as_json}")  # noqa: S608  # our own words
    assert ["input set" in each for each in check_manifests(engine).faults] == [True]


def test_every_published_edition_is_looked_at(engine: Engine) -> None:
    """If this fails, only the current edition is verified."""
    published(engine, two_families())
    published(engine, two_families(), as_of=JULY)
    _tamper(engine, "DELETE FROM list_entry WHERE edition_id = (SELECT min(edition_id) FROM edition)")
    found = check_manifests(engine)
    assert (found.checked, found.holds) == (2, False)


def test_changed_decisions_are_found_and_later_ones_are_not_taken_for_it(engine: Engine) -> None:
    """If this fails, a decision can be turned round behind a list; or one that came meanwhile makes it look forged."""
    _decide(engine, 1)
    frozen_at = datetime.now(UTC)
    inputs = input_set(extra={DECISIONS: table_hash(known_decisions(engine, JUNE, recorded_by=frozen_at))})
    _decide(engine, 2)  # while the edition is computed
    publish(engine, write_candidate(engine, inputs, two_families(), frozen_at=frozen_at), actor="tester")
    assert require_edition(engine).frozen_at == frozen_at
    assert check_manifests(engine).holds
    _tamper(engine, "UPDATE decision SET outcome = 'exit_refused'")
    (fault,) = check_manifests(engine).faults
    assert "decisions" in fault
