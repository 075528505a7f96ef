"""A small identity provider that really speaks OpenID Connect, for tests of signing in through one.

What belongs here: discovery, the code flow with PKCE and a client secret, and tokens signed with a key of its own. Who
signs in is said by the test; `spoil` changes what it answers.
"""

import base64
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any

from fastapi import FastAPI, Form, HTTPException, Request
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

__all__ = ["Provider"]

CLIENT, SECRET = "portal", "kept-in-a-file"


class Provider:
    """The provider; `app` is to be served, `user` is who sits before it."""

    def __init__(self) -> None:
        self.user = "u-1"
        self.spoil: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.signing = self.key
        self._codes: dict[str, dict[str, str]] = {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self._metadata)
        self.app.get("/authorize")(self._authorize)
        self.app.post("/token")(self._token)
        self.app.get("/keys")(self._keys)

    def _metadata(self, request: Request) -> dict[str, Any]:
        base = str(request.base_url).rstrip("/")
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }

    def _keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def _authorize(self, request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        assert asked["code_challenge_method"] == "S256"
        assert asked["response_type"] == "code"
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 303)

    def _token(
        self,
        request: Request,
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
    ) -> dict[str, Any]:
        given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        asked = self._codes.pop(code, {})
        challenge = base64.urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        fits = asked.get("code_challenge") == challenge and asked.get("redirect_uri") == redirect_uri
        if given != f"{CLIENT}:{SECRET}" or not fits:
            raise HTTPException(400, "invalid_grant")
        now = int(time.time())
        claims = {
            "iss": str(request.base_url).rstrip("/"),
            "aud": CLIENT,
            "sub": self.user,
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, self.spoil(claims), self.signing)
        return {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "expires_in": 60, "id_token": signed}
