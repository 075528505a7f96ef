"""Profiles: counts by column, the same for a file whole or in pieces, and no value of a person."""

from datetime import date

import polars as pl

from schemas.contract import get_feed
from schemas.profile import Profile, profile_of

FEED = get_feed("temporary_assistance")


def _rows(amounts: list[int | None], codes: list[str | None]) -> pl.DataFrame:
    schema = {each.name: each.dtype for each in FEED.columns}
    code = next(each.name for each in FEED.columns if each.codes and each.name != "street_code")
    money = next(each.name for each in FEED.columns if each.dtype == pl.Int64())
    frame = pl.DataFrame({money: amounts, code: codes}, schema_overrides={money: pl.Int64, code: pl.String})
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name) for name, dtype in schema.items()
    )


def test_amounts_and_codes_are_counted_by_bin() -> None:
    """If this breaks, a shift of amounts or codes is not seen."""
    profile = profile_of(_rows([-100, 0, 99, 100, 9_999, 10_000, None], ["illness", "illness", None, *["a"] * 4]), FEED)
    assert profile.rows == 7
    money = next(each for each in profile.columns.values() if each.bands)
    assert money.bands == {"below_0": 1, "0": 2, "1": 2, "100": 1}
    assert money.nulls == 1
    codes = [each.codes for each in profile.columns.values() if each.codes]
    assert codes == [{"a": 4, "illness": 2}]


def test_pieces_add_up_to_the_whole() -> None:
    """If this breaks, a large file has another profile than a small one of the same rows."""
    whole = _rows([1, 200, 30_000, None], ["a", "b", "a", None])
    parts = [profile_of(whole[:1], FEED), profile_of(whole[1:3], FEED), profile_of(whole[3:], FEED)]
    assert Profile().merged(parts) == profile_of(whole, FEED)
    assert parts[2].merged([parts[0], parts[1]]) == profile_of(whole, FEED)


def test_a_profile_holds_no_value_of_a_person() -> None:
    """If this breaks, names and numbers stand in receipts."""
    person = _rows([1], ["a"]).with_columns(
        person_id=pl.lit("330108190001010012"), person_name=pl.lit("示例甲"), paid_on=pl.lit(date(2026, 1, 2))
    )
    text = profile_of(person, FEED).model_dump_json()
    assert not any(each in text for each in ("3301081900", "示例甲", "2026-01-02"))
