"""How many cases: open, overdue, closed, with whom; and how each rule's questions were answered.

What belongs here: counts within what the reader may see.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Engine, and_, case, func, select

from registry.casework.codes import ANSWERS, CASE_STATES, OPEN, OUTCOMES
from registry.casework.queue import QueueFilter, conditions
from registry.casework.rights import audiences, permit, within
from registry.casework.store import is_current
from registry.models import CaseAnswer, CaseEvent, CaseFile, CaseQuestion, CaseVisit
from registry.roles import Actor
from schemas.errors import UnknownNameError

__all__ = ["case_counts", "outcome_counts", "workers"]


def case_counts(
    engine: Engine, today: date, *, actor: Actor, audience: str = "need", by: str = "state"
) -> dict[str, dict[str, int]]:
    """Open, overdue and closed cases: `{key: {"open": …, "overdue": …, "closed": …}}`.

    `by` is `state`, `street`, `community`, `assignee` or `urgency`; a case without one is under "".
    """
    permit(actor, "case.read")
    columns = {
        "state": CaseEvent.state,
        "street": CaseEvent.street_code,
        "community": CaseEvent.community_code,
        "assignee": CaseEvent.assignee,
        "urgency": CaseEvent.urgency,
    }
    if by not in columns:
        raise UnknownNameError("way of counting", by, columns)
    column = columns[by]
    is_open = CaseEvent.state.in_(OPEN)
    query = (
        select(
            func.coalesce(column, ""),
            func.count(case((is_open, 1))),
            func.count(case((and_(is_open, CaseEvent.due_on < today), 1))),
            func.count(case((CaseEvent.state == "closed", 1))),
        )
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(conditions(actor, QueueFilter(states=CASE_STATES.codes, audience=audience)))
        .group_by(func.coalesce(column, ""))
    )
    with engine.connect() as connection:
        return {
            key: {"open": int(opened), "overdue": int(overdue), "closed": int(closed)}
            for key, opened, overdue, closed in connection.execute(query)
        }


def workers(engine: Engine, *, actor: Actor, audience: str = "need") -> dict[str, int]:
    """How many cases each worker of the actor's area carries now."""
    permit(actor, "case.assign")
    query = (
        select(CaseEvent.assignee, func.count())
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(conditions(actor, QueueFilter(states=("assigned", "checking"), audience=audience)))
        .group_by(CaseEvent.assignee)
    )
    with engine.connect() as connection:
        return {str(worker): int(number) for worker, number in connection.execute(query) if worker}


def outcome_counts(engine: Engine, *, actor: Actor) -> dict[str, dict[str, int]]:
    """For each rule how its questions were answered, and in cases of which outcome they ended.

    `{rule: {"asked": …, "yes": …, "no": …, "unclear": …, "<outcome>": …}}`, for rules whose questions the actor may
    see, in the actor's area. `asked` counts questions; an answer is the latest one of a question.
    """
    permit(actor, "case.read")
    place = (
        select(CaseEvent.case_id, CaseEvent.outcome, CaseEvent.state)
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(
            is_current(),
            CaseFile.audience.in_(audiences(actor)),
            within(actor, CaseEvent.street_code, CaseEvent.community_code),
        )
        .subquery()
    )
    questions = select(CaseQuestion.rule_id, CaseQuestion.warning_id, place.c.outcome, place.c.state).join(
        place, place.c.case_id == CaseQuestion.case_id
    )
    answers = (
        select(CaseAnswer.warning_id, CaseAnswer.answer)
        .join(CaseVisit, CaseVisit.visit_id == CaseAnswer.visit_id)
        .join(place, place.c.case_id == CaseVisit.case_id)
        .order_by(CaseVisit.case_id, CaseVisit.version)
    )
    with engine.connect() as connection:
        latest = {row.warning_id: row.answer for row in connection.execute(answers)}
        return _counted(connection.execute(questions), latest)


def _counted(rows: Iterable[Any], latest: dict[str, str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for rule, warning, outcome, state in rows:
        found[rule]["asked"] += 1
        if warning in latest:
            found[rule][latest[warning]] += 1
        if state == "closed" and outcome:
            found[rule][outcome] += 1
    words = ("asked", *ANSWERS.codes, *OUTCOMES.codes)
    return {rule: {word: counts[word] for word in words if counts[word]} for rule, counts in sorted(found.items())}
