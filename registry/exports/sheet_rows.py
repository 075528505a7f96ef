"""Rows of a sheet as the file format has them, written by Polars: a hundred thousand families in seconds.

What belongs here: the XML of cells (ECMA-376, SpreadsheetML), piece by piece, and putting it into a workbook whose
styles, headings and page set-up XlsxWriter has made. However many rows there are, one piece of them is in memory.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import copyfileobj
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell  # type: ignore[import-untyped]

from registry.exports.plain import RISKY

__all__ = ["RowStyles", "SpooledRows", "put_rows"]

_NUMBER, _HEIGHT = "\0number", "\0height"  # no heading is called so
_DAY_ZERO = date(1899, 12, 30)
_PIECE = 5_000
_BUFFER = 1 << 20
_COMPRESSION = 3
_BEGINS_RISKY = "^[" + re.escape("".join(RISKY)) + "]"
_UNWRITABLE = r"[\x00-\x08\x0B-\x1F\uFFFE\uFFFF]"
_LIKE_ESCAPED = r"(_x[0-9A-Fa-f]{4}_)"
_END_OF_ROWS = b"</sheetData>"
_NO_ROWS = b"<sheetData/>"
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStyles:
    """Numbers of the styles of cells: of texts, of texts that begin like a formula, and of values by their type."""

    text: int
    risky: int
    date: int
    money: int
    integer: int


class SpooledRows:
    """Rows of one sheet on their way into a workbook, in a file beside it; `top` rows of the sheet stand above them."""

    def __init__(self, path: Path, styles: RowStyles, *, top: int) -> None:
        self._path = path
        self._styles = styles
        self._next = top + 1  # rows are counted from one
        self._columns = 0
        self._drawing: tuple[pl.Schema, list[pl.Expr]] | None = None
        path.touch()

    @property
    def path(self) -> Path:
        """Where they lie."""
        return self._path

    @property
    def extent(self) -> str:
        """The cells of the sheet, as the format says it."""
        return f"A1:{xl_rowcol_to_cell(max(self._next - 2, 0), max(self._columns - 1, 0))}"

    def add(self, rows: pl.DataFrame, heights: pl.Series) -> None:
        """Append rows with their heights in points; raises `ValueError` for a number that is none."""
        self._columns = rows.width
        with self._path.open("ab") as spool:
            for start in range(0, rows.height, _PIECE):
                piece = rows.slice(start, _PIECE)
                spool.write(self._drawn(piece, heights.slice(start, _PIECE)).encode())
                self._next += piece.height

    def _drawn(self, rows: pl.DataFrame, heights: pl.Series) -> str:
        for name, dtype in rows.schema.items():
            if dtype.is_float() and not rows[name].drop_nulls().is_finite().all():
                raise ValueError("a number of a sheet is infinite or none")
        if self._drawing is None or self._drawing[0] != rows.schema:
            self._drawing = (rows.schema, self._row(rows.schema))
        numbers = pl.int_range(self._next, self._next + rows.height, eager=True).cast(pl.String)
        placed = rows.with_columns(numbers.alias(_NUMBER), heights.alias(_HEIGHT))
        cells = placed.select(self._drawing[1])  # on all processors, as one expression would not be
        return str(cells.select(pl.concat_str(pl.all()).str.join("")).item())

    def _row(self, schema: pl.Schema) -> list[pl.Expr]:
        """How the parts of a row are drawn; made once for all pieces of a sheet."""
        number = pl.col(_NUMBER)
        cells = [
            self._cell(pl.col(name), dtype, pl.lit(f'<c r="{xl_col_to_name(place)}') + number)
            for place, (name, dtype) in enumerate(schema.items())
        ]
        opening = pl.format('<row r="{}" ht="{}" customHeight="1">', number, pl.col(_HEIGHT))
        parts = [opening, *cells, pl.lit("</row>")]
        return [each.alias(f"{place}") for place, each in enumerate(parts)]

    def _cell(self, value: pl.Expr, dtype: pl.DataType, opening: pl.Expr) -> pl.Expr:
        """A value as text or number; a null or an empty text as an empty cell."""
        styles = self._styles
        empty = opening + pl.lit(f'" s="{styles.text}"/>')
        if dtype == pl.String:
            style = pl.when(value.str.contains(_BEGINS_RISKY)).then(pl.lit(f"{styles.risky}"))
            start = pl.concat_str(opening, pl.lit('" s="'), style.otherwise(pl.lit(f"{styles.text}")))
            shown = pl.lit('" t="inlineStr"><is><t xml:space="preserve">') + _escaped(value) + pl.lit("</t></is></c>")
            return pl.when(value != "").then(start + shown).otherwise(empty)
        if dtype == pl.Date:
            number, style_number = (value - pl.lit(_DAY_ZERO)).dt.total_days(), styles.date
        else:
            number, style_number = value, styles.money if dtype.is_float() else styles.integer
        shown = pl.lit(f'" s="{style_number}"><v>') + number.cast(pl.String) + pl.lit("</v></c>")
        return pl.when(value.is_not_null()).then(opening + shown).otherwise(empty)


def _escaped(text: pl.Expr) -> pl.Expr:
    """As XML and the format want it; a control character becomes `_xHHHH_`, as spreadsheets write it."""
    plain = (
        text.str.replace_all("&", "&amp;", literal=True)
        .str.replace_all("<", "&lt;", literal=True)
        .str.replace_all(">", "&gt;", literal=True)
        .str.replace_all(_LIKE_ESCAPED, "_x005F$1")
    )
    return pl.when(text.str.contains(_UNWRITABLE)).then(plain.map_elements(_told, pl.String)).otherwise(plain)


def _told(text: str) -> str:
    return re.sub(_UNWRITABLE, lambda found: f"_x{ord(found[0]):04X}_", text)


def put_rows(skeleton: Path, sheets: Mapping[int, SpooledRows], final: Path) -> None:
    """Write the workbook `skeleton` anew to `final`; sheets, counted from one, get their rows below what they hold."""
    names = {f"xl/worksheets/sheet{number}.xml": rows for number, rows in sheets.items()}
    with ZipFile(skeleton) as made, ZipFile(final, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION) as book:
        for entry in made.infolist():
            content = made.read(entry)
            rows = names.get(entry.filename)
            if rows is None:
                book.writestr(entry, content, ZIP_DEFLATED)
                continue
            with book.open(entry.filename, "w", force_zip64=True) as written:
                written.writelines(_parts(content, rows))
                _finish(written, content, rows)


def _parts(content: bytes, rows: SpooledRows) -> Iterable[bytes]:
    """What stands before the rows."""
    head = content.partition(_NO_ROWS if _NO_ROWS in content else _END_OF_ROWS)[0]
    yield _DIMENSION.sub(f'<dimension ref="{rows.extent}"/>'.encode(), head, count=1)
    if _NO_ROWS in content:
        yield b"<sheetData>"


def _finish(written: IO[bytes], content: bytes, rows: SpooledRows) -> None:
    with rows.path.open("rb") as spool:
        copyfileobj(spool, written, _BUFFER)
    written.write(_END_OF_ROWS + content.partition(_NO_ROWS if _NO_ROWS in content else _END_OF_ROWS)[2])
