"""The idioms of rules: windows by calendar arithmetic, bands, the latest row."""

from datetime import date

import narwhals as nw
import polars as pl
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from editions.hits import rule_context
from rules.frames import (
    FEN_PER_YUAN,
    SOURCE_COLUMNS,
    about_feeds,
    as_hits,
    banded,
    day,
    day_text,
    earliest_of,
    entitlements,
    in_force,
    inside,
    latest_of,
    months_to,
    nothing,
    people,
    recent_deliveries,
    shifted,
)
from rules.parameters import Band, load_parameters
from schemas.tables import FACTS, HEALTH, get_table
from tests.unit.rules.tables import member, rows

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


TODAY, TOMORROW, YESTERDAY = date(2026, 3, 31), date(2026, 4, 1), date(2026, 3, 30)


@pytest.mark.parametrize(
    ("started", "ended", "held"),
    [
        (YESTERDAY, None, True),
        (TODAY, None, True),
        (TOMORROW, None, False),
        (YESTERDAY, TODAY, False),
        (YESTERDAY, TOMORROW, True),
        (TOMORROW, date(2026, 5, 1), False),
        (None, None, False),
    ],
)
def test_a_spell_in_force(started: date | None, ended: date | None, *, held: bool) -> None:
    """A family would be on the register a day too long, or a day too little (domain line 1)."""
    schema = {"started_on": pl.Date, "ended_on": pl.Date}
    frame = nw.from_native(pl.LazyFrame({"started_on": [started], "ended_on": [ended]}, schema=schema))
    kept = frame.filter(in_force("started_on", "ended_on", TODAY)).to_native().collect()
    assert (kept.height == 1) is held


def test_dates_and_nulls_are_typed() -> None:
    """Spark and SQL would refuse the column, or compare text with days."""
    frame = nw.from_native(pl.LazyFrame({"d": [date(2024, 2, 29)]}))
    made = frame.select(
        day=day(TODAY),
        text=day_text("d"),
        year=shifted("d", 1, "y"),
        month=shifted("d", 1, "mo"),
        later=shifted("d", 2, "d"),
        words=nothing(nw.String),
        number=nothing(nw.Int64),
    )
    found = made.to_native().collect()
    assert found.rows() == [(TODAY, "2024-02-29", date(2025, 2, 28), date(2024, 3, 29), date(2024, 3, 2), None, None)]
    dtypes = [pl.Date, pl.String, pl.Date, pl.Date, pl.Date, pl.String, pl.Int64]
    assert found.dtypes == dtypes


def test_people_are_those_in_scope() -> None:
    """Warnings would be raised about people whom the district does not answer for (domain line 5)."""
    members = [member("a", "H:1"), member("b", "H:2", in_scope=False), member("c", "H:3", in_scope=None)]
    context = rule_context({"members": rows(get_table("members"), *members)}, TODAY, load_parameters().as_of(TODAY))
    assert people(context).to_native().collect().rows(named=True) == [{"person_key": "a", "family_id": "H:1"}]
    assert people(context, "birth_on").to_native().collect().columns == ["person_key", "family_id", "birth_on"]


def test_only_a_rigid_spell_without_an_end_ends_by_itself() -> None:
    """Families on other programmes would drop off the register after a year, or a known end be overruled."""
    long_ago = date(2020, 1, 1)
    told = [
        ("a", "rigid_expense", date(2025, 4, 1), None),
        ("b", "rigid_expense", date(2025, 3, 31), None),
        ("c", "rigid_expense", long_ago, TOMORROW),
        ("d", "subsistence", long_ago, None),
        ("e", "subsistence", long_ago, TODAY),
    ]
    spells = [
        {"person_key": person, "programme": programme, "family_no": f"N{person}", "started_on": start, "ended_on": end}
        | {"source_feed": "f", "source_delivery": "d", "source_sheet": "s", "source_row": 1}
        for person, programme, start, end in told
    ]
    context = rule_context({"spells": rows(FACTS["spells"], *spells)}, TODAY, load_parameters().as_of(TODAY))
    found = entitlements(context).to_native().collect().sort("person_key")
    assert found.columns == ["person_key", "programme", "family_no", "started_on", "ended_on", *SOURCE_COLUMNS]
    assert found.select("person_key", "ended_on").rows() == [("a", TOMORROW), ("c", TOMORROW), ("d", None)]
    assert found.rows()[1] == ("c", "rigid_expense", "Nc", long_ago, TOMORROW, "f", "d", "s", 1)


