"""The portal's application: pages registered with their permissions, headers, errors, and the server.

What belongs here: putting the parts together. What a page shows stands in its own module.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from portal import deliveries, entrance, lineage, listing, overview, rulebook
from portal.access import Gate, guard
from portal.page import Page, render
from registry.engine import make_engine
from registry.errors import NoEditionError
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["create_app", "serve"]

_HOST = "127.0.0.1"
_PAGES: tuple[Page, ...] = (
    *entrance.PAGES,
    *overview.PAGES,
    *listing.PAGES,
    *deliveries.PAGES,
    *rulebook.PAGES,
    *lineage.PAGES,
)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_TITLES = {401: "请先进入", 403: "无权查看", 404: "没有这个页面", 405: "不支持的操作", 422: "无法识别的条件"}


def create_app(settings: Settings, gate: Gate | None = None) -> FastAPI:
    """The portal over the registry that `settings` names; every page asks for its permission.

    A route that is not declared as a `Page` is refused to everybody: the guard stands before the whole application.
    """
    engine = make_engine(settings)

    @asynccontextmanager
    async def _life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = FastAPI(
        title="doudi", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(guard)], lifespan=_life
    )
    app.state.settings = settings
    app.state.engine = engine
    app.state.summaries = {}
    app.state.measured = {}
    app.state.gate = gate or Gate()
    app.state.permissions = {page.endpoint: page.permission for page in _PAGES}
    for page in _PAGES:
        app.add_api_route(page.path, page.endpoint, methods=["GET"], response_model=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[_HOST, "localhost"])
    app.middleware("http")(_with_headers)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(UnknownNameError, _unknown)
    app.add_exception_handler(NoEditionError, _nothing_yet)
    app.add_exception_handler(RequestValidationError, _unreadable)
    return app


def serve(settings: Settings, port: int) -> None:
    """Serve the portal on the loopback address until interrupted; prints the address that opens one session."""
    app = create_app(settings)
    sys.stdout.write(f"监测门户(地址只能用一次): http://{_HOST}:{port}/enter?token={app.state.gate.token}\n")
    sys.stdout.flush()
    uvicorn.run(app, host=_HOST, port=port, log_level="warning", access_log=False, server_header=False, ws="none")


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await call_next(request)
    answer.headers.update(_HEADERS)
    return answer


def _problem(request: Request, code: int, message: str) -> Response:
    return render(request, "error.html", code=code, title=_TITLES.get(code, "出错了"), message=message)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    return _problem(request, error.status_code, str(error.detail))


def _unknown(request: Request, error: Exception) -> Response:
    return _problem(request, 404, str(error))


def _nothing_yet(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the page says what to do
    return _problem(request, 404, "还没有发布这个时间的名单。请先运行 doudi run。")


def _unreadable(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the error repeats what was typed
    return _problem(request, 422, "地址中的页码、月份或筛选条件无法识别。")
