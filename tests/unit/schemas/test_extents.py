"""Sheets whose cells stand far apart: a slip of the mouse in any format ends as a refusal that says what to delete."""

import io
import struct
import zipfile
from dataclasses import replace

import openpyxl  # type: ignore[import-untyped]
import pytest

from schemas.errors import UnreadableFileError
from schemas.limits import Limits
from schemas.reading_sheet import read_workbook
from tests.unit.schemas.files import feed_of, table
from tests.unit.schemas.office import as_xlsb, converted

ROWS = table(feed_of())
LIMITS = Limits.from_settings()


def with_cell(row: int, column: int) -> bytes:
    """An XLSX with three rows and one more cell."""
    book = openpyxl.Workbook()
    for each in ROWS:
        book.active.append(each)
    book.active.cell(row, column).value = "x"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def far_xlsb(row: int, column: int) -> bytes:
    """An XLSB in which the first row is renumbered, and its first cell."""
    data, made = as_xlsb("数据", ROWS), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as plain, zipfile.ZipFile(made, "w") as archive:
        for name in plain.namelist():
            part = plain.read(name)
            if name.endswith("sheet1.bin"):
                last = part.rindex(struct.pack("<IIHHBI", len(ROWS) - 1, 0, 300, 0, 0, 0))
                cell = last + 17 + 2  # the row's record, then kind and size of the cell's
                part = (
                    part[:last]
                    + struct.pack("<I", row)
                    + part[last + 4 : cell]
                    + struct.pack("<I", column)
                    + part[cell + 4 :]
                )
            archive.writestr(name, part)
    return made.getvalue()


def refusal(data: bytes, file: str, limits: Limits = LIMITS) -> str:
    """Why the workbook is refused."""
    with pytest.raises(UnreadableFileError) as caught:
        read_workbook(data, file, feed_of(), limits)
    return str(caught.value)


def test_the_last_cell_of_an_xlsx() -> None:
    """If this breaks, one stray cell ends the run for want of memory."""
    assert "工作表的范围为1048576行16384列" in refusal(with_cell(1_048_576, 16_384), "a.xlsx")


def test_the_last_cell_of_an_xlsb() -> None:
    """If this breaks, the refusal of a stray cell speaks of memory, and nobody knows what to delete."""
    assert "工作表的范围为1048576行16384列" in refusal(far_xlsb(1_048_575, 16_383), "a.xlsb")
    assert "已损坏" in refusal(far_xlsb(0xFFFFFFF0, 0), "a.xlsb")


def test_the_last_cell_of_an_xls() -> None:
    """If this breaks, a stray cell in an old workbook is not measured at all."""
    data = converted(with_cell(65_536, 256), "xls")
    assert "工作表的范围为65536行256列" in refusal(data, "a.xls", replace(LIMITS, cells=10_000_000))


def as_ods(rows: str) -> bytes:
    """An ODS whose only sheet has these rows."""
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name='x'>{rows}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return data.getvalue()


CELL = "<table:table-cell office:value-type='string' {}><text:p>x</text:p></table:table-cell>"


FULL = CELL.format("table:number-columns-repeated='16384'")
EVERYWHERE = f"<table:table-row table:number-rows-repeated='1048576'>{FULL}</table:table-row>"
AT_THE_END = (
    "<table:table-row table:number-rows-repeated='1048575'><table:table-cell/></table:table-row><table:table-row>"
    f"<table:table-cell table:number-columns-repeated='16383'/>{CELL.format('')}</table:table-row>"
)


@pytest.mark.parametrize("rows", [EVERYWHERE, AT_THE_END])
def test_repeated_cells_of_an_ods(rows: str) -> None:
    """If this breaks, two hundred bytes that stand for a sheet full of cells fill the memory."""
    assert "工作表的范围为1048576行16384列" in refusal(as_ods(rows), "a.ods")
