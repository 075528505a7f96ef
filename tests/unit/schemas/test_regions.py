from pathlib import Path

import polars as pl
import pytest

from schemas.identifiers import check_digit, is_valid
from schemas.regions import region_caveats
from tests.unit.schemas.cells import TODAY, read
from tests.unit.schemas.files import as_csv, changed, feed_of, table, taken


def numbered(region: str, born: str = "19900101") -> str:
    stem = f"{region}{born}123"
    return stem + check_digit(stem)


@pytest.mark.parametrize(
    ("region", "born", "code"),
    [
        ("330108", "19961212", None),
        ("330108", "19700101", "id_region_other_time"),  # first exists from 1996 on
        ("110104", "19800101", None),  # retired in 2010
        ("110104", "20150101", "id_region_other_time"),
        ("129999", "19900101", "id_region_unknown"),
        ("810000", "19700101", None),  # residence permits carry it whatever the year of birth
        ("830000", "19700101", None),
        ("933156", "19700101", None),  # foreigners' cards of 2023 hold other things in these places
    ],
)
def test_a_region_in_doubt_is_a_caveat_and_never_a_refusal(region: str, born: str, code: str | None) -> None:
    """If this breaks, people whose county was renamed are refused, or a mistyped prefix goes unnoticed."""
    number = numbered(region, born)
    reading = read("person_id", number)
    assert reading.value.item() == number
    assert reading.tidied == ({code: 1} if code else {})


def test_no_number_of_any_county_that_ever_was_is_refused() -> None:
    """If this breaks, a county's people are refused for the years in which its code was not in use."""
    regions = pl.Series([f"{each:06d}" for each in range(110000, 660000, 7)])
    numbers = [numbered(each) for each in regions]
    assert all(is_valid(each, today=TODAY) for each in numbers)
    assert read("person_id", *numbers).reason.null_count() == len(numbers)


def test_blank_and_refused_numbers_have_no_region() -> None:
    """If this breaks, a missing number counts as an unknown county."""
    assert region_caveats(pl.Series([None], dtype=pl.String)) == {}
    assert read("person_id", "129999199001011234").tidied == {}


def test_the_receipt_tells_regions_in_doubt(tmp_path: Path) -> None:
    """If this breaks, the sender does not learn which kind of number deserves a look."""
    rows = changed(table(feed_of()), feed_of(), person_id=numbered("129999"))
    receipt = taken(tmp_path, as_csv(rows)).receipt
    assert receipt.status == "accepted"
    assert receipt.caveats == ["id_region_unknown:1"]
