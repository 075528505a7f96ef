"""Workbooks of independent writers, in every format, with what departments do to sheets."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904  # type: ignore[import-untyped]

from schemas.contract import get_feed
from schemas.errors import UnreadableFileError
from schemas.formats import FORMATS, FileKind, kind_of
from tests.unit.schemas.files import as_xlsx, feed_of, table, taken
from tests.unit.schemas.office import (
    FAILED_FORMULA,
    FORMS,
    NOT_AVAILABLE,
    SHORT_CELL,
    Special,
    as_xlsb,
    form,
    of_another_age,
    percent,
)
from tests.unit.schemas.test_properties import receipt_or_refusal

FEED = feed_of()
ROWS = table(FEED, 4)
PLACES = {column.name: place for place, column in enumerate(FEED.columns, start=1)}


def book(change: Callable[[Any], None], *, from_1904: bool = False) -> bytes:
    """A workbook of openpyxl with four rows, changed."""
    made = openpyxl.Workbook()
    if from_1904:
        made.epoch = CALENDAR_MAC_1904
    sheet = made.active
    for row in ROWS:
        sheet.append(row)
    change(sheet)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


@pytest.mark.parametrize("name", FORMS)
def test_one_form_in_every_format_gives_one_result(tmp_path: Path, name: str) -> None:
    """If this breaks, an error cell passes for an empty one in one format, or a hidden row is lost."""
    result = taken(tmp_path, form(name), name)
    receipt = result.receipt
    assert receipt.rows_read == 9
    assert receipt.skipped == {"footer": 1, "title": 1, "total": 1}
    assert receipt.reasons == {"cell_error": 2, "excel_number": 1}
    for expected in ("hidden_columns:1", "hidden_rows:1", "hidden_sheets:1", "merged_cells:2"):
        assert expected in receipt.caveats
    assert result.accepted["source_row"].to_list() == [3, 7, 8]
    assert result.accepted["granted_on"].to_list()[0] == date(2026, 2, 3)
    assert result.accepted["amount_fen"].to_list() == [123_456, 10_050, 10_050]


def test_a_cell_merged_over_rows_holds_for_each(tmp_path: Path) -> None:
    """If this breaks, only the first payment of a merged person is counted."""

    def change(sheet: Any) -> None:
        sheet.merge_cells(start_row=2, end_row=4, start_column=1, end_column=1)

    accepted = taken(tmp_path, book(change), "a.xlsx").accepted
    assert accepted["person_id"].to_list() == [ROWS[1][0]] * 3 + [ROWS[4][0]]


def test_an_amount_merged_over_rows_is_never_shared_out(tmp_path: Path) -> None:
    """If this breaks, one payment to a family counts once for each member, or for one of them."""

    def change(sheet: Any) -> None:
        place = PLACES["amount_fen"]
        sheet.merge_cells(start_row=3, end_row=4, start_column=place, end_column=place)

    result = taken(tmp_path, book(change), "a.xlsx")
    assert result.receipt.reasons == {"merged_amount": 2}
    assert result.accepted["source_row"].to_list() == [2, 5]


def test_days_that_count_from_1904(tmp_path: Path) -> None:
    """If this breaks, every date of a workbook from an old Macintosh is four years early."""

    def change(sheet: Any) -> None:
        sheet.cell(2, PLACES["granted_on"]).value = date(2026, 2, 3)
        bare = sheet.cell(3, PLACES["granted_on"])
        bare.value = (date(2026, 2, 4) - date(1904, 1, 1)).days

    accepted = taken(tmp_path, book(change, from_1904=True), "a.xlsx").accepted
    assert accepted["granted_on"].to_list()[:2] == [date(2026, 2, 3), date(2026, 2, 4)]


def test_a_filtered_row_is_a_row(tmp_path: Path) -> None:
    """If this breaks, a filter that a clerk forgot takes people off the list."""

    def change(sheet: Any) -> None:
        sheet.auto_filter.ref = "A1:C5"
        sheet.row_dimensions[3].hidden = True

    result = taken(tmp_path, book(change), "a.xlsx")
    assert result.receipt.rows_accepted == 4
    assert "hidden_rows:1" in result.receipt.caveats


def test_a_format_is_told_by_its_bytes() -> None:
    """If this breaks, a workbook under another name is opened as an archive, or the other way round."""
    assert kind_of(as_xlsx({"数据": ROWS}), "zip") is FileKind.WORKBOOK
    assert kind_of(form("form.ods"), "zip") is FileKind.WORKBOOK
    assert kind_of(form("form.xls"), "csv") is FileKind.WORKBOOK
    assert set(FORMATS.values()) == set(FileKind) - {FileKind.WEB_PAGE}
    assert get_feed(FEED.name) is FEED


def binary(**options: Any) -> bytes:
    """An XLSB with four rows: an amount as number, a rounded identity number, the others plain."""
    cells: list[list[str | float | Special]] = [list(row) for row in ROWS]
    cells[1][PLACES["amount_fen"] - 1] = 1234.56
    cells[2][PLACES["person_id"] - 1] = 3.3010819700101e17
    for (row, name), cell in options.pop("cells", {}).items():
        cells[row][PLACES[name] - 1] = cell
    return as_xlsb("数据", cells, **options)


def test_a_binary_workbook_is_read(tmp_path: Path) -> None:
    """If this breaks, an XLSB is refused, or its rounded numbers pass."""
    result = taken(tmp_path, binary(), "a.xlsb")
    assert result.receipt.reasons == {"excel_number": 1}
    assert result.accepted["amount_fen"].to_list() == [123_456, 10_050, 10_050]
    assert result.receipt.caveats == []


@pytest.mark.parametrize("failed", [NOT_AVAILABLE, FAILED_FORMULA])
def test_a_formula_error_of_a_binary_workbook_is_seen(tmp_path: Path, failed: Special) -> None:
    """If this breaks, #N/A as a day of payment is read as "not paid" in this one format."""
    result = taken(tmp_path, binary(cells={(1, "paid_on"): failed}), "a.xlsb")
    assert result.receipt.reasons == {"cell_error": 1, "excel_number": 1}
    assert result.accepted["source_row"].to_list() == [4, 5]


