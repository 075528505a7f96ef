"""Visits, hints and drift of a real edition, as somebody who types the commands meets them."""

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli import main
from registry.exports.plain import MARK
from schemas import settings as settings_module
from tests.integration.conftest import Installation


@pytest.fixture
def doudi(clean: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]  # noqa: ANN201  # a function that types a command
    """Type a command in the installation; its exit code and JSON."""
    monkeypatch.setenv("DOUDI_HOME", str(clean.settings.home))
    monkeypatch.setenv("DOUDI_LANDING", str(clean.settings.landing_dir))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", clean.settings.identity_key)
    settings_module.settings.cache_clear()

    def typed(*words: str) -> tuple[int, dict]:  # type: ignore[type-arg]
        monkeypatch.setattr(sys, "argv", ["doudi", *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    yield typed
    settings_module.settings.cache_clear()


def test_visits_are_planned_per_street_and_again_alike(doudi, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """A street would have no visits, or another list each time that somebody asks."""
    path = tmp_path / "visits.csv"
    code, first = doudi("visits", "--capacity", "10", "--random-share", "0.2", "--format", "csv", "-o", str(path))
    again = doudi(
        "visits", "--capacity", "10", "--random-share", "0.2", "--format", "csv", "-o", str(tmp_path / "b.csv")
    )
    assert (code, again[0]) == (0, 0)
    assert first["streets"] == {street: {"need": 8, "random": 2} for street in first["streets"]}
    assert len(first["streets"]) == 3
    plan, same = (pl.read_csv(each).drop(MARK) for each in (path, tmp_path / "b.csv"))  # the mark names the second
    assert plan.equals(same)
    assert first["answered"]["missed"] is None
    code, taken = doudi("take-visits", str(path))
    assert (code, taken["visits"]) == (0, 0)
    assert {(each["state"], each["reason"]) for each in taken["rows"]} == {("skipped", "未填写")}
    assert len(taken["rows"]) == 30


def test_hints_name_what_stands_out(doudi) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Nobody would know why a family is called unusual."""
    code, found = doudi("anomalies")
    assert code == 0
    assert found["families"]
    assert all(each["deviation"] >= 4 for each in found["families"])


def test_without_a_model_nothing_drifts_and_nothing_is_promoted(doudi) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """An edition by the scorecard would be said to have stepped back; an unknown model could be proposed."""
    code, found = doudi("model", "drift")
    assert (code, found["stepped_back"], found["drift"]) == (0, False, [])
    code, refused = doudi("model", "promote", "0123456789abcdef", "--reason", "试")
    assert code == 1
    assert "no model 0123456789abcdef is kept" in refused["message"]
