"""How many cases: open, overdue, closed, with whom.

What belongs here: counts within what the reader may see.
"""

from datetime import date

from sqlalchemy import Engine, and_, case, func, select

from registry.casework.codes import CASE_STATES, OPEN
from registry.casework.queue import QueueFilter, conditions
from registry.casework.rights import permit
from registry.models import CaseEvent, CaseFile
from registry.roles import Actor
from schemas.errors import UnknownNameError

__all__ = ["case_counts", "workers"]


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
