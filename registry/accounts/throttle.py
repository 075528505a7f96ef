"""Slowing down who guesses: failures in a row by name and by network address.

What belongs here: counting and waiting. Names are counted whether they exist or not, so that a lock tells nobody which
accounts there are; both are kept as hashes, since what is typed as a name is sometimes a password.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from registry.models import SignInThrottle
from schemas.settings import Settings

__all__ = ["Guess", "fail", "guess_held", "locked_until", "name_held", "succeed"]


@dataclass(frozen=True, slots=True)
class Guess:
    """Under which name and from which address somebody tries to sign in."""

    name: str
    address: str

    def subjects(self, settings: Settings) -> dict[str, int]:
        """What is counted, and how many failures of it are borne."""
        return {
            _of_name(self.name): settings.sign_in_failures,
            _hash("address", self.address): settings.sign_in_failures_address,
        }


def name_held(name: str) -> str:
    """What an act that forgets the failures of a name holds."""
    return f"throttle {_of_name(name)}"


def guess_held(guess: Guess, settings: Settings) -> list[str]:
    """What an act that counts a failure holds: its name and its address."""
    return [f"throttle {each}" for each in guess.subjects(settings)]


def locked_until(connection: Connection, guess: Guess, settings: Settings, now: datetime) -> datetime | None:
    """Until when the name or the address has to wait; None when it may try."""
    rows = connection.execute(_rows(guess.subjects(settings)))
    waits = [row.until for row in rows if row.until is not None and row.until > now]
    return max(waits, default=None)


def fail(connection: Connection, guess: Guess, settings: Settings, now: datetime) -> datetime | None:
    """Count one more failure; until when they have to wait now, None when they may try again.

    The caller holds the `guess`. Rows that others are about to forget are waited for, others' rows never.
    """
    wait = timedelta(minutes=settings.sign_in_wait_minutes)
    subjects = guess.subjects(settings)
    known = {row.subject: row for row in connection.execute(_rows(subjects).with_for_update())}
    ends: list[datetime] = []
    for subject, most in subjects.items():
        row = known.get(subject)
        fresh = row is None or row.since < now - wait
        failures = 1 if row is None or fresh else row.failures + 1
        until = now + wait if failures >= most else None
        values = {"failures": failures, "since": now if row is None or fresh else row.since, "until": until}
        if row is None:
            connection.execute(insert(SignInThrottle).values(subject=subject, **values))
        else:
            connection.execute(update(SignInThrottle).where(SignInThrottle.subject == subject).values(values))
        if until is not None:
            ends.append(until)
    old = select(SignInThrottle.subject).where(SignInThrottle.since < now - 2 * wait).with_for_update(skip_locked=True)
    connection.execute(delete(SignInThrottle).where(SignInThrottle.subject.in_(old)))
    return max(ends, default=None)


def succeed(connection: Connection, guess: Guess) -> None:
    """Forget the failures of the name; those of the address stand, or one good account would free it to guess."""
    connection.execute(delete(SignInThrottle).where(SignInThrottle.subject == _of_name(guess.name)))


def _rows(subjects: Iterable[str]) -> Select[*tuple[Any, ...]]:
    columns = SignInThrottle.__table__.columns
    return select(*columns).where(columns.subject.in_(sorted(subjects))).order_by(columns.subject)


def _of_name(name: str) -> str:
    return _hash("name", name.casefold())


def _hash(kind: str, text: str) -> str:
    return sha256(f"{kind}:{text}".encode()).hexdigest()
