"""Files of other projects' own tests: texts in many encodings, tables and spreadsheets that their readers fell over.

Each file ends as a receipt or as a refusal. Read by a contract that is made from its own header, each ends row for row
as an independent reader of the same file shows it.
"""

import codecs
import csv
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from schemas import headers
from schemas.columns import Column, Kind, Sensitivity
from schemas.contract import DeliveryMode, Feed, all_feeds
from schemas.errors import DeliveryError, HeaderNotFoundError, UnreadableFileError
from schemas.formats import FORMATS, FileKind
from schemas.headers import plain_heading
from schemas.limits import Limits
from schemas.opening import open_file
from schemas.protection import is_locked
from schemas.reading_sheet import read_workbook
from schemas.rows import read_rows
from schemas.text_source import QuotesInDoubtError
from tests.foreign import FOLDER, files_of, needed
from tests.unit.schemas.files import TODAY, as_csv, feed_of, taken
from tests.unit.schemas.test_foreign_files import accepted_names, rows_of

WORKBOOKS = [each for each, kind in FORMATS.items() if kind is FileKind.WORKBOOK]
TEXTS = [each for each, kind in FORMATS.items() if kind is FileKind.TEXT]
OPEN_XML = {".xlsx", ".xlsm"}
CHARDET = "chardet-*/tests"
UNSEEN = {"unknown_value_type.ods"}  # its one cell is of a type that the standard does not know
LIMITS = Limits.from_settings()
KOREAN = {"euc_kr", "cp949", "johab"}  # syllables lie where GB 2312 has its common characters: only the header tells

pytestmark = pytest.mark.usefixtures("foreign")


@pytest.fixture(scope="module")
def foreign() -> None:
    """Without the files there is nothing to read."""
    needed()


def found(*extensions: str) -> list[Any]:
    """The fetched files as parameters: one that says what is missing when there are none."""
    files = list(files_of(*extensions))
    return [pytest.param(each, id=each.relative_to(FOLDER).as_posix()) for each in files] or [FOLDER]


def encodings() -> list[Path]:
    """Chardet's folders, one an encoding."""
    return sorted(each for each in FOLDER.glob(f"{CHARDET}/*") if each.is_dir()) or [FOLDER]


def codec_of(folder: str) -> str | None:
    """Python's name of the encoding after which chardet's folder is called, with a language or without."""
    for name in (folder, folder.rpartition("-")[0]):
        try:
            return codecs.lookup(name).name
        except LookupError:
            continue
    return None


def letters_of(data: bytes, codec: str) -> list[str]:
    """Runs of three letters beyond ASCII, as names."""
    letters = [each for each in data.decode(codec, errors="ignore") if each.isalpha() and ord(each) > 0x7F]
    return ["".join(letters[at : at + 3]) for at in range(0, min(len(letters) - 2, 600), 3)]


@pytest.mark.parametrize("folder", encodings(), ids=lambda each: each.name)
def test_texts_in_every_encoding(tmp_path: Path, folder: Path) -> None:
    """If this breaks, a text in a neighbour's encoding crashes the run, or its names become other names."""
    codec = codec_of(folder.name)
    titles = [[each.title for each in feed_of().columns]]
    files = [each for each in sorted(folder.iterdir()) if each.is_file()]
    assert files
    for file in files:
        data = file.read_bytes()
        assert accepted_names(tmp_path, data) == set(), file.name
        for header in ("utf-8", "gb18030"):
            assert accepted_names(tmp_path, as_csv(titles, header) + data) == set(), file.name
            names = letters_of(data, codec) if codec and codec not in KOREAN else []
            if names:
                below = as_csv(titles, header) + as_csv(rows_of(names * 9), codec or "")
                assert accepted_names(tmp_path, below) <= set(names), file.name


@pytest.mark.parametrize("file", found(*FORMATS))
def test_every_table_is_refused_or_balances(tmp_path: Path, file: Path) -> None:
    """If this breaks, a strange file of a department ends the run of all, or passes for a delivery."""
    try:
        result = taken(tmp_path, file.read_bytes(), f"street{file.suffix.lower()}")
    except DeliveryError as error:
        assert error.file == f"street{file.suffix.lower()}"  # noqa: PT017 - both outcomes are right
        return
    assert result.receipt.balanced
    assert result.accepted.is_empty()


def contract(headings: list[str]) -> Feed:
    """A contract by which a table with these headings is read: the first as an identity number, the rest as text."""
    shared: dict[str, Any] = {"description": "示例", "sensitivity": Sensitivity.INTERNAL}
    first = Column(name="c0", title=headings[0], kind=Kind.ID_NUMBER, keyed_as="person_key", **shared)
    rest = [
        Column(name=f"c{at}", title=title, kind=Kind.TEXT, required=False, **shared)
        for at, title in enumerate(headings[1:], start=1)
    ]
    return Feed(
        name="foreign", title="示例", department="police", mode=DeliveryMode.EVENTS, columns=(first, *rest),
        business_key=(), description="示例", absence_means="示例", legal_basis="示例", population="示例",
    )  # fmt: skip


