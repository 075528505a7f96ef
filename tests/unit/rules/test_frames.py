"""The idioms of rules: windows by calendar arithmetic, bands, the latest row."""

from datetime import date

import narwhals as nw
import polars as pl
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from editions.hits import rule_context
from rules.frames import banded, earliest_of, entitlements, inside, latest_of, recent_deliveries
from rules.parameters import Band, load_parameters
from schemas.tables import FACTS, HEALTH
from tests.unit.rules.tables import rows

DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2031, 12, 31))


def _inside(start: date, as_of: date, number: int, unit: str) -> bool:
    frame = nw.from_native(pl.LazyFrame({"d": [start]}))
    kept = frame.filter(inside("d", as_of, number, unit))  # type: ignore[arg-type]
    return kept.to_native().collect().height == 1


@given(start=DAYS, as_of=DAYS, number=st.integers(1, 60))
def test_a_window_of_months_is_calendar_arithmetic(start: date, as_of: date, number: int) -> None:
    """A day too many or too few at a month's end lists or drops a family against the law (民法典 201, 202)."""
    expected = start <= as_of <= start + relativedelta(months=number)
    assert _inside(start, as_of, number, "mo") == expected


@given(start=DAYS, as_of=DAYS, number=st.integers(1, 5))
def test_a_window_of_years_is_calendar_arithmetic(start: date, as_of: date, number: int) -> None:
    """29 February is where years go wrong."""
    assert _inside(start, as_of, number, "y") == (start <= as_of <= start + relativedelta(years=number))


@pytest.mark.parametrize(
    ("start", "last", "number", "unit"),
    [
        (date(2024, 2, 29), date(2027, 2, 28), 3, "y"),
        (date(2024, 2, 29), date(2028, 2, 29), 4, "y"),
        (date(2023, 8, 31), date(2024, 2, 29), 6, "mo"),
        (date(2022, 8, 31), date(2023, 2, 28), 6, "mo"),
        (date(2025, 3, 31), date(2026, 3, 31), 12, "mo"),
    ],
)
def test_both_ends_of_a_window(start: date, last: date, number: int, unit: str) -> None:
    """The first day and the last day count, the days around them do not."""
    one = relativedelta(days=1)
    assert not _inside(start, start - one, number, unit)
    assert _inside(start, start, number, unit)
    assert _inside(start, last, number, unit)
    assert not _inside(start, last + one, number, unit)


def test_points_by_bands() -> None:
    """One yuan below or above a band must give the band's own points; what is not known gives none."""
    frame = nw.from_native(pl.LazyFrame({"v": [-5, 0, 9, 10, 11, None]}))
    points = frame.select(p=banded(nw.col("v"), [Band(0, 3), Band(10, 7)])).to_native().collect()
    assert points["p"].to_list() == [3, 3, 3, 7, 7, None]
    assert points["p"].dtype == pl.Int64


def test_the_latest_and_the_earliest_row() -> None:
    """Evidence would be picked at random, and two runs of one month would differ."""
    frame = nw.from_native(pl.LazyFrame({"p": ["a", "a", "b"], "d": [2, 1, 5], "x": ["late", "early", "only"]}))
    latest = latest_of(frame, ["p"], ["d"]).to_native().collect().sort("p")
    earliest = earliest_of(frame, ["p"], ["d"]).to_native().collect().sort("p")
    assert latest["x"].to_list() == ["late", "only"]
    assert earliest["x"].to_list() == ["early", "only"]


def test_recent_deliveries_cross_the_year() -> None:
    """In January the deliveries of November and December would be forgotten."""
    months = ["2025-10", "2025-11", "2025-12", "2026-01", "2026-02"]
    health = rows(HEALTH, *({"feed": "vehicles", "month": month, "status": "accepted"} for month in months))
    as_of = date(2026, 1, 31)
    context = rule_context({"health": health}, as_of, load_parameters().as_of(as_of))
    kept = recent_deliveries(context).to_native().collect()
    assert kept["month"].sort().to_list() == ["2025-11", "2025-12", "2026-01"]


def test_a_rigid_expense_spell_ends_by_itself() -> None:
    """A family whose recognition has expired would be treated as on the register."""
    spell = {"person_key": "a", "programme": "rigid_expense", "family_no": "N1", "started_on": date(2025, 3, 15)}
    spells = rows(FACTS["spells"], spell)
    for as_of, held in ((date(2026, 3, 14), 1), (date(2026, 3, 15), 0)):
        context = rule_context({"spells": spells}, as_of, load_parameters().as_of(as_of))
        assert entitlements(context).to_native().collect().height == held
