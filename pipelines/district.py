"""The sample district of an installation: made once, recognised afterwards.

What belongs here: where it lies and the note of how it was made. The district itself is `samples/`'s work.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.progress import Progress

__all__ = ["SampleArguments", "first_folder", "make_sample"]

_NOTE = "sample.json"
_PARTS = ("landing", "truth", "late")
_AGREEMENTS = "agreements.yaml"
_LAST_FOLDER = (2026, 6)  # the sample's last month, whatever the day on which it is made


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArguments:
    """What decides a sample district, byte for byte."""

    people: int
    months: int
    seed: int
    dirt: float
    first_month: str
    troubles: bool = False


def first_folder(months: int) -> str:
    """The folder of the first deliveries, so that `months` of them end with the sample's last month."""
    year, month = _LAST_FOLDER
    first = year * 12 + month - months
    return f"{first // 12:04d}-{first % 12 + 1:02d}"


def make_sample(arguments: SampleArguments, folder: Path, progress: Progress) -> bool:
    """Make the district in `folder`; False when that very district is there already.

    It lies in landing/ and truth/, with troubles in late/ too. A district that was left half made is made anew.

    Raises:
        UsageError: another district, or files that no sample made, lie there; or it is too small for troubles.
    """
    _require_room_for_troubles(arguments)
    wanted = {**asdict(arguments), "made_by": _version()}
    note = _read_note(folder)
    if note == {**wanted, "complete": True}:
        return False
    if note is None and any((folder / part).exists() for part in (*_PARTS, _AGREEMENTS)):
        raise UsageError(f"{folder} holds files that are no sample; choose an empty folder (DOUDI_HOME or --out)")
    if note is not None and note.get("complete"):
        raise UsageError(
            f"{folder} holds another sample ({_told(note)}); remove the folder, or choose another (DOUDI_HOME or --out)"
        )
    _write(arguments, wanted, folder, progress)
    return True


def _require_room_for_troubles(arguments: SampleArguments) -> None:
    from samples.troubles import LEAST_MONTHS, LEAST_PEOPLE  # noqa: PLC0415  # slow to import

    enough = arguments.months >= LEAST_MONTHS and arguments.people >= LEAST_PEOPLE
    if arguments.troubles and not enough:
        raise UsageError(f"--troubles needs at least {LEAST_PEOPLE} people and {LEAST_MONTHS} months to be told apart")


def _write(arguments: SampleArguments, wanted: dict[str, object], folder: Path, progress: Progress) -> None:
    from samples.generate import generate  # noqa: PLC0415  # slow to import

    for part in _PARTS:
        shutil.rmtree(folder / part, ignore_errors=True)
    (folder / _AGREEMENTS).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_note(folder, {**wanted, "complete": False})
    progress.begin("Making the sample district")
    generate(**asdict(arguments), out=folder, report=progress.step)
    _write_note(folder, {**wanted, "complete": True})


def _version() -> str:
    """A digest of the room that makes it: other code makes another district."""
    from registry.versions import digest_of  # noqa: PLC0415

    return digest_of("samples")


def _read_note(folder: Path) -> dict[str, object] | None:
    path = folder / _NOTE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _write_note(folder: Path, note: dict[str, object]) -> None:
    (folder / _NOTE).write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


def _told(note: dict[str, object]) -> str:
    named = ("people", "months", "seed", "dirt", "first_month", "troubles")
    return ", ".join(f"{name} {note.get(name)}" for name in named)
