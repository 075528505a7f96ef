"""The child process that opens workbooks: one request a line in, one answer a line out, tables as Arrow files.

What belongs here: the limits that the process lays on itself, and the loop. It is run by `schemas.sandbox` and is
never imported by anything else.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from schemas.contract import contract_of
from schemas.errors import HeaderNotFoundError, UnreadableFileError
from schemas.limits import Limits
from schemas.reading_sheet import read_workbook
from schemas.sheets import RawFile
from schemas.told import kept

__all__ = ["main"]

_MEGABYTE = 1 << 20


def main() -> None:
    """Answer requests until the parent is gone."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is not an answer
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = _read(request)
        except MemoryError:
            _say(answers, {"exhausted": True})
            return
        _say(answers, answer)


def _say(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _read(request: dict[str, Any]) -> dict[str, Any]:
    limits = Limits(**request["limits"])
    folder = Path(request["folder"])
    _limit(limits)
    try:
        raw = read_workbook(Path(request["path"]).read_bytes(), request["file"], contract_of(request["feed"]), limits)
    except HeaderNotFoundError as error:
        return {"missing_header": {"message": kept(error.message), "sheet": error.sheet, "missing": error.missing}}
    except UnreadableFileError as error:
        return {"unreadable": {"message": kept(error.message), "sheet": error.sheet}}
    return _written(raw, folder)


def _limit(limits: Limits) -> None:
    """Limits of the process: address space, computing time of this file, no core dump."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415

    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime) + 1 + limits.seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform.startswith("linux"):
        most = limits.memory_mb * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _written(raw: RawFile, folder: Path) -> dict[str, Any]:
    sheets = []
    for number, sheet in enumerate(raw.sheets):
        sheet.frame.write_ipc(folder / f"{number}.frame")
        sheet.above.write_ipc(folder / f"{number}.above")
        sheets.append({"name": sheet.name, "header": asdict(sheet.header), "records": sheet.records})
    return {"sheets": sheets, "caveats": dict(raw.caveats)}


if __name__ == "__main__":
    main()
