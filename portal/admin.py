"""Accounts: who may sign in, as what and for which area; what each may do; and the areas there are.

What belongs here: pages of administrators about people. The acts are those of `doudi user`, and each is in the chain.
"""

from collections import Counter
from collections.abc import Callable
from typing import Annotated

from fastapi import Form, Request, Response, status
from fastapi.responses import RedirectResponse

from portal.access import Reader
from portal.faults import said
from portal.language import gettext
from portal.page import Nav, Page, render
from registry.accounts.accounts import (
    AccountInfo,
    NewAccount,
    account_of,
    accounts,
    add_account,
    disable,
    enable,
    end_sessions,
    give_role,
    let_try_again,
    reset_password,
)
from registry.accounts.sessions import sessions_of
from registry.accounts.tokens import end_token, tokens_of
from registry.errors import AccountError, NoAccountError, NotPermittedError
from registry.roles import PERMISSIONS, PURPOSES, ROLES, grants_of, levels_of, purposes_needing, purposes_of
from registry.scope import DISTRICT, Area
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError

__all__ = ["PAGES"]

_USERS = "admin.users"
_Word = Annotated[str, Form(max_length=200)]


def _accounts(request: Request) -> Response:
    return _list(request)


def _list(request: Request, *, code: int = 200, fault: str = "", typed: dict[str, str] | None = None) -> Response:
    found = accounts(request.app.state.engine)
    return render(
        request,
        "admin_accounts.html",
        code=code,
        title=gettext("账号一览"),
        accounts=found,
        numbers=Counter(each.role for each in found if each.disabled_at is None),
        roles=ROLES,
        levels={role: levels_of(role) for role in ROLES.codes},
        areas=_areas(),
        title_of=_title_of,
        typed=typed or {},
        fault=fault,
    )


def _areas() -> dict[str, list[tuple[str, str]]]:
    """Codes and titles of the areas by level."""
    return {
        "district": [(DISTRICT.code, DISTRICT.title)],
        "street": [*_titled("street")],
        "community": [*_titled("community")],
    }


def _titled(name: str) -> list[tuple[str, str]]:
    listed = CODE_LISTS[name]
    return [(code, listed.title_of(code)) for code in listed.codes]


def _title_of(area: str) -> str:
    return Area(area).title


def _add(  # the fields of the form
    request: Request, reader: Reader, name: _Word = "", title: _Word = "", role: _Word = "", area: _Word = "",
    subject: _Word = "",
) -> Response:  # fmt: skip
    state = request.app.state
    typed = {"name": name, "title": title, "role": role, "area": area, "subject": subject}
    try:
        new = NewAccount(name=name.strip(), title=title.strip(), role=role, area=Area(area), subject=subject or None)
        password = add_account(state.engine, state.settings, new, by=reader.name)
    except (AccountError, NotPermittedError, UnknownNameError) as error:
        return _list(request, code=422, fault=_why(error), typed=typed)
    return _one(request, reader.name, new.name, made=True, password=password)


def _why(error: AccountError | NotPermittedError | UnknownNameError) -> str:
    if isinstance(error, NotPermittedError):
        return gettext("这个角色不能用于所选的范围。")
    if isinstance(error, UnknownNameError):
        return gettext("请从列出的角色和范围中选择。")
    return said(error)


def _account(request: Request, reader: Reader, account: str) -> Response:
    return _one(request, reader.name, account)


def _one(  # what the page shows
    request: Request,
    own: str,
    name: str,
    *,
    code: int = 200,
    fault: str = "",
    made: bool = False,
    password: str | None = None,
) -> Response:
    state = request.app.state
    with state.engine.connect() as connection:
        found = account_of(connection, name)
    return render(
        request,
        "admin_account.html",
        code=code,
        title=found.title,
        account=found,
        own=found.name == own,
        sessions=sessions_of(state.engine, found.account_id, state.settings),
        tokens=tokens_of(state.engine, found.account_id),
        roles=ROLES,
        permissions=PERMISSIONS,
        areas=_areas(),
        title_of=_title_of,
        made=made,
        password=password,
        fault=fault,
    )


