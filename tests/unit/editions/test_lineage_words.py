"""Lineage as people read it."""

from datetime import date

from editions.lineage import FEED, edition_lineage
from editions.lineage_words import column_title, origins, published_columns, split
from schemas.tables import get_table


def test_columns_are_called_as_in_the_contract() -> None:
    """A reader sees the department's own words, not our identifiers."""
    (found,) = origins([(f"{FEED}tax_wages", "gross_fen")])

    assert found.department == "税务局"
    assert all(title != name for name, title in found.columns.items())
    assert column_title(("list", "tier")) == get_table("list").columns["tier"].title


def test_every_origin_of_the_list_has_a_title() -> None:
    """No cell of the lineage page shows a bare name of a table."""
    lineage = edition_lineage(date(2026, 6, 30))

    for column in published_columns(lineage):
        for each in origins([*lineage.upstream(*column).value, *lineage.upstream(*column).influence]):
            assert each.title != each.name


def test_a_written_column_is_split_at_its_last_point() -> None:
    """Names of feeds are kept whole."""
    assert split("feed:tax_wages.gross_fen") == ("feed:tax_wages", "gross_fen")
