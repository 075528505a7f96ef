"""The portal's application: pages registered with their permissions, headers, and the server.

What belongs here: putting the parts together. What a page shows stands in its own module.
"""

import gc
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread
from urllib.parse import urlsplit

import uvicorn
from fastapi import Depends, FastAPI
from starlette.datastructures import MutableHeaders, State
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from editions.rulebook import read_cases
from portal import (
    account,
    admin,
    audit,
    audit_samples,
    case_queue,
    cases,
    deliveries,
    editions,
    entrance,
    exits,
    family,
    family_desk,
    feed_warnings,
    follow_ups,
    installation,
    ledgers,
    lineage,
    list_download,
    listing,
    models,
    objections,
    oidc,
    overview,
    protections,
    quarantine,
    rulebook,
    saved_views,
    trends,
    visit_plans,
    visit_sheets,
    what_if,
    written,
)
from portal.access import Guard, check_form, is_secure
from portal.api import description
from portal.api.door import Door
from portal.list_query import read_ahead
from portal.page import Page
from portal.problems import answer_errors
from portal.refusals import known_filters, refuse_unknown_filters
from portal.turns import limit_threads, threads
from portal.unforeseen import Unforeseen
from registry.accounts.accounts import any_account
from registry.engine import make_engine, migrate
from registry.list_index import ListIndexes
from registry.lock import writer_lock
from registry.recorder import recording_together
from schemas.settings import Settings

__all__ = ["PAGES", "create_app", "serve"]

_HOST = "127.0.0.1"
_LEAVE_SECONDS = 20  # for pages that are being answered when the portal is told to end; who then still sends is left
PAGES: tuple[Page, ...] = (
    *entrance.PAGES,
    *account.PAGES,
    *oidc.PAGES,
    *overview.PAGES,
    *trends.PAGES,
    *listing.PAGES,
    *list_download.PAGES,
    *saved_views.PAGES,
    *ledgers.PAGES,
    *family.PAGES,
    *family_desk.PAGES,
    *case_queue.PAGES,
    *cases.PAGES,
    *visit_plans.PAGES,
    *visit_sheets.PAGES,
    *written.PAGES,
    *exits.PAGES,
    *follow_ups.PAGES,
    *objections.PAGES,
    *protections.PAGES,
    *deliveries.PAGES,
    *feed_warnings.PAGES,
    *quarantine.PAGES,
    *rulebook.PAGES,
    *what_if.PAGES,
    *models.PAGES,
    *editions.PAGES,
    *lineage.PAGES,
    *audit.PAGES,
    *audit_samples.PAGES,
    *admin.PAGES,
    *installation.PAGES,
    *description.PAGES,
)

_POLICY = "Content-Security-Policy"
_HEADERS = {
    _POLICY: (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_KEPT_SECURE = "max-age=31536000"


def create_app(settings: Settings, *, setup_token: str | None = None, alone: bool = False) -> FastAPI:
    """The portal over the registry that `settings` names; every page asks for its permission.

    A route that is not declared as a `Page` is refused to everybody: the guard stands before the whole application.
    `setup_token` opens the page that makes the first administrator, as long as there is no account. A process that
    does nothing else says that it is `alone`: what stands in it after the first reading is kept for good.
    """
    engine = make_engine(settings)

    @asynccontextmanager
    async def _life(app: FastAPI) -> AsyncIterator[None]:
        reading = Thread(target=_read_first, args=(app.state, alone), name="first reading of the list")
        reading.start()
        limit_threads()
        with recording_together(engine), threads("page") as app.state.turns, threads("door") as app.state.doors:
            yield
        app.state.ending.set()
        reading.join()
        engine.dispose()

    app = FastAPI(
        title="doudi",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(check_form), Depends(refuse_unknown_filters)],
        lifespan=_life,
    )
    app.state.settings = settings
    app.state.engine = engine
    app.state.summaries = {}
    app.state.measured = {}
    app.state.changed = {}
    app.state.comparing = {}
    app.state.ending = Event()
    app.state.editions = {}
    app.state.editions_before = {}
    app.state.months = {}
    app.state.lists = ListIndexes(engine)
    app.state.differences = {}
    app.state.missed = {}
    app.state.covered = {}
    app.state.simulated = ("", 0.0)
    app.state.setup_token = setup_token
    app.state.door = Door.of(settings)
    app.state.api_words = description.known_words()
    app.state.oidc_pending = oidc.Pending()
    app.state.pages = PAGES
    app.state.page_of = {page.endpoint: page for page in PAGES}
    for page in PAGES:
        app.add_api_route(page.path, page.endpoint, methods=[*page.methods], **{"response_model": None, **page.options})
    app.state.known_filters = known_filters(app)
    answer_errors(app)
    app.add_middleware(Guard)
    public = urlsplit(settings.public_url).hostname
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[_HOST, "localhost", *([public] if public else [])])
    app.add_middleware(Unforeseen)
    app.add_middleware(_Headers, secure=is_secure(settings))
    return app


def serve(settings: Settings, port: int) -> None:
    """Serve the portal on the loopback address until interrupted; without an account it prints how to make one."""
    engine = make_engine(settings)
    with writer_lock(settings, wait_seconds=10):
        migrate(engine)
    token = None if any_account(engine) else secrets.token_urlsafe(24)
    engine.dispose()
    address = settings.public_url.rstrip("/") or f"http://{_HOST}:{port}"
    if token is None:
        sys.stdout.write(f"监测门户: {address}/\n")
    else:
        sys.stdout.write(f"还没有账号。建立第一个系统管理员（地址只能用一次）：{address}/setup?token={token}\n")
    sys.stdout.flush()
    Thread(target=read_cases, name="cases of the rule book", daemon=True).start()
    uvicorn.run(
        create_app(settings, setup_token=token, alone=True),
        host=_HOST,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=bool(settings.public_url),
        forwarded_allow_ips=_HOST,
        timeout_graceful_shutdown=_LEAVE_SECONDS,
    )


def _read_first(state: State, alone: bool) -> None:  # noqa: FBT001  # of a thread
    """Read ahead; then, if the process may, look no more for garbage in what was read: each look stops every page."""
    read_ahead(state)
    if alone:
        gc.collect()
        gc.freeze()


class _Headers:
    """What every answer says to the browser; pages are not kept by it, and bring no policy, unless they say so."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = _HEADERS | ({"Strict-Transport-Security": _KEPT_SECURE} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def _send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = headers.get(_POLICY)
                headers.update(self._headers)
                if own is not None:
                    headers[_POLICY] = own
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, _send)