def _act(request: Request, own: str, name: str, act: Callable[[], object]) -> Response:
    """Do it and show the account again, or say why it was not done."""
    try:
        act()
    except NoAccountError:
        raise
    except (AccountError, NotPermittedError, UnknownNameError) as error:
        return _one(request, own, name, code=status.HTTP_409_CONFLICT, fault=_why(error))
    return RedirectResponse(f"/admin/accounts/{name}", status.HTTP_303_SEE_OTHER)


def _role(request: Request, reader: Reader, account: str, role: _Word = "", area: _Word = "") -> Response:
    engine = request.app.state.engine
    return _act(request, reader.name, account, lambda: give_role(engine, account, role, Area(area), by=reader.name))


def _disable(request: Request, reader: Reader, account: str) -> Response:
    engine = request.app.state.engine
    return _act(request, reader.name, account, lambda: disable(engine, account, by=reader.name))


def _enable(request: Request, reader: Reader, account: str) -> Response:
    engine = request.app.state.engine
    return _act(request, reader.name, account, lambda: enable(engine, account, by=reader.name))


def _try_again(request: Request, reader: Reader, account: str) -> Response:
    engine = request.app.state.engine
    return _act(request, reader.name, account, lambda: let_try_again(engine, account, by=reader.name))


def _end_sessions(request: Request, reader: Reader, account: str) -> Response:
    engine = request.app.state.engine
    return _act(request, reader.name, account, lambda: end_sessions(engine, account, by=reader.name))


def _end_token(request: Request, reader: Reader, account: str, which: _Word = "") -> Response:
    engine = request.app.state.engine
    with engine.connect() as connection:
        found: AccountInfo = account_of(connection, account)
    return _act(request, reader.name, account, lambda: end_token(engine, found, which, by=reader.name))


def _password(request: Request, reader: Reader, account: str) -> Response:
    """A new first password, shown once on the page that answers."""
    state = request.app.state
    if account == reader.name:
        said_so = gettext("自己的密码在“我的账号”中修改。")
        return _one(request, reader.name, account, code=status.HTTP_409_CONFLICT, fault=said_so)
    try:
        given = reset_password(state.engine, state.settings, account, by=reader.name)
    except NoAccountError:
        raise
    except AccountError as error:
        return _one(request, reader.name, account, code=status.HTTP_409_CONFLICT, fault=_why(error))
    return _one(request, reader.name, account, password=given)


def _roles(request: Request) -> Response:
    """The table of rights, as the program asks it."""
    return render(
        request,
        "admin_roles.html",
        title=gettext("角色和权限"),
        roles=ROLES,
        permissions=PERMISSIONS,
        purposes=PURPOSES,
        grants={role: grants_of(role) for role in ROLES.codes},
        needing={each: purposes_needing(each) for each in PERMISSIONS.codes},
        levels={role: levels_of(role) for role in ROLES.codes},
        works={role: purposes_of(role) for role in ROLES.codes},
    )


def _area_page(request: Request) -> Response:
    held: dict[str, list[AccountInfo]] = {}
    for each in accounts(request.app.state.engine):
        if each.disabled_at is None:
            held.setdefault(each.area, []).append(each)
    communities: dict[str, list[tuple[str, str]]] = {}
    for code, title in _titled("community"):
        communities.setdefault(Area(code).street or "", []).append((code, title))
    return render(
        request,
        "admin_areas.html",
        title=gettext("管辖范围"),
        whole=DISTRICT,
        streets=_titled("street"),
        communities=communities,
        held=held,
        roles=ROLES,
    )


PAGES = (
    Page("/admin", _accounts, _USERS, nav=Nav("系统管理", 90)),
    Page("/admin/accounts", _add, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/accounts/{account}", _account, _USERS),
    Page("/admin/accounts/{account}/role", _role, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/accounts/{account}/disable", _disable, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/accounts/{account}/enable", _enable, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/accounts/{account}/try-again", _try_again, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/accounts/{account}/password", _password, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/accounts/{account}/sessions", _end_sessions, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/accounts/{account}/tokens", _end_token, _USERS, methods=("POST",), body_kilobytes=8),
    Page("/admin/roles", _roles, _USERS),
    Page("/admin/areas", _area_page, _USERS),
)
