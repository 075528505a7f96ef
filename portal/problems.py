"""What is answered when a page cannot be: a page in words, or problem details (RFC 9457) to programs.

What belongs here: the answers to errors. Nothing of what was typed is repeated.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from portal.faults import said
from portal.language import gettext
from portal.page import API, entries_of, render
from portal.refusals import unknown_filters_told, unknown_word_told
from registry.errors import (
    CaseConflictError,
    CaseError,
    CaseNotFoundError,
    LockedError,
    NoAccountError,
    NoDeliveryError,
    NoEditionError,
    NoSampleError,
    NotPermittedError,
    NoViewError,
    NoWhatIfError,
    SamplingError,
    SavedViewError,
    SubjectNotFoundError,
)
from schemas.errors import UnknownNameError

__all__ = ["KINDS", "PROBLEM_JSON", "answer_errors", "problem", "type_of"]

PROBLEM_JSON = "application/problem+json"

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

KINDS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "请求无法读取。"),
    "purpose-missing": (400, "读取个人信息的请求没有用请求头 Doudi-Purpose 写明工作目的。"),
    "no-token": (401, "没有令牌，或者令牌不存在、已过期、已结束。"),
    "not-permitted": (403, "令牌的权限、账号的角色或工作目的不允许这样做。"),
    "purpose-differs": (403, "请求头 Doudi-Purpose 写明的目的不是令牌建立时的目的。"),
    "not-there": (404, "没有这一项，或者它不在读取者的范围内；两者的回答相同。"),
    "nothing-published": (404, "还没有发布这个时间的名单。"),
    "method": (405, "这个地址不支持这种操作。"),
    "conflict": (409, "读取之后已被他人更改，请重新读取后再办理。"),
    "not-possible": (409, "按现在的情况不能这样办理，detail 说明原因。"),
    "too-large": (413, "提交的内容太大。"),
    "unknown-word": (422, "没有这个代码、字段或排序方式；known 列出可用的。"),
    "not-understood": (422, "参数或内容不符合接口说明；errors 指出位置。"),
    "too-many": (429, "请求过于频繁；请求头 Retry-After 给出等待秒数。"),
    "unforeseen": (500, "出现未预料的错误，没有办理完成；incident 是日志中的编号。"),
}
"""The kinds of problems that programs may meet: status and meaning. A kind is never renamed."""

_OF_STARLETTE = {"Not Found": _NOT_THERE, "Method Not Allowed": KINDS["method"][1]}
_USUAL = {code: kind for kind, (code, _) in KINDS.items()} | {
    400: "bad-request",
    403: "not-permitted",
    404: "not-there",
    409: "conflict",
}
_NOT_POSSIBLE = "not-possible"
_MOST_KNOWN = 60
_BROKEN = 500


def type_of(kind: str) -> str:
    """The type of a kind of problem: the address, on this server, of the page that explains it."""
    return f"/interface#{kind}"


def problem(request: Request, code: int, message: str, *, kind: str = "", title: str = "", **more: object) -> Response:
    """The answer with a status, in the reader's language, with a way on; `more` is told to programs alone."""
    title = title or gettext("没有办理" if kind == _NOT_POSSIBLE else _TITLES.get(code, "出错了"))
    if request.url.path.startswith(API):
        known = kind or _USUAL.get(code, "")
        body = {"type": type_of(known) if known else "about:blank", "title": title, "status": code, "detail": message}
        return JSONResponse(body | more, code, media_type=PROBLEM_JSON)
    session = getattr(request.state, "session", None)
    begins = entries_of(request.app.state.pages, session.actor)[:1] if session else []
    return render(request, "error.html", code=code, title=title, message=message, begins=begins, again=code >= _BROKEN)


def answer_errors(app: FastAPI) -> None:
    """Let every error that is raised on purpose be answered; anything else is a bug (`portal.unforeseen`)."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(UnknownNameError, _unknown)
    app.add_exception_handler(NoEditionError, _nothing_yet)
    app.add_exception_handler(NotPermittedError, _not_permitted)
    app.add_exception_handler(SubjectNotFoundError, _not_there)
    app.add_exception_handler(NoAccountError, _not_there)
    app.add_exception_handler(NoDeliveryError, _not_there)
    app.add_exception_handler(CaseNotFoundError, _not_there)
    app.add_exception_handler(NoSampleError, _not_there)
    app.add_exception_handler(SamplingError, _not_possible)
    app.add_exception_handler(NoViewError, _not_there)
    app.add_exception_handler(CaseError, _not_possible)
    app.add_exception_handler(SavedViewError, _not_possible)
    app.add_exception_handler(LockedError, _busy)
    app.add_exception_handler(NoWhatIfError, _not_there)
    app.add_exception_handler(RequestValidationError, _unreadable)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    said = gettext(_OF_STARLETTE[error.detail]) if error.detail in _OF_STARLETTE else str(error.detail)
    answer = problem(request, error.status_code, said)
    answer.headers.update(error.headers or {})
    return answer


def _unknown(request: Request, error: Exception) -> Response:
    """A page of that name is not there; of another word is told of which kind it is, and which the reader may use."""
    assert isinstance(error, UnknownNameError)  # noqa: S101 - registered for this type alone
    if any(each and each in error.name for each in map(str, request.path_params.values())):
        return _not_there(request, error)
    if not request.url.path.startswith(API):
        return problem(request, 422, unknown_word_told(error))
    said = gettext("没有这个代码或名称：%(what)s。") % {"what": error.what}
    return problem(request, 422, said, kind="unknown-word", known=error.known[:_MOST_KNOWN])


def _not_there(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the same for all that is not there
    return problem(request, 404, gettext(_NOT_THERE))


def _not_permitted(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the roles that may are no reader's affair
    return problem(request, 403, gettext("您的角色、范围或工作目的不允许这样做。"))


def _not_possible(request: Request, error: Exception) -> Response:
    """Pages say so on the page itself (`portal.forms.done`)."""
    assert isinstance(error, (CaseError, SavedViewError, SamplingError))  # noqa: S101 - registered for these alone
    kind = "conflict" if isinstance(error, CaseConflictError) else _NOT_POSSIBLE
    return problem(request, 409, said(error), kind=kind)


def _busy(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the page says what to do
    said = gettext("系统正在接收数据或发布名单，请等结束后再办理。")
    return problem(request, 409, said, kind=_NOT_POSSIBLE)


def _nothing_yet(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the page says what to do
    said = gettext("还没有发布这个时间的名单。请先运行 doudi run。")
    return problem(request, 404, said, kind="nothing-published")


def _unreadable(request: Request, error: Exception) -> Response:
    """Readers are told which filter, programs where and why; never what was given there."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    errors = error.errors()
    if not request.url.path.startswith(API):
        return problem(request, 422, unknown_filters_told(request, errors))
    return problem(request, 422, gettext("地址中的页码、月份或筛选条件无法识别。"), errors=_places(errors))


def _places(errors: Sequence[Any]) -> list[dict[str, str]]:
    return [{"where": ".".join(map(str, each["loc"])), "why": each["type"]} for each in errors[:_MOST_KNOWN]]
