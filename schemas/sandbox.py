"""Reading workbooks in a child process with limits, so that no file can take a run down.

What belongs here: starting, asking and replacing the child; a child that dies or takes too long is a refusal
of the file. What the child does stands in `schemas.sandbox_child`. It sees no setting, key or password of ours: its
environment is empty.
"""

import atexit
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from schemas.contract import Feed
from schemas.errors import HeaderNotFoundError, UnreadableFileError
from schemas.headers import Header
from schemas.limits import Limits
from schemas.sheets import RawFile, RawSheet
from schemas.told import Listed, Told, told_of

__all__ = ["COMMAND", "START", "Child", "read_apart"]

COMMAND = (sys.executable, "-P", "-m", "schemas.sandbox_child")

_ADVICE = "将表格单独复制到新工作簿，或另存为CSV后重报"
_WAITING = 3  # wall time allowed for each second of computing: the machine may be busy
START = 60  # seconds in which a new child must answer
_BLOCK = 1 << 16
_log = logging.getLogger(__name__)


def read_apart(
    path: Path, file: str, feed: Feed, limits: Limits | None = None, child: "Child | None" = None
) -> RawFile:
    """Read the workbook at `path`, delivered as `file`, in the child of this process; raises a `DeliveryError`."""
    limits = limits or Limits.from_settings()
    with TemporaryDirectory(prefix="doudi-") as folder:
        where = {"path": str(path.absolute()), "folder": folder}
        request = {**where, "file": file, "feed": feed.name, "limits": asdict(limits)}
        answer = (child or _child()).ask(request, limits, file)
        return _understood(answer, Path(folder), file)


class Child:
    """One child process at a time, started when it is needed and replaced when it has died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        if not sys.platform.startswith("linux"):
            _log.warning("this system does not limit the memory of a process; workbooks are read without that limit")

    def ask(self, request: dict[str, Any], limits: Limits, file: str) -> dict[str, Any]:
        """Send one request and wait for its answer; raises `UnreadableFileError` when none comes."""
        with self._lock:
            process = self.running()
            try:
                return self._asked(process, request, limits, file)
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def running(self) -> "subprocess.Popen[bytes]":
        """The child, started anew when there is none or the last one has died."""
        if self._owner != os.getpid():  # a copy made by fork: the pipes belong to the original
            self._process, self._owner = None, os.getpid()
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no argument from outside
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # messages of libraries quote cells
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "POLARS_MAX_THREADS": "1"},
            )
        return self._process

    @staticmethod
    def _asked(
        process: "subprocess.Popen[bytes]", request: dict[str, Any], limits: Limits, file: str
    ) -> dict[str, Any]:
        line = _exchange(process, json.dumps(request).encode() + b"\n", START + limits.seconds * _WAITING)
        if line is None:
            message = Told("读取超过%(seconds)s秒；%(advice)s", seconds=limits.seconds * _WAITING, advice=_ADVICE)
            raise UnreadableFileError(message, file=file)
        if not line.endswith(b"\n"):
            raise UnreadableFileError(Listed((_ending(process, limits), _ADVICE), "；"), file=file)
        answer = json.loads(line)
        if "exhausted" in answer:
            message = Told("读取所需内存超过%(most)s MB；%(advice)s", most=limits.memory_mb, advice=_ADVICE)
            raise UnreadableFileError(message, file=file)
        return dict(answer)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _exchange(process: "subprocess.Popen[bytes]", request: bytes, seconds: float) -> bytes | None:
    """The line that answers a request: cut short when the child has died, None when the time is over."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    line = b""
    try:
        process.stdin.write(request)
        process.stdin.flush()
    except BrokenPipeError:
        return line
    until = time.monotonic() + seconds
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return None
        block = os.read(process.stdout.fileno(), _BLOCK)
        if not block:
            return line
        line += block
    return line


def _ending(process: "subprocess.Popen[bytes]", limits: Limits) -> str:
    if process.wait() == -signal.SIGXCPU:
        return Told("读取所需计算时间超过%(seconds)s秒", seconds=limits.seconds)
    return Told("读取失败，或所需内存超过%(most)s MB", most=limits.memory_mb)


@cache
def _child() -> Child:
    child = Child()
    atexit.register(child.close)
    return child


def _understood(answer: dict[str, Any], folder: Path, file: str) -> RawFile:
    if refused := answer.get("missing_header"):
        raise HeaderNotFoundError(
            told_of(refused["message"]), file=file, sheet=refused["sheet"], missing=refused["missing"]
        )
    if refused := answer.get("unreadable"):
        raise UnreadableFileError(told_of(refused["message"]), file=file, sheet=refused["sheet"])
    sheets = []
    for number, each in enumerate(answer["sheets"]):
        frame, above = (pl.read_ipc(folder / f"{number}.{part}") for part in ("frame", "above"))
        sheets.append(RawSheet(each["name"], _header(each["header"]), frame, above, each["records"]))
    return RawFile(tuple(sheets), answer["caveats"])


def _header(given: dict[str, Any]) -> Header:
    fields: dict[str, Any] = {key: tuple(each) if isinstance(each, list) else each for key, each in given.items()}
    return Header(**fields)
