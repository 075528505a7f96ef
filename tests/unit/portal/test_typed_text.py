"""What somebody typed is text on every page: it brings in no markup, and breaks no page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from portal.app import create_app
from portal.language import gettext, said, speak
from portal.page import API
from registry.accounts.accounts import NewAccount, account_of, add_account
from registry.accounts.sessions import open_session
from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.casework.follow_ups import record_wish
from registry.casework.objections import NewObjection, file_objection
from registry.engine import ACCOUNTS, make_engine, write_transaction
from registry.roles import Actor
from registry.saved_views import keep_view
from registry.scope import Area
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.furnished import MONTH, WORKER, furnish
from tests.portal import browser, csrf_of, signed_in
from tests.served import served
from tests.unit.registry.casework.worlds import XIXING
from tests.unit.registry.examples import key
from tests.vaulted import deliver_people

_TYPED = """'"><script>x()</script>&100%s%"""
_SHOWN = "&lt;script&gt;x()&lt;/script&gt;&amp;100%s%"
_OWNER = "titled"
_HOLDER = re.compile(r"\{(\w+)(?::\w+)?\}")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Where everything stands that somebody typed."""
    return Settings(home=tmp_path_factory.mktemp("typed") / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="module")
def known(settings: Settings) -> dict[str, str]:
    """An installation whose names, addresses, notes, wishes and titles would be markup; values of place-holders."""
    found = furnish(settings)
    rows = [(key(n), f"33010819800229{n:04d}", _TYPED, _TYPED, _TYPED) for n in range(1, 5)]
    deliver_people(settings.vault_dir, rows, month=MONTH)
    engine = make_engine(settings)
    desk = Desk(engine, settings, load_parameters(None))
    worker = Actor(WORKER, "street_staff", Area(XIXING))
    today = day_at(settings, datetime.now(UTC))
    wish = record_wish(desk, "H:100", "goods", _TYPED, WORKER, actor=worker)
    filed = NewObjection(family_id="H:300", against="standing", filed_by="self", filed_on=today, text=_TYPED)
    objection = file_objection(desk, filed, actor=worker)
    keep_view(engine, _TYPED, {"tier": "red"}, actor=Actor("supervisor", "supervisor"))
    add_account(engine, settings, NewAccount(name=_OWNER, role="administrator", title=_TYPED, subject="t"), by="tests")
    engine.dispose()
    return found | {"account": _OWNER, "objection_id": objection.objection_id, "follow_up_id": wish.follow_up_id}


@pytest.fixture(scope="module")
def address(settings: Settings, known: dict[str, str]) -> Iterator[str]:
    """Where the portal answers."""
    assert known
    with served(create_app(settings)) as base:
        yield base


@pytest.mark.parametrize(
    ("role", "language"),
    [("supervisor", "zh"), ("supervisor", "en"), ("street_staff", "zh"), ("auditor", "zh"), ("administrator", "zh")],
)
def test_what_somebody_typed_brings_no_markup_into_a_page(
    address: str, settings: Settings, known: dict[str, str], role: str, language: str
) -> None:
    """If this fails, a name, address, note or title that somebody typed draws a form, or stops a page from opening."""
    cookies = signed_in(settings, role) | {"doudi_language": language}
    shown = set()
    with browser(address, cookies) as client:
        for page in create_app(settings).state.pages:
            if page.path.startswith((API, "/static", "/setup", "/oidc", "/language")) or "GET" not in page.methods:
                continue
            answer = client.get(_HOLDER.sub(lambda found: known[found.group(1)], page.path))
            assert answer.status_code < 500, page.path
            assert "<script>x()" not in answer.text, page.path
            shown |= {page.path} if _SHOWN in answer.text else set()
        if role in {"supervisor", "street_staff"}:
            proof = csrf_of(client.get("/account").text)
            found = client.post("/list/find", data={"csrf": proof, "keyword": _TYPED[:20]}).text
            assert "<script>" not in found
    expected = {
        "supervisor": {"/families/{family_id}", "/cases/{case_id}", "/list"},
        "street_staff": {"/families/{family_id}", "/cases/{case_id}", "/list"},
        "administrator": {"/admin", "/admin/accounts/{account}"},
    }
    assert shown >= expected.get(role, set())


def test_whose_title_would_be_markup_reads_on(address: str, settings: Settings, known: dict[str, str]) -> None:
    """If this fails, the name of whoever is signed in is markup in the frame of every page."""
    assert known
    engine = make_engine(settings)
    with write_transaction(engine, ACCOUNTS) as connection:
        token = open_session(connection, settings, account_of(connection, _OWNER), address="127.0.0.1")
    engine.dispose()
    with browser(address, dict.fromkeys(signed_in(settings, "auditor"), token)) as client:
        page = client.get("/account").text
    assert "<script>x()" not in page
    assert _SHOWN in page


def test_a_message_is_escaped_whoever_wrote_it() -> None:
    """If this fails, a template that hands somebody's text to `_` makes markup of it."""
    for language in ("en", "zh"):
        speak(language)
        assert str(said("<b>100%")) == "&lt;b&gt;100%"
        assert str(said("<b>%(n)s", n="<i>")) == "&lt;b&gt;&lt;i&gt;"
    assert gettext("<b>100%") == "<b>100%"
