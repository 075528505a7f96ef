"""What commands share: consoles, options, JSON.

What belongs here: nothing that needs a room below `schemas/` before it is called.
"""

import getpass
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from pipelines.errors import UsageError
from schemas.settings import Settings, settings

if TYPE_CHECKING:
    from registry.roles import Actor

__all__ = [
    "FOUND_WRONG",
    "AsOf",
    "Json",
    "Role",
    "acting",
    "actor",
    "day",
    "emit",
    "err",
    "home",
    "moment",
    "out",
    "progress_bar",
    "today",
]

FOUND_WRONG = 1

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Role = Annotated[
    str,
    typer.Option(
        metavar="ROLE[:AREA]",
        help="Role in which you ask: district_staff, supervisor, auditor, data_engineer; street_staff:330108002 and "
        "community_worker:330108002003 with their area.",
    ),
]
AsOf = Annotated[str, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Day of the edition; default: the newest.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def home(**changes: object) -> Settings:
    """The settings of the installation, with options of the command line put over them."""
    given = {name: value for name, value in changes.items() if value is not None}
    return settings().model_copy(update=given) if given else settings()


def today() -> date:
    """Today where the bureau is."""
    return datetime.now(ZoneInfo(settings().timezone)).date()


def emit(document: Any) -> None:
    """Print `document` as JSON: dates as ISO text, tuples as keys joined by a slash."""
    sys.stdout.write(json.dumps(_plain(document), ensure_ascii=False, indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def _key(name: Any) -> str:
    return "/".join(map(str, name)) if isinstance(name, tuple) else str(name)


def day(text: str, option: str) -> date | None:
    """The day that an option names; None when it was not given. Raises `UsageError`."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a day; write it like 2026-06-30") from None


def moment(text: str, option: str) -> date | datetime | None:
    """The day or the instant (with its time zone) that an option names. Raises `UsageError`."""
    if "T" not in text:
        return day(text, option)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UsageError(f"{option} {text!r} is no instant; write it like 2026-06-30T18:00:00+08:00")
    return instant


def actor() -> str:
    """Who types: the account of the operating system, for the audit chain."""
    return getpass.getuser()


def acting(role: str, purpose: str = "") -> "Actor":
    """Who types, in a role with its area (`street_staff:330108002`), for `purpose` where the role works for it."""
    from registry.roles import Actor, purposes_of  # noqa: PLC0415
    from registry.scope import DISTRICT, Area  # noqa: PLC0415

    name, _, area = role.partition(":")
    return Actor(actor(), name, Area.of(area) if area else DISTRICT, purpose if purpose in purposes_of(name) else "")


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Any]:
    """A progress to hand to a driver; silent for JSON."""
    from pipelines.progress import Bar, Silent  # noqa: PLC0415  # rich's bars are slow to import

    if quiet:
        yield Silent()
        return
    with Bar(err) as bar:
        yield bar
