"""Signing in through the bureau's identity provider (OpenID Connect, code flow with PKCE), where one is configured.

What belongs here: going there and coming back. Who comes back must have an account whose subject is the claim that the
settings name; nobody gets an account by signing in.
"""

import secrets
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
from authlib.common.errors import AuthlibBaseError
from fastapi import HTTPException, Request, status
from fastapi.responses import RedirectResponse, Response
from joserfc.errors import JoseError

from portal.access import is_secure, local_path, origins
from portal.entrance import address_of, give_session
from portal.language import gettext
from portal.page import PUBLIC, Page, render
from portal.problems import problem
from registry.accounts.accounts import account_by_subject, subject_row
from registry.accounts.sessions import open_session
from registry.engine import ACCOUNTS, write_transaction
from registry.errors import NoAccountError
from schemas.settings import Settings

if TYPE_CHECKING:
    from authlib.integrations.base_client.sync_app import OAuth2Mixin

__all__ = ["PAGES", "Pending"]

_COOKIE = "doudi_oidc"
_PATIENCE_SECONDS = 600
_MOST_PENDING = 1_000
_TIMEOUT_SECONDS = 10.0
_CALLBACK = "/oidc/callback"
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})


@dataclass(frozen=True, slots=True)
class _Visit:
    """One browser that was sent to the provider: what its answer must fit."""

    until: float
    nonce: str
    verifier: str
    to: str


class Pending:
    """Browsers that are at the provider, by their state; each comes back once, within ten minutes."""

    def __init__(self) -> None:
        self._visits: dict[str, _Visit] = {}
        self._lock = threading.Lock()

    def put(self, state: str, visit: _Visit) -> None:
        """Remember a browser; the oldest are forgotten when there are too many."""
        with self._lock:
            now = time.monotonic()
            self._visits = {key: each for key, each in self._visits.items() if each.until > now}
            while len(self._visits) >= _MOST_PENDING:
                del self._visits[next(iter(self._visits))]
            self._visits[state] = visit

    def take(self, state: str) -> _Visit | None:
        """The browser of a state, if it is not too late."""
        with self._lock:
            visit = self._visits.pop(state, None)
        return visit if visit is not None and visit.until > time.monotonic() else None


@cache
def _provider(settings: Settings) -> "OAuth2Mixin":
    """The client of the configured provider; its metadata is read at the first use."""
    from authlib.integrations.base_client.sync_app import BaseApp, OAuth2Mixin  # noqa: PLC0415 - slow to import
    from authlib.integrations.base_client.sync_openid import OpenIDMixin  # noqa: PLC0415
    from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415

    class _Provider(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]  # authlib has no types
        client_cls = OAuth2Client

    secret = settings.oidc_secret_file.read_text(encoding="utf-8").strip() if settings.oidc_secret_file else None
    issuer = settings.oidc_issuer.rstrip("/")
    return _Provider(
        framework=None,
        name="oidc",
        client_id=settings.oidc_client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "timeout": _TIMEOUT_SECONDS,
            "trust_env": False,
        },
    )


def _metadata(settings: Settings) -> None:
    """The provider must be the one that the settings name, and sign with a key of its own."""
    known: dict[str, Any] = _provider(settings).load_server_metadata()
    if known.get("issuer", "").rstrip("/") != settings.oidc_issuer.rstrip("/"):
        raise _RefusedError
    offered = set(known.get("id_token_signing_alg_values_supported") or ["RS256"])
    known["id_token_signing_alg_values_supported"] = sorted(offered & _ALGORITHMS)


class _RefusedError(Exception):
    """What came back does not prove anybody."""


def _start(request: Request, next: str = "/") -> Response:  # noqa: A002 - the word of the address
    settings = _configured(request)
    try:
        _metadata(settings)
        asked = _provider(settings).create_authorization_url(_redirect(request), state=secrets.token_urlsafe(24))
    except (httpx2.HTTPError, ValueError, AuthlibBaseError, _RefusedError):
        return _failed(request)
    visit = _Visit(time.monotonic() + _PATIENCE_SECONDS, asked["nonce"], asked["code_verifier"], local_path(next))
    request.app.state.oidc_pending.put(asked["state"], visit)
    answer = RedirectResponse(asked["url"], status.HTTP_303_SEE_OTHER)
    answer.set_cookie(
        _COOKIE,
        asked["state"],
        max_age=_PATIENCE_SECONDS,
        path="/oidc",
        httponly=True,
        secure=is_secure(settings),
        samesite="lax",  # the provider's page sends the browser back
    )
    return answer


def _callback(request: Request, code: str = "", state: str = "") -> Response:
    settings = _configured(request)
    visit = request.app.state.oidc_pending.take(state)
    ours = secrets.compare_digest(request.cookies.get(_COOKIE, "").encode(), state.encode())
    if visit is None or not ours or not code:
        return _failed(request)
    try:
        subject = _subject(request, settings, code, visit)
    except (httpx2.HTTPError, ValueError, AuthlibBaseError, JoseError, _RefusedError):
        return _failed(request)
    engine = request.app.state.engine
    try:
        with write_transaction(engine, ACCOUNTS, only=(subject_row(subject),)) as connection:
            token = open_session(
                connection,
                settings,
                account_by_subject(connection, subject),
                address=address_of(request),
                agent=request.headers.get("user-agent", ""),
                by="oidc",
            )
    except NoAccountError:
        return problem(request, status.HTTP_403_FORBIDDEN, gettext("您还没有本系统的账号，请联系系统管理员。"))
    return _let_in(request, settings, token, visit.to)


def _subject(request: Request, settings: Settings, code: str, visit: _Visit) -> str:
    """The claim of a token that the provider signed for us, for this browser, just now."""
    _metadata(settings)
    provider = _provider(settings)
    token = provider.fetch_access_token(_redirect(request), code=code, code_verifier=visit.verifier)
    claims = provider.parse_id_token(token, visit.nonce)
    subject = (claims or {}).get(settings.oidc_claim)
    if not isinstance(subject, str) or not subject:
        raise _RefusedError
    return subject


def _let_in(request: Request, settings: Settings, token: str, to: str) -> Response:
    """By a page that goes on by itself: after a way through another site a strict cookie is not sent at once."""
    answer = render(request, "onward.html", title=gettext("登录"), to=f"/purpose?next={quote(to)}")
    give_session(answer, settings, token)
    answer.delete_cookie(_COOKIE, path="/oidc")
    return answer


def _configured(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    if not settings.oidc_issuer:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return settings


def _redirect(request: Request) -> str:
    (here,) = origins(request)
    return f"{here}{_CALLBACK}"


def _failed(request: Request) -> Response:
    return problem(request, status.HTTP_401_UNAUTHORIZED, gettext("统一身份认证没有完成，请重新登录。"))


PAGES = (
    Page("/oidc/start", _start, PUBLIC),
    Page(_CALLBACK, _callback, PUBLIC),
)
