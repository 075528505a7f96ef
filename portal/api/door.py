"""What a program has to keep to before it is answered: a pace, and saying for which purpose it asks.

What belongs here: checks of the guard (`portal.access`) that pages do not need.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from fastapi import Request, Response, status

from portal.language import gettext
from portal.problems import problem
from registry.roles import PERMISSIONS, PURPOSES, Actor
from schemas.settings import Settings

__all__ = ["PURPOSE", "Door", "Pace", "purpose_fault", "tells_of_families"]

PURPOSE = "Doudi-Purpose"
"""The header that names the purpose of the work, a code of `registry.roles.PURPOSES`."""

_OF_NO_FAMILY = frozenset(
    {
        "overview.read",
        "rules.read",
        "lineage.read",
        "model.read",
        "proof.read",
        "deliveries.read",
        "admin.settings",
    }
)
_MINUTE = 60.0
_KEPT = 10_000  # whoever came longest ago is forgotten first


def tells_of_families(permission: str) -> bool:
    """Whether what needs the permission may tell of a family: everything but what is known not to."""
    return permission in PERMISSIONS.labels and permission not in _OF_NO_FAMILY


def purpose_fault(request: Request, permission: str, actor: Actor) -> Response | None:
    """The answer to who does not say the purpose that the token was made for; None where it need not, or is, said.

    个人信息保护法 art. 6: personal data are read for a definite purpose. It is said with each request, so that a
    program that was written for one purpose does not read with a token that was made for another.
    """
    given = request.headers.get(PURPOSE, "")
    if not given and not tells_of_families(permission):
        return None
    if not given:
        said = gettext("请在请求头 Doudi-Purpose 中写明工作目的，例如 monitoring。")
        return problem(request, status.HTTP_400_BAD_REQUEST, said, kind="purpose-missing")
    if given != actor.purpose:
        own = gettext(PURPOSES.title_of(actor.purpose))
        said = gettext("请求的工作目的与令牌的不同；此令牌用于：%(own)s。") % {"own": f"{own} ({actor.purpose})"}
        return problem(request, status.HTTP_403_FORBIDDEN, said, kind="purpose-differs")
    return None


@dataclass(slots=True)
class Pace:
    """So many requests a minute for each who asks; what was not used is saved up, to one minute's worth."""

    a_minute: int
    clock: Callable[[], float] = monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, who: str) -> int:
        """Count one request; for how many seconds they have to wait, 0 lets pass."""
        now = self.clock()
        left, since = self._left.pop(who, (float(self.a_minute), now))
        left = min(float(self.a_minute), left + (now - since) * self.a_minute / _MINUTE)
        passes = left >= 1
        self._left[who] = (left - 1 if passes else left, now)
        if len(self._left) > _KEPT:
            self._left.popitem(last=False)
        return 0 if passes else ceil((1 - left) * _MINUTE / self.a_minute)


@dataclass(frozen=True, slots=True)
class Door:
    """The pace of those who are known, by account, and of those who are not, by network address."""

    known: Pace
    strangers: Pace

    @classmethod
    def of(cls, settings: Settings) -> "Door":
        """As the installation has it."""
        return cls(Pace(settings.api_requests_minute), Pace(settings.sign_in_failures_address))

    def wait(self, account: str | None, address: str) -> int:
        """For how many seconds this one has to wait; 0 lets pass."""
        return self.strangers.wait(address) if account is None else self.known.wait(account)
