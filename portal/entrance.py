"""Coming in and going out: signing in, the first administrator, the language, and the assets that every page needs."""

from functools import cache
from hmac import compare_digest
from importlib.resources import files
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, HTTPException, Query, Request, status
from fastapi.responses import RedirectResponse, Response

from portal.access import SignedIn, cookie_name, is_secure, local_path
from portal.faults import said
from portal.language import COOKIE as LANGUAGE_COOKIE
from portal.language import LANGUAGES, gettext
from portal.page import ASSETS, PUBLIC, Page, render
from registry.accounts.accounts import NewAccount, add_account, any_account
from registry.accounts.sessions import end, sign_in
from registry.errors import AccountError, SignInError
from schemas.settings import Settings

__all__ = ["PAGES", "address_of", "give_session", "let_in"]

_YEAR_SECONDS = 365 * 24 * 60 * 60
_Word = Annotated[str, Form(max_length=1000)]


def address_of(request: Request) -> str:
    """From which network address the request comes; a proxy on this machine says it."""
    return request.client.host if request.client else ""


def let_in(request: Request, token: str, to: str) -> Response:
    """On to `to` with the cookie of a new session."""
    answer = RedirectResponse(to, status.HTTP_303_SEE_OTHER)
    give_session(answer, request.app.state.settings, token)
    return answer


def give_session(answer: Response, settings: Settings, token: str) -> None:
    """The one way in which a browser is given its session: kept from scripts, other sites and plain http."""
    answer.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        secure=is_secure(settings),
        samesite="strict",
    )


def _login_page(request: Request, to: Annotated[str, Query(alias="next")] = "/") -> Response:
    if request.state.session is not None:
        return RedirectResponse(local_path(to), status.HTTP_303_SEE_OTHER)
    return _login_form(request, to)


def _login_form(request: Request, to: str, *, code: int = 200, fault: str = "", name: str = "") -> Response:
    single = bool(request.app.state.settings.oidc_issuer)
    return render(
        request,
        "login.html",
        code=code,
        title=gettext("登录"),
        to=local_path(to),
        fault=fault,
        name=name,
        single_sign_on=single,
    )


def _login(
    request: Request, name: _Word = "", password: _Word = "", to: Annotated[_Word, Form(alias="next")] = "/"
) -> Response:
    state = request.app.state
    try:
        token = sign_in(
            state.engine,
            state.settings,
            name.strip(),
            password,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
    except SignInError as error:
        code = status.HTTP_429_TOO_MANY_REQUESTS if error.locked else status.HTTP_401_UNAUTHORIZED
        return _login_form(request, to, code=code, fault=said(error), name=name)
    return let_in(request, token, f"/purpose?next={quote(local_path(to))}")


def _logout(request: Request, session: SignedIn) -> Response:
    end(request.app.state.engine, session.account, session.session_hash)
    answer = RedirectResponse("/login", status.HTTP_303_SEE_OTHER)
    answer.delete_cookie(cookie_name(request.app.state.settings), secure=is_secure(request.app.state.settings))
    return answer


def _setup_page(request: Request, token: str = "") -> Response:
    _require_setup(request, token)
    return _setup_form(request, token)


def _setup_form(request: Request, token: str, *, code: int = 200, fault: str = "", name: str = "") -> Response:
    least = request.app.state.settings.password_length
    values = {"token": token, "fault": fault, "name": name, "least": least}
    return render(request, "setup.html", code=code, title=gettext("建立系统管理员"), **values)


def _setup(  # the fields of its form
    request: Request,
    token: _Word = "",
    name: _Word = "",
    title: _Word = "",
    password: _Word = "",
    again: _Word = "",
) -> Response:
    _require_setup(request, token)
    state = request.app.state
    if password != again:
        return _setup_form(request, token, code=422, fault=gettext("两次输入的密码不一样。"), name=name)
    try:
        new = NewAccount(name=name.strip(), title=title.strip(), role="administrator")
        add_account(state.engine, state.settings, new, by=new.name, password=password, first=True)
    except AccountError as error:
        return _setup_form(request, token, code=422, fault=said(error), name=name)
    state.setup_token = None
    return _login(request, new.name, password)


def _require_setup(request: Request, token: str) -> None:
    """The address that `doudi serve` printed, as long as there is no account; anything else is no page."""
    known: str | None = request.app.state.setup_token
    if known is None or not compare_digest(known.encode(), token.encode()) or any_account(request.app.state.engine):
        raise HTTPException(status.HTTP_404_NOT_FOUND)


def _language(request: Request, code: str, to: Annotated[str, Query(alias="next")] = "/") -> Response:
    if code not in LANGUAGES:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    answer = RedirectResponse(local_path(to), status.HTTP_303_SEE_OTHER)
    secure = is_secure(request.app.state.settings)
    answer.set_cookie(LANGUAGE_COOKIE, code, max_age=_YEAR_SECONDS, httponly=True, secure=secure, samesite="lax")
    return answer


@cache
def _assets() -> dict[str, bytes]:
    """The files of `static/` by name: nothing else can be asked for."""
    folder = files("portal").joinpath("static")
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.name.rpartition(".")[2] in ASSETS}


def _asset(name: str) -> Response:
    content = _assets().get(name)
    if content is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    kept = {"Cache-Control": f"public, max-age={_YEAR_SECONDS}, immutable"}
    return Response(content, media_type=ASSETS[name.rpartition(".")[2]], headers=kept)


PAGES = (
    Page("/login", _login_page, PUBLIC),
    Page("/login", _login, PUBLIC, methods=("POST",), body_kilobytes=8),
    Page("/logout", _logout, "account.own", methods=("POST",)),
    Page("/setup", _setup_page, PUBLIC),
    Page("/setup", _setup, PUBLIC, methods=("POST",), body_kilobytes=8),
    Page("/language/{code}", _language, PUBLIC),
    Page("/static/{name}", _asset, PUBLIC),
)
