"""Reading delivered spreadsheets (XLSX, XLSB, XLS, ODS) by a contract.

What belongs here: which sheets are read, which cells are numbers, and the count of rows by a second look at the
file's own records, which knows nothing of the library that reads the cells.
"""

from collections import Counter
from typing import Any

import polars as pl

from schemas.columns import Kind
from schemas.contract import Feed
from schemas.errors import HeaderNotFoundError, UnreadableFileError
from schemas.headers import COLUMNS_ADVICE, HEAD_ROWS, Header, Search, find_header
from schemas.limits import Limits
from schemas.protection import is_locked
from schemas.second_look import Look, Looker
from schemas.sheet_biff import SheetBiff
from schemas.sheet_binary import SheetBinary
from schemas.sheet_marks import broken_marks, filled_down, hidden_caveats, moved_serials
from schemas.sheet_ods import SheetOds
from schemas.sheet_xml import SheetXml
from schemas.sheets import CODES_SHEET, EXAMPLE_SHEET, NOTES_SHEET, NUMERIC, RawFile, RawSheet, place_name
from schemas.told import Listed, Told

__all__ = ["read_workbook"]

_OURS = frozenset({NOTES_SHEET, CODES_SHEET, EXAMPLE_SHEET})
_NEAREST = "没有工作表带有所需的表头；这一张最接近，但缺少%(missing)s；%(advice)s"
_ADVICE = "打开后另存为不带密码的XLSX，再重报"


def read_workbook(data: bytes, file: str, feed: Feed, limits: Limits) -> RawFile:
    """Read the bytes of a workbook; raises `UnreadableFileError` or `HeaderNotFoundError`."""
    import fastexcel  # noqa: PLC0415

    if is_locked(data):
        raise UnreadableFileError(Listed(("工作簿有密码保护", _ADVICE), "；"), file=file)
    looker = _looker(data, file, limits)
    try:
        reader = fastexcel.read_excel(data)
        places = [place for place in range(len(reader.sheet_names)) if place not in looker.charts]
        loaded = [(place, reader.sheet_names[place], *_load(reader, place)) for place in places]
    except fastexcel.FastExcelError:
        raise UnreadableFileError(Listed(("工作簿已损坏、不完整或受保护", _ADVICE), "；"), file=file) from None
    caveats: Counter[str] = Counter(linked_files=looker.links)
    sheets: list[RawSheet] = []
    best: tuple[str, Search] | None = None
    for place, name, visible, frame in loaded:
        if name in _OURS:
            continue
        if not visible:
            caveats["hidden_sheets"] += 1
            continue
        search = find_header([list(row) for row in frame.head(HEAD_ROWS).iter_rows()], feed)
        if search.header is None:
            caveats["other_sheets"] += frame.height > 0
            if best is None or search.recognised > best[1].recognised:
                best = name, search
            continue
        look = looker.look(place)
        caveats["errors_unseen"] += look == Look()  # a sheet with a header has rows: nothing was looked at
        sheet, found = _sheet(reader, place, name, frame, search.header, feed, look, file)
        sheets.append(sheet)
        caveats += found
    if not sheets:
        raise _not_found(best, file, feed)
    return RawFile(tuple(sheets), {code: count for code, count in caveats.items() if count})


def _looker(data: bytes, file: str, limits: Limits) -> Looker:
    """The second look for the format; raises `UnreadableFileError` for an archive that is damaged or too large."""
    if not data.startswith(b"PK"):
        return SheetBiff(data, file, limits)
    xml = SheetXml(data, file, limits)
    if xml.is_open_document:
        return SheetOds(data, file, limits)
    return xml if xml.is_xlsx else SheetBinary(data, file, limits)


def _not_found(best: tuple[str, Search] | None, file: str, feed: Feed) -> HeaderNotFoundError:
    if best is None:
        missing = tuple(each.title for each in feed.required)
        return HeaderNotFoundError("工作簿中没有可见的工作表；取消隐藏后重报", file=file, missing=missing)
    name, search = best
    message = Told(_NEAREST, missing="、".join(search.missing), advice=COLUMNS_ADVICE)
    return HeaderNotFoundError(message, file=file, sheet=name, missing=search.missing)


def _load(reader: Any, place: int) -> tuple[bool, pl.DataFrame]:
    """Whether the sheet is shown, and its cells; the library leaves out the empty columns on the left."""
    sheet = reader.load_sheet(place, header_row=None, skip_rows=0, dtypes="string")
    if not sheet.width:
        return sheet.visible == "visible", pl.DataFrame()
    frame = sheet.to_polars()
    left = sheet.available_columns()[0].absolute_index
    frame = frame.rename({name: place_name(at) for at, name in enumerate(frame.columns, start=left)})
    empty = [pl.lit(None, dtype=pl.String).alias(place_name(at)) for at in range(left)]
    return sheet.visible == "visible", frame.select(*empty, pl.all())


def _sheet(
    reader: Any, place: int, name: str, frame: pl.DataFrame, header: Header, feed: Feed, look: Look, file: str
) -> tuple[RawSheet, Counter[str]]:
    last = look.last_row
    if last is not None and frame.height < last:
        message = Told("工作表有%(rows)s行，只读出%(read)s行；%(advice)s", rows=last, read=frame.height, advice=_ADVICE)
        raise UnreadableFileError(message, file=file, sheet=name)
    if last is not None and frame[last:].select(pl.any_horizontal(pl.all().is_not_null()).any()).item():
        last = frame.height  # the file shows its rows in another way than we know
    marks = _numeric(reader, place, header, feed, look) + broken_marks(look, header, feed, frame.height)
    marked, filled = filled_down(moved_serials(frame.with_columns(marks), header, feed, look), header, feed, look)
    body = marked[header.last : last]
    records = (frame.height if last is None else last) - header.last
    caveats = hidden_caveats(frame[:last], header, look) + Counter(merged_cells=filled)
    return RawSheet(name, header, body, frame[: header.first - 1], max(records, 0)), caveats


def _numeric(reader: Any, place: int, header: Header, feed: Feed, look: Look) -> list[pl.Series]:
    """Which cells of number columns the sheet holds as numbers.

    Loaded as booleans, a text cell is null and a numeric one is not: the one conversion that tells them
    apart, and a rounded 18-digit number looks like any other once it is text.
    """
    kinds = {Kind.ID_NUMBER, Kind.NUMBER, *([Kind.DATE] if look.serials_1904 else [])}
    wanted = sorted(
        header.places[each.name] for each in feed.columns if each.kind in kinds and each.name in header.places
    )
    if not wanted:
        return []
    frame = reader.load_sheet(
        place, header_row=None, skip_rows=0, dtypes=dict.fromkeys(wanted, "boolean"), use_columns=wanted
    ).to_polars()
    return [
        frame[name].is_not_null().rename(f"{NUMERIC}{place_name(at)}")
        for name, at in zip(frame.columns, wanted, strict=True)
    ]
