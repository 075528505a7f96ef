"""The seal of an audit event, and checking a chain of them: with nothing but the events and the anchors.

What belongs here: what an auditor can run, or write anew, without the installation: no database, no key, no settings.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.errors import AuditError
from schemas.told import Told

__all__ = ["GENESIS", "Anchor", "ChainCheck", "Fault", "check_chain", "seal"]

GENESIS = "0" * 64
"""What the first event follows, and the first anchor."""

_TWICE = "is there twice"
_ELSEWHERE = "stands out of its place, after %(seq)s"
_GONE = "is missing, or out of its place (%(first)s before %(next)s)"
_MANY_GONE = "is missing, or out of its place (%(first)s to %(last)s before %(next)s)"
_MOST_FAULTS = 20
_COUNTED = ("seq", "at", "actor", "action", "purpose", "details", "previous_hash")


@dataclass(frozen=True, slots=True)
class Fault:
    """One event that does not hold, and why."""

    seq: int
    reason: str

    def __str__(self) -> str:
        """In words."""
        return f"event {self.seq} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The head of the chain as it was at an instant, and the seal of the anchor before.

    `installation` is the beginning of the hash of the first event: it stays when the registry moves to another
    machine or database, and is another one when the chain is written anew.
    """

    number: int
    installation: str
    seq: int
    events: int
    head: str
    at: str
    previous: str


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Outcome of checking a chain: how many events it has, by how many anchors it was held, and what does not hold."""

    events: int
    faults: tuple[Fault, ...] = ()
    anchors: int = 0

    @property
    def holds(self) -> bool:
        """Whether every event is as it was written, and as it was anchored."""
        return not self.faults

    @property
    def broken_seq(self) -> int | None:
        """The first event that does not hold."""
        return self.faults[0].seq if self.faults else None

    @property
    def reason(self) -> str | None:
        """Why it does not."""
        return str(self.faults[0]) if self.faults else None


def seal(event: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical text of an event, the hash of the one before it included.

    The canonical text is its JSON with sorted names, no blanks, and all but ASCII escaped. Raises `AuditError`.
    """
    try:
        text = json.dumps(event, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AuditError(f"details of {event['action']} are not plain values: {type(error).__name__}") from None
    return hashlib.sha256(text.encode()).hexdigest()


def check_chain(events: Iterable[Mapping[str, Any]], anchors: Sequence[Anchor] = ()) -> ChainCheck:
    """Check events in the order they come, one at a time; the first twenty faults are told.

    Without anchors a chain that was cut off at its end, or written anew from some event on, looks whole: each anchor
    proves the chain up to its event.
    """
    walk = _Walk({each.seq: each for each in anchors})
    for event in events:
        walk.step(event)
        if len(walk.faults) >= _MOST_FAULTS:
            break
    else:
        walk.end()
    return ChainCheck(walk.events, tuple(sorted(walk.faults, key=lambda each: each.seq)), len(anchors))


@dataclass(slots=True)
class _Walk:
    """Where a check stands: nothing of the events is kept but the last hash."""

    anchors: Mapping[int, Anchor]
    faults: list[Fault] = field(default_factory=list)
    events: int = 0
    last: int = 0
    previous: str | None = GENESIS  # None after a gap: what the next one follows is not there to compare
    proven: int = 0
    resealed: bool = False

    def step(self, event: Mapping[str, Any]) -> None:
        """Check one event against its own seal, the one before it, and its anchor."""
        self.events += 1
        seq, sealed = int(event["seq"]), event["event_hash"]
        if seq <= self.last:
            self._blame(
                seq, _TWICE if seq == self.last else Told("stands out of its place, after %(seq)s", seq=self.last)
            )
            return
        if seq > self.last + 1:
            gone = {"first": self.last + 1, "last": seq - 1, "next": seq}
            self._blame(self.last + 1, Told(_GONE if seq == self.last + 2 else _MANY_GONE, **gone))
            self.previous = None
        elif self.previous is not None and event["previous_hash"] != self.previous:
            self._blame(seq, "does not follow the one before it")
        if not self._is_sealed(event, sealed):
            self._blame(seq, "was changed after it was written")
        self._compare(seq, sealed)
        self.last, self.previous = seq, sealed

    def end(self) -> None:
        """What was anchored and is not there."""
        beyond = [each for each in self.anchors.values() if each.seq > self.last]
        if beyond:
            latest = max(beyond, key=lambda each: each.seq)
            self._blame(
                self.last + 1,
                Told(
                    "and all after it are missing: the chain was cut off; at %(at)s it had %(events)s events",
                    at=latest.at,
                    events=latest.seq,
                ),
            )

    def _compare(self, seq: int, sealed: str) -> None:
        """Against the anchor of this event; and the first event against the installation that all anchors name."""
        if seq == 1:
            self._compare_first(sealed)
        anchor = self.anchors.get(seq)
        if anchor is None:
            return
        if anchor.head == sealed:
            self.proven = seq
        elif not self.resealed:
            self.resealed = True
            self._blame(
                seq,
                Told(
                    "is not the one that was anchored at %(at)s: one or more of %(first)s to %(last)s were "
                    "changed and sealed anew",
                    at=anchor.at,
                    first=self.proven + 1,
                    last=seq,
                ),
            )

    def _compare_first(self, sealed: str) -> None:
        others = [each for each in self.anchors.values() if not sealed.startswith(each.installation)]
        if others:
            home = others[0].installation
            self._blame(1, Told("is not of the installation %(name)s that was anchored", name=home))
            self.resealed = True

    @staticmethod
    def _is_sealed(event: Mapping[str, Any], sealed: str) -> bool:
        return set(event) == {*_COUNTED, "event_hash"} and seal({each: event[each] for each in _COUNTED}) == sealed

    def _blame(self, seq: int, reason: str) -> None:
        self.faults.append(Fault(seq, reason))
