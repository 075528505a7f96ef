"""What a page is, and how one is drawn.

What belongs here: the `Page` declaration, the template environment and the formats that templates use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from portal.access import Permission
from schemas.settings import settings

__all__ = ["Page", "masked_family", "render"]

_SHOWN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Page:
    """One address, what answers there, and the permission that it asks for."""

    path: str
    endpoint: Callable[..., object]
    permission: Permission


def masked_family(family_id: str) -> str:
    """A family's id with all but its kind and last digits hidden."""
    kind, _, number = family_id.partition(":")
    return f"{kind}·****{number[-_SHOWN_DIGITS:]}"


def _count(number: int) -> str:
    return f"{number:,}"


def _chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d %H:%M}"


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": _count, "day": _chinese_date, "moment": _moment, "masked": masked_family}
    return environment


def render(request: Request, template: str, *, code: int = 200, **values: object) -> HTMLResponse:
    """The page that `template` draws with `values`; the district and the address are always there."""
    text = (
        _templates()
        .get_template(template)
        .render(district=request.app.state.settings.district_name, path=request.url.path, **values)
    )
    return HTMLResponse(text, code)
