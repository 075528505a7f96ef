"""Who may sign in: accounts, their sessions and tokens, and failed attempts.

What belongs here: what changes when people come and go. What was done is in the audit chain. No secret is kept as it
is: passwords as Argon2id, tokens and cookies as SHA-256.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base

__all__ = ["Account", "ApiToken", "SignInThrottle", "StaffSession"]


class Account(Base):
    """One member of staff. Accounts are disabled, never removed or renamed: the audit chain names them."""

    __tablename__ = "account"

    account_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    role: Mapped[str]
    area: Mapped[str]
    password_hash: Mapped[str | None]  # None: signs in through the identity provider only
    password_on: Mapped[datetime | None]
    must_change: Mapped[bool]
    subject: Mapped[str | None] = mapped_column(unique=True)  # how the identity provider calls them
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """One browser that signed in, until it signs out, is idle too long, is too old or is ended."""

    __tablename__ = "staff_session"

    session_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.account_id"), index=True)
    purpose: Mapped[str]
    network_address: Mapped[str]
    agent: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """One token of the API: some of what its account may, until a day."""

    __tablename__ = "api_token"

    token_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.account_id"), index=True)
    title: Mapped[str]
    scopes: Mapped[list[Any]]
    purpose: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SignInThrottle(Base):
    """Failures in a row of one name or network address, by its hash; whether the name exists makes no difference."""

    __tablename__ = "sign_in_throttle"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
