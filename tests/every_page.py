"""Every page that there is, asked for so that it shows something: derived from the declared pages.

What belongs here: who opens a page, and what is sent to those that answer a form. What is there to be shown stands in
`tests.furnished`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.app import PAGES
from portal.page import KNOWN, PUBLIC, Page
from registry.roles import Actor, levels_of, purposes_of
from registry.scope import Area
from registry.whatif import FROM_DAY
from tests.portal import AREAS
from tests.unit.portal.what_if_done import LINE
from tests.unit.registry.examples import JULY

__all__ = ["ASKED", "ELSEWHERE", "FORMS", "SIGNED_OUT", "Asked", "shown"]

ELSEWHERE: Mapping[str, str] = {
    "/setup": "there is an account already; tests/unit/portal/test_entrance.py",
    "/language/{code}": "leads back to the page",
    "/static/{name}": "no page",
    "/oidc/start": "leads to the provider; tests/unit/portal/test_oidc.py",
    "/oidc/callback": "leads back from it",
}
"""Addresses that are read and show no page here, and why."""

SIGNED_OUT = frozenset({"/login"})
"""Pages for those who are not signed in."""

FORMS: Mapping[str, Mapping[str, str]] = {
    "/login": {"name": "nobody", "password": "nothing"},
    "/account/tokens": {"title": "程序", "days": "30", "scopes": "list.read"},
    "/list/find": {"keyword": "张", "sort": "urgency"},
    "/views": {"title": "", "sort": "urgency"},
    "/sheets/print": {"assignee": ""},
    "/what-if/start": {"as_of": f"{JULY}", "start": FROM_DAY, "p": LINE, f"v.{LINE}": "-1"},
    "/admin/accounts": {"name": "X", "title": "某人", "role": "auditor", "area": ""},
}
"""What is sent to pages that answer a form with one of their own; to the others nothing is, which is refused."""

_ORDER = ("district_staff", "supervisor", "street_staff", "data_engineer", "auditor", "administrator")


@dataclass(frozen=True, slots=True)
class Asked:
    """A page, who asks for it, and what is sent."""

    page: Page
    method: str
    role: str
    purpose: str

    def __str__(self) -> str:
        return f"{self.method} {self.page.path}"

    def address(self, known: Mapping[str, str]) -> str:
        """With the place-holders filled; raises `KeyError` for one that nobody knows an example of."""
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: known[found.group(1)], self.page.path)

    @property
    def form(self) -> dict[str, str]:
        """What is sent, without the proof."""
        return dict(FORMS.get(self.page.path, {}))


def _reader_of(page: Page) -> tuple[str, str]:
    """The first role and purpose that may open it; raises `StopIteration` for a page that nobody may open."""
    return next(
        (role, purpose)
        for role in _ORDER
        for purpose in purposes_of(role)
        if page.permission in {PUBLIC, KNOWN} or _actor(role, purpose).may(page.permission)
    )


def _actor(role: str, purpose: str) -> Actor:
    return Actor("reader", role, Area() if "district" in levels_of(role) else Area.of(AREAS[role]), purpose)


def _asked() -> list[Asked]:
    """Forms come last, and what is done to an account at the very end, for they change what is there."""
    pages = [page for page in PAGES if not page.is_api and page.path not in ELSEWHERE]
    asked = [Asked(page, method, *_reader_of(page)) for page in pages for method in page.methods]
    return sorted(asked, key=lambda each: each.method != "GET")


ASKED: list[Asked] = _asked()


def shown(status: int, media_type: str) -> bool:
    """Whether an answer is a page: what leads on, and files, show none."""
    return not 300 <= status < 400 and media_type.startswith("text/html")
