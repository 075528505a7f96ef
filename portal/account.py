"""The reader's own account: password, sessions, and for which purpose they work now."""

from typing import Annotated

from fastapi import Form, Query, Request, status
from fastapi.responses import RedirectResponse, Response

from portal.access import SignedIn, local_path
from portal.faults import said
from portal.language import gettext
from portal.page import Page, render
from registry.accounts.accounts import set_password
from registry.accounts.sessions import Session, end, sessions_of, sign_in_again, take_purpose
from registry.accounts.tokens import end_token, grantable, make_token, tokens_of
from registry.errors import AccountError, SignInError
from registry.roles import PERMISSIONS, purposes_of

__all__ = ["PAGES"]

_OWN = "account.own"
_Word = Annotated[str, Form(max_length=1000)]
_Next = Annotated[str, Query(alias="next")]


def _account(request: Request, session: SignedIn) -> Response:
    state = request.app.state
    return render(
        request,
        "account.html",
        title=gettext("我的账号"),
        account=session.account,
        sessions=sessions_of(state.engine, session.account.account_id, state.settings),
        own=session.session_hash,
    )


def _end_session(request: Request, session: SignedIn, which: _Word = "") -> Response:
    end(request.app.state.engine, session.account, which)
    return RedirectResponse("/account", status.HTTP_303_SEE_OTHER)


def _password_page(request: Request, session: SignedIn, to: _Next = "/account") -> Response:
    return _password_form(request, session, to)


def _password_form(request: Request, session: Session, to: str, *, fault: str = "") -> Response:
    return render(
        request,
        "password.html",
        code=status.HTTP_422_UNPROCESSABLE_CONTENT if fault else status.HTTP_200_OK,
        title=gettext("修改密码"),
        least=request.app.state.settings.password_length,
        must=session.account.must_change,
        to=local_path(to),
        fault=fault,
    )


def _password(  # the fields of its form
    request: Request,
    session: SignedIn,
    old: _Word = "",
    password: _Word = "",
    again: _Word = "",
    to: Annotated[_Word, Form(alias="next")] = "/account",
) -> Response:
    state = request.app.state
    if password != again:
        return _password_form(request, session, to, fault=gettext("两次输入的密码不一样。"))
    try:
        sign_in_again(state.engine, state.settings, session, old)
        if old == password:
            return _password_form(request, session, to, fault=gettext("新密码与原密码相同。"))
        set_password(state.engine, state.settings, session.account.name, password, keep=session.session_hash)
    except (AccountError, SignInError) as error:
        return _password_form(request, session, to, fault=said(error))
    return RedirectResponse(local_path(to), status.HTTP_303_SEE_OTHER)


def _purpose_page(request: Request, session: SignedIn, to: _Next = "/") -> Response:
    purposes = purposes_of(session.actor.role)
    if len(purposes) == 1:
        return RedirectResponse(local_path(to), status.HTTP_303_SEE_OTHER)
    return render(request, "purpose.html", title=gettext("工作目的"), purposes=purposes, to=local_path(to))


def _purpose(
    request: Request, session: SignedIn, purpose: _Word = "", to: Annotated[_Word, Form(alias="next")] = "/"
) -> Response:
    take_purpose(request.app.state.engine, session, purpose)
    return RedirectResponse(local_path(to), status.HTTP_303_SEE_OTHER)


def _tokens(request: Request, session: SignedIn) -> Response:
    return _tokens_page(request, session)


def _tokens_page(request: Request, session: Session, *, code: int = 200, made: str = "", fault: str = "") -> Response:
    state = request.app.state
    return render(
        request,
        "tokens.html",
        code=code,
        title=gettext("接口令牌"),
        tokens=tokens_of(state.engine, session.account.account_id),
        grantable=grantable(session.actor),
        permissions=PERMISSIONS,
        most_days=state.settings.token_days,
        made=made,
        fault=fault,
    )


def _make_token(
    request: Request,
    session: SignedIn,
    title: _Word = "",
    days: Annotated[int, Form(ge=1, le=10_000)] = 30,
    scopes: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    state = request.app.state
    try:
        made = make_token(state.engine, state.settings, session, title=title, scopes=scopes, days=days)
    except AccountError as error:
        return _tokens_page(request, session, code=422, fault=said(error))
    return _tokens_page(request, session, made=made)


def _end_token(request: Request, session: SignedIn, which: _Word = "") -> Response:
    end_token(request.app.state.engine, session.account, which)
    return RedirectResponse("/account/tokens", status.HTTP_303_SEE_OTHER)


PAGES = (
    Page("/account", _account, _OWN),
    Page("/account/sessions", _end_session, _OWN, methods=("POST",)),
    Page("/account/password", _password_page, _OWN),
    Page("/account/password", _password, _OWN, methods=("POST",), body_kilobytes=8),
    Page("/account/tokens", _tokens, _OWN),
    Page("/account/tokens", _make_token, _OWN, methods=("POST",)),
    Page("/account/tokens/end", _end_token, _OWN, methods=("POST",)),
    Page("/purpose", _purpose_page, _OWN),
    Page("/purpose", _purpose, _OWN, methods=("POST",)),
)
