"""Making, changing and disabling accounts; each act is in the audit chain, in the transaction of what it does.

What belongs here: what an administrator does. Signing in stands in `registry.accounts.sessions`.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, insert, or_, select, update

from registry.accounts.passwords import hashed, new_password
from registry.accounts.throttle import Guess, name_held, succeed
from registry.audit import append_within
from registry.engine import ACCOUNTS, Row, lock, write_transaction
from registry.errors import AccountError, NoAccountError
from registry.models import Account, ApiToken, StaffSession
from registry.roles import ROLES, Actor
from registry.scope import DISTRICT, Area
from schemas.settings import Settings

__all__ = [
    "AccountInfo",
    "NewAccount",
    "account_by_subject",
    "account_of",
    "account_row",
    "accounts",
    "add_account",
    "any_account",
    "disable",
    "enable",
    "end_sessions",
    "give_role",
    "let_try_again",
    "reset_password",
    "set_password",
    "subject_row",
]

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_ADMINISTRATOR = "administrator"
_PURPOSE = "账号管理"
_LETTING_IN = "administrators"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """One account without its secrets."""

    account_id: str
    name: str
    title: str
    role: str
    area: str
    must_change: bool
    has_password: bool
    subject: str | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> "AccountInfo":
        """From a row with the columns of the account among others; of the password only whether there is one."""
        held = {each.name: row[each.name] for each in fields(cls) if each.name in row}
        known = row["has_password"] if "has_password" in row else row["password_hash"] is not None
        return cls(**held | {"must_change": bool(row["must_change"]), "has_password": bool(known)})

    def actor(self, purpose: str = "", scopes: frozenset[str] | None = None) -> Actor:
        """As whom they act, for a purpose."""
        return Actor(self.name, self.role, Area(self.area), purpose, scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What an administrator says of a new account; `title` is the person's name as colleagues know it."""

    name: str
    role: str
    title: str = ""
    area: Area = DISTRICT
    subject: str | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise AccountError("an account's name is 2 to 32 small letters, digits, dots or dashes, a letter first")
        Actor(self.name, self.role, self.area)


def accounts(engine: Engine) -> list[AccountInfo]:
    """All accounts by name, the disabled ones included."""
    with engine.connect() as connection:
        return [AccountInfo.of(row) for row in connection.execute(_query().order_by(Account.name)).mappings()]


def any_account(engine: Engine) -> bool:
    """Whether anybody could sign in: until then the first administrator is made by a one-time address."""
    with engine.connect() as connection:
        return connection.execute(select(Account.account_id).limit(1)).first() is not None


def account_row(name: str) -> Row:
    """What an act about this account, or one of its sessions or tokens that is new, holds."""
    return Row(Account.name, name)


def subject_row(subject: str) -> Row:
    """As `account_row`, by what the identity provider calls the account."""
    return Row(Account.subject, subject)


def account_of(connection: Connection, name: str) -> AccountInfo:
    """The account of that name; raises `NoAccountError`."""
    row = connection.execute(_query().where(Account.name == name)).mappings().one_or_none()
    if row is None:
        raise NoAccountError("there is no account of that name; `doudi user list` shows them")
    return AccountInfo.of(row)


