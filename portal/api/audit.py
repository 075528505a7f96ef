"""The audit chain for programs: its events, whether it holds, and tests over whole populations."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Said, Telling, Word, operation, told
from portal.audit import chain_check, examined_tests
from registry.auditing.catalogue import CATALOGUE
from registry.auditing.trail import EventFilter, actions_and_actors, trail

__all__ = ["OPERATIONS"]

_TAG = "audit"
_MOST_EXCEPTIONS = 20


class EventOut(Telling):
    """One event; `details` hold counts, ids and filters, never an identity."""

    seq: int
    at: datetime
    actor: str
    action: str
    purpose: str
    details: dict[str, Any]


class Events(Telling):
    """Some events, the newest first; `before` is the number from which older ones go on, null at the end."""

    events: list[EventOut]
    before: int | None


class Words(Telling):
    """The actions and actors that the chain knows."""

    actions: list[str]
    actors: list[str]


class FaultOut(Telling):
    """One event that does not hold, and why."""

    seq: int
    reason: str


class Chain(Telling):
    """Whether every event is as it was written and anchored; `wrong` says why the anchors cannot be relied on."""

    holds: bool
    events: int
    anchors: int
    faults: list[FaultOut]
    anchored_at: datetime | None
    wrong: str


class TestLine(Telling):
    """A test over a whole population, what it proves, and its query."""

    name: str
    title: Said
    proves: str
    query: str


class Outcome(Telling):
    """What a test found: `passed`, `exceptions` (the first of them are told) or `not_run` with the reason."""

    name: str
    title: Said
    state: str
    not_run: str
    exceptions: int
    first_exceptions: list[dict[str, Any]]


class Outcomes(Telling):
    """The tests run on the newest edition."""

    edition_id: str
    as_of: date
    tests: list[Outcome]


class _Asked(Asking):
    action: Word = ""
    actor: Word = ""
    since: date | None = None
    until: date | None = None
    before: int | None = Field(default=None, ge=1, le=2**53, description="Events older than this number")
    size: int = Field(default=50, ge=1, le=500)


class Checking(Asking):
    """Nothing is to be said."""


def list_audit_events(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """Events by action, actor and day, the newest first; go on with the number `before` of the answer."""
    state = request.app.state
    wanted = EventFilter(asked.action, asked.actor, asked.since, asked.until)
    return trail(state.engine, state.settings, wanted, actor=reader, limit=asked.size, before=asked.before)


def list_audit_words(request: Request) -> Any:
    """By which actions and actors events can be asked for."""
    actions, actors = actions_and_actors(request.app.state.engine)
    return {"actions": actions, "actors": actors}


def check_chain(request: Request, asked: Checking) -> Any:  # noqa: ARG001 - empty
    """Check every event against its seal, the one before it, and the anchors."""
    anchors, checked = chain_check(request)
    if checked is None:
        return told(Chain, anchors, holds=False, events=0, anchors=0, faults=[], anchored_at=None)
    return told(Chain, checked, anchored_at=anchors.at, wrong="")


def list_audit_tests(request: Request) -> Any:  # noqa: ARG001 - the same for everybody
    """The tests over whole populations."""
    return [*CATALOGUE.values()]


def run_audit_tests(request: Request, reader: Reader, asked: Checking) -> Any:  # noqa: ARG001 - empty
    """Run every test on the newest edition; which were run, and how many exceptions each found, is recorded."""
    found, edition = examined_tests(request, reader)
    tests = [
        told(
            Outcome,
            each,
            name=each.test.name,
            title=each.test.title,
            exceptions=each.exceptions.height,
            first_exceptions=each.exceptions.head(_MOST_EXCEPTIONS).to_dicts(),
        )
        for each in found
    ]
    return {"edition_id": edition.edition_id, "as_of": edition.as_of, "tests": tests}


OPERATIONS = (
    operation("/audit/events", list_audit_events, "audit.read", "审计记录", tag=_TAG, answer=Events),
    operation("/audit/words", list_audit_words, "audit.read", "审计的动作和账号", tag=_TAG, answer=Words),
    operation("/audit/check", check_chain, "audit.read", "核对审计链", tag=_TAG, answer=Chain, method="POST"),
    operation("/audit/tests", list_audit_tests, "audit.read", "全量测试", tag=_TAG, answer=list[TestLine]),
    operation("/audit/tests/run", run_audit_tests, "audit.read", "运行全量测试", tag=_TAG, answer=Outcomes,
              method="POST"),
)  # fmt: skip
