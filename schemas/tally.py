"""Counting a delivery while its pieces go by.

What belongs here: sums over the pieces of a file, what they mean for the file as a whole, and the receipt made of
them. Nothing here keeps a row.
"""

from collections import Counter
from collections.abc import Mapping

import polars as pl

from schemas.contract import Feed
from schemas.profile import Profile, profile_of
from schemas.reasons import caveat
from schemas.receipts import Receipt
from schemas.rows import SheetRows
from schemas.sheets import RawSheet
from schemas.unread import MOST_UNREAD, UnreadColumn
from schemas.values.ids import too_many_zeros

__all__ = ["Tally"]


class Tally:
    """The counts of the pieces seen so far."""

    def __init__(self, feed: Feed, caveats: Mapping[str, int]) -> None:
        self._feed = feed
        self._read = 0
        self._accepted = 0
        self._profile = Profile()
        self._counters: dict[str, Counter[str]] = {
            name: Counter() for name in ("skipped", "reasons", "tidied", "unknown_codes", "caveats")
        }
        self._counters["caveats"].update(caveats)
        self._unread: dict[UnreadColumn, None] = {}
        self._zeros: Counter[tuple[str, str]] = Counter()
        self._records: Counter[str] = Counter()
        self.first_sheet = ""

    def add(self, sheet: RawSheet, rows: SheetRows, quarantined: pl.DataFrame) -> None:
        """Count a piece."""
        self.first_sheet = self.first_sheet or sheet.name
        self._read += sheet.records + sheet.above.height
        self._accepted += rows.accepted.height
        self._profile = self._profile.merged([profile_of(rows.accepted, self._feed)])
        for name in ("skipped", "tidied", "unknown_codes", "caveats"):
            self._counters[name].update(getattr(rows, name))
        self._counters["caveats"].update(sheet.caveats)
        self._unread |= dict.fromkeys(rows.unread)
        reasons = quarantined["reason"].value_counts()
        self._counters["reasons"].update({str(code): int(count) for code, count in reasons.iter_rows()})
        self._records[sheet.name] += rows.records
        for name, zeros in rows.zeros.items():
            self._zeros[sheet.name, name] += zeros

    def rounded(self) -> set[tuple[str, str]]:
        """Sheets and identifier columns whose numbers a spreadsheet has rounded, as all pieces together show."""
        return {
            (sheet, name) for (sheet, name), zeros in self._zeros.items() if too_many_zeros(zeros, self._records[sheet])
        }

    def receipt(self, given: dict[str, str | int], *, zero_report: bool) -> Receipt:
        """The receipt of the delivery described by `given`, with its codes in alphabetical order."""
        counts = {
            name: {code: counter[code] for code in sorted(counter) if counter[code]}
            for name, counter in self._counters.items()
        }
        return Receipt(
            **given,
            status="partial" if counts["reasons"] else "accepted",
            rows_read=self._read,
            rows_accepted=self._accepted,
            rows_quarantined=sum(counts["reasons"].values()),
            skipped=counts["skipped"],
            reasons=counts["reasons"],
            normalised=counts["tidied"],
            unknown_codes=counts["unknown_codes"],
            profile=self._profile,
            zero_report=zero_report,
            caveats=[caveat(code, count) for code, count in counts["caveats"].items()],
            unread_columns=list(self._unread)[:MOST_UNREAD],
        )
