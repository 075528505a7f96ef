"""Who may do what to which case: the role's permission, the area of the case, and what kinds of questions may be seen.

What belongs here: asking `registry.roles` on behalf of casework. A case that somebody may not see does not exist for
them: the answer is the same as for an id that nobody has.
"""

from typing import Any

from sqlalchemy import ColumnElement

from registry.errors import CaseNotFoundError
from registry.roles import Actor, require

__all__ = ["audiences", "no_case", "permit", "same_person", "seen_by", "within"]


def permit(actor: Actor, permission: str) -> None:
    """Let pass, or raise `NotPermittedError`."""
    require(actor, permission)


def audiences(actor: Actor) -> tuple[str, ...]:
    """Kinds of questions that the actor may see."""
    return tuple(each for each in ("need", "verify") if each in actor.scope.kinds)


def within(actor: Actor, street: Any, community: Any) -> ColumnElement[bool]:
    """The actor's area as a condition on the SQL columns of a place."""
    return actor.area.condition(street, community)


def seen_by(actor: Actor, audience: str, street: str | None, community: str | None) -> bool:
    """Whether the actor may know of something with this audience and place."""
    return audience in audiences(actor) and actor.area.has(street, community)


def no_case(what: str, key: str) -> CaseNotFoundError:
    """What is said of an id that does not exist, and of one that is not for the reader."""
    return CaseNotFoundError(f"there is no {what} {key!r} in your area")


def same_person(first: str, second: str) -> bool:
    """Whether two names of accounts are one."""
    return first.strip().casefold() == second.strip().casefold()
