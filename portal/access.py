"""Who may open which page: the guard before the whole application, and what an endpoint asks of it.

What belongs here: recognising the reader, refusing, and proving that a form is ours. A route that is not declared as a
`Page` is refused to everybody.
"""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, HTTPException, Request, status
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.api.door import Door, purpose_fault
from portal.language import chosen, gettext, speak
from portal.page import API, KNOWN, PUBLIC, SAFE_METHODS, Page, entries_of
from portal.problems import problem
from portal.turns import in_turn
from registry.accounts.sessions import Session, find, same_proof
from registry.accounts.tokens import find_token
from registry.roles import PERMISSIONS, Actor
from schemas.settings import Settings

__all__ = [
    "Guard",
    "Posted",
    "Reader",
    "SignedIn",
    "check_form",
    "cookie_name",
    "is_secure",
    "local_path",
    "origins",
]

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_PASSWORD_PAGE = "/account/password"  # noqa: S105 - an address
_BEFORE_ALL = frozenset({_PASSWORD_PAGE, "/logout"})
"""What somebody may do with the password that an administrator gave them."""
_OWN = "account.own"


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach the portal by https, through a proxy."""
    return settings.public_url.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """Of the session's cookie; with the prefix a browser takes it from this host alone, and only by https."""
    return "__Host-doudi" if is_secure(settings) else "doudi_session"


def origins(request: Request) -> set[str]:
    """Where a form may come from: this very server, as the browser calls it."""
    public = urlsplit(request.app.state.settings.public_url)
    here = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return {f"{public.scheme}://{public.netloc}"} if public.netloc else {here}


def local_path(asked: str) -> str:
    """An address of our own to go on to; anything else becomes the first page."""
    plain = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked and asked.isprintable()
    return asked if plain else "/"


class Guard:
    """Stands before the application: no endpoint, no body and no dependency is reached by whoever may not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the application's place, or let pass with `request.state.session` and the language set."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        speak(chosen(request))
        found, page = _page_of(request)
        request.state.session = await in_turn(request.app.state.doors, lambda: _recognised(request, page))
        refusal = _refusal(request, page, request.state.session) if found else None
        if refusal is not None:
            await refusal(scope, receive, send)
        elif page is not None and request.method not in SAFE_METHODS:
            await self._app(scope, _Limited(receive, page.body_kilobytes * 1024), send)
        else:
            await self._app(scope, receive, send)


class _Limited:
    """A body that may not be longer than its page says."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, gettext("提交的内容太大。"))
        return message


def _recognised(request: Request, page: Page | None) -> Session | None:
    """By the token of a program or the cookie of a browser; the API takes no cookie for what it tells of anybody."""
    state = request.app.state
    if request.url.path.startswith(API):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            return find_token(state.engine, token.strip()) if scheme.lower() == "bearer" else None
        if page is None or page.permission != KNOWN:
            return None
    token = request.cookies.get(cookie_name(state.settings), "")
    return find(state.engine, state.settings, token) if token else None


def _page_of(request: Request) -> tuple[bool, Page | None]:
    """Whether any route answers there, and the page that it was declared as; included routers declare none."""
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is Match.FULL:
            return True, request.app.state.page_of.get(route.endpoint) if isinstance(route, APIRoute) else None
    return False, None


def _refusal(request: Request, page: Page | None, session: Session | None) -> Response | None:
    """What is answered in the page's place; None lets pass."""
    if page is None:
        return problem(request, status.HTTP_403_FORBIDDEN, gettext("此页面没有声明权限，因此不对任何人开放。"))
    if page.is_api:
        return _refusal_of_program(request, page, session)
    if request.method not in SAFE_METHODS and not _is_ours(request):
        return problem(request, status.HTTP_403_FORBIDDEN, gettext("表单不是从本系统的页面提交的。"))
    if page.permission == PUBLIC:
        return None
    return _to_sign_in(request) if session is None else _not_permitted(request, page, session)


