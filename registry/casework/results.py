"""What closed cases have found: the result of each round that stands, and what was answered in it.

What belongs here: reading results. One that an objection overturned does not stand. Nothing here is of one reader: what
leaves the registry is counted or sealed by whoever asks.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, and_, func, select

from registry.casework.codes import AUDIENCE
from registry.models import CaseAnswer, CaseEvent, CaseFile, CaseQuestion, CaseVisit

__all__ = ["question_answers", "question_outcomes", "results_stamp", "standing_results"]

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


def question_outcomes(engine: Engine) -> pl.DataFrame:
    """With which result each question was closed: `rule_id`, `question` and `outcome`, one row a question.

    It is that of the first round since the question was asked that was closed and stands; other questions have no row.
    """
    query = select(CaseQuestion.case_id, CaseQuestion.rule_id, CaseQuestion.warning_id, CaseEvent.round).join(
        CaseEvent, and_(CaseEvent.case_id == CaseQuestion.case_id, CaseEvent.version == CaseQuestion.version)
    )
    with engine.connect() as connection:
        closed: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for each in standing_results(connection):
            closed[each.case_id].append((each.round, each.outcome))
        asked = connection.execute(query).fetchall()
    rows = [
        (
            each.rule_id,
            each.warning_id,
            next((outcome for nth, outcome in closed[each.case_id] if nth >= each.round), None),
        )
        for each in asked
        if each.case_id in closed
    ]
    schema = {"rule_id": pl.String(), "question": pl.String(), "outcome": pl.String()}
    return pl.DataFrame(rows, schema=schema, orient="row").drop_nulls("outcome")


def results_stamp(engine: Engine) -> int:
    """A number that changes whenever a result is added or overturned, for whoever keeps what was counted."""
    query = select(func.count()).select_from(CaseEvent).where(CaseEvent.kind.in_(["closed", "upheld"]))
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())
