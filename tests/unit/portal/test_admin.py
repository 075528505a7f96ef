"""The pages of administrators: accounts, rights, areas, parameters and how the installation is; no family anywhere."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from registry.accounts.accounts import NewAccount, account_of, accounts, add_account, disable, give_role
from registry.accounts.sessions import Session, find, open_session, sign_in
from registry.accounts.tokens import make_token, tokens_of
from registry.audit import append
from registry.engine import ACCOUNTS, make_engine, write_transaction
from registry.errors import AccountError, SignInError
from registry.health import health
from registry.models import AuditEvent
from registry.roles import PERMISSIONS, ROLES
from registry.scope import Area
from schemas.settings import Settings
from tests.portal import browser, csrf_of, open_portal, signed_in
from tests.served import served

BOSS = "administrator"  # the name that `signed_in` gives to the role
STREET = "330108002"
_STREET_CLERK = {"name": "li.ming", "title": "李明", "role": "street_staff", "area": STREET}


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry that the portal reads."""
    made = make_engine(settings)
    yield made
    made.dispose()


def _password_on(page: str) -> str:
    return page.split('<p class="code secret">', 1)[1].split("<", 1)[0]


def _session(engine: Engine, settings: Settings, name: str) -> Session:
    with write_transaction(engine, ACCOUNTS) as connection:
        token = open_session(connection, settings, account_of(connection, name), address="127.0.0.1")
    found = find(engine, settings, token)
    assert found is not None
    return found


def _acts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = select(AuditEvent.action).where(AuditEvent.action.like("account_%"), AuditEvent.actor == BOSS)
        return list(connection.scalars(query.order_by(AuditEvent.seq)))