def _refusal_of_program(request: Request, page: Page, session: Session | None) -> Response | None:
    """The same for the API: no page to go on to, a pace that nobody exceeds, and the purpose said with each request."""
    door: Door = request.app.state.door
    wait = door.wait(session.account.account_id if session else None, request.client.host if request.client else "")
    if wait:
        refused = problem(request, status.HTTP_429_TOO_MANY_REQUESTS, gettext("请求过于频繁，请稍后再试。"))
        refused.headers["Retry-After"] = str(wait)
        return refused
    if session is None:
        refused = problem(request, status.HTTP_401_UNAUTHORIZED, gettext("请使用有效的接口令牌。"))
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    if session.account.must_change:
        return problem(request, status.HTTP_403_FORBIDDEN, gettext("请先在网页上修改初始密码。"))
    if page.permission == KNOWN:
        return None
    return _not_permitted(request, page, session) or purpose_fault(request, page.permission, session.actor)


def _not_permitted(request: Request, page: Page, session: Session) -> Response | None:
    if session.account.must_change and page.path not in _BEFORE_ALL:
        return RedirectResponse(f"{_PASSWORD_PAGE}?next={quote(_asked(request))}", status.HTTP_303_SEE_OTHER)
    if page.permission == KNOWN or session.actor.may(page.permission):
        return None
    if page.path == "/" and (entries := entries_of(request.app.state.pages, session.actor)):
        return RedirectResponse(entries[-1].path, status.HTTP_303_SEE_OTHER)  # what the role alone has comes last
    asked = gettext(PERMISSIONS.title_of(page.permission))
    if session.actor.could(page.permission):
        said = gettext("您当前的工作目的不需要此项权限：%(asked)s。可以在“工作目的”中更换。") % {"asked": asked}
    elif _by_token(session):
        said = gettext("令牌或账号的角色没有所需的权限：%(asked)s。") % {"asked": asked}
    else:
        said = gettext("您的角色没有此页面所需的权限：%(asked)s。") % {"asked": asked}
    return problem(request, status.HTTP_403_FORBIDDEN, said)


def _by_token(session: Session | None) -> bool:
    """A program with a token, which no browser sends by itself."""
    return session is not None and session.actor.scopes is not None


def _is_ours(request: Request) -> bool:
    """By what the browser says of where a form came from; one that says nothing is not trusted."""
    origin = request.headers.get("origin")
    if origin is not None:
        return origin in origins(request)
    return request.headers.get("sec-fetch-site") == "same-origin"


def _to_sign_in(request: Request) -> Response:
    if request.method not in SAFE_METHODS:
        return problem(request, status.HTTP_401_UNAUTHORIZED, gettext("请先登录。"))
    return RedirectResponse(f"/login?next={quote(_asked(request))}", status.HTTP_303_SEE_OTHER)


def _asked(request: Request) -> str:
    """The page to go on to afterwards; what a form was sent to is none."""
    if request.method not in SAFE_METHODS:
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def check_form(request: Request) -> AsyncIterator[None]:
    """Refuse a form that does not carry the proof of its session; asked of every route of the application.

    What was uploaded is let go once the page is answered.

    Raises:
        HTTPException: 403 without the field `csrf` (or the header X-CSRF-Token) of the session.
    """
    try:
        await _check_proof(request)
        yield
    finally:
        await request.close()


async def _check_proof(request: Request) -> None:
    session: Session | None = request.state.session
    if request.method in SAFE_METHODS or session is None or _by_token(session):
        return
    given = request.headers.get("x-csrf-token", "")
    if not given and request.headers.get("content-type", "").startswith(_FORM_TYPES):
        field = (await request.form()).get("csrf", "")
        given = field if isinstance(field, str) else ""
    if not same_proof(session, given):
        raise HTTPException(status.HTTP_403_FORBIDDEN, gettext("表单已过期，请返回页面刷新后重新提交。"))


async def _posted(request: Request) -> FormData:
    request.state.typed = await request.form()
    return request.state.typed  # type: ignore[no-any-return]


async def _signed_in(request: Request) -> Session:  # not for a thread of its own, as all that does not wait
    session: Session | None = request.state.session
    if session is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, gettext("请先登录。"))
    return session


async def _reader(session: Annotated[Session, Depends(_signed_in)]) -> Actor:
    return session.actor


SignedIn = Annotated[Session, Depends(_signed_in)]
"""The session of the request, for pages about the reader's own account."""

Reader = Annotated[Actor, Depends(_reader)]
"""Who reads: role, area, purpose. Hand `reader.scope` to every query, and the reader to every act."""

Posted = Annotated[FormData, Depends(_posted)]
"""The fields of the form that was sent."""