@pytest.mark.parametrize(
    ("as_of", "number", "months"),
    [
        (date(2026, 1, 1), 1, ["2026-01"]),
        (date(2026, 1, 31), 3, ["2025-11", "2025-12", "2026-01"]),
        (date(2025, 12, 31), 2, ["2025-11", "2025-12"]),
        (date(2026, 10, 5), 2, ["2026-09", "2026-10"]),
    ],
)
def test_the_last_folder_months(as_of: date, number: int, months: list[str]) -> None:
    """Deliveries of a month would be forgotten, or those of a month to come looked for."""
    assert months_to(as_of, number) == months


def test_the_last_and_the_first_row_of_several_columns() -> None:
    """Two rows of a day would be told apart by chance."""
    told = {"p": ["a", "a", "a", "a"], "q": [1, 1, 1, 2], "d": [1, 2, 2, 9], "e": [5, 7, 6, 0]}
    frame = nw.from_native(pl.LazyFrame(told))
    latest = latest_of(frame, ["p", "q"], ["d", "e"]).to_native().collect().sort("q")
    earliest = earliest_of(frame, ["p", "q"], ["d", "e"]).to_native().collect().sort("q")
    assert latest.select("d", "e").rows() == [(2, 7), (9, 0)]
    assert earliest.select("d", "e").rows() == [(1, 5), (9, 0)]


def test_a_row_without_one_of_its_keys_has_its_own_latest_row() -> None:
    """Rows of which one key is not known would all be kept, and a question be asked once for each."""
    frame = nw.from_native(
        pl.LazyFrame({"p": ["a", "a"], "q": [None, None], "d": [1, 2]}, schema_overrides={"q": pl.Int64})
    )
    assert latest_of(frame, ["p", "q"], ["d"]).to_native().collect()["d"].to_list() == [2]
    assert earliest_of(frame, ["p", "q"], ["d"]).to_native().collect()["d"].to_list() == [1]


def test_a_yuan_is_a_hundred_fen() -> None:
    """Every line of the law that is given in yuan would be drawn elsewhere."""
    assert FEN_PER_YUAN == 100


SOURCE = {"source_feed": "f", "source_delivery": "d", "source_sheet": "s", "source_row": 1}


def test_a_hit_has_what_it_was_given() -> None:
    """An entry would be explained by another day, amount or fact than it stands on."""
    row = {"family_id": "H:1", "person_key": "a", "on": TODAY, "fen": 5, "key": "K"} | SOURCE
    frame = nw.from_native(pl.LazyFrame([row]))
    whole = as_hits(
        frame, "r", basis=nw.lit("b"), evidence_on="on", evidence_key=nw.col("key"), valid_until=day(TOMORROW),
        evidence_fen=nw.col("fen"),
    ).to_native().collect()  # fmt: skip
    assert whole.rows() == [("r", "H:1", "a", "b", TODAY, TOMORROW, 5, "K", "f", "d", "s", 1)]
    assert dict(whole.schema) == dict(get_table("hits").schema)
    plain = as_hits(frame, "r", basis="b", evidence_on=day(TODAY), evidence_key="key").to_native().collect()
    assert plain.rows() == [("r", "H:1", "a", "b", TODAY, None, None, "K", "f", "d", "s", 1)]
    assert dict(plain.schema) == dict(get_table("hits").schema)
    named = as_hits(frame, "r", basis="b", evidence_on="on", evidence_key="key", evidence_fen="fen")
    assert named.to_native().collect()["evidence_fen"].to_list() == [5]


def test_a_hit_about_a_feed_names_it_and_nobody() -> None:
    """A question to a department would stand in a family's record, or be sent to no department."""
    frame = nw.from_native(pl.LazyFrame({"feed": ["vehicles"], "month": ["2026-03"]}))
    found = about_feeds(frame, "r", basis="b", evidence_on=day(TODAY), evidence_key="month").to_native().collect()
    assert found.rows() == [("r", None, None, "b", TODAY, None, None, "2026-03", "vehicles", None, None, None)]
    assert dict(found.schema) == dict(get_table("hits").schema)
