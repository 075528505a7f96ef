"""Signing in through the bureau's identity provider: who has an account comes in, and nothing else opens the door."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from portal.app import create_app
from registry.accounts.accounts import NewAccount, add_account, disable
from registry.engine import make_engine
from schemas.settings import Settings
from tests.oidc_provider import CLIENT, SECRET, Provider
from tests.portal import browser
from tests.served import served

_FAILED = "统一身份认证没有完成"


@pytest.fixture
def provider() -> Provider:
    """The provider, with somebody before it who has an account here."""
    return Provider()


@pytest.fixture
def configured(settings: Settings, provider: Provider) -> Iterator[Settings]:
    """An installation that names the provider, and has one account for it."""
    secret = settings.home / "oidc.secret"
    secret.write_text(SECRET, encoding="utf-8")
    engine = make_engine(settings)
    add_account(engine, settings, NewAccount(name="wang", role="auditor", subject="u-1"), by="boss")
    engine.dispose()
    with served(provider.app) as issuer:
        named = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_secret_file": secret}
        yield settings.model_copy(update=named)


@pytest.fixture
def visitor(configured: Settings) -> Iterator[httpx.Client]:
    """A browser before the portal that knows the provider."""
    with served(create_app(configured)) as address, browser(address) as client:
        yield client


def _there_and_back(client: httpx.Client, asked: str = "/rules") -> str:
    """The address with which the provider sends the browser back."""
    sent = client.get("/oidc/start", params={"next": asked})
    assert sent.status_code == 303, sent.text
    assert "HttpOnly" in sent.headers["set-cookie"]
    return str(httpx.get(sent.headers["location"], trust_env=False).headers["location"])


def test_whoever_has_an_account_comes_in(visitor: httpx.Client) -> None:
    """If this fails, staff of a bureau with one sign-in for everything cannot use the portal."""
    assert "/oidc/start" in visitor.get("/login").text
    answer = visitor.get(_there_and_back(visitor))
    assert answer.status_code == 200
    assert "url=/purpose?next=/rules" in answer.text
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith("doudi_session=")]
    assert {"httponly", "samesite=strict", "path=/"} <= {each.strip().lower() for each in cookie.split(";")}
    assert "审计人员" in visitor.get("/account").text


def test_an_answer_counts_once_and_for_the_browser_that_asked(visitor: httpx.Client) -> None:
    """If this fails, an attacker's answer signs somebody in as the attacker, or is used again."""
    back = _there_and_back(visitor)
    cookies = dict(visitor.cookies)
    visitor.cookies.clear()
    assert _FAILED in visitor.get(back).text
    visitor.cookies.update(cookies)
    assert _FAILED in visitor.get(back).text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda claims: claims | {"nonce": "another"},
        lambda claims: claims | {"aud": "another"},
        lambda claims: claims | {"iss": "https://another.example"},
        lambda claims: claims | {"exp": claims["iat"] - 3600},
        lambda claims: {name: each for name, each in claims.items() if name != "sub"},
    ],
    ids=["nonce", "audience", "issuer", "expired", "nobody"],
)
def test_a_token_that_does_not_fit_proves_nobody(
    visitor: httpx.Client, provider: Provider, spoil: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """If this fails, a token made for another site, another browser or another day lets in."""
    provider.spoil = spoil
    answer = visitor.get(_there_and_back(visitor))
    assert answer.status_code == 401
    assert _FAILED in answer.text
    assert visitor.get("/rules").status_code == 303


def test_a_token_of_another_key_proves_nobody(visitor: httpx.Client, provider: Provider) -> None:
    """If this fails, anybody signs their own tokens."""
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    assert _FAILED in visitor.get(_there_and_back(visitor)).text


def test_who_has_no_account_gets_none(visitor: httpx.Client, provider: Provider, configured: Settings) -> None:
    """If this fails, every employee of the city reads the list; or a disabled account comes back this way."""
    provider.user = "somebody-else"
    answer = visitor.get(_there_and_back(visitor))
    assert answer.status_code == 403
    assert "还没有本系统的账号" in answer.text
    provider.user = "u-1"
    engine = make_engine(configured)
    disable(engine, "wang", by="boss")
    engine.dispose()
    assert visitor.get(_there_and_back(visitor)).status_code == 403


def test_a_provider_that_does_not_answer_is_said(settings: Settings) -> None:
    """If this fails, the sign-in page breaks with the provider, and passwords cannot be used either."""
    gone = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "x"})
    with served(create_app(gone)) as address, browser(address) as client:
        assert _FAILED in client.get("/oidc/start").text
        assert client.get("/login").status_code == 200


def test_without_configuration_there_is_no_such_page(stranger: httpx.Client) -> None:
    """If this fails, a portal without a provider has a door that nobody watches."""
    assert stranger.get("/oidc/start").status_code == 404
    assert stranger.get("/oidc/callback").status_code == 404
    assert "/oidc/start" not in stranger.get("/login").text
