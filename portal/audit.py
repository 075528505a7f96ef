"""The audit chain for auditors: who saw and took what, whether the chain holds, and tests over whole populations.

What belongs here: pages and words. Events are read in `registry.auditing.trail`, proven in `registry.audit`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import polars as pl
from fastapi import Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from portal.access import Reader
from portal.audit_words import ACTIONS, DETAILS, action_title, coded
from portal.faults import said
from portal.forms import desk_of
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.words import named, pieced, rule_name
from registry.anchors import read_anchors
from registry.audit import verify
from registry.auditing.catalogue import CATALOGUE
from registry.auditing.paper_words import in_words
from registry.auditing.reports import Report, reports
from registry.auditing.trail import EventFilter, actions_and_actors, trail
from registry.auditing.workbench import examine
from registry.errors import AuditError
from registry.queries import require_edition
from registry.roles import Actor
from registry.seal import Anchor, ChainCheck
from schemas.settings import Settings

__all__ = ["PAGES", "Anchors", "chain_check", "examined_tests", "told", "told_reports"]

_ROWS = 50
_SHOWN = 20
_MOST_ROWS = 200
_TO_THE_MINUTE = 16
_EMPTY: tuple[object, ...] = (None, "", [], {})
_STATES = {"passed": ("good", "没有例外"), "exceptions": ("bad", "有例外"), "not_run": ("plain", "未运行")}

_Day = Annotated[date | None, BeforeValidator(lambda value: value or None)]


class _Asked(BaseModel):
    """What a reader of the chain asks for; an empty field of the form means all."""

    model_config = ConfigDict(extra="forbid")

    action: str = ""
    actor: str = ""
    since: _Day = None
    until: _Day = None
    before: int | None = Field(default=None, ge=1)


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the file of anchors holds; `wrong` says why it cannot be relied on."""

    number: int = 0
    newest: Anchor | None = None
    at: datetime | None = None
    wrong: str = ""


def told(action: str, details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an event says of itself as words: keys with the keys above them, values as people write them.

    What is empty is left out.
    """
    yield from _told(action, details, "", {})


def _told(action: str, details: Mapping[str, Any], above: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in details.items():
        if value in _EMPTY:
            continue
        title = gettext(names[key]) if key in names else named(DETAILS[key], key) if key in DETAILS else pieced(key)
        name = f"{above} › {title}" if above else title
        if isinstance(value, Mapping):
            yield from _told(action, value, name, coded(action, key))
        else:
            known = coded(action, key)
            yield name, rule_name(value) if key == "rule_id" and value not in known else _told_value(value, known)


def _told_value(value: object, names: Mapping[str, str]) -> str:
    """A value in words; a code as it is called."""
    match value:
        case str() if value in names:
            return gettext(names[value])
        case "true" | "false":
            return _told_value(value == "true", names)
        case bool():
            return gettext("是") if value else gettext("否")
        case int():
            return f"{value:,}"
        case list():
            return gettext("、").join(_told_value(each, names) for each in value)
    return pieced(str(value))


def _audit(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Response:
    state = request.app.state
    wanted = EventFilter(asked.action, asked.actor, asked.since, asked.until)
    found = trail(state.engine, state.settings, wanted, actor=reader, limit=_ROWS, before=asked.before)
    kept = {key: value for key, value in asked.model_dump(exclude={"before"}).items() if value}
    actions, actors = actions_and_actors(state.engine)
    return render(
        request,
        "audit.html",
        title="审计记录",
        found=found,
        asked=asked,
        actions=actions,
        actors=actors,
        action_title=action_title,
        told=told,
        anchors=anchors_of(state.settings),
        first=f"/audit?{urlencode(kept)}" if asked.before else None,
        on=f"/audit?{urlencode({**kept, 'before': found.before})}" if found.before else None,
    )


def anchors_of(settings: Settings) -> Anchors:
    path = settings.anchors_file
    if not path.exists():
        return Anchors()
    try:
        held: Sequence[Anchor] = read_anchors(path)
    except AuditError as error:
        return Anchors(wrong=said(error).replace(f"{path}", path.name))
    newest = held[-1] if held else None
    return Anchors(len(held), newest, datetime.fromisoformat(newest.at) if newest else None)


def _verify(request: Request) -> Response:
    anchors, checked = chain_check(request)
    return render(request, "audit_chain.html", title="核对审计链", checked=checked, anchors=anchors)


def chain_check(request: Request) -> tuple[Anchors, ChainCheck | None]:
    """The anchors, and the chain checked against them; None when they cannot be relied on."""
    state = request.app.state
    anchors = anchors_of(state.settings)
    if anchors.wrong:
        return anchors, None
    held = read_anchors(state.settings.anchors_file) if anchors.number else ()
    return anchors, verify(state.engine, held)


def _catalogue(request: Request) -> Response:
    return render(request, "audit_tests.html", title="全量测试", tests=[*CATALOGUE.values()], found=None, edition=None)


def _run(request: Request, reader: Reader) -> Response:
    found, edition = examined_tests(request, reader)
    return render(
        request,
        "audit_tests.html",
        title="全量测试",
        tests=[],
        found=found,
        edition=edition,
        states=_STATES,
        most=_SHOWN,
        in_words=in_words,
    )


def examined_tests(request: Request, reader: Actor) -> tuple[Any, Any]:
    """The findings on the newest edition by what the record and its kept tables hold, and that edition."""
    edition = require_edition(request.app.state.engine)
    return examine(desk_of(request), edition, actor=reader), edition


def _reports(request: Request, reader: Reader) -> Response:
    found = told_reports(request, reader)
    return render(
        request,
        "audit_reports.html",
        title="审计报告",
        reports=[(each, _report_in_words(each.rows.head(_MOST_ROWS))) for each in found],
        most=_MOST_ROWS,
    )


def _report_in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Codes, actions and instants as people write them; instants are at the bureau's time already."""
    acts = [pl.col("action").replace({code: gettext(title) for code, title in ACTIONS.items()})]
    instants = [pl.col("at").str.slice(0, _TO_THE_MINUTE).str.replace("T", " ")]
    present = [each for each in (*acts, *instants) if each.meta.output_name() in rows.columns]
    return in_words(rows.with_columns(present))


def told_reports(request: Request, reader: Actor) -> list[Report]:
    """What the decisions and the chain tell of those who work, by the figures in force today; recorded."""
    desk = desk_of(request)
    return reports(desk.engine, desk.settings, desk.limits(datetime.now(UTC)), actor=reader)


PAGES = (
    Page("/audit", _audit, "audit.read", nav=Nav("审计记录", 80)),
    Page("/audit/verify", _verify, "audit.read", methods=("POST",)),
    Page("/audit/tests", _catalogue, "audit.read"),
    Page("/audit/tests/run", _run, "audit.read", methods=("POST",)),
    Page("/audit/reports", _reports, "audit.read"),
)
