"""Tokens of the API: they do some of what their account may, until they end."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from registry.accounts.accounts import NewAccount, account_of, add_account, disable, give_role, set_password
from registry.accounts.sessions import Session, find, open_session
from registry.accounts.tokens import end_token, find_token, grantable, make_token, tokens_of
from registry.engine import ACCOUNTS, write_transaction
from registry.errors import AccountError, NoAccountError
from registry.models import ApiToken, AuditEvent
from registry.scope import Area
from schemas.errors import UnknownNameError
from schemas.settings import Settings

STREET = Area("330108001")


def _session(engine: Engine, settings: Settings, name: str = "worker") -> Session:
    new = NewAccount(name=name, role="street_staff", area=STREET, subject=name)
    add_account(engine, settings, new, by="boss")
    with write_transaction(engine, ACCOUNTS) as connection:
        token = open_session(connection, settings, account_of(connection, name), address="127.0.0.1")
    found = find(engine, settings, token)
    assert found is not None
    return found


def _make(engine: Engine, settings: Settings, session: Session, **changes: Any) -> str:
    values: Mapping[str, Any] = {"title": "台账", "scopes": ["list.read"], "days": 30} | changes
    return make_token(engine, settings, session, **values)


def test_a_token_does_what_it_was_given_and_no_more(engine: Engine, settings: Settings) -> None:
    """If this fails, a program that was given the list reads families and names."""
    session = _session(engine, settings)
    token = _make(engine, settings, session)
    found = find_token(engine, token)
    assert found is not None
    assert (found.actor.name, found.actor.area, found.actor.purpose) == ("worker", STREET, "monitoring")
    assert found.actor.may("list.read")
    for permission in ("family.read", "family.identity", "export.list", "account.own"):
        assert not found.actor.may(permission)
    with engine.connect() as connection:
        kept = str(connection.execute(select(ApiToken.token_hash)).fetchall())
        kept += str(connection.execute(select(AuditEvent.details)).fetchall())
    assert token not in kept
    assert tokens_of(engine, session.account.account_id)[0].used_at is not None


def test_a_token_is_given_no_more_than_its_owner_may(engine: Engine, settings: Settings) -> None:
    """If this fails, a street worker makes a token that sees what is to be verified."""
    session = _session(engine, settings)
    assert "warning.verify" not in grantable(session.actor)
    for scope in ("warning.verify", "account.own", "everything"):
        with pytest.raises(UnknownNameError):
            _make(engine, settings, session, scopes=[scope])
    for wrong in ({"scopes": []}, {"title": " "}, {"days": 0}, {"days": settings.token_days + 1}):
        with pytest.raises(AccountError):
            _make(engine, settings, session, **wrong)


def test_tokens_end(engine: Engine, settings: Settings) -> None:
    """If this fails, a token that leaked works for ever, or a colleague ends it."""
    session, other = _session(engine, settings), _session(engine, settings, "other")
    first, second, third = (_make(engine, settings, session) for _ in range(3))
    token_id = tokens_of(engine, session.account.account_id)[0].token_id
    with pytest.raises(NoAccountError):
        end_token(engine, other.account, token_id)
    end_token(engine, session.account, token_id)
    assert [find_token(engine, each) is None for each in (first, second, third)].count(True) == 1
    with engine.begin() as connection:
        connection.execute(ApiToken.__table__.update().values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert all(find_token(engine, each) is None for each in (first, second, third))
    fourth = _make(engine, settings, session)
    disable(engine, "worker", by="boss")
    assert find_token(engine, fourth) is None


def test_tokens_end_with_role_and_password(engine: Engine, settings: Settings) -> None:
    """If this fails, who stole a password goes on by a token after it was changed, or a token keeps a role's rights."""
    session = _session(engine, settings)
    token = _make(engine, settings, session)
    set_password(engine, settings, "worker", "another quiet river 9", keep=session.session_hash)
    assert find_token(engine, token) is None
    token = _make(engine, settings, session)
    give_role(engine, "worker", "street_staff", Area("330108002"), by="boss")
    assert find_token(engine, token) is None


@pytest.mark.parametrize("token", ["", "doudi_", "doudi_é", "Bearer x"])
def test_a_made_up_token_is_nobody(engine: Engine, token: str) -> None:
    """If this fails, a token can be invented."""
    assert find_token(engine, token) is None
