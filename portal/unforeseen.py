"""What nobody foresaw: the reader gets a page with a number, the log the same number and where it broke, no value.

What belongs here: the last answer. Errors that are raised on purpose are answered in `portal.problems`. The text of any
other may quote a name or an address, as databases do, so it goes nowhere.
"""

import logging
import secrets
from datetime import UTC, datetime

from fastapi import Request, Response, status
from fastapi.responses import PlainTextResponse
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.language import LANGUAGES, gettext, speak
from portal.problems import problem
from schemas.places import kinds_of, place_of

__all__ = ["Unforeseen"]

_log = logging.getLogger(__name__)
_CODE = status.HTTP_500_INTERNAL_SERVER_ERROR
_SAID = "出现了未预料的错误，这一步没有办理完成。请返回后再试；如再次出现，请把编号 %(number)s 告诉系统管理员。"


class Unforeseen:
    """Stands around the application, within what puts headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what broke; an answer that had begun is broken off, so that no half a file passes for a whole one."""
        begun = False

        async def _send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, _send)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception as error:
            if scope["type"] != "http":
                raise
            number = _logged(error, scope)
            if not begun:
                await _answer(Request(scope), number)(scope, receive, send)


def _logged(error: Exception, scope: Scope) -> str:
    """The number of the incident; the address is told as it was declared, without what stood in its places."""
    number = secrets.token_hex(4)
    route = scope.get("route")
    told = (number, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", scope["method"], getattr(route, "path", "no page"))
    _log.error("incident %s at %s: %s %s: %s at %s", *told, kinds_of(error), place_of(error))
    return number


def _answer(request: Request, number: str) -> Response:
    """The page, or problem details; where they cannot be drawn, as without a database, a sentence in each language."""
    try:
        return problem(request, _CODE, gettext(_SAID) % {"number": number}, kind="unforeseen", incident=number)
    except Exception as error:  # noqa: BLE001 - what keeps the page from being drawn may be what broke
        _log.error("incident %s: its page: %s at %s", number, kinds_of(error), place_of(error))
    said = []
    for each in LANGUAGES:
        speak(each)
        said.append(gettext(_SAID) % {"number": number})
    return PlainTextResponse("\n".join(said), _CODE)
