"""What spreadsheets show and what they hold: per cent, numbers as text, days, formulas with results, other files."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from schemas.errors import UnreadableFileError
from schemas.second_look import is_percent
from tests.unit.schemas.files import as_xlsx, feed_of, number, table, taken
from tests.unit.schemas.office import converted
from tests.unit.schemas.test_take_sheets import rewritten

FEED = feed_of()
ROWS = table(FEED, 4)
PLACES = {column.name: place for place, column in enumerate(FEED.columns, start=1)}
FORMATS = ("xlsx", "xls", "ods")
SHEET = "xl/worksheets/sheet1.xml"


def workbook(extension: str, change: Callable[[Any], None], rows: list[list[str]] = ROWS) -> bytes:
    """A workbook of openpyxl, changed, in one of the formats that LibreOffice writes."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    change(made.active)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue() if extension == "xlsx" else converted(data.getvalue(), extension)


@pytest.mark.parametrize("extension", FORMATS)
def test_per_cent_is_never_an_amount(tmp_path: Path, extension: str) -> None:
    """If this breaks, 50 % passes for half a yuan, or for fifty."""

    def change(sheet: Any) -> None:
        for row, (value, form) in enumerate([(0.5, "0%"), (12.5, '0.0"元"%'), (0.5, '0.00"%"'), ("50%", "@")], start=2):
            cell = sheet.cell(row, PLACES["amount_fen"])
            cell.value, cell.number_format = value, form

    result = taken(tmp_path, workbook(extension, change), f"a.{extension}")
    assert result.receipt.reasons == {"percent_cell": 2, "bad_money": 1}
    assert result.accepted.select("source_row", "amount_fen").rows() == [(4, 50)]  # a format that only writes the sign


@pytest.mark.parametrize("extension", FORMATS)
def test_per_cent_beside_figures_is_no_matter(tmp_path: Path, extension: str) -> None:
    """If this breaks, a row is sent back for the format of an empty cell, or of a date."""

    def change(sheet: Any) -> None:
        for row in range(2, 6):
            sheet.cell(row, PLACES["granted_on"]).number_format = "0%"
            sheet.cell(row, PLACES["amount_fen"]).number_format = "0%"  # its cells hold text

    assert taken(tmp_path, workbook(extension, change), f"a.{extension}").receipt.status == "accepted"


def test_how_a_format_shows_per_cent() -> None:
    """If this breaks, a sign that is only text beside a number sends its row back."""
    assert all(is_percent(each) for each in ("0%", "0.00%", "[>=1]0%;0.0%", "0.0_%%"))
    assert not any(is_percent(each) for each in ("General", '0"%"', "0\\%", "0_%", '[$"%"]0'))


@pytest.mark.parametrize("extension", FORMATS)
def test_numbers_as_text_and_text_as_numbers(tmp_path: Path, extension: str) -> None:
    """If this breaks, a green corner in a cell changes an amount, or a business number loses its zeros."""

    def change(sheet: Any) -> None:
        for row, amount in enumerate(["1234.56", "1,234.56", " 80 ", 12345678.9], start=2):
            sheet.cell(row, PLACES["amount_fen"]).value = amount
        for row, payment in enumerate(["000123", 123, "1e5", 20260101], start=2):
            sheet.cell(row, PLACES["payment_no"]).value = payment

    result = taken(tmp_path, workbook(extension, change), f"a.{extension}")
    assert result.accepted["amount_fen"].to_list() == [123_456, 123_456, 8_000, 1_234_567_890]
    assert result.accepted["payment_no"].to_list() == ["000123", "123", "1e5", "20260101"]


@pytest.mark.parametrize("extension", FORMATS)
def test_days_as_text_number_and_moment_are_one_day(tmp_path: Path, extension: str) -> None:
    """If this breaks, what a clerk typed into a cell of days is another day, or none."""

    def change(sheet: Any) -> None:
        cells = [
            ("2026/2/3", "yyyy-mm-dd"),
            (20260203, "0"),
            (datetime(2026, 2, 3, 23, 59), "yyyy-mm-dd hh:mm"),  # noqa: DTZ001 - a cell has no zone
            (46056, 'yyyy"年"m"月"d"日"'),
        ]
        for row, (value, form) in enumerate(cells, start=2):
            cell = sheet.cell(row, PLACES["granted_on"])
            cell.value, cell.number_format = value, form

    result = taken(tmp_path, workbook(extension, change), f"a.{extension}")
    assert result.accepted["granted_on"].to_list() == [date(2026, 2, 3)] * 4


@pytest.mark.parametrize("extension", FORMATS)
def test_a_formula_counts_by_its_result(tmp_path: Path, extension: str) -> None:
    """If this breaks, a sheet that computes its columns is refused, or read as empty."""

    def change(sheet: Any) -> None:
        sheet.cell(2, PLACES["amount_fen"]).value = "=100.5*2"
        sheet.cell(3, PLACES["payment_no"]).value = '="N"&"7"'
        sheet.cell(4, PLACES["paid_on"]).value = '=IF(1=1,"","x")'
        sheet.cell(5, PLACES["granted_on"]).value = "=DATE(2026,2,3)"

    plain = workbook("xlsx", change)  # LibreOffice computes what has no result yet
    data = converted(converted(plain, "ods"), "xlsx") if extension == "xlsx" else converted(plain, extension)
    result = taken(tmp_path, data, f"a.{extension}")
    assert result.receipt.status == "accepted"
    assert result.accepted["amount_fen"].to_list()[0] == 20_100
    assert result.accepted["payment_no"].to_list()[1] == "N7"
    assert result.accepted["paid_on"].to_list()[2] is None
    assert result.accepted["granted_on"].to_list()[3] == date(2026, 2, 3)


