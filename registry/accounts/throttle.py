"""Slowing down who guesses: failures in a row by name and by network address.

What belongs here: counting and waiting. Names are counted whether they exist or not, so that a lock tells nobody which
accounts there are; both are kept as hashes, since what is typed as a name is sometimes a password.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select, update

from registry.models import SignInThrottle
from schemas.settings import Settings

__all__ = ["Guess", "fail", "locked_until", "succeed"]


@dataclass(frozen=True, slots=True)
class Guess:
    """Under which name and from which address somebody tries to sign in."""

    name: str
    address: str

    def subjects(self, settings: Settings) -> dict[str, int]:
        """What is counted, and how many failures of it are borne."""
        return {
            _hash("name", self.name.casefold()): settings.sign_in_failures,
            _hash("address", self.address): settings.sign_in_failures_address,
        }


def locked_until(connection: Connection, guess: Guess, settings: Settings, now: datetime) -> datetime | None:
    """Until when the name or the address has to wait; None when it may try."""
    rows = _rows(connection, guess.subjects(settings))
    waits = [row.until for row in rows if row.until is not None and row.until > now]
    return max(waits, default=None)


def fail(connection: Connection, guess: Guess, settings: Settings, now: datetime) -> datetime | None:
    """Count one more failure; until when they have to wait now, None when they may try again."""
    wait = timedelta(minutes=settings.sign_in_wait_minutes)
    subjects = guess.subjects(settings)
    known = {row.subject: row for row in _rows(connection, subjects)}
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
    connection.execute(delete(SignInThrottle).where(SignInThrottle.since < now - 2 * wait))
    return max(ends, default=None)


def succeed(connection: Connection, guess: Guess) -> None:
    """Forget the failures of the name; those of the address stand, or one good account would free it to guess."""
    subject = _hash("name", guess.name.casefold())
    connection.execute(delete(SignInThrottle).where(SignInThrottle.subject == subject))


def _rows(connection: Connection, subjects: Iterable[str]) -> list[SignInThrottle]:
    columns = SignInThrottle.__table__.columns
    query = select(*columns).where(columns.subject.in_(list(subjects)))
    return list(connection.execute(query))  # type: ignore[arg-type]  # rows with the model's columns


def _hash(kind: str, text: str) -> str:
    return sha256(f"{kind}:{text}".encode()).hexdigest()
