"""What closed cases have found: the result of each round that stands, and what was answered in it.

What belongs here: reading results. One that an objection overturned does not stand. Nothing here is of one reader: what
leaves the registry is counted or sealed by whoever asks.
"""

from collections.abc import Collection
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, func, select

from registry.casework.codes import AUDIENCE
from registry.models import CaseAnswer, CaseEvent, CaseFile, CaseQuestion, CaseVisit

__all__ = ["question_answers", "results_stamp", "standing_results"]

_HOLDS = {"yes": True, "no": False}
_ANSWERED = {"rule_id": pl.String(), "question": pl.String(), "holds": pl.Boolean()}


def standing_results(connection: Connection, audiences: Collection[str] = AUDIENCE.codes) -> list[Any]:
    """One row a round that was closed and not overturned: case_id, round, at, outcome, street_code, community_code."""
    reopened = connection.execute(select(CaseEvent.case_id, CaseEvent.round).where(CaseEvent.kind == "upheld"))
    overturned = {(each.case_id, each.round) for each in reopened}
    closed = connection.execute(
        select(CaseEvent)
        .with_only_columns(
            CaseEvent.case_id,
            CaseEvent.round,
            CaseEvent.at,
            CaseEvent.outcome,
            CaseEvent.street_code,
            CaseEvent.community_code,
        )
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(CaseEvent.kind == "closed", CaseFile.audience.in_(audiences))
        .order_by(CaseEvent.case_id, CaseEvent.version)
    ).fetchall()
    return [each for each in closed if (each.case_id, each.round + 1) not in overturned]


def question_answers(engine: Engine) -> pl.DataFrame:
    """What was found about each question: `rule_id`, `question` (the warning) and `holds`, one row a question.

    The last answer of yes or no counts that was given in a round whose result stands.
    """
    query = (
        select(CaseVisit.case_id, CaseVisit.round, CaseQuestion.rule_id, CaseAnswer.warning_id, CaseAnswer.answer)
        .join(CaseVisit, CaseVisit.visit_id == CaseAnswer.visit_id)
        .join(CaseQuestion, CaseQuestion.warning_id == CaseAnswer.warning_id)
        .where(CaseAnswer.answer.in_(_HOLDS))
        .order_by(CaseVisit.case_id, CaseVisit.version)
    )
    with engine.connect() as connection:
        standing = {(each.case_id, each.round) for each in standing_results(connection)}
        latest = {
            (each.rule_id, each.warning_id): _HOLDS[each.answer]
            for each in connection.execute(query)
            if (each.case_id, each.round) in standing
        }
    return pl.DataFrame([(*key, holds) for key, holds in latest.items()], schema=_ANSWERED, orient="row")


def results_stamp(engine: Engine) -> int:
    """A number that changes whenever a result is added or overturned, for whoever keeps what was counted."""
    query = select(func.count()).select_from(CaseEvent).where(CaseEvent.kind.in_(["closed", "upheld"]))
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())
