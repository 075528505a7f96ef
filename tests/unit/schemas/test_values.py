from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.columns import Column
from schemas.fields import field
from schemas.values import UNITS, Cells, Reading, read_cells

TODAY = date(2026, 6, 30)


def read(column: Column, *texts: str | None, factor: int = 100, numeric: bool | None = None) -> Reading:
    text = pl.Series("text", texts, dtype=pl.String)
    marks = None if numeric is None else pl.Series([numeric] * len(texts))
    return read_cells(column, Cells(text, numeric=marks, factor=factor), today=TODAY)


def value(column: Column, text: str | None, factor: int = 100) -> object:
    reading = read(column, text, factor=factor)
    assert reading.reason.item() is None
    return reading.value.item()


def reason(column: Column, text: str | None) -> object:
    reading = read(column, text)
    assert reading.value.item() is None
    return reading.reason.item()


@pytest.mark.parametrize(
    "text",
    [
        "20240301",
        "2024-03-01",
        "2024-3-1",
        "2024/3/1",
        "2024.3.1",
        "2024.03.01",
        "2024年3月1日",
        "2024年03月01号",
        "２０２４－０３－０１",
        " 2024-03-01 ",
        "45352",
        "45352.0",
        "45352.58",
        "2024-03-01 00:00:00",
        "2024-03-01T13:05:06",
        "2024/3/1 0:00",
    ],
)
def test_one_day_in_every_style(text: str) -> None:
    """If this breaks, a department's whole date column is refused or read as other days."""
    assert value(field("paid_on"), text) == date(2024, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "20241301",
        "2024年3月",
        "1024-03-01",
        "2024-03-0112",
        "1900-01-00",
        "3/1/2024",
        "abc",
        "1234",
        "0000-00-00",
    ],
)
def test_a_day_that_cannot_be_is_refused(text: str) -> None:
    """If this breaks, a slip becomes another day without anybody noticing."""
    assert reason(field("paid_on"), text) == "bad_date"


def test_events_do_not_lie_ahead_but_ends_may() -> None:
    """If this breaks, a mistyped year counts as aid, or every open permit is refused."""
    assert reason(field("paid_on"), "2026-07-01") == "future_date"
    assert value(field("paid_on"), "2026-06-30") == TODAY
    assert value(field("ended_on", required=False), "2030-01-01") == date(2030, 1, 1)
    assert value(field("ended_on", required=False), "长期") is None


@pytest.mark.parametrize(
    "text", ["2024-05", "202405", "2024年5月", "2024年05月份", "2024/5", "2024.05", "2024.5", "2024-05-31", "45413"]
)
def test_one_month_in_every_style(text: str) -> None:
    """If this breaks, incomes move to another month or are lost."""
    assert value(field("period_month"), text) == date(2024, 5, 1)


def test_a_month_that_a_spreadsheet_has_cut_is_refused() -> None:
    """If this breaks, October is read as January."""
    assert reason(field("period_month"), "2024.1") == "bad_month"
    assert value(field("period_month"), "2024.10") == date(2024, 10, 1)
    assert reason(field("period_month"), "2024-13") == "bad_month"
    assert reason(field("period_month"), "2026-07") == "future_date"


@pytest.mark.parametrize(
    ("text", "period"),
    [("2024-05", "2024-05"), ("202405", "2024-05"), ("2024年5月", "2024-05"), ("2024", "2024"), ("2024年度", "2024")],
)
def test_periods_are_months_or_years(text: str, period: str) -> None:
    """If this breaks, an annual figure is counted as a month's, or the reverse."""
    assert value(field("period"), text) == period


def test_periods_ahead_and_nonsense_are_refused() -> None:
    """If this breaks, income of a year to come is counted."""
    assert reason(field("period"), "2027") == "future_date"
    assert reason(field("period"), "2026-07") == "future_date"
    assert reason(field("period"), "20") == "bad_period"


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234.50", 123450),
        ("1234.5元", 123450),
        ("￥1,234.50", 123450),
        ("1.2万", 1200000),
        ("1.2万元", 1200000),
        ("１２３．４５", 12345),
        ("-5", -500),
        ("(12.30)", -1230),
        ("3角", 30),
        ("0", 0),
        (".5", 50),
        ("0.29", 29),
        ("1.15", 115),
        ("0.30000000000000004", 30),
        ("1.1499999999999999", 115),
        ("1.000", 100),
        ("1234.5600000001", 123456),
    ],
)
def test_amounts_in_every_style(text: str, fen: int) -> None:
    """If this breaks, amounts are off by a factor or by a fen."""
    assert value(field("amount_fen"), text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1e5",
        "1.2E+05",
        "5%",
        "1.2.3",
        "--5",
        ".",
        "12,5",
        "1.234,50",
        "12;5",
        "12345678901234",
        "5 or 6",
        "12元5角",
    ],
)
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    """If this breaks, text becomes money."""
    assert reason(field("amount_fen"), text) == "bad_money"


