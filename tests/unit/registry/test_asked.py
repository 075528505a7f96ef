"""Questions that are made ready once answer as SQLAlchemy does, on either database."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, bindparam, insert, select
from sqlalchemy.exc import InvalidRequestError

from registry.asked import Question
from registry.engine import ACCOUNTS, write_transaction
from registry.models import Account, AuditEvent

NOW = datetime(2026, 7, 31, 8, 30, tzinfo=UTC)
ALL = select(Account.__table__).order_by(Account.name)
SINCE = ALL.where(Account.created_at >= bindparam("since")).limit(1)
MADE = insert(Account)


def _account(name: str, created_at: datetime, *, must_change: bool) -> dict[str, object]:
    nothing = dict.fromkeys([each.name for each in Account.__table__.columns])
    return nothing | {
        "account_id": name * 4,
        "name": name,
        "title": "经办 %",
        "role": "auditor",
        "area": "district",
        "must_change": must_change,
        "created_at": created_at,
        "created_by": "tests",
    }


def _filled(engine: Engine) -> None:
    question = Question(MADE)
    with write_transaction(engine, ACCOUNTS) as connection:
        for number, name in enumerate(("ann", "bob")):
            made = _account(name, NOW + timedelta(days=number), must_change=bool(number))
            assert question.within(connection, made) == []


def test_it_answers_as_sqlalchemy_does(engine: Engine) -> None:
    """If this fails, a session is taken for another time zone's, or a page shows a number where a truth was meant."""
    _filled(engine)
    with engine.connect() as connection:
        for query, values in ((ALL, {}), (SINCE, {"since": NOW + timedelta(hours=1)})):
            theirs = [dict(row) for row in connection.execute(query, values).mappings()]
            assert theirs
            assert Question(query).rows(engine, values) == theirs


def test_what_is_kept_as_json_comes_back(engine: Engine) -> None:
    """If this fails, the details of an event are another text than the one that was sealed."""
    held = {"filters": {"街道": "甲 '\"%s"}, "rows": 50, "none": None}
    event = dict.fromkeys(("at", "actor", "action", "purpose", "previous_hash", "event_hash"), "x")
    with write_transaction(engine, ACCOUNTS) as connection:
        Question(insert(AuditEvent)).within(connection, {"seq": 1, "details": held, **event})
    assert Question(select(AuditEvent.details)).rows(engine) == [{"details": held}]


def test_a_transaction_that_fails_takes_it_back(engine: Engine) -> None:
    """If this fails, an event is recorded although what it records was not done."""
    made = _account("ann", NOW, must_change=False)
    with suppress(RuntimeError), write_transaction(engine, ACCOUNTS) as connection:
        Question(MADE).within(connection, made)
        raise RuntimeError("the disk is full")
    assert Question(ALL).rows(engine) == []


def test_a_value_that_is_missing_is_told(engine: Engine) -> None:
    """If this fails, a forgotten parameter asks for null, and finds nobody."""
    with pytest.raises(InvalidRequestError):
        Question(SINCE).rows(engine)