def account_by_subject(connection: Connection, subject: str) -> AccountInfo:
    """The account that the identity provider calls so; raises `NoAccountError`, for a disabled one too."""
    query = _query().where(Account.subject == subject, Account.disabled_at.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NoAccountError("no account has that subject")
    return AccountInfo.of(row)


def add_account(
    engine: Engine, settings: Settings, new: NewAccount, *, by: str, password: str | None = None, first: bool = False
) -> str | None:
    """Make an account; gives its first password, which its owner has to change, unless one was chosen by the owner.

    An account with a `subject` signs in through the identity provider and has no password. With `first` it is refused
    when there is any account already. Raises `AccountError`, `PasswordError`.
    """
    given = password
    if password is None and new.subject is None:
        given = new_password(name=new.name, least=settings.password_length)
    kept = None if given is None else hashed(given, name=new.name, least=settings.password_length)
    now = datetime.now(UTC)
    held = [f"account {new.name}", *([f"subject {new.subject}"] if new.subject else [])]
    with write_transaction(engine, ACCOUNTS, only=None if first else held) as connection:
        taken = select(Account.account_id).limit(1)
        same = or_(Account.name == new.name, and_(Account.subject.is_not(None), Account.subject == new.subject))
        if connection.execute(taken if first else taken.where(same)).first() is not None:
            if first:
                raise AccountError("there is an account already")
            raise AccountError("the name or subject is taken")
        connection.execute(
            insert(Account).values(
                account_id=secrets.token_hex(8),
                name=new.name,
                title=new.title or new.name,
                role=new.role,
                area=new.area.code,
                password_hash=kept,
                password_on=None if kept is None else now,
                must_change=given is not None and password is None,
                subject=new.subject,
                created_at=now,
                created_by=by,
                disabled_at=None,
            )
        )
        _record(connection, by, "add", new.name, {"role": new.role, "area": new.area.code})
    return given


def disable(engine: Engine, name: str, *, by: str) -> None:
    """Let an account sign in no more and end its sessions and tokens; raises for the last administrator."""
    with write_transaction(engine, ACCOUNTS, only=(account_row(name),)) as connection:
        found = account_of(connection, name)
        _keep_an_administrator(connection, found)
        _not_their_own(found, by)
        _change(connection, found, disabled_at=datetime.now(UTC))
        _end(connection, found)
        _record(connection, by, "disable", name, {})


def enable(engine: Engine, name: str, *, by: str) -> None:
    """Let a disabled account sign in again."""
    with write_transaction(engine, ACCOUNTS, only=(account_row(name),)) as connection:
        _change(connection, account_of(connection, name), disabled_at=None)
        _record(connection, by, "enable", name, {})


def give_role(engine: Engine, name: str, role: str, area: Area, *, by: str) -> None:
    """Another role or area, from the next sign-in: sessions and tokens of the one before end."""
    Actor(name, role, area)
    with write_transaction(engine, ACCOUNTS, only=(account_row(name),)) as connection:
        found = account_of(connection, name)
        if role != _ADMINISTRATOR:
            _keep_an_administrator(connection, found)
        _not_their_own(found, by)
        _change(connection, found, role=role, area=area.code)
        _end(connection, found)
        _record(connection, by, "role", name, {"role": role, "area": area.code, "before": found.role})


def reset_password(engine: Engine, settings: Settings, name: str, *, by: str) -> str:
    """A new first password, which the owner has to change; sessions end."""
    given = new_password(name=name, least=settings.password_length)
    kept = hashed(given, name=name, least=settings.password_length)
    with write_transaction(engine, ACCOUNTS, only=(account_row(name),)) as connection:
        found = account_of(connection, name)
        _change(connection, found, password_hash=kept, password_on=datetime.now(UTC), must_change=True)
        _end(connection, found)
        _record(connection, by, "password_reset", name, {})
    return given


def set_password(engine: Engine, settings: Settings, name: str, password: str, *, keep: str = "") -> None:
    """The owner's own choice; tokens, and sessions but the one with the hash `keep`, end. Raises `PasswordError`."""
    kept = hashed(password, name=name, least=settings.password_length)
    with write_transaction(engine, ACCOUNTS, only=(account_row(name),)) as connection:
        found = account_of(connection, name)
        _change(connection, found, password_hash=kept, password_on=datetime.now(UTC), must_change=False)
        _end(connection, found, keep=keep)
        _record(connection, name, "password", name, {})


def let_try_again(engine: Engine, name: str, *, by: str) -> None:
    """Forget the wrong passwords tried for an account, so that its owner need not wait; recorded."""
    with write_transaction(engine, ACCOUNTS, only=(name_held(name),)) as connection:
        succeed(connection, Guess(account_of(connection, name).name, ""))
        _record(connection, by, "try_again", name, {})


def end_sessions(engine: Engine, name: str, *, by: str) -> int:
    """End all sessions and tokens of an account; how many there were."""
    with write_transaction(engine, ACCOUNTS, only=(account_row(name),)) as connection:
        ended = _end(connection, account_of(connection, name))
        _record(connection, by, "end_sessions", name, {"ended": ended})
    return ended


def _query() -> Any:
    columns = [each for each in Account.__table__.columns if each.name not in {"password_hash", "password_on"}]
    return select(*columns, Account.password_hash.is_not(None).label("has_password"))


def _change(connection: Connection, found: AccountInfo, **values: object) -> None:
    connection.execute(update(Account).where(Account.account_id == found.account_id).values(**values))


def _end(connection: Connection, found: AccountInfo, *, keep: str = "") -> int:
    now, ended = datetime.now(UTC), 0
    for model in (StaffSession, ApiToken):
        condition = (model.account_id == found.account_id) & model.ended_at.is_(None) & (model.expires_at > now)
        if model is StaffSession:
            condition &= StaffSession.session_hash != keep
        ended += connection.execute(update(model).where(condition).values(ended_at=now)).rowcount
    return ended


def _keep_an_administrator(connection: Connection, found: AccountInfo) -> None:
    """Somebody must be left who can let others in; two who go at once wait here, after the rows of their accounts."""
    if found.role != _ADMINISTRATOR or found.disabled_at is not None:
        return
    lock(connection, _LETTING_IN)
    others = select(func.count()).where(
        Account.role == _ADMINISTRATOR, Account.disabled_at.is_(None), Account.account_id != found.account_id
    )
    if not connection.execute(others).scalar():
        raise AccountError(
            "%(name)s is the last %(role)s; make another one first",
            name=found.name,
            role=ROLES.title_of(_ADMINISTRATOR),
        )


def _not_their_own(found: AccountInfo, by: str) -> None:
    """What somebody may do is decided by another; and nobody shuts the door behind themselves by a slip."""
    if found.name == by:
        raise AccountError("nobody changes the role of their own account, or disables it; another administrator does")


def _record(connection: Connection, by: str, act: str, name: str, details: Mapping[str, object]) -> None:
    append_within(connection, actor=by, action=f"account_{act}", purpose=_PURPOSE, details={"account": name, **details})
