"""Visits of this bureau as a delivery of the feed 入户走访: back into the data by the door that everybody uses.

What belongs here: the file of a month, written into `landing/` under the sender `portal` for cases, and under another
for plans of visits (`registry.visits_taken`), with a new revision when it says something else than the last one. From
there it is archived, read by its contract and provable like any other. What was to be verified is not delivered: the
facts of visits are seen by those who may not see suspicions.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, select

from registry.casework.desk import Desk
from registry.casework.results import standing_results
from registry.casework.verdicts import subject_person
from registry.files import writing
from registry.landing import LandedFile, discover
from registry.models import CaseVisit, DeliveryRecord
from registry.vault import Vault
from schemas.codes import CODE_LISTS
from schemas.contract import get_feed

__all__ = ["FEED", "OWN_SENDERS", "PLAN_SENDER", "SENDER", "SHOWN", "DeliveredMonth", "deliver_rows", "deliver_visits"]

FEED, SENDER, PLAN_SENDER = "home_visits", "portal", "visit_plan"
OWN_SENDERS = (SENDER, PLAN_SENDER)
"""Under which this bureau delivers to itself what its own visits came to."""

_OUTCOMES = CODE_LISTS["visit_outcome"]
_COLUMNS = ("person_id", "person_name", "visit_no", "visited_on", "visit_outcome", "street_code", "community_code")
SHOWN = {"month": pl.String(), "person_key": pl.String()} | dict.fromkeys(_COLUMNS[2:], pl.String())


@dataclass(frozen=True, slots=True)
class DeliveredMonth:
    """One month: the file, None when the last one still says the same, its rows, and who had to be left out.

    `left_out` counts visits of people without a known identity number, or of families without a known street.
    """

    month: str
    path: Path | None
    rows: int
    left_out: int


def deliver_visits(desk: Desk) -> list[DeliveredMonth]:
    """Write what cases have come to, a file for each month in which one was closed, where it says something new.

    A result that an objection overturned leaves the file of its month. The month is that of closing: a list that was
    published before is not changed by it.
    """
    with desk.engine.connect() as connection:
        visits = _visits(connection, ZoneInfo(desk.settings.timezone))
    return deliver_rows(desk, SENDER, visits)


def deliver_rows(desk: Desk, sender: str, visits: pl.DataFrame) -> list[DeliveredMonth]:
    """As `deliver_visits`, of `visits` as `SHOWN` says, under `sender`."""
    with desk.engine.connect() as connection:
        months = sorted({*visits["month"].unique(), *_delivered_months(connection, sender)})
    people = Vault(desk.settings).people(visits["person_key"])
    known = visits.join(people.select("person_key", "id_number", "person_name"), on="person_key", how="left")
    landed = [each for each in discover(desk.settings).files if (each.feed, each.sender) == (FEED, sender)]
    return [_deliver(desk, sender, month, known.filter(month=month), landed) for month in months]


def _visits(connection: Connection, zone: ZoneInfo) -> pl.DataFrame:
    """One row a round that was closed with a result which stands: `SHOWN`."""
    rows = [_row(connection, each, zone) for each in standing_results(connection, ["need"])]
    return pl.DataFrame(rows, schema=SHOWN, orient="row")


def _row(connection: Connection, closed: Any, zone: ZoneInfo) -> tuple[str | None, ...]:
    visit_id, visited_on = connection.execute(
        select(CaseVisit.visit_id, CaseVisit.visited_on)
        .where(CaseVisit.case_id == closed.case_id, CaseVisit.round == closed.round)
        .order_by(CaseVisit.visited_on.desc(), CaseVisit.version.desc())
        .limit(1)
    ).one()
    return (
        closed.at.astimezone(zone).strftime("%Y-%m"),
        subject_person(connection, closed.case_id),
        f"V{visit_id}",
        visited_on.isoformat(),
        _OUTCOMES.title_of(closed.outcome),
        closed.street_code,
        closed.community_code,
    )


def _delivered_months(connection: Connection, sender: str) -> list[str]:
    query = select(DeliveryRecord.month).where(DeliveryRecord.feed == FEED, DeliveryRecord.sender == sender).distinct()
    return list(connection.scalars(query))


def _deliver(desk: Desk, sender: str, month: str, visits: pl.DataFrame, landed: Sequence[LandedFile]) -> DeliveredMonth:
    able = visits.filter(pl.col("id_number").is_not_null(), pl.col("street_code").is_not_null())
    left_out = visits.height - able.height
    rows = able.rename({"id_number": "person_id"}).sort("visited_on", "visit_no").select(_COLUMNS).rows()
    content = _csv(rows)
    revision, digest = _last(desk, sender, month, landed)
    if digest == sha256(content).hexdigest() or (not rows and revision == 0):
        return DeliveredMonth(month, None, len(rows), left_out)
    nothing = "" if rows else ".none"
    path = desk.settings.landing_dir / FEED / month / f"{sender}{nothing}.r{revision + 1}.csv"
    with writing(path) as temporary:
        temporary.write_bytes(content)
    return DeliveredMonth(month, path, len(rows), left_out)


def _csv(rows: Sequence[tuple[Any, ...]]) -> bytes:
    """The file as its contract reads it: headings in Chinese, UTF-8 with a mark for spreadsheets."""
    feed, text = get_feed(FEED), io.StringIO()
    writer = csv.writer(text)
    writer.writerow([feed.column(each).title for each in _COLUMNS])
    writer.writerows(["" if each is None else each for each in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _last(desk: Desk, sender: str, month: str, landed: Sequence[LandedFile]) -> tuple[int, str]:
    """The highest revision of the month that was taken in, or lies in `landing/`, with the SHA-256 of its bytes."""
    with desk.engine.connect() as connection:
        taken = connection.execute(
            select(DeliveryRecord.revision, DeliveryRecord.sha256).where(
                DeliveryRecord.feed == FEED, DeliveryRecord.sender == sender, DeliveryRecord.month == month
            )
        )
        found = {each.revision: each.sha256 for each in taken}
    for each in landed:
        if each.month == month:
            found[each.revision] = sha256(each.path.read_bytes()).hexdigest()
    return max(found.items(), default=(0, ""))
