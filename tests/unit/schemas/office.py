"""Workbooks as office programs write them: one form of openpyxl, the same by LibreOffice, a small XLSB, locked ones.

What belongs here: bytes of workbooks, made when a test asks for them. LibreOffice converts; where it is not installed
the test is skipped and says so.
"""

import io
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from tests.unit.schemas.files import feed_of, table

FORMS = ("form.xlsx", "form.ods", "form.xls")
_SECONDS = 120


def form(name: str) -> bytes:
    """The form in the format of `name`: what departments do to sheets, all in one.

    A merged title, a street merged over three rows, a formula error, a formula without a result, an identity number as
    a number, a hidden row and column, a total, a signature, an empty sheet and a hidden one.
    """
    extension = name.rpartition(".")[2]
    return _form() if extension == "xlsx" else converted(_form(), extension)


@cache
def _form() -> bytes:
    feed = feed_of()
    header, *rows = table(feed, 6)
    places = {column.name: place for place, column in enumerate(feed.columns)}
    cells: list[list[Any]] = [list(row) for row in rows]
    cells[0][places["amount_fen"]] = 1234.56
    cells[0][places["granted_on"]] = datetime(2026, 2, 3)  # noqa: DTZ001 - a cell has no zone
    cells[1][places["paid_on"]] = "=NA()"
    cells[2][places["amount_fen"]] = "=B5*2"
    cells[3][places["person_id"]] = 3.3010819700101e17
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "数据"
    for row in (["临时救助发放表"], header, *cells, ["合计", None, None, 600], ["制表人:甲"]):
        sheet.append(row)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
    sheet.merge_cells(start_row=3, start_column=len(header), end_row=5, end_column=len(header))
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.create_sheet("空")
    old = book.create_sheet("旧")
    old.sheet_state = "hidden"
    for row in table(feed, 1):
        old.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@cache
def converted(data: bytes, extension: str) -> bytes:
    """An XLSX workbook as LibreOffice saves it in another format."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: no workbooks of another program")
    with TemporaryDirectory() as folder:
        source = Path(folder) / "form.xlsx"
        source.write_bytes(data)
        subprocess.run(  # noqa: S603 - the program found on the path, our own file
            [
                program,
                f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}",
                "--headless",
                "--convert-to",
                extension,
                "--outdir",
                folder,
                str(source),
            ],
            check=True,
            capture_output=True,
            timeout=_SECONDS,
        )
        return source.with_suffix(f".{extension}").read_bytes()


def locked(extension: str) -> bytes:
    """A workbook with the mark of encryption where each format has it: its cells stay as they are."""
    return {"xlsx": _locked_xlsx, "xls": _locked_xls, "ods": _locked_ods}[extension]()


def of_another_age(data: bytes) -> bytes:
    """An XLS whose stream bears the name that programs before 1997 gave it."""
    made, name = bytearray(data), "Workbook".encode("utf-16-le")
    at = data.index(name)
    made[at : at + len(name)] = "Book".encode("utf-16-le").ljust(len(name), b"\0")
    struct.pack_into("<H", made, at + 64, 2 * len("Book") + 2)
    return bytes(made)


def _locked_xlsx() -> bytes:
    """The directory of the container in which an encrypted XLSX lies."""
    entries = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0") + bytes(64)
        for name in ("Root Entry", "EncryptionInfo", "EncryptedPackage", "")
    )
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + entries


def _locked_xls() -> bytes:
    """The record after the first one becomes FILEPASS (MS-XLS 2.4.117), which stands there in a locked file."""
    data = bytearray(form("form.xls"))
    start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    after = start + 4 + int.from_bytes(data[start + 2 : start + 4], "little")
    struct.pack_into("<H", data, after, 0x2F)
    return bytes(data)


def _locked_ods() -> bytes:
    """The manifest says of the content how it is encrypted (OpenDocument 1.2 part 3, 4.8.1)."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(form("form.ods"))) as plain, zipfile.ZipFile(made, "w") as archive:
        for name in plain.namelist():
            part = plain.read(name)
            if name == "META-INF/manifest.xml":
                mark = b'<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/>'
                part = part.replace(b"</manifest:manifest>", mark + b"</manifest:file-entry></manifest:manifest>")
            archive.writestr(name, part)
    return made.getvalue()


@dataclass(frozen=True, slots=True)
class Special:
    """A cell of an XLSB that is neither plain text nor a plain number: its record and its style."""

    kind: int
    body: bytes
    style: int = 0


NOT_AVAILABLE = Special(3, b"\x2a")
FAILED_FORMULA = Special(11, b"\x2a" + bytes(10))  # its result, and no formula
SHORT_CELL = Special(16, bytes(8))


def percent(value: float, style: int = 1) -> Special:
    """A number shown as per cent: by the built-in format (style 1) or by one of its own (style 2)."""
    return Special(5, struct.pack("<d", value), style)


def as_xlsb(
    name: str,
    rows: Sequence[Sequence[str | float | Special]],
    *,
    merged: tuple[int, int, int, int] | None = None,
    hidden: int | None = None,
    linked: bool = False,
) -> bytes:
    """The bytes of an XLSB workbook of one sheet: the few records of MS-XLSB that a reader needs.

    `merged` is a range (first row, last row, first column, last column), `hidden` a row and a column that are not
    shown; `linked` adds a part that stands for another workbook.
    """
    extent = struct.pack("<IIII", 0, len(rows) - 1, 0, max(len(row) for row in rows) - 1)
    sheet = [_record(129), _record(148, extent)]
    if hidden is not None:
        sheet.append(_record(60, struct.pack("<IIIIH", hidden, hidden, 0, 0, 1)))
    sheet.append(_record(145))
    for at, row in enumerate(rows):
        sheet.append(_record(0, struct.pack("<IIHHBI", at, 0, 300, 0x1000 * (at == hidden), 0, 0)))
        sheet.extend(_cell(place, value) for place, value in enumerate(row) if value != "")
    ends = [_record(146), *([_record(176, struct.pack("<IIII", *merged))] if merged else []), _record(130)]
    own = "0.0%"
    formats = struct.pack("<HI", 170, len(own)) + own.encode("utf-16-le")
    styles = [_record(44, formats), _record(617, struct.pack("<I", 3))]
    styles += [_record(47, struct.pack("<HH", 0, number) + bytes(12)) for number in (0, 10, 170)]
    book = [
        _record(131),
        _record(143),
        _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name)),
        _record(144),
        _record(132),
    ]
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def related(kind: str, target: str) -> str:
        link = f'<Relationship Id="rId1" Type="{relation}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{package}/relationships">{link}</Relationships>'

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="bin" '
            'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        )
        archive.writestr("_rels/.rels", related("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", b"".join(book))
        archive.writestr("xl/_rels/workbook.bin.rels", related("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", b"".join([*sheet, *ends]))
        archive.writestr("xl/styles.bin", b"".join([*styles, _record(618)]))
        if linked:
            archive.writestr("xl/externalLinks/externalLink1.bin", b"")
    return data.getvalue()


def _cell(place: int, value: str | float | Special) -> bytes:
    if isinstance(value, Special):
        return _record(value.kind, struct.pack("<II", place, value.style) + value.body)
    head = struct.pack("<II", place, 0)
    return _record(6, head + _wide(value)) if isinstance(value, str) else _record(5, head + struct.pack("<d", value))


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, body: bytes = b"") -> bytes:
    """A record: its kind and size in groups of seven bits, then its body."""
    return _packed(kind) + _packed(len(body)) + body


def _packed(value: int) -> bytes:
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)
