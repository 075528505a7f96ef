"""Warnings about feeds: late, missing, doubled, shrinking, drifting deliveries, each with a question."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from portal.access import Reader
from portal.page import Page, render
from portal.published import months_for
from registry.feed_warnings import FeedWarning, counted_by_rule, feed_warnings
from registry.queries import EditionInfo, require_edition
from registry.roles import Actor
from registry.views import record_view
from rules import all_rules, rules_of
from schemas.contract import DEPARTMENTS, all_feeds

__all__ = ["PAGES", "recorded"]

_ROWS = 50


class _Asked(BaseModel):
    """Of which list, rule and feed; an empty field of the form means the newest, or all."""

    model_config = ConfigDict(extra="forbid")

    as_of: date | None = None
    rule: str = ""
    feed: str = ""
    page: int = Field(default=1, ge=1, le=10_000)


def _warnings(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Response:
    edition = require_edition(request.app.state.engine, asked.as_of)
    found = feed_warnings(request.app.state.engine, edition, actor=reader, rule=asked.rule, feed=asked.feed)
    first = (asked.page - 1) * _ROWS
    feeds = all_feeds()
    return render(
        request,
        "feed_warnings.html",
        title="数据质量预警",
        edition=edition,
        months=months_for(request, reader),
        asked=asked,
        shown=recorded(request, reader, edition, asked.rule, asked.feed, found[first : first + _ROWS]),
        total=len(found),
        counted=counted_by_rule(found),
        rules=all_rules(),
        kinds=rules_of("feed"),
        feeds=feeds,
        titles={name: {each.name: each.title for each in feed.columns} for name, feed in feeds.items()},
        departments=DEPARTMENTS,
        back=_address(asked, edition, asked.page - 1) if asked.page > 1 else None,
        on=_address(asked, edition, asked.page + 1) if len(found) > first + _ROWS else None,
    )


def recorded(
    request: Request, reader: Actor, edition: EditionInfo, rule: str, feed: str, shown: list[FeedWarning]
) -> list[FeedWarning]:
    """The warnings that are shown, once it is recorded that they are."""
    record_view(
        request.app.state.engine,
        reader,
        "feed warnings",
        edition_id=edition.edition_id,
        rows=len(shown),
        filters={"rule": rule, "feed": feed},
    )
    return shown


def _address(asked: _Asked, edition: EditionInfo, page: int) -> str:
    words = {"as_of": edition.as_of, "rule": asked.rule, "feed": asked.feed, "page": page}
    return f"/deliveries/warnings?{urlencode({name: word for name, word in words.items() if word})}"


PAGES = (Page("/deliveries/warnings", _warnings, "warning.feed"),)
