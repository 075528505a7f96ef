"""Workbooks that are built, or by accident made, to take the reader down: each ends as a refusal."""

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from schemas.errors import UnreadableFileError
from schemas.limits import Limits
from schemas.sandbox import Child, read_apart
from schemas.sheets import RawFile
from tests.unit.schemas.files import as_xlsx, feed_of, table, taken
from tests.unit.schemas.office import locked

ROWS = table(feed_of())
DATA = as_xlsx({"数据": ROWS})
LIMITS = Limits.from_settings()
SHEET = "xl/worksheets/sheet1.xml"


def with_part(data: bytes, part: str, content: bytes) -> bytes:
    """The workbook with one part replaced."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, content if name == part else source.read(name))
    return result.getvalue()


def part_of(data: bytes, part: str) -> bytes:
    """One part of the workbook."""
    return zipfile.ZipFile(io.BytesIO(data)).read(part)


def opened(data: bytes, limits: Limits = LIMITS, child: Child | None = None) -> RawFile:
    """The workbook, read in a child."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(data)
        return read_apart(path, path.name, feed_of(), limits, child)


def test_a_sheet_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked() -> None:
    """If this breaks, one small file fills the memory of the machine."""
    blank = b'<row r="5">' + b"<c/>" * 60_000_000
    bomb = with_part(DATA, SHEET, part_of(DATA, SHEET).replace(b"</sheetData>", blank + b"</row></sheetData>"))
    with pytest.raises(UnreadableFileError, match="倍，不像数据表") as caught:
        opened(bomb, replace(LIMITS, unpacked_mb=1024))
    assert "a.xlsx" in str(caught.value)
    with pytest.raises(UnreadableFileError, match="超过100 MB"):
        opened(bomb, replace(LIMITS, unpacked_mb=100))


def test_memory_beyond_the_limit_refuses_the_file_and_the_next_one_is_read() -> None:
    """If this breaks, the reader of one file ends the run, or stays broken for the files after it."""
    strings = b"<si><t>" + b"x" * 700_000_000 + b"</t></si></sst>"
    part = "xl/sharedStrings.xml"
    bomb = with_part(DATA, part, part_of(DATA, part).replace(b"</sst>", strings))
    with pytest.raises(UnreadableFileError, match="1024 MB"):
        opened(bomb, replace(LIMITS, memory_mb=1024, ratio=10_000))
    assert opened(DATA).sheets[0].records == 3


def test_computing_beyond_the_limit_refuses_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this breaks, a file that never ends stops the month."""
    child = Child()
    loop = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    command = [sys.executable, "-c", loop]
    monkeypatch.setattr("schemas.sandbox.COMMAND", command)
    with pytest.raises(UnreadableFileError, match="计算时间超过"):
        child.ask({}, LIMITS, "a.xlsx")
    monkeypatch.setattr("schemas.sandbox.COMMAND", [sys.executable, "-c", "input(); import time; time.sleep(99)"])
    monkeypatch.setattr("schemas.sandbox.START", 1)
    with pytest.raises(UnreadableFileError, match="读取超过"):
        child.ask({}, replace(LIMITS, seconds=0), "a.xlsx")
    child.close()


def test_a_child_that_dies_is_replaced() -> None:
    """If this breaks, a crash inside a library ends the run for all departments."""
    child = Child()
    process = child.running()
    process.kill()
    process.wait()
    with pytest.raises(UnreadableFileError, match="已损坏"):
        _ask(child, b"PK\x03\x04 no workbook")
    child.close()


def _ask(child: Child, data: bytes) -> None:
    opened(data, child=child)


def test_the_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this breaks, a workbook that takes its reader over finds the key of the identities."""
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", "5e" * 32)
    child = Child()
    process = child.running()
    environment = Path(f"/proc/{process.pid}/environ")
    if not environment.exists():
        pytest.skip("needs the process table of Linux")
    opened(DATA, child=child)
    assert b"IDENTITY" not in environment.read_bytes()
    child.close()


def test_entities_that_multiply_are_not_expanded(tmp_path: Path) -> None:
    """If this breaks, ten lines of XML become gigabytes."""
    entities = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">'
    for inner, outer in zip(b"abcdefgh", b"bcdefghi", strict=True):
        entities += b'<!ENTITY %c "%s">' % (outer, b"&%c;" % inner * 10)
    xml = part_of(DATA, SHEET)
    xml = xml.replace(b"<worksheet", entities + b"]><worksheet", 1)
    xml = xml.replace(b'<c r="A2" t="s"><v>', b'<c r="A2" t="str"><v>&i;', 1)
    try:
        result = taken(tmp_path, with_part(DATA, SHEET, xml), "a.xlsx")
    except UnreadableFileError:
        return
    assert result.receipt.rows_accepted == 2
    assert result.receipt.balanced


@pytest.mark.parametrize("extension", ["xlsx", "xls", "ods"])
def test_a_workbook_with_a_password_is_refused_by_name(tmp_path: Path, extension: str) -> None:
    """If this breaks, a department does not learn why its protected file was not read."""
    with pytest.raises(UnreadableFileError, match="密码保护"):
        taken(tmp_path, locked(extension), f"locked.{extension}")


def test_the_child_is_quick_to_start() -> None:
    """If this breaks, every command that reads a workbook becomes slow."""
    code = (
        "import schemas.sandbox_child, sys; print(sum(m.startswith('schemas') for m in sys.modules), len(sys.modules))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    shown = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True).stdout.split()  # noqa: S603 - our own code
    heavy = 900  # modules; more than that means that a large library is imported at the top
    assert int(shown[1]) < heavy
