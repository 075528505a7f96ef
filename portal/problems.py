"""What is answered when a page cannot be: a page in words, or JSON to programs.

What belongs here: the answers to errors. Nothing of what was typed is repeated.
"""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from portal.language import gettext
from portal.page import render
from registry.errors import CaseNotFoundError, NoAccountError, NoEditionError, NotPermittedError, SubjectNotFoundError
from schemas.errors import UnknownNameError

__all__ = ["answer_errors", "problem"]

_TITLES = {
    400: "无法处理的请求",
    401: "请先登录",
    403: "无权查看",
    404: "没有这个页面",
    405: "不支持的操作",
    409: "已被他人更改",
    413: "内容太大",
    422: "无法识别的条件",
    429: "尝试过多",
}
_NOT_THERE = "没有这个页面，或者它不在您的范围内。"


def problem(request: Request, code: int, message: str) -> Response:
    """The answer with a status, in the reader's language."""
    title = gettext(_TITLES.get(code, "出错了"))
    if request.url.path.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "status": code, "detail": message}
        return JSONResponse(body, code, media_type="application/problem+json")
    return render(request, "error.html", code=code, title=title, message=message)


def answer_errors(app: FastAPI) -> None:
    """Let every error that is raised on purpose be answered; anything else is a bug and a plain 500."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(UnknownNameError, _unknown)
    app.add_exception_handler(NoEditionError, _nothing_yet)
    app.add_exception_handler(NotPermittedError, _not_permitted)
    app.add_exception_handler(SubjectNotFoundError, _not_there)
    app.add_exception_handler(NoAccountError, _not_there)
    app.add_exception_handler(CaseNotFoundError, _not_there)
    app.add_exception_handler(RequestValidationError, _unreadable)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    said = gettext(_NOT_THERE) if error.detail == "Not Found" else str(error.detail)
    return problem(request, error.status_code, said)


def _unknown(request: Request, error: Exception) -> Response:  # noqa: ARG001 - what is known elsewhere is not told
    return problem(request, 404, gettext(_NOT_THERE))


def _not_there(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the same for all that is not there
    return problem(request, 404, gettext(_NOT_THERE))


def _not_permitted(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the roles that may are no reader's affair
    return problem(request, 403, gettext("您的角色、范围或工作目的不允许这样做。"))


def _nothing_yet(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the page says what to do
    return problem(request, 404, gettext("还没有发布这个时间的名单。请先运行 doudi run。"))


def _unreadable(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the error repeats what was typed
    return problem(request, 422, gettext("地址中的页码、月份或筛选条件无法识别。"))
