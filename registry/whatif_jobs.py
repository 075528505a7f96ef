"""What-ifs that were asked for on a page: computed by a process of their own, one at a time in an installation.

What belongs here: starting, following, ending and forgetting them. All there is to know of one lies in its folder,
`<home>/whatif/<id>`, so that a page can be loaded anew and the portal restarted. The process holds no lock of the
record: others go on working. While one is computed, the portal that started it holds `<home>/whatif/lock`.
"""

import json
import multiprocessing
import os
import secrets
import shutil
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from registry.audit import append
from registry.casework.desk import Desk
from registry.engine import make_engine
from registry.errors import NoWhatIfError, WhatIfBusyError
from registry.files import private_dir, writing
from registry.queries import require_edition
from registry.roles import Actor, require
from registry.whatif import FROM_DAY, STEPS, check_asked, whatif
from registry.whatif_kept import RESULT, keep_result, kept_result, value_from_plain
from registry.whatif_result import WhatIf
from rules.parameters import load_parameters
from rules.parameters.model import ParameterValue
from rules.parameters.overlaid import plain
from schemas.errors import DoudiError
from schemas.settings import Settings

__all__ = ["Job", "State", "cancel", "forget_expired", "jobs", "result_of", "start", "the_job"]

State = Literal["running", "done", "failed", "cancelled", "interrupted"]
_KEPT = 20  # the newest ones
_LOCK_SECONDS = 2  # a page that looks who holds the lock holds it for a moment
_LOOKED_SECONDS = 0.2  # how often the portal looks whether it was ended
_ID_BYTES = 8
_ASKED, _STEP, _CANCEL, _FAILED, _CURRENT = "asked.json", "step", "cancel", "failed.json", "current"
_PURPOSE = "参数测算"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One what-if: who asked for which values when, and how far it is.

    `start` is of `registry.whatif.STARTS`; `step` one of `registry.whatif.STEPS`, or "" before the first, and `month`
    the one that is computed in it; `fault` the name of the error of one that failed.
    """

    job_id: str
    by: str
    asked_at: datetime
    edition_id: str
    as_of: date
    values: dict[str, ParameterValue]
    start: str
    state: State
    step: str
    month: str
    fault: str


def start(
    settings: Settings,
    values: Mapping[str, ParameterValue],
    *,
    actor: Actor,
    as_of: date | None = None,
    holding: str = FROM_DAY,
) -> Job:
    """Begin to compute with values that hold from when `holding` (`registry.whatif.STARTS`) says.

    Raises `WhatIfBusyError` while another one is computed, `WhatIfError`, `UnknownNameError` and `NotPermittedError`.
    """
    check_asked(values, actor, holding)
    lock = _lock(settings)
    try:
        lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout:
        raise WhatIfBusyError("another what-if is being computed; wait for it, or end it") from None
    try:
        _forget(settings)
        job = _asked(settings, values, actor, as_of, holding)
        process = multiprocessing.get_context("spawn").Process(
            target=_compute, args=(settings, job.job_id, actor), name="whatif", daemon=True
        )
        process.start()
    except BaseException:
        lock.release()
        raise
    threading.Thread(target=_follow, args=(process, _folder(settings, job.job_id), lock), daemon=True).start()
    return job


def jobs(settings: Settings) -> list[Job]:
    """All that are kept, the newest first."""
    root = _root(settings)
    ids = [each.name for each in root.iterdir() if (each / _ASKED).is_file()] if root.is_dir() else []
    running = _running(settings)
    return sorted((_read(settings, each, running) for each in ids), key=lambda job: job.asked_at, reverse=True)


def the_job(settings: Settings, job_id: str) -> Job:
    """The one of that id; raises `NoWhatIfError`."""
    known = {each.job_id: each for each in jobs(settings)}
    if job_id not in known:
        raise NoWhatIfError("there is no what-if of that id; they are kept for some time only")
    return known[job_id]


def cancel(settings: Settings, job_id: str, *, actor: Actor) -> None:
    """End one that is being computed; recorded. Nothing happens to one that has come to its end."""
    require(actor, "whatif.run")
    job = the_job(settings, job_id)
    if job.state != "running":
        return
    (_folder(settings, job_id) / _CANCEL).touch(mode=0o600)
    engine = make_engine(settings)
    try:
        details = {**actor.recorded, "edition_id": job.edition_id, "parameters": sorted(job.values), "asked_by": job.by}
        append(engine, actor=actor.name, action="whatif_end", purpose=_PURPOSE, details=details)
    finally:
        engine.dispose()


def result_of(desk: Desk, job: Job) -> WhatIf:
    """What one that is done has come to; raises `NoWhatIfError` for another, and `NoEditionError`."""
    if job.state != "done":
        raise NoWhatIfError("this what-if has no result")
    return kept_result(desk.engine, _folder(desk.settings, job.job_id))


def _root(settings: Settings) -> Path:
    return settings.home / "whatif"


def _folder(settings: Settings, job_id: str) -> Path:
    return _root(settings) / job_id


def _lock(settings: Settings) -> FileLock:
    """Another thread than the one that took it lets it go."""
    return FileLock(private_dir(_root(settings)) / "lock", mode=0o600, thread_local=False)


def _running(settings: Settings) -> str:
    """The id of the one that is being computed; "" when none is."""
    lock = _lock(settings)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        current = _root(settings) / _CURRENT
        return current.read_text(encoding="utf-8") if current.exists() else ""
    lock.release()
    return ""


def _asked(
    settings: Settings,
    values: Mapping[str, ParameterValue],
    actor: Actor,
    as_of: date | None,
    holding: str = FROM_DAY,
) -> Job:
    engine = make_engine(settings)
    try:
        edition = require_edition(engine, as_of)
    finally:
        engine.dispose()
    job_id = secrets.token_hex(_ID_BYTES)
    told = {
        "by": actor.name,
        "asked_at": datetime.now(UTC).isoformat(),
        "edition_id": edition.edition_id,
        "as_of": edition.as_of.isoformat(),
        "start": holding,
        "values": {name: plain(value) for name, value in values.items()},
    }
    with writing(private_dir(_folder(settings, job_id)) / _ASKED) as temporary:
        temporary.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    with writing(_root(settings) / _CURRENT) as temporary:
        temporary.write_text(job_id, encoding="utf-8")
    return _read(settings, job_id, job_id)


def _read(settings: Settings, job_id: str, running: str) -> Job:
    folder = _folder(settings, job_id)
    told: dict[str, Any] = json.loads((folder / _ASKED).read_text(encoding="utf-8"))
    failed = folder / _FAILED
    state: State = "running" if job_id == running else "interrupted"
    if (folder / RESULT).exists():
        state = "done"
    elif (folder / _CANCEL).exists():
        state = "cancelled"  # whatever became of it before it stopped
    elif failed.exists():
        state = "failed"
    reached = [each for each in STEPS if (folder / f"{_STEP}.{each}").exists()]
    return Job(
        job_id=job_id,
        by=told["by"],
        asked_at=datetime.fromisoformat(told["asked_at"]),
        edition_id=told["edition_id"],
        as_of=date.fromisoformat(told["as_of"]),
        values={name: value_from_plain(value) for name, value in told["values"].items()},
        start=told["start"],
        state=state,
        step=reached[-1] if reached else "",
        month=(folder / f"{_STEP}.{reached[-1]}").read_text(encoding="utf-8") if reached else "",
        fault=json.loads(failed.read_text(encoding="utf-8"))["error"] if state == "failed" else "",
    )


def forget_expired(settings: Settings) -> int:
    """Remove results older than `export_days`, as files taken from the list are destroyed; gives how many.

    They hold keys of persons and families. Whoever looks at the page and every run do it, so that none stays because
    nobody asks again.
    """
    oldest = datetime.now(UTC) - timedelta(days=settings.export_days)
    expired = [each for each in jobs(settings) if each.asked_at < oldest and each.state != "running"]
    for each in expired:
        shutil.rmtree(_folder(settings, each.job_id))
    return len(expired)


def _forget(settings: Settings) -> None:
    """Remove what is too old, and all but the newest; asked only while nothing is computed."""
    forget_expired(settings)
    for job in jobs(settings)[_KEPT - 1 :]:
        shutil.rmtree(_folder(settings, job.job_id))


def _follow(process: BaseProcess, folder: Path, lock: FileLock) -> None:
    """Wait for the process, or end it when somebody has asked for that; then let the next one begin."""
    try:
        while process.is_alive():
            process.join(_LOOKED_SECONDS)
            if (folder / _CANCEL).exists() and process.is_alive():
                process.terminate()
        process.join()
        if not any((folder / each).exists() for each in (RESULT, _FAILED, _CANCEL)):
            _fail(folder, f"exit {process.exitcode}")
    finally:
        lock.release()


def _fail(folder: Path, error: str) -> None:
    with writing(folder / _FAILED) as temporary:
        temporary.write_text(json.dumps({"error": error}), encoding="utf-8")


def _compute(settings: Settings, job_id: str, actor: Actor) -> None:
    """What the process does; it ends with the portal that started it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    folder = _folder(settings, job_id)
    job = _read(settings, job_id, job_id)
    engine = make_engine(settings)
    try:
        desk = Desk(engine, settings, load_parameters(settings.parameters_dir))
        found = whatif(
            desk,
            job.values,
            actor=actor,
            as_of=job.as_of,
            start=job.start,
            report=lambda step, month: _report(folder / f"{_STEP}.{step}", month),
        )
        keep_result(found, folder)
    except DoudiError as error:
        _fail(folder, f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 - what it says may hold values of people, and would be printed
        _fail(folder, type(error).__name__)
        sys.exit(1)
    finally:
        engine.dispose()


def _report(path: Path, month: str) -> None:
    with writing(path) as temporary:
        temporary.write_text(month, encoding="utf-8")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
