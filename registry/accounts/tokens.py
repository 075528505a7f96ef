"""Tokens of the API: some of what their account may, until a day. Only their hash is kept.

What belongs here: making, finding and ending tokens. Each act is in the audit chain.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, insert, select, update

from registry.accounts.accounts import AccountInfo, account_row
from registry.accounts.sessions import Session
from registry.audit import append_within
from registry.engine import ACCOUNTS, Row, write_transaction
from registry.errors import AccountError, NoAccountError
from registry.models import Account, ApiToken
from registry.roles import PERMISSIONS, Actor
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["TokenInfo", "end_token", "find_token", "grantable", "make_token", "tokens_of"]

_PREFIX = "doudi_"  # by which a token is recognised where it was left behind
_PURPOSE = "接口令牌"
_OWN = "account.own"
_USED_SECONDS = 60
_LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """One token without its secret."""

    token_id: str
    title: str
    scopes: list[str]
    purpose: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


def grantable(actor: Actor) -> list[str]:
    """What a token of theirs can be given: what they may now, but for their own account."""
    return [each for each in PERMISSIONS.codes if each != _OWN and actor.may(each)]


def make_token(
    engine: Engine, settings: Settings, session: Session, *, title: str, scopes: Iterable[str], days: int
) -> str:
    """A token for the session's account and purpose, shown once; raises `AccountError`, `UnknownNameError`."""
    asked, given = sorted(set(scopes)), grantable(session.actor)
    for each in asked:
        if each not in given:
            raise UnknownNameError("scope", each, given)
    if not asked or not title.strip() or len(title) > _LONGEST_TITLE or not 1 <= days <= settings.token_days:
        raise AccountError(
            "a token needs a title, one scope at least, and a life of 1 to %(most)s days", most=settings.token_days
        )
    token, now = _PREFIX + secrets.token_urlsafe(32), datetime.now(UTC)
    token_id = secrets.token_hex(8)
    with write_transaction(engine, ACCOUNTS, only=(account_row(session.account.name),)) as connection:
        connection.execute(
            insert(ApiToken).values(
                token_id=token_id,
                token_hash=_hash(token),
                account_id=session.account.account_id,
                title=title.strip(),
                scopes=asked,
                purpose=session.actor.purpose,
                created_at=now,
                expires_at=now + timedelta(days=days),
                used_at=None,
                ended_at=None,
            )
        )
        details = {**session.actor.recorded, "token": token_id, "scopes": asked, "days": days}
        append_within(connection, actor=session.actor.name, action="token_make", purpose=_PURPOSE, details=details)
    return token


def tokens_of(engine: Engine, account_id: str) -> list[TokenInfo]:
    """The tokens of an account that work, the latest first."""
    table = ApiToken.__table__.c
    columns = [each for each in table if each.name not in {"token_hash", "account_id", "ended_at"}]
    query = (
        select(*columns)
        .where(table.account_id == account_id, table.ended_at.is_(None), table.expires_at > datetime.now(UTC))
        .order_by(table.created_at.desc())
    )
    with engine.connect() as connection:
        return [TokenInfo(**row) for row in connection.execute(query).mappings()]


def end_token(engine: Engine, account: AccountInfo, token_id: str, *, by: str = "") -> None:
    """End one token of an account, by its owner or `by` an administrator.

    Raises `NoAccountError` when it is not theirs or does not work.
    """
    with write_transaction(engine, ACCOUNTS, only=(Row(ApiToken.token_id, token_id),)) as connection:
        ended = connection.execute(
            update(ApiToken)
            .where(
                ApiToken.account_id == account.account_id, ApiToken.token_id == token_id, ApiToken.ended_at.is_(None)
            )
            .values(ended_at=datetime.now(UTC))
        ).rowcount
        if not ended:
            raise NoAccountError("there is no such token of this account")
        details = {"token": token_id} if by in {"", account.name} else {"token": token_id, "account": account.name}
        append_within(connection, actor=by or account.name, action="token_end", purpose=_PURPOSE, details=details)


def find_token(engine: Engine, token: str) -> Session | None:
    """As whom a token acts; None when it is unknown, too old, ended or of a disabled account."""
    if not token.startswith(_PREFIX):
        return None
    digest, now = _hash(token), datetime.now(UTC)
    held, account = ApiToken.__table__.c, Account.__table__.c
    query: Any = (
        select(held.scopes, held.purpose, held.used_at, *[each for each in account if each.name != "password_on"])
        .join(Account.__table__, account.account_id == held.account_id)
        .where(
            held.token_hash == digest,
            held.ended_at.is_(None),
            held.expires_at > now,
            account.disabled_at.is_(None),
        )
    )
    with engine.connect() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    if row["used_at"] is None or row["used_at"] < now - timedelta(seconds=_USED_SECONDS):
        with write_transaction(engine, ACCOUNTS, only=(Row(ApiToken.token_hash, digest),)) as connection:
            connection.execute(update(ApiToken).where(held.token_hash == digest).values(used_at=now))
    found = AccountInfo.of(row)
    actor = found.actor(row["purpose"], frozenset(row["scopes"]))
    return Session(account=found, actor=actor, session_hash="", csrf="")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