@pytest.mark.parametrize("result", [b"<v></v>", b"<v/>", b""])
def test_an_empty_text_is_a_result(tmp_path: Path, result: bytes) -> None:
    """If this breaks, every row is sent back whose optional cell is =IF(…, "", …)."""
    place = chr(ord("A") + PLACES["paid_on"] - 1).encode()
    rows = [ROWS[0], [cell if at != PLACES["paid_on"] - 1 else "拾" for at, cell in enumerate(ROWS[1])]]
    data = as_xlsx({"数据": rows})
    sheet = zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    start = sheet.index(b'<c r="%s2"' % place)
    old = sheet[start : sheet.index(b"</c>", start) + 4]
    new = b'<c r="%s2" t="str"><f>IF(1=1,"","x")</f>' % place + result + b"</c>"
    taken_ = taken(tmp_path, rewritten(data, SHEET, old, new), "a.xlsx")
    assert taken_.accepted["paid_on"].to_list() == [None]


def linked(to: str) -> bytes:
    """A workbook with a formula that takes its result from another one."""

    def change(sheet: Any) -> None:
        sheet.cell(2, PLACES["amount_fen"]).value = 88.0

    part = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    data, made = workbook("xlsx", change), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as plain, zipfile.ZipFile(made, "w") as archive:
        for name in plain.namelist():
            content = plain.read(name)
            if name == SHEET:
                assert b"<v>88</v>" in content
                content = content.replace(b"<v>88</v>", f"<f>[1]{to}!A1</f><v>88</v>".encode())
            archive.writestr(name, content)
        archive.writestr("xl/externalLinks/externalLink1.xml", part)
    return made.getvalue()


def test_what_comes_from_another_file_is_told(tmp_path: Path) -> None:
    """If this breaks, amounts that were computed from an old file on someone's desk look like any others."""
    result = taken(tmp_path, linked("Sheet1"), "a.xlsx")
    assert result.accepted["amount_fen"].to_list()[0] == 8_800
    assert result.receipt.caveats == ["linked_files:1"]


@pytest.mark.parametrize("extension", ["ods", "xls"])
def test_links_of_other_formats_are_told(tmp_path: Path, extension: str) -> None:
    """If this breaks, only XLSX says that its amounts come from elsewhere."""
    other = tmp_path / "other.xlsx"
    other.write_bytes(as_xlsx({"Sheet1": [[77]]}))

    def change(sheet: Any) -> None:
        sheet.cell(2, PLACES["amount_fen"]).value = f"='{other.as_uri()}'#$Sheet1.A1"

    content = converted(workbook("xlsx", change), "ods")
    data = content if extension == "ods" else converted(content, extension)
    caveats = taken(tmp_path, data, f"a.{extension}").receipt.caveats
    assert "linked_files:1" in caveats


def test_cells_that_do_not_say_where_they_stand(tmp_path: Path) -> None:
    """If this breaks, #N/A in a file of an uncommon program is read as an empty cell."""
    data = as_xlsx({"数据": ROWS})
    sheet = zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    nameless = sheet
    for row in range(1, 6):
        for place in range(len(FEED.columns)):
            nameless = nameless.replace(b' r="%s%d"' % (chr(ord("A") + place).encode(), row), b"")
    assert taken(tmp_path, rewritten(data, SHEET, sheet, nameless), "a.xlsx").receipt.rows_accepted == 4
    failed = nameless.replace(b't="s"><v>%d</v>' % (len(ROWS[0]) + 5), b't="e"><v>#N/A</v>', 1)
    with pytest.raises(UnreadableFileError, match="没有标明位置"):
        taken(tmp_path, rewritten(data, SHEET, sheet, failed), "a.xlsx")


@pytest.mark.parametrize("extension", FORMATS)
def test_grouped_headings_over_several_sheets(tmp_path: Path, extension: str) -> None:
    """If this breaks, a workbook with a printed form for each street loses streets, or shifts their columns."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    upper = [title if place < 3 else ("发放情况" if place == 3 else None) for place, title in enumerate(ROWS[0])]
    lower = [None if place < 3 else title for place, title in enumerate(ROWS[0])]
    for at, street in enumerate(("西兴", "长河", "浦沿")):
        sheet = made.create_sheet(street)
        people = [[number(10 * at + serial), *row[1:]] for serial, row in enumerate(ROWS[1:], start=1)]
        titles = [[f"{street}街道临时救助发放表"], ["2026年6月"]][: 1 + at % 2]
        for row in (*titles, upper, lower, *people, ["合计", None, None, 402], ["制表人:甲"]):
            sheet.append(row)
        head = len(titles) + 1
        for place in (1, 2, 3):
            sheet.merge_cells(start_row=head, end_row=head + 1, start_column=place, end_column=place)
        sheet.merge_cells(start_row=head, end_row=head, start_column=4, end_column=len(ROWS[0]))
        sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(ROWS[0]))
    data = io.BytesIO()
    made.save(data)
    content = data.getvalue() if extension == "xlsx" else converted(data.getvalue(), extension)
    result = taken(tmp_path, content, f"a.{extension}")
    assert result.receipt.skipped == {"footer": 3, "title": 4, "total": 3}
    assert result.receipt.caveats == ["two_row_header:3"]
    expected = [
        (street, number(10 * at + serial))
        for at, street in enumerate(("西兴", "长河", "浦沿"))
        for serial in range(1, 5)
    ]
    assert result.accepted.select("source_sheet", "person_id").rows() == expected
    assert result.accepted["amount_fen"].to_list() == [10_050] * 12
