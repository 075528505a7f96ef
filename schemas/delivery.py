"""Taking a delivery: a file goes in; accepted rows, rows set aside and a receipt come out.

What belongs here: the order of the steps and the balance of the rows. Nothing is written: archive,
vault and registry are the business of `registry`.
"""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

import polars as pl

from schemas.contract import Feed, get_feed
from schemas.errors import ContractError, EmptyDeliveryError, UnreadableFileError, ZeroReportError
from schemas.profile import profile_of
from schemas.reading import read_file
from schemas.reasons import REASONS, caveat
from schemas.receipts import Receipt
from schemas.rows import SheetRows, read_rows
from schemas.sheets import RawFile
from schemas.validation import check_accepted

__all__ = ["QUARANTINE_SCHEMA", "Delivery", "Taken", "take"]

QUARANTINE_SCHEMA = pl.Schema(
    {
        "source_feed": pl.String(),
        "source_delivery": pl.String(),
        "source_sheet": pl.String(),
        "source_row": pl.Int64(),
        "column": pl.String(),
        "column_title": pl.String(),
        "reason": pl.String(),
        "reason_title": pl.String(),
        "fix": pl.String(),
        "original": pl.String(),
        "all_reasons": pl.String(),
    }
)
_SOURCE = ("source_feed", "source_delivery", "source_sheet", "source_row")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which file of which sender for which month."""

    feed: str
    month: str
    sender: str
    revision: int
    file_name: str
    sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", self.month):
            raise ContractError(f"delivery of {self.feed}: month {self.month!r} is not YYYY-MM")

    @property
    def nothing_to_report(self) -> bool:
        """Whether the name says so: `<sender>.none[.rN].<format>`, a file with a header and no row."""
        return re.search(r"\.none(\.r[0-9]+)?\.[^.]+$", self.file_name, re.IGNORECASE) is not None

    @property
    def delivery_id(self) -> str:
        """Sixteen hexadecimal digits that name this delivery and no other."""
        parts = (self.feed, self.month, self.sender, str(self.revision), self.file_name, self.sha256)
        return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()

    def as_dict(self) -> dict[str, str | int]:
        """The delivery's fields and its id."""
        return {"delivery_id": self.delivery_id, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was read.

    `accepted` has the contract's columns and the `source_*` columns, `quarantined` one row a source row
    that was set aside (`QUARANTINE_SCHEMA`). Both hold personal data.
    """

    accepted: pl.DataFrame
    quarantined: pl.DataFrame
    receipt: Receipt


def take(path: Path, delivery: Delivery, *, today: date) -> Taken:
    """Read the file at `path` by the contract of the delivery's feed.

    Dates of events after `today` and after the delivery's month are set aside. Raises a subclass of
    `DeliveryError` when the file cannot be taken as a whole, `UnknownNameError` for an unknown feed.
    """
    feed = get_feed(delivery.feed)
    raw = read_file(path.read_bytes(), delivery.file_name, feed)
    latest = max(today, _last_day(delivery.month))
    sheets = [read_rows(sheet, feed, today=latest) for sheet in raw.sheets]
    accepted = _joined([each.accepted for each in sheets], raw, delivery)
    rejected = _joined([each.rejected for each in sheets], raw, delivery)
    if delivery.nothing_to_report and (accepted.height or rejected.height):
        message = "the name says that there is nothing to report, but there are rows; deliver it without .none"
        raise ZeroReportError(message, file=delivery.file_name)
    if accepted.is_empty() and rejected.is_empty() and not delivery.nothing_to_report:
        raise EmptyDeliveryError(
            "there is a header but no data row; deliver the file with its rows or, with nothing to report, as "
            "<sender>.none.<format>",
            file=delivery.file_name,
            sheet=raw.sheets[0].name or None,
        )
    accepted = accepted.select([each.name for each in feed.columns] + list(_SOURCE))
    quarantined = _quarantine(rejected, feed)
    receipt = _receipt(delivery, raw, sheets, accepted, quarantined)
    if not receipt.balanced:
        message = f"{receipt.rows_read} rows were counted but not all of them could be read; deliver it as XLSX"
        raise UnreadableFileError(message, file=delivery.file_name)
    check_accepted(accepted, feed, file=delivery.file_name)
    return Taken(accepted, quarantined, receipt)


def _last_day(month: str) -> date:
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, monthrange(year, number)[1])


def _joined(frames: Sequence[pl.DataFrame], raw: RawFile, delivery: Delivery) -> pl.DataFrame:
    sourced = (
        frame.with_columns(
            source_feed=pl.lit(delivery.feed),
            source_delivery=pl.lit(delivery.delivery_id),
            source_sheet=pl.lit(sheet.name),
        )
        for frame, sheet in zip(frames, raw.sheets, strict=True)
    )
    return pl.concat(sourced, rechunk=False)


def _quarantine(rejected: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    titles = {each.name: each.title for each in feed.columns}
    first = pl.col("problems").str.split(";").list.first().str.split(":")
    frame = rejected.with_columns(column=first.list.get(0), reason=first.list.get(1), all_reasons=pl.col("problems"))
    frame = frame.with_columns(
        column_title=pl.col("column").replace_strict(titles, default="", return_dtype=pl.String),
        reason_title=pl.col("reason").replace_strict({code: each.title for code, each in REASONS.items()}),
        fix=pl.col("reason").replace_strict({code: each.fix for code, each in REASONS.items()}),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in QUARANTINE_SCHEMA.items())


def _receipt(
    delivery: Delivery, raw: RawFile, sheets: Sequence[SheetRows], accepted: pl.DataFrame, quarantined: pl.DataFrame
) -> Receipt:
    reasons = {str(code): int(rows) for code, rows in quarantined["reason"].value_counts().sort("reason").iter_rows()}
    caveats = Counter(raw.caveats) + _total([each.caveats for each in sheets])
    return Receipt(
        **delivery.as_dict(),
        status="partial" if quarantined.height else "accepted",
        rows_read=sum(sheet.records + sheet.above.height for sheet in raw.sheets),
        rows_accepted=accepted.height,
        rows_quarantined=quarantined.height,
        skipped=_sorted(_total([each.skipped for each in sheets])),
        reasons=reasons,
        normalised=_sorted(_total([each.tidied for each in sheets])),
        unknown_codes=_sorted(_total([each.unknown_codes for each in sheets])),
        profile=profile_of(accepted, get_feed(delivery.feed)),
        zero_report=delivery.nothing_to_report,
        caveats=[caveat(code, count) for code, count in _sorted(caveats).items()],
    )


def _total(counters: Sequence[Counter[str]]) -> Counter[str]:
    return sum(counters, Counter())


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return {key: counter[key] for key in sorted(counter) if counter[key]}
