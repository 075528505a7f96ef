"""What the XML of an ODS file itself says: rows, errors, per cent, merged and hidden cells (OpenDocument 1.3, part 3).

What belongs here: one pass over `content.xml` that keeps places alone, no text.
"""

import re
import zipfile
import zlib
from io import BytesIO
from xml.parsers import expat

from schemas.limits import Limits, check_extent
from schemas.second_look import Look

__all__ = ["SheetOds"]

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, KeyError)
_FAILED = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|Err:[0-9]{3}")
_LINKED = re.compile(r"'((?:file|https?|smb|ftp)://[^']*)'#")
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_CHUNK = 1 << 20
_MOST = 1 << 16  # repeated rows or columns beyond that are the empty rest of a sheet


class SheetOds:
    """The sheets of an ODS file; a file that is damaged tells nothing: the cells' reader refuses it."""

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        """Raises `UnreadableFileError` for a sheet of impossible size."""
        reader = _Reader(file, limits)
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive, archive.open("content.xml") as part:
                while chunk := part.read(_CHUNK):
                    reader.parser.Parse(chunk, False)  # noqa: FBT003 - positional in the library
        except (*_DAMAGED, expat.ExpatError):
            reader.looks.clear()
        self._looks = reader.looks
        self.links = len(reader.linked)

    @property
    def charts(self) -> frozenset[int]:
        """None: the cells' reader passes over them."""
        return frozenset()

    def look(self, place: int) -> Look:
        """What the sheet at the 0-based `place` says."""
        return self._looks[place] if place < len(self._looks) else Look()


class _Reader:
    """Counts rows and columns while the parser goes through the tables."""

    def __init__(self, file: str, limits: Limits) -> None:
        self._file, self._limits = file, limits
        self.looks: list[Look] = []
        self.linked: set[str] = set()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._depth = 0
        self._reset()

    def _reset(self) -> None:
        self._row = self._column = self._last = self._right = self._declared = 0
        self._repeated = 1
        self._errors: dict[int, list[int]] = {}
        self._percents: dict[int, list[int]] = {}
        self._merges: list[tuple[int, int, int, int]] = []
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._cell: tuple[int, int, bool] | None = None
        self._shown = ""

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                self._reset()
        elif self._depth != 1:
            return
        elif name == "table:table-row":
            self._column = 0
            self._repeated = int(given.get("table:number-rows-repeated", "1"))
            if given.get("table:visibility", "visible") != "visible" and self._repeated < _MOST:
                self._hidden_rows.update(range(self._row, self._row + self._repeated))
        elif name == "table:table-column":
            count = int(given.get("table:number-columns-repeated", "1"))
            if given.get("table:visibility", "visible") != "visible":
                self._hidden_columns.update(range(self._declared, self._declared + min(count, _MOST)))
            self._declared += count
        elif name in _CELLS:
            self._started_cell(given)

    def _started_cell(self, given: dict[str, str]) -> None:
        across = int(given.get("table:number-columns-repeated", "1"))
        if "office:value-type" in given:
            self._last = self._row + self._repeated
            self._right = max(self._right, self._column + across)
        down, wide = (int(given.get(f"table:number-{each}-spanned", "1")) for each in ("rows", "columns"))
        if down > 1 or wide > 1:
            self._merges.append((self._row, self._row + down - 1, self._column, self._column + wide - 1))
        self._cell = self._column, across, "table:formula" in given
        self.linked.update(_LINKED.findall(given.get("table:formula", "")))
        self._shown = ""
        if given.get("calcext:value-type") == "error":
            self._mark(self._errors, self._column, across)
            self._cell = None
        elif given.get("office:value-type") == "percentage":
            self._mark(self._percents, self._column, across)
        self._column += across

    def _mark(self, marks: dict[int, list[int]], column: int, across: int) -> None:
        """Mark a cell wherever it is repeated; beyond the limit the sheet is refused at its end."""
        if self._repeated * across <= self._limits.cells:
            rows = range(self._row, self._row + self._repeated)
            for each in range(column, column + across):
                marks.setdefault(each, []).extend(rows)

    def _text(self, text: str) -> None:
        if self._cell is not None and self._cell[2]:
            self._shown += text

    def _end(self, name: str) -> None:
        if name == "table:table":
            self._depth -= 1
            if self._depth == 0:
                check_extent(self._last, self._right, self._limits, self._file)
                hidden = frozenset(self._hidden_rows), frozenset(self._hidden_columns)
                self.looks.append(Look(self._last or None, self._errors, self._percents, self._merges, *hidden))
        elif self._depth != 1:
            return
        elif name == "table:table-row":
            self._row += self._repeated
        elif name in _CELLS:
            if self._cell is not None and self._cell[2] and _FAILED.fullmatch(self._shown.strip()):
                self._mark(self._errors, self._cell[0], self._cell[1])
            self._cell = None
