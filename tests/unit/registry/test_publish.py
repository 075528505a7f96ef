"""From computed tables to a published edition."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from registry.errors import EditionConflictError, NoEditionError
from registry.filters import ListFilter
from registry.models import PUBLISHED, AuditEvent, Edition, Publication
from registry.publish import publish, write_candidate
from registry.queries import current_edition, edition_rows, list_rows, require_edition
from registry.scope import WHOLE
from registry.summary import summary
from schemas.tables import EDITION_TABLES
from tests.unit.registry.examples import (
    JULY,
    JUNE,
    edition,
    family,
    hit,
    input_set,
    key,
    member,
    published,
    two_families,
    warning,
)


def _count(engine: Engine, model: type) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def test_what_was_computed_is_what_is_read(engine: Engine) -> None:
    """If this fails, staff see other rows than the computation gave."""
    tables = two_families()
    edition_id = published(engine, tables)
    for name in EDITION_TABLES:
        expected = tables[name].lazy().collect()
        assert edition_rows(engine, edition_id, name).sort(pl.all()).equals(expected.sort(pl.all())), name


def test_empty_text_and_null_stay_apart(engine: Engine) -> None:
    """If this fails, "no sheet" becomes "unknown sheet" in one of the databases."""
    edition_id = published(
        engine, edition(listed=[family("H:1", 1)], hits=[hit("H:1", 1, source_sheet="", basis=None)])
    )
    row = edition_rows(engine, edition_id, "hits").row(0, named=True)
    assert (row["source_sheet"], row["basis"]) == ("", None)


def test_publishing_twice_changes_nothing(engine: Engine) -> None:
    """If this fails, a repeated run leaves duplicate rows or a second publication."""
    first = published(engine, two_families())
    again = write_candidate(engine, input_set(), two_families())
    assert again == first
    assert publish(engine, again) is False
    assert _count(engine, Edition) == 1
    assert _count(engine, Publication) == 1
    assert _count(engine, PUBLISHED["list"]) == 2


def test_row_order_does_not_matter(engine: Engine) -> None:
    """If this fails, the same list computed in another order counts as another edition."""
    first = published(engine, two_families())
    reversed_rows = {name: frame.lazy().collect().reverse() for name, frame in two_families().items()}
    assert write_candidate(engine, input_set(), reversed_rows) == first


def test_equal_inputs_with_other_content_are_an_error(engine: Engine) -> None:
    """If this fails, a computation that is not repeatable overwrites or hides behind what is published."""
    published(engine, two_families())
    with pytest.raises(EditionConflictError, match="not repeatable"):
        write_candidate(engine, input_set(), edition(listed=[family("H:1", 1)]))


def test_a_candidate_is_not_current(engine: Engine) -> None:
    """If this fails, a run that stopped before its checks shows its list to staff."""
    before = published(engine, two_families())
    candidate = write_candidate(engine, input_set(revision=2), edition(listed=[family("H:1", 1)]))
    assert require_edition(engine).edition_id == before
    assert write_candidate(engine, input_set(revision=2), two_families()) == candidate
    assert edition_rows(engine, candidate, "list").height == 2
    assert publish(engine, candidate) is True
    assert require_edition(engine).edition_id == candidate


def test_a_failed_candidate_leaves_nothing(engine: Engine) -> None:
    """If this fails, part of an edition stands in the database, or an error message names a person."""
    broken = edition(listed=[family("H:1", 1)], members=[member("H:1", 1), member("H:1", 1)])
    with pytest.raises(EditionConflictError, match="'members' of the edition has 1 rows too many") as caught:
        write_candidate(engine, input_set(), broken)
    assert key(1) not in str(caught.value)
    assert _count(engine, Edition) == 0
    assert _count(engine, PUBLISHED["list"]) == 0


_CHANGING = {
    "sqlite": ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"),
    "postgresql": ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"),
}
_KEPT = (
    "edition",
    "publication",
    "audit_event",
    "list_entry",
    "list_member",
    "hit",
    "warning",
    "score_reason",
    "edition_aggregate",
)


@pytest.mark.parametrize("table", _KEPT)
def test_nothing_published_can_be_changed(engine: Engine, table: str) -> None:
    """If this fails, a list can be altered after it was published and nobody would know."""
    published(engine, two_families())
    column = "seq" if table == "audit_event" else "edition_id"
    for statement in _CHANGING[engine.dialect.name]:
        changing = statement.format(table, column)
        refusal = "never changes|append-only|still referenced"
        with pytest.raises(DBAPIError, match=refusal), engine.begin() as connection:
            connection.execute(text(changing))


@pytest.mark.parametrize("table", ["list_entry", "hit", "warning"])
def test_nothing_can_be_added_to_a_published_edition(engine: Engine, table: str) -> None:
    """If this fails, a family can be slipped into a list after its publication."""
    first = published(engine, two_families())
    unlike = edition(listed=[family("H:9", 9)], hits=[hit("H:9", 9)], warnings=[warning(9)])
    other = write_candidate(engine, input_set(revision=2), unlike)
    move = text(f"UPDATE {table} SET edition_id = :first WHERE edition_id = :other")  # noqa: S608
    with pytest.raises(DBAPIError, match="never changes"), engine.begin() as connection:
        connection.execute(move, {"first": first, "other": other})


def test_rows_of_a_candidate_cannot_name_a_published_edition(engine: Engine) -> None:
    """If this fails, a plain INSERT extends a published list."""
    edition_id = published(engine, two_families())
    add = text("INSERT INTO list_entry (edition_id, family_id, layer) VALUES (:edition, 'H:999', 'extended')")
    with pytest.raises(DBAPIError, match="never changes"), engine.begin() as connection:
        connection.execute(add, {"edition": edition_id})


def test_months_out_of_order(engine: Engine) -> None:
    """If this fails, computing June after July makes June the list of today."""
    july = published(engine, two_families(), JULY)
    june = published(engine, two_families(), JUNE)
    assert require_edition(engine).edition_id == july
    assert require_edition(engine, JUNE).edition_id == june
    assert require_edition(engine, date(2026, 7, 1)).edition_id == june
    assert current_edition(engine, date(2026, 5, 31)) is None
    with pytest.raises(NoEditionError, match="2026-05-31"):
        require_edition(engine, date(2026, 5, 31))


def test_as_known_on(engine: Engine) -> None:
    """If this fails, an auditor who asks what was known then is shown what is known now."""
    first = published(engine, two_families())
    instant = datetime.now(UTC)
    second = published(engine, edition(listed=[family("H:1", 1)]), revision=2)
    assert require_edition(engine, JUNE, known_on=instant).edition_id == first
    assert require_edition(engine, JUNE, known_on=instant + timedelta(days=1)).edition_id == second
    assert current_edition(engine, JUNE, known_on=date(2020, 1, 1)) is None


def test_returning_to_earlier_inputs_makes_that_edition_current_again(engine: Engine) -> None:
    """If this fails, a wrong correction that is taken back stays the list of record."""
    first = published(engine, two_families())
    published(engine, edition(listed=[family("H:1", 1)]), revision=2)
    assert published(engine, two_families()) == first
    assert require_edition(engine).edition_id == first
    assert _count(engine, AuditEvent) == 3


def test_an_edition_without_a_table_is_refused(engine: Engine) -> None:
    """If this fails, an edition appears to have no warnings because nobody computed them."""
    tables = two_families()
    del tables["warnings"]
    with pytest.raises(EditionConflictError, match="warnings"):
        write_candidate(engine, input_set(), tables)


def test_an_edition_with_other_columns_is_refused(engine: Engine) -> None:
    """If this fails, a column is dropped on its way into the record."""
    tables = two_families()
    tables["list"] = tables["list"].lazy().with_columns(pl.col("score").cast(pl.Int32))
    with pytest.raises(EditionConflictError, match="score"):
        write_candidate(engine, input_set(), tables)


def test_summary_counts(engine: Engine) -> None:
    """If this fails, the numbers that the run prints are not those of the list."""
    july = published(engine, two_families(), JULY)
    june = published(engine, edition(listed=[family("H:100", 3), family("H:200", 4)], members=[member("H:200", 4)]))
    found = summary(engine, july, WHOLE)
    assert (found.families, found.members) == (2, 3)
    assert found.groups == {"temporary_assistance": 1}
    assert found.tiers == {"red": 1, "yellow": 1}
    assert found.layers == {"extended": 1, "registered": 1}
    assert found.warnings_by_kind == {"need": 1, "verify": 1}
    assert found.group_tiers == {("temporary_assistance", "yellow"): 1}
    assert (found.entered, found.left) == (1, 1)
    assert summary(engine, june, WHOLE).entered is None


def test_list_rows_come_by_urgency(engine: Engine) -> None:
    """If this fails, the worst-off family is not on the first page."""
    edition_id = published(engine, two_families())
    assert list_rows(engine, edition_id, ListFilter.of(WHOLE))["family_id"].to_list() == ["D:7", "H:100"]
    assert list_rows(engine, edition_id, ListFilter.of(WHOLE), limit=1, offset=1)["head_key"].to_list() == [key(3)]


def test_a_death_that_later_life_refutes_is_not_published(engine: Engine) -> None:
    """A living person would be told as having died when the family leaves the list (domain line 14)."""
    died, applied = date(2023, 7, 1), date(2026, 5, 22)
    tables = edition(
        listed=[family("H:1", 1)],
        members=[member("H:1", 1)],
        deaths=[{"person_key": key(each), "died_on": died} for each in (1, 2)],
        applications=[{"person_key": key(1), "relation_to_applicant": "self", "applied_on": applied}],
    )
    edition_id = published(engine, tables)
    dead = PUBLISHED["deaths"].__table__.c
    with engine.connect() as connection:
        told = connection.execute(select(dead.person_key, dead.died_on).where(dead.edition_id == edition_id)).all()
    assert [tuple(each) for each in told] == [(key(2), died)]
