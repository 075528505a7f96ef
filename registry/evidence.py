"""From the rows of an edition back to the delivered rows.

What belongs here: the source of a row (feed, department, file, sheet, row, hash), and the spells of assistance
that make a family a registered one, read from the deliveries that the edition names.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from editions.knowledge import KnownDelivery, known_feed_tables
from registry.explanation import SourceLine
from registry.models import DeliveryRecord
from registry.queries import EditionInfo
from registry.store import delivery_files
from schemas.contract import DEPARTMENTS, all_feeds
from schemas.reading_zip import MEMBER_SEPARATOR
from schemas.settings import Settings

__all__ = ["Sources", "register_rows"]

_REGISTER = "assistance_register"


class Sources:
    """The deliveries that rows come from, looked up once."""

    def __init__(self, engine: Engine, delivery_ids: Iterable[str]) -> None:
        record = DeliveryRecord
        columns = (
            record.delivery_id,
            record.month,
            record.sender,
            record.revision,
            record.file_name,
            record.sha256,
            record.received_at,
            record.receipt["run_id"].as_string().label("run_id"),
        )
        wanted = sorted(set(delivery_ids))
        with engine.connect() as connection:
            rows = connection.execute(select(*columns).where(record.delivery_id.in_(wanted))).mappings()
            self._known = {each["delivery_id"]: {**each, "run_id": each["run_id"] or ""} for each in rows}

    def of(self, row: Mapping[str, Any]) -> SourceLine | None:
        """The source of a row with the `source_*` columns; None when it names none."""
        feed = all_feeds().get(str(row["source_feed"]))
        if feed is None or not row["source_delivery"]:
            return None
        place = self._known.get(row["source_delivery"], {"delivery_id": row["source_delivery"]})
        member, sheet = _member(str(place.get("file_name", "")), row["source_sheet"] or "")
        return SourceLine(
            feed=feed.name,
            feed_title=feed.title,
            department=DEPARTMENTS[feed.department],
            member=member,
            sheet=sheet,
            row=row["source_row"],
            **place,
        )

    def whole(self, place: Mapping[str, Any]) -> SourceLine | None:
        """A delivery as such, by its entry in the manifest of an edition."""
        return self.of(
            {
                "source_feed": place["feed"],
                "source_delivery": place["delivery_id"],
                "source_sheet": None,
                "source_row": None,
            }
        )


def _member(file_name: str, sheet: str) -> tuple[str, str]:
    """The file within an archive, and its sheet; `schemas.reading_zip` names them as one."""
    if not file_name.lower().endswith(".zip"):
        return "", sheet
    member, _, within = sheet.partition(MEMBER_SEPARATOR)
    return member, within


def register_rows(settings: Settings, edition: EditionInfo, person_keys: Iterable[str]) -> list[dict[str, Any]]:
    """Spells of assistance of these persons that are open at `as_of`, from the deliveries of the edition.

    Whether a person is on the register is settled by the edition; this shows the rows behind it. A file that is gone
    from the lake shows none.
    """
    deliveries = [
        _known(settings, each) for each in edition.manifest["inputs"]["deliveries"] if each["feed"] == _REGISTER
    ]
    present = [each for each in deliveries if each.path.exists()]
    rows = known_feed_tables(present, edition.as_of)[_REGISTER]
    keys = pl.LazyFrame({"person_key": list(person_keys)}, schema={"person_key": pl.String})
    open_then = (pl.col("started_on") <= edition.as_of) & _open(edition.as_of)
    return rows.filter(open_then).join(keys, on="person_key", how="semi").sort("started_on").collect().to_dicts()


def _open(as_of: date) -> pl.Expr:
    return pl.col("ended_on").is_null() | (pl.col("ended_on") > as_of)


def _known(settings: Settings, place: Mapping[str, Any]) -> KnownDelivery:
    files = delivery_files(settings, place["feed"], place["month"], place["delivery_id"])
    return KnownDelivery(
        feed=place["feed"],
        month=place["month"],
        sender=place["sender"],
        revision=place["revision"],
        delivery_id=place["delivery_id"],
        path=files.table,
        identities_path=files.identities,
    )
