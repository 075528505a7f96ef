"""Files of the list that hold the columns of its page alone."""

import pytest
from sqlalchemy import Engine

from registry.exports import export_list
from registry.exports.rows import SHOWN_AS, chosen
from registry.list_columns import LIST_COLUMNS
from registry.roles import Actor
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.examples import JUNE, published
from tests.unit.registry.test_exports import FAMILY_HEADINGS, listed_edition


def test_each_column_of_the_page_has_its_headings() -> None:
    """If this fails, a file of chosen columns lacks one that its page shows."""
    assert tuple(SHOWN_AS) == LIST_COLUMNS.codes
    assert set(chosen(LIST_COLUMNS.codes)) < set(FAMILY_HEADINGS)
    with pytest.raises(UnknownNameError):
        chosen(["tier", "phone"])


def test_they_are_no_matter_of_a_table_for_machines(settings: Settings, engine: Engine) -> None:
    """If this fails, who chose columns is given all of them."""
    published(engine, listed_edition(), JUNE)
    with pytest.raises(UnknownNameError):
        export_list(engine, settings, actor=Actor("经办人", "district_staff"), fmt="parquet", columns=["tier"])
