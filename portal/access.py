"""Who may open which page.

What belongs here: permissions, roles, the signed session cookie and the token that starts a session.
A page that names no permission is shown to nobody.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from enum import StrEnum

from fastapi import HTTPException, Request, status

__all__ = ["COOKIE", "ROLES", "SESSION_SECONDS", "Gate", "Permission", "guard"]

COOKIE = "doudi_session"
SESSION_SECONDS = 8 * 60 * 60


class Permission(StrEnum):
    """What a page asks of its reader."""

    PUBLIC = "public"  # entering, and the style sheet
    OVERVIEW = "overview.read"  # counts only
    DELIVERIES = "deliveries.read"  # counts and reasons, no row content
    RULES = "rules.read"
    LIST = "list.read"  # families, without anybody's identity


ROLES: Mapping[str, frozenset[Permission]] = {
    "nobody": frozenset({Permission.PUBLIC}),
    "staff": frozenset(Permission),
    "auditor": frozenset(Permission) - {Permission.LIST},
}


class Gate:
    """Opens sessions with a token that works once, and recognises the cookies it signed.

    The key lives as long as the process: a restart ends every session.
    """

    def __init__(self, role: str = "staff", clock: Callable[[], float] = time.time) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._role = role
        self._clock = clock
        self._token: str | None = secrets.token_urlsafe(24)

    @property
    def token(self) -> str | None:
        """The token, or None once it has been used."""
        return self._token

    def redeem(self, token: str) -> str | None:
        """The cookie value of a new session, or None when the token is wrong or used."""
        with self._lock:
            if self._token is None or not hmac.compare_digest(self._token.encode(), token.encode()):
                return None
            self._token = None
        until = int(self._clock()) + SESSION_SECONDS
        claim = f"{self._role}.{until}"
        return f"{claim}.{self._signature(claim)}"

    def role_of(self, cookie: str) -> str:
        """The role that a cookie proves; `nobody` when it is forged, malformed or too old."""
        claim, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(self._signature(claim).encode(), signature.encode()):
            return "nobody"
        role, _, until = claim.partition(".")
        return role if int(until) > self._clock() else "nobody"

    def _signature(self, claim: str) -> str:
        return hmac.new(self._key, claim.encode(), hashlib.sha256).hexdigest()


def guard(request: Request) -> None:
    """Refuse a request unless its page names a permission that its session has.

    Raises:
        HTTPException: 403 for a page without a permission or one that the role lacks, 401 without a session.
    """
    needed: Permission | None = request.app.state.permissions.get(request.scope["endpoint"])
    if needed is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "此页面没有声明权限，因此不对任何人开放。")
    role = request.app.state.gate.role_of(request.cookies.get(COOKIE, ""))
    if needed in ROLES[role]:
        return
    if role == "nobody":
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "请用 doudi serve 打印的一次性地址进入。")
    raise HTTPException(status.HTTP_403_FORBIDDEN, f"您的角色没有此页面所需的权限：{needed.value}。")