@pytest.mark.parametrize("style", [1, 2])
def test_per_cent_in_a_binary_workbook_is_set_aside(tmp_path: Path, style: int) -> None:
    """If this breaks, 50 % passes for half a yuan in this one format."""
    cells = {(1, "amount_fen"): percent(0.5, style), (4, "amount_fen"): percent(12.0, style=0)}
    result = taken(tmp_path, binary(cells=cells), "a.xlsb")
    assert result.receipt.reasons == {"percent_cell": 1, "excel_number": 1}
    assert result.accepted["amount_fen"].to_list() == [10_050, 1_200]


def test_merged_hidden_and_linked_cells_of_a_binary_workbook(tmp_path: Path) -> None:
    """If this breaks, an XLSB loses what other formats tell, such as to whom a merged row belongs."""
    street = PLACES["street_code"] - 1
    data = binary(
        cells={(4, "street_code"): "", (4, "payment_no"): "N9"}, merged=(3, 4, street, street), hidden=3, linked=True
    )
    result = taken(tmp_path, data, "a.xlsb")
    assert result.receipt.caveats == ["hidden_columns:1", "hidden_rows:1", "linked_files:1", "merged_cells:1"]
    assert result.accepted["street_code"].null_count() == 0
    assert result.accepted["source_row"].to_list() == [2, 4, 5]


def test_cells_of_a_binary_workbook_that_no_reader_knows_are_refused(tmp_path: Path) -> None:
    """If this breaks, cells in a form that the library passes over are missing without a word."""
    with pytest.raises(UnreadableFileError, match="不常见格式"):
        taken(tmp_path, binary(cells={(1, "paid_on"): SHORT_CELL}), "a.xlsb")


def test_a_workbook_of_before_1997_is_looked_at_as_well(tmp_path: Path) -> None:
    """If this breaks, an XLS whose records stand in a stream of the old name passes for one without formula errors."""
    result = taken(tmp_path, of_another_age(form("form.xls")), "form.xls")
    assert result.receipt.reasons == {"cell_error": 2, "excel_number": 1}
    assert not [each for each in result.receipt.caveats if each.startswith("errors_unseen")]


def test_a_workbook_that_cannot_be_looked_at_says_so(tmp_path: Path) -> None:
    """If this breaks, an XLS whose records say nothing passes for one without formula errors."""
    data = form("form.xls").replace(b"\x09\x08\x10\x00\x00\x06", b"\x09\x08\x10\x00\x00\x04", 1)
    result = taken(tmp_path, data, "form.xls")
    assert [each for each in result.receipt.caveats if each.startswith("errors_unseen")]


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FORMS), st.data())
def test_damaged_workbooks_of_others_end_as_a_receipt_or_a_refusal(name: str, data: st.DataObject) -> None:
    """If this breaks, a broken transfer crashes the run or loses rows without a word."""
    content = bytearray(form(name))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    receipt_or_refusal(bytes(content[: data.draw(st.integers(1, len(content)))]), name)
    receipt_or_refusal(bytes(content), name)
