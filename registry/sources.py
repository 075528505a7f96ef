"""Tables and views of departments that are fetched instead of delivered: `<home>/sources.d/<feed>.yaml`.

What belongs here: what such a file says, and that it says it fully. Passwords never stand in it: the address of the
database comes from an environment variable or from a file that only its owner may read. Reading rows stands in
`registry.fetch`.
"""

import re
from datetime import date
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from registry.errors import SourceConfigError
from schemas.contract import get_feed
from schemas.errors import UnknownNameError
from schemas.settings import Settings, environment

__all__ = ["Source", "address_of", "due_month", "months_before", "sources"]

_MONTHS = 12
_OTHERS = 0o077
_SENDER = re.compile(r"[\w-]+")


class _Address(BaseModel):
    """Where the SQLAlchemy URL is found: one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str = ""
    file: str = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.env) == bool(self.file):
            raise ValueError("name either env or file")
        return self


class Source(BaseModel):
    """One table, view or query of a department.

    `period` says which rows are of a month: `snapshot` (all, for the current month only) or `month`. For a table that
    needs `month_column`, a date or text like 2026-06; a query takes the parameters `:month` (text), `:first_day` and
    `:next_month` (dates) instead. `columns` gives headings of the contract and what the source calls them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    sender: str
    url: _Address
    table: str = ""
    query: str = ""
    period: Literal["month", "snapshot"]
    month_column: str = ""
    columns: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("name either a table or a query")
        if not _SENDER.fullmatch(self.sender):
            raise ValueError("sender: use letters, digits, - and _ alone")
        if bool(self.month_column) != (self.period == "month" and bool(self.table)):
            raise ValueError("month_column belongs to a table with period: month, and only there")
        return self

    @property
    def title(self) -> str:
        """How messages call the source; never its address."""
        return f"source {self.feed}/{self.sender}"


def sources(settings: Settings, feed: str = "") -> list[Source]:
    """The sources of the installation in the order of their files; raises `SourceConfigError`."""
    found = [_read(path) for path in sorted(settings.sources_dir.glob("*.yaml"))]
    places = [(each.feed, each.sender) for each in found]
    doubled = sorted({place for place in places if places.count(place) > 1})
    if doubled:
        raise SourceConfigError(f"sources.d: {'/'.join(doubled[0])} is declared twice; remove one")
    if feed and feed not in {each.feed for each in found}:
        raise UnknownNameError("source", feed, {each.feed for each in found})
    return [each for each in found if feed in {"", each.feed}]


def address_of(source: Source, settings: Settings) -> URL:
    """The address of the source's database; raises `SourceConfigError` without showing it."""
    text = environment(source.url.env) if source.url.env else _secret(source, settings)
    if not text:
        raise SourceConfigError(f"{source.title}: the environment variable {source.url.env} is not set; set it")
    try:
        return make_url(text.strip())
    except ArgumentError:
        raise SourceConfigError(
            f"{source.title}: the address is no SQLAlchemy URL, as dialect://user@host/name"
        ) from None


def due_month(source: Source, today: date) -> str:
    """The folder month whose rows are to be fetched on a day: the last one that is expected by then.

    A snapshot says what holds now, so it is always that of the running month.
    """
    month = f"{today:%Y-%m}"
    feed = get_feed(source.feed)
    while source.period == "month" and feed.expected_on(month) > today:
        month = months_before(month, 1)
    return month


def months_before(month: str, count: int) -> str:
    """The month ("2026-06") that lies `count` months before another one."""
    year, number = (int(part) for part in month.split("-"))
    at = year * _MONTHS + number - 1 - count
    return f"{at // _MONTHS:04d}-{at % _MONTHS + 1:02d}"


def _read(path: Path) -> Source:
    try:
        source = Source.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        get_feed(source.feed)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise SourceConfigError(f"sources.d/{path.name}: {wrong.replace(': Value error,', '')}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise SourceConfigError(f"sources.d/{path.name}: it is no YAML in UTF-8; mend it") from None
    except UnknownNameError as error:
        raise SourceConfigError(f"sources.d/{path.name}: {error}") from None
    return source


def _secret(source: Source, settings: Settings) -> str:
    path = settings.sources_dir / source.url.file
    try:
        if path.stat().st_mode & _OTHERS:
            message = f"{source.title}: others may read sources.d/{source.url.file}; run chmod 600 on it"
            raise SourceConfigError(message)
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = type(error).__name__
        raise SourceConfigError(f"{source.title}: sources.d/{source.url.file} cannot be read ({what})") from None
