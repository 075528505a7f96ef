"""Coming in: the one-time address, and the style sheet that every page needs."""

import getpass
from functools import cache
from importlib.resources import files

from fastapi import Request, status
from fastapi.responses import RedirectResponse, Response

from portal.access import COOKIE, SESSION_SECONDS, Permission
from portal.page import Page, render
from registry.audit import append

__all__ = ["PAGES"]


def _enter(request: Request, token: str = "") -> Response:
    cookie = request.app.state.gate.redeem(token)
    if cookie is None:
        return render(
            request,
            "error.html",
            code=status.HTTP_401_UNAUTHORIZED,
            title="无法进入",
            message="此地址已被使用或不正确。请重新运行 doudi serve 取得新的地址。",
        )
    append(
        request.app.state.engine,
        actor=getpass.getuser(),
        action="enter",
        purpose="进入监测门户",
        details={"role": request.app.state.gate.role_of(cookie)},
    )
    answer = RedirectResponse("/", status.HTTP_303_SEE_OTHER)
    answer.set_cookie(COOKIE, cookie, max_age=SESSION_SECONDS, httponly=True, samesite="strict")
    return answer


@cache
def _style() -> str:
    return files("portal").joinpath("static/portal.css").read_text(encoding="utf-8")


def _style_sheet() -> Response:
    return Response(_style(), media_type="text/css")


PAGES = (
    Page("/enter", _enter, Permission.PUBLIC),
    Page("/portal.css", _style_sheet, Permission.PUBLIC),
)
