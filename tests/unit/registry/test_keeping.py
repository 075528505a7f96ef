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


def test_untouched_editions_hold(either: Engine) -> None:
    """If this fails, `doudi verify` finds fault with what is in order."""
    published(either, two_families())
    found = check_manifests(either)
    assert (found.holds, found.checked) == (True, 1)


def test_a_changed_row_is_found_and_its_table_named(either: Engine) -> None:
    """If this fails, a family can be put into another street without notice."""
    edition_id = published(either, two_families())
    _tamper(either, "UPDATE list_entry SET street_code = 'x' WHERE family_id = (SELECT min(family_id) FROM list_entry)")
    faults = check_manifests(either).faults
    assert any(edition_id in each and "table list was changed" in each for each in faults)


def test_a_changed_manifest_is_found(either: Engine) -> None:
    """If this fails, an edition can be said to rest on other deliveries than it did."""
    published(either, two_families())
    # the column is JSON on a server
    as_json = " :: json" if either.dialect.name == "postgresql" else ""
    changed = "replace(CAST(manifest AS TEXT), '0.1.0', '0.1.1')"
    _tamper(either, f"UPDATE edition SET manifest = ({changed}){as_json}")  # noqa: S608  # our own words
    assert ["input set" in each for each in check_manifests(either).faults] == [True]


def test_every_published_edition_is_looked_at(either: Engine) -> None:
    """If this fails, only the current edition is verified."""
    published(either, two_families())
    published(either, two_families(), as_of=JULY)
    _tamper(either, "DELETE FROM list_entry WHERE edition_id = (SELECT min(edition_id) FROM edition)")
    found = check_manifests(either)
    assert (found.checked, found.holds) == (2, False)


def test_changed_decisions_are_found_and_later_ones_are_not_taken_for_it(either: Engine) -> None:
    """If this fails, a decision can be turned round behind a list; or one that came meanwhile makes it look forged."""
    _decide(either, 1)
    frozen_at = datetime.now(UTC)
    inputs = input_set(extra={DECISIONS: table_hash(known_decisions(either, JUNE, recorded_by=frozen_at))})
    _decide(either, 2)  # while the edition is computed
    publish(either, write_candidate(either, inputs, two_families(), frozen_at=frozen_at), actor="tester")
    assert require_edition(either).frozen_at == frozen_at
    assert check_manifests(either).holds
    _tamper(either, "UPDATE decision SET outcome = 'exit_refused'")
    (fault,) = check_manifests(either).faults
    assert "decisions" in fault