def test_an_account_is_made_and_its_owner_signs_in(settings: Settings, engine: Engine) -> None:
    """Otherwise nobody new can begin to work, or a first password is lost on the way."""
    with open_portal(settings, "administrator") as client:
        page = client.get("/admin").text
        answer = client.post("/admin/accounts", data={"csrf": csrf_of(page), **_STREET_CLERK})
        assert answer.status_code == 200
        password = _password_on(answer.text)
        assert sign_in(engine, settings, "li.ming", password, address="127.0.0.1")
        assert password not in client.get("/admin/accounts/li.ming").text
        assert "待改初始密码" in client.get("/admin/accounts/li.ming").text
        assert "李明" in client.get("/admin/areas").text
    assert _acts(engine) == ["account_add"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "Li"}, "小写字母"),
        ({"area": "district"}, "不能用于所选的范围"),
        ({"role": "king"}, "请从列出的"),
        ({"area": "330106001"}, "请从列出的"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_the_form_kept(
    settings: Settings, engine: Engine, changed: dict[str, str], told: str
) -> None:
    """Otherwise a slip makes an account that sees another street, or everything is typed again."""
    with open_portal(settings, "administrator") as client:
        sent = {"csrf": csrf_of(client.get("/admin").text), **_STREET_CLERK, **changed}
        answer = client.post("/admin/accounts", data=sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="李明"' in answer.text
    assert {each.name for each in accounts(engine)} == {BOSS}


def test_a_name_that_is_taken_is_said_in_chinese(settings: Settings) -> None:
    """Otherwise an official reads English."""
    with open_portal(settings, "administrator") as client:
        sent = {"csrf": csrf_of(client.get("/admin").text), **_STREET_CLERK}
        client.post("/admin/accounts", data=sent)
        answer = client.post("/admin/accounts", data=sent)
    assert answer.status_code == 422
    assert "已被使用" in answer.text


def test_role_lock_password_sessions_and_tokens_are_changed_and_recorded(settings: Settings, engine: Engine) -> None:
    """Otherwise somebody who has moved on keeps what the work before gave them."""
    add_account(engine, settings, NewAccount(name="li.ming", role="district_staff"), by="tests")
    held = _session(engine, settings, "li.ming")
    make_token(engine, settings, held, title="t", scopes=["overview.read"], days=1)
    token_id = tokens_of(engine, held.account.account_id)[0].token_id
    with open_portal(settings, "administrator") as client:
        at = "/admin/accounts/li.ming"
        csrf = {"csrf": csrf_of(client.get(at).text)}
        assert client.post(f"{at}/tokens", data=csrf | {"which": token_id}).status_code == 303
        assert client.post(f"{at}/tokens", data=csrf | {"which": token_id}).status_code == 404
        assert "127.0.0.1" in client.get(at).text
        assert client.post(f"{at}/sessions", data=csrf).status_code == 303
        assert "没有登录中的设备" in client.get(at).text
        assert client.post(f"{at}/role", data=csrf | {"role": "street_staff", "area": STREET}).status_code == 303
        assert client.post(f"{at}/role", data=csrf | {"role": "auditor", "area": STREET}).status_code == 409
        assert client.post(f"{at}/disable", data=csrf).status_code == 303
        assert "已停用" in client.get(at).text
        assert client.post(f"{at}/enable", data=csrf).status_code == 303
        password = _password_on(client.post(f"{at}/password", data=csrf).text)
    found = next(each for each in accounts(engine) if each.name == "li.ming")
    assert (found.role, found.area, found.disabled_at) == ("street_staff", STREET, None)
    assert sign_in(engine, settings, "li.ming", password, address="127.0.0.1")
    assert _acts(engine) == [
        "account_end_sessions",
        "account_role",
        "account_disable",
        "account_enable",
        "account_password_reset",
    ]


def test_who_waits_after_wrong_passwords_is_let_try_again(settings: Settings, engine: Engine) -> None:
    """Otherwise a colleague stands at the counter for a quarter of an hour."""
    password = add_account(engine, settings, NewAccount(name="li.ming", role="auditor"), by="tests")
    assert password is not None
    for _ in range(settings.sign_in_failures):
        with pytest.raises(SignInError):
            sign_in(engine, settings, "li.ming", "wrong", address="127.0.0.1")
    with pytest.raises(SignInError):
        sign_in(engine, settings, "li.ming", password, address="127.0.0.2")
    with open_portal(settings, "administrator") as client:
        at = "/admin/accounts/li.ming"
        csrf = {"csrf": csrf_of(client.get(at).text)}
        assert client.post(f"{at}/try-again", data=csrf).status_code == 303
    assert sign_in(engine, settings, "li.ming", password, address="127.0.0.2")
    assert _acts(engine) == ["account_try_again"]


def test_nobody_changes_their_own_account_and_the_last_administrator_stays(
    app: FastAPI, settings: Settings, engine: Engine
) -> None:
    """Otherwise an administrator becomes an auditor of their own acts, or nobody can let anybody in."""
    cookies = signed_in(settings, "administrator")
    with served(app) as address, browser(address, cookies) as client:
        csrf = {"csrf": csrf_of(client.get(f"/admin/accounts/{BOSS}").text)}
        at = f"/admin/accounts/{BOSS}"
        last = client.post(f"{at}/disable", data=csrf)
        assert last.status_code == 409
        assert "最后一个" in last.text
        with pytest.raises(AccountError, match="last"):
            give_role(engine, BOSS, "auditor", Area(), by="somebody at the machine")
        add_account(engine, settings, NewAccount(name="other", role="administrator"), by="tests")
        for act, fields in (("role", {"role": "auditor", "area": "district"}), ("disable", {})):
            own = client.post(f"{at}/{act}", data=csrf | fields)
            assert own.status_code == 409
            assert "自己" in own.text
        assert client.post(f"{at}/password", data=csrf).status_code == 409
        assert "更换角色和范围" not in client.get(at).text
        assert client.post("/admin/accounts/other/disable", data=csrf).status_code == 303
    assert {each.name for each in accounts(engine) if each.disabled_at is None} == {BOSS}


def test_the_rule_about_the_own_account_holds_without_the_page(settings: Settings, engine: Engine) -> None:
    """Otherwise it is the page alone that keeps it, and a program does not."""
    for name in ("boss", "other"):
        add_account(engine, settings, NewAccount(name=name, role="administrator"), by="tests")
    with pytest.raises(AccountError, match="their own"):
        give_role(engine, "boss", "auditor", Area(), by="boss")
    with pytest.raises(AccountError, match="their own"):
        disable(engine, "boss", by="boss")


def test_the_table_of_rights_is_the_one_that_is_asked(settings: Settings) -> None:
    """Otherwise it is a drawing that nobody keeps up."""
    with open_portal(settings, "administrator") as client:
        page = client.get("/admin/roles").text
    assert all(PERMISSIONS.title_of(each) in page for each in PERMISSIONS.codes)
    assert all(ROLES.title_of(each) in page for each in ROLES.codes)
    row = page.split("model.promote</small>", 1)[1].split("</tr>", 1)[0]
    assert row.count("✓") == 2  # supervisors and data engineers


def test_parameters_are_shown_with_the_file_that_replaces_them(settings: Settings) -> None:
    """Otherwise nobody knows by which figure the list is made, or where to change it."""
    folder = settings.parameters_dir
    folder.mkdir(parents=True)
    (folder / "temporary_assistance.yaml").write_text(
        "window_months:\n  title: 窗口\n  description: d\n  type: integer\n  unit: month\n  status: local\n"
        "  last_reviewed: 2026-01-01\n  values:\n    2021-01-01: {value: 7, citation: 区民政局一号文}\n",
        encoding="utf-8",
    )
    with open_portal(settings, "administrator") as client:
        page = client.get("/admin/parameters").text
    assert "区民政局一号文" in page
    assert '<td class="code">temporary_assistance.yaml</td>' in page
    assert "<form" not in page.split("<main", 1)[1]


def test_health_tells_of_chain_backup_and_versions(settings: Settings, engine: Engine) -> None:
    """Otherwise a backup that nobody makes, or a broken chain, is found when it is needed."""
    with open_portal(settings, "administrator") as client:
        page = client.get("/admin/health").text
        assert "还没有备份" in page
        assert "还没有锚点" in page
        append(engine, actor="x", action="backup", purpose="备份", details={"files": 3, "size_bytes": 2048})
        answer = client.post("/admin/health/verify", data={"csrf": csrf_of(page)})
        assert "链完整" in answer.text
        assert "3 个文件" in answer.text
        settings.anchors_file.write_text("nothing\n", encoding="utf-8")
        assert "锚点文件不可靠" in client.get("/admin/health").text
    seen = health(engine, settings)
    assert seen.head == seen.wanted != ""
    assert seen.disk.parts["registry.db"] > 0


@pytest.mark.parametrize("role", ["supervisor", "district_staff"])
def test_nobody_else_administers(settings: Settings, role: str) -> None:
    """Otherwise whoever sees families also decides who else does."""
    with open_portal(settings, role) as client:
        for address in ("/admin", "/admin/roles", "/admin/areas", "/admin/accounts/x"):
            assert client.get(address).status_code == 403
