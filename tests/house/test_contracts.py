"""Every declaration explains itself: a field without a description fails the build."""

import pytest

from schemas.codes import CODE_LISTS
from schemas.contract import DeliveryMode, all_feeds
from schemas.fields import FIELDS
from schemas.tables import TABLES


def silent(**parts: str) -> list[str]:
    """The parts that say nothing."""
    return [name for name, text in parts.items() if not text.strip()]


def test_an_empty_part_is_noticed() -> None:
    """A check that accepts blanks would let an undocumented column pass."""
    assert silent(title="户号", description=" ") == ["description"]


@pytest.mark.parametrize("name", sorted(all_feeds()))
def test_every_feed_and_column_explains_itself(name: str) -> None:
    """Otherwise a department meets a column in its template that nobody can explain."""
    feed = all_feeds()[name]
    parts = ("title", "description", "absence_means", "legal_basis", "population")
    assert silent(**{each: getattr(feed, each) for each in parts}) == []
    assert feed.business_key or feed.mode is not DeliveryMode.CHANGES, "changes need a key by which they replace"
    for column in feed.columns:
        assert silent(title=column.title, description=column.description) == [], column.name


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_and_column_explains_itself(name: str) -> None:
    """Otherwise the data dictionary has holes where an auditor looks."""
    table = TABLES[name]
    assert silent(title=table.title, grain=table.grain) == []
    for column_name, column in table.columns.items():
        assert silent(title=column.title, description=column.description) == [], column_name


def test_every_code_has_a_title() -> None:
    """Otherwise a drop-down of a template or a filter of the list shows an empty line."""
    for codes in CODE_LISTS.values():
        assert codes.title
        assert all(codes.title_of(code) for code in codes.codes), codes.name


def test_every_declared_column_is_used_by_a_feed() -> None:
    """Otherwise the dictionary describes a column that no department delivers."""
    used = {column.name for feed in all_feeds().values() for column in feed.columns}
    assert set(FIELDS) - used == set()
