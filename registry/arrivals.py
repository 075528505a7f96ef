"""When deliveries came: in time, late, or not yet though their day has not passed.

What belongs here: days. A month of a sender is as late as its first accepted file, whichever revision that was: a
correction does not make it late, and a file that could not be taken does not keep it in time. What is asked of a
department stands in `rules/warnings/`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.models import DeliveryRecord
from schemas.contract import Feed, all_feeds, month_end
from schemas.settings import Settings

__all__ = ["FeedTerms", "Place", "arrivals", "asked_from", "came_on", "folder_months", "late_days", "waiting"]

Place: TypeAlias = tuple[str, str, str]
"""Feed, sender and folder month."""

_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FeedTerms:
    """What an input set says of days and agreements.

    `late` are days by delivery; `waiting` are feed and month of what is not due yet; `agreed_until` is by feed.
    """

    late: Mapping[str, int] = field(default_factory=dict)
    waiting: frozenset[tuple[str, str]] = frozenset()
    agreed_until: Mapping[str, date] = field(default_factory=dict)

    @classmethod
    def recorded(cls, inputs: Mapping[str, Any]) -> "FeedTerms":
        """Those of the manifest of an input set; manifests of earlier versions say nothing of them."""
        return cls(
            {each["delivery_id"]: each["late_days"] for each in inputs["deliveries"] if "late_days" in each},
            frozenset((feed, month) for feed, month in inputs.get("waiting", ())),
            {feed: date.fromisoformat(each["expires_on"]) for feed, each in inputs.get("agreements", {}).items()},
        )


def came_on(record: DeliveryRecord, settings: Settings) -> date:
    """The day on which a delivery was taken in, where the bureau is."""
    return record.taken_on or record.received_at.astimezone(ZoneInfo(settings.timezone)).date()


def arrivals(engine: Engine, settings: Settings) -> dict[Place, int | None]:
    """By how many days each place came late: 0 in time, None where the installation was not there yet on its day."""
    with Session(engine) as session:
        records = list(session.scalars(select(DeliveryRecord)))
    since = min((came_on(each, settings) for each in records), default=date.max)
    first: dict[Place, date] = {}
    for each in records:
        if each.status != _REFUSED:
            place, day = (each.feed, each.sender, each.month), came_on(each, settings)
            first[place] = min(day, first.get(place, day))
    return {(feed, sender, month): late_days(feed, month, day, since) for (feed, sender, month), day in first.items()}


def late_days(feed: str, month: str, received_on: date, working_since: date) -> int | None:
    """Days after the expected one; 0 when in time, None when the installation was not there yet on that day."""
    if feed not in all_feeds():
        return None
    expected = all_feeds()[feed].expected_on(month)
    return None if expected < working_since else max(0, (received_on - expected).days)


def waiting(known: Sequence[DeliveryRecord], as_of: date, today: date) -> tuple[tuple[str, str], ...]:
    """Feed and month of what has not come by `today` and need not have come by then."""
    delivered = {(each.feed, each.month) for each in known}
    return tuple(
        (feed.name, month)
        for month in folder_months(known, as_of)
        for feed in all_feeds().values()
        if (feed.name, month) not in delivered and feed.expected_on(month) >= today
    )


def asked_from(feed: Feed, month: str, *, is_waiting: bool) -> date:
    """The first `as_of` at which a delivery that has not come is asked for.

    The day after the contract's. The edition of the month itself, made after that day, asks for it too.
    """
    due = feed.expected_on(month) + timedelta(days=1)
    return due if is_waiting else min(due, month_end(month))


def folder_months(known: Iterable[DeliveryRecord], as_of: date) -> list[str]:
    """Folder months from the first delivery to `as_of`."""
    last = date(as_of.year, as_of.month, 1)
    first = min((date.fromisoformat(f"{each.month}-01") for each in known), default=last)
    days = pl.date_range(first, last, "1mo", eager=True)
    return [f"{each:%Y-%m}" for each in days.to_list()]
