"""The accounts that a sample is tried with."""

import pytest

from pipelines.cli.users import show_accounts


def test_no_password_is_cut_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise nobody can sign in: the passwords are shown this once."""
    monkeypatch.setenv("COLUMNS", "80")
    password = "shandankai-nanqiuhan-kaikailin-8209"  # noqa: S105 - made up
    show_accounts([("community.worker", password, "社区工作者", "西兴第1社区")])
    shown = capsys.readouterr().out
    assert password in shown
    assert "community.worker" in shown
    assert max(map(len, shown.splitlines())) <= 80
