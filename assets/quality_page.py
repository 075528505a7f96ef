"""The data-quality page of a month: what came, what was set aside and why, what the checks found.

What belongs here: one page that stands alone (no script, no asset from elsewhere) and holds counts only.
The pages of Great Expectations beside it are for engineers: they load their styles from elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from assets.quality import QualityResult
from schemas.contract import DEPARTMENTS, all_feeds
from schemas.reasons import REASONS
from schemas.receipts import Receipt

__all__ = ["PAGE", "write_quality_page"]

PAGE = "quality.html"
_SHOWN_REASONS = 3


@dataclass(slots=True)
class _FeedLine:
    """What the page says of one feed in one month."""

    department: str
    title: str
    files: int = 0
    refused: int = 0
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    skipped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def state(self) -> str:
        """missing, refused, partial or accepted: the worst that holds."""
        if not self.files:
            return "missing"
        if self.refused:
            return "refused"
        return "partial" if self.quarantined else "accepted"

    @property
    def told(self) -> str:
        """The most frequent reasons for setting rows aside, with counts."""
        frequent = self.reasons.most_common(_SHOWN_REASONS)
        return "；".join(f"{REASONS[code].title if code in REASONS else code} {count}" for code, count in frequent)


def write_quality_page(
    directory: Path, *, month: str, edition_id: str, results: Sequence[QualityResult], receipts: Iterable[Receipt]
) -> Path:
    """Write the page of `month` into `directory`, beside the engineers' pages; gives its path."""
    environment = Environment(loader=PackageLoader("assets"), autoescape=True, undefined=StrictUndefined)
    lines = _lines(month, receipts)
    text = environment.get_template(PAGE).render(
        month=month,
        edition_id=edition_id,
        lines=lines,
        results=sorted(results, key=lambda each: (each.passed, each.table, each.expectation, each.column)),
        failed=sum(not each.passed for each in results),
        missing=sum(each.state == "missing" for each in lines),
    )
    path = directory / PAGE
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
    return path


def _lines(month: str, receipts: Iterable[Receipt]) -> list[_FeedLine]:
    """One line a feed of the contracts, undelivered ones included, in the order of the departments."""
    lines = {
        feed.name: _FeedLine(department=DEPARTMENTS[feed.department], title=feed.title)
        for feed in sorted(all_feeds().values(), key=lambda each: (list(DEPARTMENTS).index(each.department), each.name))
    }
    for each in receipts:
        line = lines.get(each.feed)
        if line is None or each.month != month:
            continue
        line.files += 1
        line.refused += each.status == "refused"
        line.read += each.rows_read
        line.accepted += each.rows_accepted
        line.quarantined += each.rows_quarantined
        line.skipped += sum(each.skipped.values())
        line.reasons.update(each.reasons)
    return list(lines.values())
