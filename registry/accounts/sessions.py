"""Signing in, and recognising who did: sessions of browsers.

What belongs here: opening, finding, changing and ending sessions. The token is random; only its hash is kept.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import new as keyed
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, insert, select, update

from registry.accounts.accounts import AccountInfo, account_of, account_row
from registry.accounts.passwords import hashed, matches, outdated
from registry.accounts.throttle import Guess, fail, guess_held, locked_until, name_held, succeed
from registry.asked import Question
from registry.audit import append_within
from registry.engine import ACCOUNTS, Row, write_transaction
from registry.errors import NoAccountError, SignInError
from registry.models import Account, StaffSession
from registry.roles import Actor
from schemas.settings import Settings

__all__ = [
    "Session",
    "SessionInfo",
    "end",
    "find",
    "open_session",
    "same_proof",
    "sessions_of",
    "sign_in",
    "sign_in_again",
    "take_purpose",
]

_SEEN_SECONDS = 60  # how exact the time of the last request is kept
_AGENT_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that was recognised: whose, as whom they act, and what proves that its forms are ours."""

    account: AccountInfo
    actor: Actor
    session_hash: str
    csrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """One session that is open, for its owner and administrators."""

    session_hash: str
    purpose: str
    network_address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def sign_in(  # what a browser sends
    engine: Engine, settings: Settings, name: str, password: str, *, address: str, agent: str = "", purpose: str = ""
) -> str:
    """Check a password and open a session; gives its token.

    Raises `SignInError` with one sentence for every wrong pair, locked or not, known or not.
    """
    guess = Guess(name.strip(), address)
    now = datetime.now(UTC)
    with engine.connect() as connection:
        waits = locked_until(connection, guess, settings, now)
        row = connection.execute(
            select(Account.password_hash, Account.password_on, Account.disabled_at).where(Account.name == guess.name)
        ).one_or_none()
    if waits is not None:
        raise SignInError(settings.sign_in_wait_minutes, locked=True)
    right = matches(row.password_hash if row else None, password)
    if not right or row is None or row.disabled_at is not None:
        _failed(engine, settings, guess, now, known=row is not None)
        raise SignInError(settings.sign_in_wait_minutes)
    with write_transaction(engine, ACCOUNTS, only=(name_held(guess.name), account_row(guess.name))) as connection:
        _check_unchanged(connection, guess.name, row.password_on, settings)
        succeed(connection, guess)
        if outdated(row.password_hash):
            least = min(settings.password_length, len(password))
            kept = hashed(password, name=guess.name, least=least)
            connection.execute(update(Account).where(Account.name == guess.name).values(password_hash=kept))
        return open_session(
            connection, settings, account_of(connection, guess.name), address=address, agent=agent, purpose=purpose
        )


def sign_in_again(engine: Engine, settings: Settings, session: Session, password: str) -> None:
    """Let pass who knows the password of the session's account; guesses count. Raises `SignInError`."""
    guess, now = Guess(session.account.name, session.session_hash), datetime.now(UTC)
    with engine.connect() as connection:
        waits = locked_until(connection, guess, settings, now)
        kept = connection.execute(select(Account.password_hash).where(Account.name == guess.name)).scalar()
    if waits is not None:
        raise SignInError(settings.sign_in_wait_minutes, locked=True)
    if not matches(kept, password):
        _failed(engine, settings, guess, now, known=True)
        raise SignInError(settings.sign_in_wait_minutes)
    with write_transaction(engine, ACCOUNTS, only=(name_held(guess.name),)) as connection:
        succeed(connection, guess)


def open_session(  # what is known of a browser
    connection: Connection,
    settings: Settings,
    account: AccountInfo,
    *,
    address: str,
    agent: str = "",
    purpose: str = "",
    by: str = "password",
) -> str:
    """A session of whoever has proved to be `account`, recorded; gives its token. Raises `NotPermittedError`."""
    actor = account.actor(purpose)
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    connection.execute(
        insert(StaffSession).values(
            session_hash=_hash(token),
            account_id=account.account_id,
            purpose=actor.purpose,
            network_address=address,
            agent=agent[:_AGENT_SHOWN],
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=settings.session_hours),
            ended_at=None,
        )
    )
    details = {**actor.recorded, "by": by}
    append_within(connection, actor=account.name, action="sign_in", purpose="进入监测门户", details=details)
    return token


