"""What forms share: reading their fields, doing what they ask for, and saying on the same page why it was not done.

What belongs here: helpers of pages with forms. What is allowed is decided in `registry.casework`.
"""

from collections.abc import Callable
from datetime import date

from fastapi import Request, Response, status
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from portal.access import is_secure
from portal.faults import said
from portal.language import gettext
from portal.told import tell
from registry.casework.desk import Desk
from registry.errors import CaseError, CaseNotFoundError
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError

__all__ = ["day_of", "desk_of", "done", "number_of", "optional_day_of", "text_of", "version_of", "whole_of"]

_LONGEST_NUMBER = 9  # a longer one is no version, and too long for the registry
_MOST_DIGITS = 15  # Python refuses to read endless ones


def desk_of(request: Request) -> Desk:
    """The registry, settings and parameters of the portal in one hand."""
    state = request.app.state
    return Desk(state.engine, state.settings, load_parameters(state.settings.parameters_dir))


def done(  # what a form does, each by name
    request: Request,
    act: Callable[[Desk], object],
    *,
    to: str,
    drawn: Callable[[str, int], Response],
    told: str,
    number: int = 0,
) -> Response:
    """Do it, go on to the address `to` and say there that it was done (`told.TOLD`).

    What was refused is drawn again with the reason (409; 422 for a word that no list of the form has), and with what
    was typed (`typed` in templates). What does not exist for the reader is left to the application's answer, the same
    as for an unknown id.
    """
    try:
        act(desk_of(request))
    except CaseNotFoundError:
        raise
    except CaseError as error:
        return drawn(said(error), status.HTTP_409_CONFLICT)
    except UnknownNameError:
        return drawn(gettext("有一项没有选择，或者选择的内容不在列出的选项中。"), status.HTTP_422_UNPROCESSABLE_CONTENT)
    response = RedirectResponse(to, status.HTTP_303_SEE_OTHER)
    tell(response, told, number, secure=is_secure(request.app.state.settings))
    return response


def text_of(posted: FormData, name: str) -> str:
    """A field without the space around it; "" for one that was not sent."""
    value = posted.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def version_of(posted: FormData) -> int:
    """Which state of the matter was seen; raises `CaseError` without it."""
    return number_of(text_of(posted, "version"))


def number_of(text: str) -> int:
    """A version in digits; raises `CaseError`."""
    number = whole_of(text)
    if number is None or len(text) > _LONGEST_NUMBER:
        raise CaseError("the form does not say which state of the case was seen; open the case again")
    return number


def whole_of(text: str) -> int | None:
    """The whole number that somebody typed in digits; None for anything else, and for one that nothing here can be."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def day_of(posted: FormData, name: str) -> date:
    """A day that has to be given; raises `CaseError`."""
    try:
        return date.fromisoformat(text_of(posted, name))
    except ValueError:
        raise CaseError("what was given as the day is not a date") from None


def optional_day_of(posted: FormData, name: str) -> date | None:
    """A day that may be left out; raises `CaseError` for something that is no day."""
    return day_of(posted, name) if text_of(posted, name) else None