@settings(deadline=None)
@given(st.decimals(-99_999, 99_999, places=4), st.sampled_from(sorted(UNITS)))
def test_amounts_are_exact(amount: Decimal, unit: str) -> None:
    """If this breaks, sums differ from the department's by rounding."""
    exact = amount * UNITS[unit]
    whole = exact == exact.to_integral_value()
    for text, factor in ((f"{amount:f}{unit}", 100), (f"{amount:f}", UNITS[unit])):
        reading = read(field("amount_fen"), text, factor=factor)
        assert reading.value.item() == (int(exact) if whole else None)
        assert reading.reason.item() == (None if whole else "money_too_fine")


def test_an_amount_beyond_all_measure_is_refused() -> None:
    """If this breaks, a slip overflows the sums of everybody."""
    assert reason(field("amount_fen"), "922337203.6855亿") == "out_of_range"
    assert reason(field("gross_fen"), "-1") == "out_of_range"


def test_parts_of_a_fen_are_refused_and_what_a_computer_left_is_counted() -> None:
    """If this breaks, an amount is rounded that somebody must decide, or a float's noise costs a row."""
    reading = read(field("amount_fen"), "1.005", "33.333333333333336", "0.30000000000000004", "1.00")
    assert reading.value.to_list() == [None, None, 30, 100]
    assert reading.reason.to_list() == ["money_too_fine", "money_too_fine", None, None]
    assert reading.tidied == {"money_float": 1}


def test_a_required_cell_is_missing_and_an_optional_one_is_null() -> None:
    """If this breaks, rows without their facts count, or good rows are set aside."""
    for blank in (None, "", "无", "-", "—", "NULL"):
        assert reason(field("paid_on"), blank) == "missing_required"
        assert value(field("paid_on", required=False), blank) is None


def test_codes_are_looked_up_never_guessed() -> None:
    """If this breaks, a new category is counted under an old one."""
    assert value(field("street_code"), " 西兴 ") == "330108001"
    assert value(field("street_code"), "330108001") == "330108001"
    assert value(field("support_relation"), "赡 养") == "child"
    assert reason(field("street_code"), "西兴街") == "unknown_code"
    assert value(field("cancel_reason", required=False), "国（境）外定居") == "emigration"


def test_grades_and_areas() -> None:
    """If this breaks, grades of disability are refused or out of their range."""
    assert value(field("disability_grade"), "一级") == 1
    assert value(field("disability_grade"), "２级") == 2
    assert reason(field("disability_grade"), "5") == "out_of_range"
    assert reason(field("disability_grade"), "1.5") == "bad_integer"
    assert value(field("area_m2"), "89.5㎡") == 90


@pytest.mark.parametrize("text", ["3.30108E+17", "4.4E+17", "3.30108199001011E+17"])
def test_a_number_that_a_spreadsheet_rounded_is_refused(text: str) -> None:
    """If this breaks, the lost digits are made up and the row goes to another person."""
    assert reason(field("person_id"), text) == "excel_number"


def test_a_numeric_cell_cannot_hold_eighteen_digits() -> None:
    """If this breaks, a rounded number passes when its check digit happens to fit."""
    fits = "330108199001010009"
    text = read(field("person_id"), "11010519491231002X", numeric=False)
    assert text.reason.item() is None
    assert read(field("person_id"), fits, numeric=True).reason.item() == "excel_number"
    assert read(field("payment_no"), "1234567890123456", numeric=True).reason.item() == "excel_number"
    assert read(field("payment_no"), "123456789012345", numeric=True).reason.item() is None


def test_numbers_written_out_after_rounding_are_refused() -> None:
    """If this breaks, a file saved from a spreadsheet gives one in eleven rows to strangers."""
    good = "110105194912310" + "000"
    rounded = [f"11010519491231{digit}000" for digit in range(10)]
    reading = read(field("person_id"), good, *rounded, "11010519491231002X")
    assert set(reading.reason.to_list()[:-1]) == {"excel_number"}
    assert reading.reason.to_list()[-1] is None


def test_a_long_column_reads_like_a_short_one() -> None:
    """If this breaks, large files get other values than small ones."""
    texts = ["2024-03-01", "20240301", "nonsense", None, "2024-02-30"] * 400
    long, short = read(field("paid_on"), *texts), read(field("paid_on"), *texts[:5])
    assert long.value.to_list() == short.value.to_list() * 400
    assert long.reason.to_list() == short.reason.to_list() * 400
    assert long.tidied == {"date_restyled": 400}


def test_a_formula_error_is_no_empty_cell() -> None:
    """If this breaks, #N/A as the end of a spell means that it never ended."""
    cells = Cells(pl.Series([None, "2024-03-01"]), broken=pl.Series(["cell_error", None]))
    reading = read_cells(field("ended_on", required=False), cells, today=TODAY)
    assert reading.reason.to_list() == ["cell_error", None]
