"""Coverage of allowances on a sample district: who is entitled and who was paid, by place and for each area."""

from dataclasses import replace

import polars as pl
import pytest

from registry.coverage import coverage, covered_within
from registry.engine import make_engine
from registry.queries import EditionInfo, edition_rows, require_edition
from registry.scope import DISTRICT, Area
from tests.integration.conftest import Installation


@pytest.fixture
def edition(dirty: Installation) -> EditionInfo:
    """The newest edition of the sample."""
    engine = make_engine(dirty.settings)
    try:
        return require_edition(engine)
    finally:
        engine.dispose()


def test_the_unpaid_are_those_who_are_asked_about_or_not_yet_due(dirty: Installation, edition: EditionInfo) -> None:
    """If this fails, the overview says that all is paid while warnings ask why somebody is not, or the reverse."""
    rows = coverage(dirty.settings, edition)
    assert rows is not None
    engine = make_engine(dirty.settings)
    warned = edition_rows(engine, edition.edition_id, "warnings")
    engine.dispose()
    asked = warned.filter(pl.col("rule_id") == "old_age_allowance_missing")["person_key"].n_unique()
    (old_age,) = [each for each in covered_within(rows, DISTRICT) if (each.kind, each.street) == ("old_age", None)]
    assert 0 < old_age.paid < old_age.entitled
    assert old_age.missing >= asked > 0
    assert old_age.percent == pytest.approx(100 * old_age.paid / old_age.entitled)


def test_an_area_counts_its_own_alone(dirty: Installation, edition: EditionInfo) -> None:
    """If this fails, a street learns how many of another street go without."""
    rows = coverage(dirty.settings, edition)
    assert rows is not None
    street = Area("330108002")
    whole = {(each.kind, each.street): each for each in covered_within(rows, DISTRICT)}
    own = covered_within(rows, street)
    assert {each.street for each in own} == {None, street.code}
    assert all(replace(each, street=street.code) == whole[each.kind, street.code] for each in own)
    community = street.communities[0]
    part = rows.filter(pl.col("community_code") == community)["entitled"].sum()
    assert sum(each.entitled for each in covered_within(rows, Area(community)) if each.street is None) == part


def test_an_edition_whose_tables_are_no_more_has_none(dirty: Installation, edition: EditionInfo) -> None:
    """If this fails, figures of another edition stand under this one's date."""
    assert coverage(dirty.settings, replace(edition, input_hash="0" * 64)) is None
