"""What a feed is: the agreement with one department about one kind of file.

What belongs here: the `Feed` type, the mapping of its columns to fact tables, and the registry that
finds the files of `schemas/feeds/`. Adding a feed is adding a file there, and nothing else.
"""

import importlib
import pkgutil
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache

import polars as pl

from schemas.columns import Column, Kind
from schemas.errors import ContractError, UnknownNameError

__all__ = [
    "DEPARTMENTS",
    "Const",
    "DeliveryMode",
    "FactMap",
    "Feed",
    "all_feeds",
    "contract_of",
    "get_feed",
    "month_end",
]

_MONTHS = 12

DEPARTMENTS: Mapping[str, str] = {
    "civil_affairs": "民政局",
    "police": "公安局",
    "labour": "人力资源和社会保障局",
    "medical_insurance": "医疗保障局",
    "disabled_federation": "残疾人联合会",
    "tax": "税务局",
    "planning": "规划和自然资源局",
    "housing": "住房和城乡建设局",
    "market_regulation": "市场监督管理局",
    "education": "教育局",
    "union": "总工会",
    "justice": "司法局",
    "emergency": "应急管理局",
    "agriculture": "农业农村局",
    "veterans": "退役军人事务局",
    "health": "卫生健康局",
    "housing_fund": "住房公积金管理中心",
    "charity": "慈善总会",
}


class DeliveryMode(StrEnum):
    """What one delivery says (domain: *Knowing*)."""

    SNAPSHOT = "snapshot"  # all that holds now; absence from it proves nothing
    EVENTS = "events"  # what happened; deliveries add up
    CHANGES = "changes"  # new and changed records; the latest of a business key holds


@dataclass(frozen=True, slots=True)
class Const:
    """A constant that every row of the feed has in a fact column."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class FactMap:
    """How rows of a feed become rows of a fact table of `schemas.tables`.

    `columns` maps a fact column to a keyed feed column (`person_key`, not `person_id`) or a `Const`.
    Fact columns that are not named are null. `where` keeps only rows with these codes.
    """

    table: str
    columns: Mapping[str, str | Const]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The contract of one feed."""

    name: str
    title: str
    department: str
    mode: DeliveryMode
    columns: tuple[Column, ...]
    business_key: tuple[str, ...]
    description: str
    absence_means: str
    legal_basis: str
    population: str
    expected_day: int = 10  # of the month after the one that a delivery reports
    lag_months: int = 0  # the delivery of month M reports up to month M - lag
    history_months: int = 0  # how far back the first delivery must reach
    retention_months: int | None = None  # how long the original is kept after its month; by default `retention.yaml`
    retention_basis: str = ""
    from_street: bool = False  # delivered by the streets: its people live in the district
    dropped: tuple[str, ...] = ()  # headings that are recognised and deliberately not read
    facts: tuple[FactMap, ...] = ()

    def __post_init__(self) -> None:
        if self.department not in DEPARTMENTS:
            raise ContractError(f"feed {self.name}: department {self.department!r} is not declared")
        names = [each.name for each in self.columns]
        if len(set(names)) != len(names):
            raise ContractError(f"feed {self.name}: a column is declared twice")
        unknown = set(self.business_key) - set(names)
        if unknown:
            raise ContractError(f"feed {self.name}: business key names {sorted(unknown)}")
        if (self.retention_months is None) != (not self.retention_basis):
            raise ContractError(f"feed {self.name}: a term of retention and the law it rests on go together")
        headings = [heading for each in self.columns for heading in each.headings]
        doubled = {heading for heading in headings if headings.count(heading) > 1}
        if doubled:
            raise ContractError(f"feed {self.name}: headings {sorted(doubled)} name two columns")

    def column(self, name: str) -> Column:
        """The column called `name`; raises `UnknownNameError`."""
        for each in self.columns:
            if each.name == name:
                return each
        raise UnknownNameError(f"column of feed {self.name}", name, [c.name for c in self.columns])

    def expected_on(self, month: str) -> date:
        """The day by which the delivery of a folder month is expected: of the month after the one it reports."""
        year, number = (int(part) for part in month.split("-"))
        at = year * _MONTHS + number - self.lag_months
        last = monthrange(at // _MONTHS, at % _MONTHS + 1)[1]
        return date(at // _MONTHS, at % _MONTHS + 1, min(self.expected_day, last))

    @property
    def identifiers(self) -> tuple[Column, ...]:
        """The identity-number columns."""
        return tuple(each for each in self.columns if each.kind is Kind.ID_NUMBER)

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns without which a file is refused and a row is quarantined."""
        return tuple(each for each in self.columns if each.required)

    @property
    def keyed_schema(self) -> dict[str, pl.DataType]:
        """Columns and types of the feed table: identifiers as keys, vaulted columns gone, source added.

        `source_delivery` is the delivery's id, `source_sheet` the sheet ("" for one without sheets)
        and `source_row` the 1-based row in the file as a person counts it, the header included.
        """
        schema: dict[str, pl.DataType] = {
            (each.keyed_as or each.name): each.dtype for each in self.columns if not each.vaulted
        }
        return schema | {
            "source_feed": pl.String(),
            "source_delivery": pl.String(),
            "source_sheet": pl.String(),
            "source_row": pl.Int64(),
        }


def month_end(month: str) -> date:
    """The last day of a folder month."""
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, monthrange(year, number)[1])


@cache
def all_feeds() -> dict[str, Feed]:
    """Every feed by name, in alphabetical order, found in `schemas/feeds/`."""
    package = importlib.import_module("schemas.feeds")
    found: dict[str, Feed] = {}
    for module in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        feed = importlib.import_module(f"schemas.feeds.{module}").FEED
        if feed.name != module:
            raise ContractError(f"schemas/feeds/{module}.py declares the feed {feed.name!r}")
        found[feed.name] = feed
    return found


@cache
def _forms() -> dict[str, Feed]:
    package = importlib.import_module("schemas.forms")
    names = [each.name for each in pkgutil.iter_modules(package.__path__)]
    return {name: importlib.import_module(f"schemas.forms.{name}").FEED for name in names}


def contract_of(name: str) -> Feed:
    """The contract by which a file is read: of a feed, or of a form of ours; raises `UnknownNameError`."""
    forms = _forms()
    return forms[name] if name in forms else get_feed(name)


def get_feed(name: str) -> Feed:
    """The feed called `name`; raises `UnknownNameError`."""
    feeds = all_feeds()
    if name not in feeds:
        raise UnknownNameError("feed", name, feeds)
    return feeds[name]
