"""Who may do what to which case: the role's permission, the area of the case, and what kinds of questions may be seen.

What belongs here: asking `registry.roles` on behalf of casework. A case that somebody may not see does not exist for
them: the answer is the same as for an id that nobody has.
"""

from typing import Any

from sqlalchemy import ColumnElement, true

from registry.errors import CaseNotFoundError, NotPermittedError
from registry.roles import Actor

__all__ = ["audiences", "no_case", "permit", "same_person", "seen_by", "within"]

_ABLE = {
    "case.read": ("clerk", "verifier", "manager", "auditor"),
    "case.work": ("clerk", "verifier", "manager"),
    "case.assign": ("clerk", "manager"),
    "case.approve": ("manager",),
    "measure.work": ("clerk", "manager"),
    "visit.sheet": ("clerk", "manager"),
}


def permit(actor: Actor, permission: str) -> None:
    """Let pass, or raise `NotPermittedError`."""
    if actor.role not in _ABLE[permission]:
        able = ", ".join(_ABLE[permission])
        raise NotPermittedError(f"role {actor.role!r} may not do {permission}; roles that may: {able}")


def audiences(actor: Actor) -> tuple[str, ...]:
    """Kinds of questions that the actor may see."""
    return tuple(each for each in ("need", "verify") if actor.may(each))


def within(_actor: Actor, _street: Any, _community: Any) -> ColumnElement[bool]:
    """The actor's area as a condition on the SQL columns of a place."""
    return true()


def seen_by(actor: Actor, audience: str, _street: str | None, _community: str | None) -> bool:
    """Whether the actor may know of something with this audience and place."""
    return audience in audiences(actor)


def no_case(what: str, key: str) -> CaseNotFoundError:
    """What is said of an id that does not exist, and of one that is not for the reader."""
    return CaseNotFoundError(f"there is no {what} {key!r} in your area")


def same_person(first: str, second: str) -> bool:
    """Whether two names of accounts are one."""
    return first.strip().casefold() == second.strip().casefold()