def headings_of(rows: Sequence[Sequence[object]]) -> tuple[int, list[str]] | None:
    """Where the first row with texts stands, and the headings of it that can be told apart."""
    for at, row in enumerate(rows):
        plain: dict[str, str] = {}
        for cell in row:
            if isinstance(cell, str) and not cell.startswith("#"):
                plain.setdefault(plain_heading(cell), cell)
        headings = [title for key, title in plain.items() if key]
        if headings:
            return at, headings
    return None


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Read sheets by a contract made for them: source row → texts by heading, and how many rows were skipped."""

    def read(headings: list[str], open_: Any) -> tuple[dict[tuple[str, int], dict[str, str]], int, int]:
        feed = contract(headings)
        monkeypatch.setitem(all_feeds(), feed.name, feed)
        headers._lookup.cache_clear()  # noqa: SLF001 - it knows contracts by name
        kept: dict[tuple[str, int], dict[str, str]] = {}
        records = skipped = 0
        for sheet in open_(feed):
            rows = read_rows(sheet, feed, today=TODAY)
            records += sheet.records + sheet.above.height
            skipped += rows.skipped.total()
            assert rows.accepted.is_empty()
            for row, _, original in rows.rejected.rows():
                kept[sheet.name, row] = {title: cell for title, cell in json.loads(original).items() if cell}
        assert records == len(kept) + skipped
        return kept, records, skipped

    yield read
    headers._lookup.cache_clear()  # noqa: SLF001


@pytest.mark.parametrize("file", found(*TEXTS))
def test_every_text_comes_row_for_row(file: Path, reading: Any) -> None:
    """If this breaks, a dialect that others write loses rows or shifts cells here."""
    data = file.read_bytes()
    encoding = next((each for each in ("utf-8-sig", "utf-16") if _decodes(data, each)), None)
    rows = list(csv.reader(io.StringIO(data.decode(encoding) if encoding else "", newline="")))
    head = headings_of(rows)
    if head is None:
        return  # empty, or in an encoding that is refused
    at, headings = head
    try:
        kept, _, skipped = reading(headings, lambda feed: open_file(file, file.name, feed).sheets(False))  # noqa: FBT003
    except (DeliveryError, QuotesInDoubtError):
        return
    below = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row)]
    assert len(kept) <= len(below) <= len(kept) + skipped
    everything = {cell.strip() for row in kept.values() for cell in row.values()}
    place = next(number for number, cell in enumerate(rows[at]) if cell in headings)  # a column without one is not read
    cells = [row[place] for row in below if len(row) > place and row[place].strip("\0 ")]
    firsts = {cell.strip().replace("\r\n", "\n").replace("\r", "\n") for cell in cells}
    assert len(firsts - everything) <= skipped


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeError:
        return False
    return encoding != "utf-16" or data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Path]:
    """Every workbook as an XLSX that openpyxl can read: itself, or what LibreOffice makes of it, all at one go."""
    program = shutil.which("soffice")
    folder = tmp_path_factory.mktemp("shown")
    books = list(files_of(*WORKBOOKS))
    others = {each: folder / f"{at}{each.suffix}" for at, each in enumerate(books) if each.suffix not in OPEN_XML}
    if program is None:
        pytest.skip("LibreOffice is not installed: nothing to compare with")
    for each, copy in others.items():
        if not is_locked(each.read_bytes()):
            shutil.copyfile(each, copy)
    options = (f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx")
    sources = [str(each) for each in others.values() if each.exists()]
    command = [program, *options, "--outdir", str(folder), *sources]
    subprocess.run(command, check=True, capture_output=True, timeout=300)  # noqa: S603 - the program on the path
    return {each: others[each].with_suffix(".xlsx") if each in others else each for each in books}


def cells_of(path: Path) -> Mapping[str, list[list[Any]]]:
    """The cells of every visible sheet; nothing of a file that openpyxl does not read."""
    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except (FileNotFoundError, KeyError, TypeError, ValueError, zipfile.BadZipFile):
        return {}
    return {each.title: [list(row) for row in each.values] for each in book.worksheets if each.sheet_state == "visible"}


def differs(cell: object, mine: str) -> bool:
    """Whether a text or number is another here; days and errors are read in their own way."""
    if isinstance(cell, str) and not cell.startswith("#"):
        return " ".join(cell.split()) != " ".join(mine.split())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return not mine or abs(float(mine) - cell) > abs(cell) * 1e-9
    return False


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("file", found(*WORKBOOKS))
def test_every_workbook_comes_row_for_row(file: Path, reading: Any, shown: Mapping[Path, Path]) -> None:
    """If this breaks, a program's way of writing sheets loses rows or cells here."""
    data = file.read_bytes()
    for name, rows in cells_of(shown[file]).items():
        head = headings_of(rows)
        if head is None:
            continue
        at, headings = head
        try:
            kept, _, skipped = reading(headings, lambda feed: read_workbook(data, file.name, feed, LIMITS).sheets)
        except UnreadableFileError:
            return
        except HeaderNotFoundError:
            assert file.name in UNSEEN
            return
        mine = {row: cells for (sheet, row), cells in kept.items() if sheet == name}
        places = {title: [str(cell) for cell in rows[at]].index(title) for title in headings}
        missed = 0
        for number, row in enumerate(rows[at + 1 :], start=at + 2):
            cells = {title: row[place] for title, place in places.items() if row[place] not in {None, ""}}
            if number not in mine:
                missed += bool(cells)
                continue
            wrong = [title for title, cell in cells.items() if differs(cell, mine[number].get(title, ""))]
            assert wrong == [], (name, number)
        assert missed <= skipped
