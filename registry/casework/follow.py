"""Cases follow the tasks of the newest edition: opened, given further questions, opened again on new evidence.

What belongs here: what the program does by itself. A question that was asked once is not asked again, whatever became
of it; only evidence with another key is new. Nothing is closed here: that is for people.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import polars as pl
from sqlalchemy import Connection, and_, insert, or_, select

from editions.tasks import AUDIENCES
from registry.audit import append_within
from registry.bulk import read_frame
from registry.casework.clock import case_due, has_come, red_due
from registry.casework.desk import Desk, instant
from registry.casework.feed import FEED, OWN_SENDERS
from registry.casework.store import SYSTEM, Act, is_current, row_values, state_columns
from registry.casework.transitions import CaseState, step
from registry.engine import ACTS, write_transaction
from registry.models import CaseEvent, CaseFile, CaseQuestion, DeliveryRecord, ListEntry
from registry.queries import EditionInfo, edition_rows, require_edition
from rules.parameters import ParametersAt

__all__ = ["follow", "follow_newest"]

_IN_WORK = ("pending", "assigned", "checking")
_CLOSED = "closed"
_QUESTION = ("warning_id", "rule_id", "person_key", "evidence_key", "evidence_on", "source_feed", "raised_on")
_PLACE = ("street_code", "community_code")


@dataclass(slots=True)
class _Following:
    """What one edition changes: the events and questions to write, and the states as they will be."""

    edition_id: str
    today: date
    parameters: ParametersAt
    act: Act
    states: dict[str, CaseState]
    files: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)

    def happen(self, case: CaseState, kind: str, **changes: Any) -> CaseState:
        after = step(case, kind, **changes)
        self.states[case.case_id] = after
        self.events.append(row_values(after, kind, self.act))
        return after


def follow(desk: Desk, edition: EditionInfo, *, now: datetime | None = None) -> dict[str, int]:
    """Bring the cases up to the published `edition` and return how often each kind of event happened.

    Doing it again changes nothing. A case that waits for a second person or for an objection
    gets its new questions when it is closed or open again. The clock of a question begins on the day on which it
    reaches the staff.
    """
    now = instant(now)
    tasks = edition_rows(desk.engine, edition.edition_id, "tasks").filter(pl.col("audience").is_in(AUDIENCES))
    warnings = edition_rows(desk.engine, edition.edition_id, "warnings").filter(pl.col("kind").is_in(AUDIENCES))
    with write_transaction(desk.engine, ACTS) as connection:
        known = {row[0]: CaseState(*row) for row in connection.execute(_current())}
        following = _Following(edition.edition_id, desk.day(now), desk.limits(now), Act(*SYSTEM, now), known)
        asked = _asked(connection)
        _place(following, tasks)
        _leave(following, connection, tasks)
        _resume(following, asked.join(warnings.select("warning_id"), on="warning_id", how="semi"), tasks)
        _ask(following, tasks, warnings.join(asked, on="warning_id", how="anti"))
        return _write(connection, following)


def follow_newest(desk: Desk, as_of: date, *, now: datetime | None = None) -> dict[str, int]:
    """Follow the edition of `as_of` that was just published, unless deliveries of later months wait to be published.

    A district that takes in its first years at once would otherwise open cases about questions that are long gone. What
    this bureau's own visits came to waits for nothing: it comes in the month in which the list of the last one is made.
    """
    edition = require_edition(desk.engine)
    month = as_of.strftime("%Y-%m")
    with desk.engine.connect() as connection:
        later = connection.execute(
            select(DeliveryRecord.delivery_id)
            .where(
                DeliveryRecord.month > month,
                DeliveryRecord.status != "refused",
                ~and_(DeliveryRecord.feed == FEED, DeliveryRecord.sender.in_(OWN_SENDERS)),
            )
            .limit(1)
        ).scalar()
    return {} if later or edition.as_of != as_of else follow(desk, edition, now=now)


def _current() -> Any:
    return select(*state_columns()).join(CaseFile, CaseFile.case_id == CaseEvent.case_id).where(is_current())


def _asked(connection: Connection) -> pl.DataFrame:
    """Every question that was ever asked: `warning_id`, `case_id`."""
    schema = {"warning_id": pl.String(), "case_id": pl.String()}
    return read_frame(connection, select(CaseQuestion.warning_id, CaseQuestion.case_id), schema)


def _place(following: _Following, tasks: pl.DataFrame) -> None:
    """Cases in work whose family has moved, or has become more or less urgent."""
    for task in tasks.select("task_id", "urgency", *_PLACE).iter_rows(named=True):
        case = following.states.get(task["task_id"])
        if case is None or case.state not in _IN_WORK:
            continue
        place = {name: task[name] for name in _PLACE}
        if place != {name: getattr(case, name) for name in _PLACE}:
            case = following.happen(case, "moved", **place)
        if task["urgency"] != case.urgency:
            due = _sooner(case.due_on, _red(following, case, task["urgency"]))
            following.happen(case, "urged", urgency=task["urgency"], due_on=due)


def _leave(following: _Following, connection: Connection, tasks: pl.DataFrame) -> None:
    """Cases of which nothing is asked now, whether in work or closed, and whose family is listed elsewhere.

    Their street has left the family behind: what becomes of it is not told there, neither that a case is opened again.
    One that waits for a second person, or for an objection to be decided, goes once that has happened.
    """
    asked = set(tasks["task_id"])
    elsewhere = or_(*(getattr(ListEntry, each).is_distinct_from(getattr(CaseEvent, each)) for each in _PLACE))
    query = (
        select(CaseFile.case_id, ListEntry.street_code, ListEntry.community_code)
        .join(ListEntry, ListEntry.family_id == CaseFile.family_id)
        .join(CaseEvent, CaseEvent.case_id == CaseFile.case_id)
        .where(ListEntry.edition_id == following.edition_id, ListEntry.street_code.is_not(None), elsewhere)
        .where(is_current(), CaseEvent.state.in_([*_IN_WORK, _CLOSED]))
        .order_by(CaseFile.case_id)
    )
    for case_id, *codes in connection.execute(query):
        case, place = following.states[case_id], dict(zip(_PLACE, codes, strict=True))
        if case.state == _CLOSED:
            following.happen(case, "transferred", **place)
        elif case_id not in asked:
            following.happen(case, "moved", **place)


def _red(following: _Following, case: CaseState, urgency: str) -> date | None:
    at_once = urgency == "red" and case.audience == "need"
    return red_due(following.today, following.parameters) if at_once else None


def _resume(following: _Following, raised: pl.DataFrame, tasks: pl.DataFrame) -> None:
    """Deferred cases whose time has come, and those that ended without an answer, when a question of them stands.

    They begin anew where the family is now, which may have moved while nothing was done.
    """
    now = {row["task_id"]: row for row in tasks.select("task_id", "urgency", *_PLACE).iter_rows(named=True)}
    for case_id in raised["case_id"].unique().sort():
        case = following.states[case_id]
        over = case.outcome is None or has_come(case.resume_on, following.today)
        if case.state == _CLOSED and over:
            task = now.get(case_id)
            urgency = task["urgency"] if task else case.urgency
            case = following.happen(case, "resumed", due_on=_due(following, urgency, case.audience))
            if task:
                _settle_in(following, case, task, {name: task[name] for name in _PLACE})


def _ask(following: _Following, tasks: pl.DataFrame, new: pl.DataFrame) -> None:
    """Questions that nobody has been asked before, each to the case of its family and audience."""
    placed = new.join(
        tasks.select("task_id", "family_id", "urgency", *_PLACE, kind="audience"),
        on=["family_id", "kind"],
        suffix="_of_task",
    ).sort("task_id", "warning_id")
    of_case: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in placed.iter_rows(named=True):
        of_case[row["task_id"]].append(row)
    for case_id, rows in of_case.items():
        case = _asking(following, case_id, rows)
        if case is not None:
            following.questions.extend(
                {**{name: row[name] for name in _QUESTION}, "case_id": case_id, "version": case.version,
                 "edition_id": following.edition_id}
                for row in rows
            )  # fmt: skip


def _asking(following: _Following, case_id: str, rows: list[Mapping[str, Any]]) -> CaseState | None:
    """The event that brings new questions; None while a result or an objection waits."""
    first, case = rows[0], following.states.get(case_id)
    urgency, audience = first["urgency"], first["kind"]
    due = min(_due(following, urgency, audience, row["raised_on"], row["due_on"]) for row in rows)
    if case is None:
        following.files.append(
            {"case_id": case_id, "family_id": first["family_id"], "audience": audience,
             "edition_id": following.edition_id, "opened_at": following.act.at}
        )  # fmt: skip
        place = {name: first[f"{name}_of_task"] for name in _PLACE}
        return following.happen(CaseState(case_id, audience), "opened", due_on=due, urgency=urgency, **place)
    if case.state == _CLOSED:
        case = following.happen(case, "reopened", due_on=due)
        return _settle_in(following, case, first, {name: first[f"{name}_of_task"] for name in _PLACE})
    if case.state in _IN_WORK:
        return following.happen(case, "asked", due_on=_sooner(case.due_on, due))
    return None


def _settle_in(following: _Following, case: CaseState, row: Mapping[str, Any], place: Mapping[str, Any]) -> CaseState:
    """A case that was closed may have been so for long: place and urgency are those of now."""
    if place != {name: getattr(case, name) for name in _PLACE}:
        case = following.happen(case, "moved", **place)
    if row["urgency"] != case.urgency:
        case = following.happen(case, "urged", urgency=row["urgency"], due_on=case.due_on)
    return case


def _due(
    following: _Following, urgency: str, audience: str, raised_on: date | None = None, due_on: date | None = None
) -> date:
    return case_due(
        raised_on,
        due_on,
        urgency=urgency,
        audience=audience,
        today=following.today,
        parameters=following.parameters,
    )


def _sooner(first: date | None, second: date | None) -> date | None:
    return min((each for each in (first, second) if each is not None), default=None)


def _write(connection: Connection, following: _Following) -> dict[str, int]:
    counts = dict(Counter(each["kind"] for each in following.events))
    if not counts:
        return {}
    for model, rows in (
        (CaseFile, following.files),
        (CaseEvent, following.events),
        (CaseQuestion, following.questions),
    ):
        if rows:
            connection.execute(insert(model), rows)
    append_within(
        connection,
        actor=SYSTEM[0],
        action="cases_follow",
        purpose="核查任务随名单更新",
        details={
            "edition_id": following.edition_id,
            "events": counts,
            "questions": len(following.questions),
            "sha256": _digest(following.events, following.questions),
        },
    )
    return counts


def _digest(events: Iterable[Mapping[str, Any]], questions: Iterable[Mapping[str, Any]]) -> str:
    """What was written, so that a row slipped in or taken out later differs from the chain."""
    rows = [sorted((str(name), str(value)) for name, value in each.items()) for each in (*events, *questions)]
    return sha256(json.dumps(sorted(rows), ensure_ascii=False).encode()).hexdigest()
