"""`doudi user`: accounts are managed by typing, in words and in JSON."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from registry.accounts.sessions import sign_in
from registry.engine import make_engine
from schemas.settings import settings as process_settings

Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Type a command in an empty installation; its exit code and what it printed."""
    monkeypatch.setenv("DOUDI_HOME", str(tmp_path / "home"))
    process_settings.cache_clear()

    def type_in(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["doudi", "user", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out + shown.err

    yield type_in
    process_settings.cache_clear()


def _told(typed: Typed, *words: str) -> Any:
    code, shown = typed(*words, "--json")
    assert code == 0, shown
    return json.loads(shown)


def test_an_account_from_its_first_password_to_its_end(typed: Typed) -> None:
    """If this fails, an administrator at the machine cannot let anybody in, or out."""
    given = _told(typed, "add", "wang", "street_staff:长河街道", "--title", "小王")["first_password"]
    settings = process_settings()
    engine = make_engine(settings)
    assert sign_in(engine, settings, "wang", given, address="127.0.0.1")
    (held,) = _told(typed, "list")
    assert (held["role"], held["area"], held["must_change"]) == ("street_staff", "330108002", True)
    assert "password_hash" not in held
    assert len(_told(typed, "sessions", "wang")["sessions"]) == 1
    assert _told(typed, "sessions", "wang", "--end")["done"] == "1 ended"
    assert _told(typed, "password", "wang")["first_password"] != given
    _told(typed, "role", "wang", "auditor")
    _told(typed, "disable", "wang")
    assert _told(typed, "list")[0]["disabled_at"] is not None
    _told(typed, "enable", "wang")
    assert "wang" in typed("list")[1]
    assert _told(typed, "add", "sso", "auditor", "--subject", "u-1")["first_password"] is None
    engine.dispose()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "wang", "chief"), 2, "unknown role"),
        (("add", "wang", "street_staff"), 1, "street"),
        (("add", "wang", "street_staff:nowhere"), 2, "unknown area"),
        (("add", "Wang", "auditor"), 1, "small letters"),
        (("disable", "nobody"), 1, "no account"),
    ],
)
def test_what_cannot_be_done_is_said(typed: Typed, words: tuple[str, ...], code: int, said: str) -> None:
    """If this fails, a slip makes an account with other rights than meant."""
    ended, shown = typed(*words)
    assert ended == code
    assert said in shown


def test_the_last_administrator_is_kept_by_the_command_too(typed: Typed) -> None:
    """If this fails, a whole bureau is locked out by one command."""
    _told(typed, "add", "boss", "administrator")
    assert typed("disable", "boss")[0] == 1
    assert typed("role", "boss", "auditor")[0] == 1