def find(engine: Engine, settings: Settings, token: str, *, now: datetime | None = None) -> Session | None:
    """Whose session a token is; None when it is unknown, idle too long, too old, ended or of a disabled account."""
    at = now or datetime.now(UTC)
    digest = _hash(token)
    asked = {"digest": digest, "now": at, "since": at - timedelta(minutes=settings.session_idle_minutes)}
    row = next(iter(_OPEN.rows(engine, asked)), None)
    if row is None:
        return None
    if row["seen_at"] < at - timedelta(seconds=_SEEN_SECONDS):
        with write_transaction(engine, ACCOUNTS, only=(_row(digest),)) as connection:
            connection.execute(update(StaffSession).where(StaffSession.session_hash == digest).values(seen_at=at))
    account_info = AccountInfo.of(row)
    proof = keyed(token.encode(), b"csrf", sha256).hexdigest()
    return Session(account=account_info, actor=account_info.actor(row["purpose"]), session_hash=digest, csrf=proof)


def _open() -> Select[*tuple[Any, ...]]:
    session, account = StaffSession.__table__.c, Account.__table__.c
    return (
        select(session.purpose, session.seen_at, *[each for each in account if each.name != "password_on"])
        .join(Account.__table__, account.account_id == session.account_id)
        .where(
            session.session_hash == bindparam("digest"),
            session.ended_at.is_(None),
            session.expires_at > bindparam("now"),
            session.seen_at > bindparam("since"),
            account.disabled_at.is_(None),
        )
    )


_OPEN = Question(_open())  # asked with each request


def take_purpose(engine: Engine, session: Session, purpose: str) -> None:
    """Work for another purpose from now on; recorded. Raises `NotPermittedError`, `UnknownNameError`."""
    actor = session.account.actor(purpose)
    with write_transaction(engine, ACCOUNTS, only=(_row(session.session_hash),)) as connection:
        connection.execute(
            update(StaffSession).where(StaffSession.session_hash == session.session_hash).values(purpose=actor.purpose)
        )
        append_within(
            connection,
            actor=actor.name,
            action="purpose",
            purpose="变更工作目的",
            details={**actor.recorded, "before": session.actor.purpose},
        )


def sessions_of(engine: Engine, account_id: str, settings: Settings) -> list[SessionInfo]:
    """The open sessions of an account, the latest first."""
    now = datetime.now(UTC)
    table = StaffSession.__table__.c
    columns = [each for each in table if each.name not in {"account_id", "ended_at"}]
    query = (
        select(*columns)
        .where(
            table.account_id == account_id,
            table.ended_at.is_(None),
            table.expires_at > now,
            table.seen_at > now - timedelta(minutes=settings.session_idle_minutes),
        )
        .order_by(table.created_at.desc())
    )
    with engine.connect() as connection:
        return [SessionInfo(**row) for row in connection.execute(query).mappings()]


def end(engine: Engine, account: AccountInfo, session_hash: str) -> None:
    """End one session of an account; raises `NoAccountError` when it is not theirs or not open."""
    with write_transaction(engine, ACCOUNTS, only=(_row(session_hash),)) as connection:
        ended = connection.execute(
            update(StaffSession)
            .where(
                StaffSession.account_id == account.account_id,
                StaffSession.session_hash == session_hash,
                StaffSession.ended_at.is_(None),
            )
            .values(ended_at=datetime.now(UTC))
        ).rowcount
        if not ended:
            raise NoAccountError("there is no such open session of this account")
        append_within(connection, actor=account.name, action="sign_out", purpose="退出监测门户", details={})


def _check_unchanged(connection: Connection, name: str, password_on: datetime | None, settings: Settings) -> None:
    """A password takes time to check: meanwhile it may have been replaced, or the account disabled."""
    query = select(Account.password_on, Account.disabled_at).where(Account.name == name)
    if tuple(connection.execute(query).one()) != (password_on, None):
        raise SignInError(settings.sign_in_wait_minutes)


def same_proof(session: Session, given: str) -> bool:
    """Whether a form carries the proof of the session that it is sent with."""
    return compare_digest(session.csrf.encode(), given.encode())


def _failed(engine: Engine, settings: Settings, guess: Guess, now: datetime, *, known: bool) -> None:
    """Count and record it; a name that is none is not recorded, since it may be a password typed in the wrong place."""
    with write_transaction(engine, ACCOUNTS, only=guess_held(guess, settings)) as connection:
        until = fail(connection, guess, settings, now)
        details = {"known": known, "locked": until is not None}
        actor = guess.name if known else "unknown"
        append_within(connection, actor=actor, action="sign_in_failed", purpose="进入监测门户", details=details)


def _row(session_hash: str) -> Row:
    return Row(StaffSession.session_hash, session_hash)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
