"""Warnings about feeds for programs: which delivery is late, missing, doubled, shrinking or drifting; never a value."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Paged, Rows, Said, Telling, Word, next_page, operation
from portal.feed_warnings import recorded
from registry.feed_warnings import feed_warnings
from registry.queries import require_edition

__all__ = ["OPERATIONS"]


class FeedWarningOut(Telling):
    """A question to the department of a feed; `found` is what the rule saw, in Chinese.

    `month` is the folder month it is about and `column` the one that drifted; of a row `delivery_id`, `sheet` and `row`
    tell where it stands.
    """

    warning_id: str
    rule_id: str
    feed: str
    month: str | None
    column: str | None
    raised_on: date | None
    evidence_on: date | None
    found: str
    question: Said
    delivery_id: str | None
    sheet: str | None
    row: int | None


class FeedWarnings(Rows[FeedWarningOut]):
    """A page of warnings about feeds."""


class _Asked(Paged):
    as_of: date | None = Field(default=None, description="Those of the list of that day; without it the newest")
    rule: Word = Field(default="", description="Code of a rule about feeds")
    feed: Word = ""


def list_feed_warnings(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """The warnings about feeds of one list, by rule, the latest first; recorded."""
    edition = require_edition(request.app.state.engine, asked.as_of)
    found = feed_warnings(request.app.state.engine, edition, actor=reader, rule=asked.rule, feed=asked.feed)
    shown = found[asked.offset : asked.offset + asked.size]
    return {
        "total": len(found),
        "page": asked.page,
        "size": asked.size,
        "next": next_page(request, asked.page, asked.size, len(found)),
        "items": recorded(request, reader, edition, asked.rule, asked.feed, shown),
    }


OPERATIONS = (
    operation(
        "/deliveries/warnings", list_feed_warnings, "warning.feed", "数据质量预警", tag="deliveries",
        answer=FeedWarnings,
    ),
)  # fmt: skip
