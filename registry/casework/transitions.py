"""What may happen to a case in which state, and where it leads: one table.

What belongs here: the table and the pure step from one state to the next. Who may do it stands in `rights`, when and to
which case in `acts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from registry.casework.codes import CASE_STATES
from registry.errors import CaseError

__all__ = ["TRANSITIONS", "CaseState", "Transition", "refold", "step"]

_SAME = ""
"""The state stays as it is."""


@dataclass(frozen=True, slots=True)
class CaseState:
    """How a case stands after `version` events; version 0 is a case that has not been opened yet."""

    case_id: str
    audience: str
    version: int = 0
    state: str = ""
    round: int = 0
    outcome: str | None = None
    assignee: str | None = None
    concluded_by: str | None = None
    closed_by: str | None = None
    due_on: date | None = None
    resume_on: date | None = None
    urgency: str = "none"
    street_code: str | None = None
    community_code: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """From which states to which, which fields the event may set and which it empties."""

    sources: tuple[str, ...]
    target: str
    sets: frozenset[str] = frozenset()
    clears: frozenset[str] = frozenset()
    new_round: bool = False


_WORKED = ("assigned", "checking")
_PLACE = frozenset({"street_code", "community_code"})
_RESULT = frozenset({"outcome", "concluded_by", "closed_by", "resume_on"})
_AFRESH = _RESULT | {"assignee"}
_EVERY = CASE_STATES.codes

TRANSITIONS: dict[str, Transition] = {
    "opened": Transition(("",), "pending", _PLACE | {"due_on", "urgency"}, new_round=True),
    "asked": Transition(("pending", *_WORKED), _SAME, frozenset({"due_on"})),
    "reopened": Transition(("closed",), "pending", frozenset({"due_on"}), _AFRESH, new_round=True),
    "resumed": Transition(("closed",), "pending", frozenset({"due_on"}), _AFRESH, new_round=True),
    "moved": Transition(("pending", *_WORKED), "pending", _PLACE, frozenset({"assignee"})),
    "transferred": Transition(("closed",), _SAME, _PLACE),
    "urged": Transition(("pending", *_WORKED), _SAME, frozenset({"urgency", "due_on"})),
    "assigned": Transition(("pending",), "assigned", frozenset({"assignee"})),
    "reassigned": Transition(_WORKED, "assigned", frozenset({"assignee"})),
    "started": Transition(("assigned",), "checking"),
    "visited": Transition(("checking",), "checking"),
    "concluded": Transition(("checking",), "concluded", frozenset({"outcome", "concluded_by"})),
    "returned": Transition(("concluded",), "checking", frozenset({"due_on"}), frozenset({"outcome", "concluded_by"})),
    "closed": Transition(("concluded",), "closed", frozenset({"closed_by", "resume_on"})),
    "withdrawn": Transition(("pending", *_WORKED), "closed", frozenset({"closed_by"})),
    "objected": Transition(("closed",), "appealed"),
    "upheld": Transition(("appealed",), "pending", frozenset({"due_on"}), _AFRESH, new_round=True),
    "dismissed": Transition(("appealed",), "closed"),
}
"""By the kind of event (`codes.CASE_EVENTS`)."""


def step(before: CaseState, kind: str, **changes: Any) -> CaseState:
    """The state after an event of `kind`; raises `CaseError` where the table has no such step."""
    rule = TRANSITIONS[kind]
    if before.state not in rule.sources:
        able = "、".join(CASE_STATES.title_of(each) for each in rule.sources if each)
        now = CASE_STATES.title_of(before.state) if before.state else "未立案"
        raise CaseError(
            "%(kind)s is not possible in the state %(now)s (%(code)s); possible in: %(able)s",
            kind=kind,
            now=now,
            code=before.state,
            able=able,
        )
    stray = set(changes) - rule.sets
    if stray:
        raise CaseError("%(kind)s cannot set %(fields)s", kind=kind, fields=", ".join(sorted(stray)))
    emptied: dict[str, Any] = dict.fromkeys(rule.clears)
    return replace(
        before,
        **emptied,
        **changes,
        version=before.version + 1,
        state=rule.target or before.state,
        round=before.round + rule.new_round,
    )


_COMPARED = tuple(name for name in CaseState.__dataclass_fields__ if name not in {"case_id", "audience"})


def refold(start: CaseState, events: Sequence[tuple[str, CaseState]]) -> CaseState:
    """The state that `events` (kind, state recorded after it) lead to from `start`.

    Raises `CaseError` where an event is missing, is not possible, or left another state than the one recorded.
    """
    now = start
    for kind, recorded in events:
        changes = {name: getattr(recorded, name) for name in TRANSITIONS[kind].sets}
        made = step(now, kind, **changes)
        differing = [name for name in _COMPARED if getattr(made, name) != getattr(recorded, name)]
        if differing:
            raise CaseError(
                "event %(number)s of case %(case)s does not follow: %(fields)s",
                number=recorded.version,
                case=start.case_id,
                fields=", ".join(differing),
            )
        now = made
    return now
