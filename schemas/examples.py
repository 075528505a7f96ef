"""Rows that show how a template is filled in: generated, and recognisable as examples.

What belongs here: one value for each kind of cell. The people never were: their numbers say that they were born on the
first day of 1901, their names that they are examples.
"""

from datetime import date

from schemas.columns import Column, Kind
from schemas.contract import Feed
from schemas.identifiers import check_digit

__all__ = ["EXAMPLE_ROWS", "example_rows"]

EXAMPLE_ROWS = 3
_BORN = "19010101"  # before March 1900 spreadsheets disagree on days
_NAMES = ("示例甲", "示例乙", "示例丙")
_DAY = date(2024, 3, 1)
_LATER = date(2024, 9, 30)
_AMOUNTS = {"total_fen": 3600.5, "fund_paid_fen": 2400.0, "out_of_pocket_fen": 1200.5}  # parts and their sum
_ENDS = ("ended", "expires", "expired", "released", "valid_until")


def example_rows(feed: Feed) -> list[list[str | int | float | date]]:
    """Rows of cells in the order of the contract: texts, numbers and days as a clerk enters them."""
    return [[_cell(column, row, place) for place, column in enumerate(feed.columns)] for row in range(EXAMPLE_ROWS)]


def _cell(column: Column, row: int, place: int) -> str | int | float | date:
    if column.codes is not None:
        return column.codes.title_of(column.codes.codes[row % len(column.codes.codes)])
    if column.kind is Kind.DATE:
        return _day(column)
    if column.kind in {Kind.MONEY, Kind.INTEGER}:
        least = (column.minimum or 0) if column.kind is Kind.INTEGER else 0
        return least + row + 1 if column.kind is Kind.INTEGER else _AMOUNTS.get(column.name, 1200.5 + row)
    return _text(column, row, place)


def _day(column: Column) -> date:
    if column.name.startswith("birth"):
        return date.fromisoformat(_BORN)
    return _LATER if column.name.startswith(_ENDS) else _DAY


def _text(column: Column, row: int, place: int) -> str:
    texts = {
        Kind.ID_NUMBER: _number(row, place),
        Kind.NAME: _NAMES[row % len(_NAMES)],
        Kind.PHONE: f"1390000000{row}",
        Kind.ADDRESS: f"示例路{row + 1}号",
        Kind.NUMBER: f"SL{place:02d}{row + 1:06d}",
        Kind.MONTH: f"{_DAY:%Y-%m}",
        Kind.PERIOD: f"{_DAY:%Y-%m}",
        Kind.BOOLEAN: "是",
    }
    return texts.get(column.kind, "示例")


def _number(row: int, place: int) -> str:
    stem = f"330108{_BORN}{100 * (place % 9) + row + 1:03d}"
    return stem + check_digit(stem)
