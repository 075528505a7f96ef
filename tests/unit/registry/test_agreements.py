"""Sharing agreements: the bureau's own file, and what departments hear without one."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from registry.agreements import agreements, agreements_of_feeds, agreements_template
from registry.errors import AgreementError
from samples.agreements import write_agreements
from schemas import settings as settings_module
from schemas.contract import all_feeds
from schemas.dictionary import dictionary_markdown
from schemas.settings import Settings

DAY = date(2026, 6, 30)


def _written(settings: Settings, text: str) -> Settings:
    settings.agreements_file.parent.mkdir(parents=True, exist_ok=True)
    settings.agreements_file.write_text(text, encoding="utf-8")
    return settings


def test_an_agreement_holds_to_its_last_day(settings: Settings) -> None:
    """If this fails, a department is asked to renew what is in force, or shares without any agreement."""
    _written(
        settings,
        "vehicles: {reference: A-1, expires_on: 2026-06-30}\ntax_wages: {reference: A-2, expires_on: 2026-06-29}\n",
    )
    states = {each.feed.name: each.state for each in agreements_of_feeds(agreements(settings), DAY)}
    assert (states["vehicles"], states["tax_wages"], states["pensions"]) == ("in_force", "expired", "none")
    assert set(states) == set(all_feeds())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vehicles: {reference: A-1}", "expires_on"),
        ("vehicles: {expires_on: 2026-06-30}", "reference"),
        ("vehicles: {reference: '', expires_on: 2026-06-30}", "reference"),
        ("vehicle: {reference: A-1, expires_on: 2026-06-30}", "vehicles"),
        ("vehicles: {reference: A-1, expires_on: 2026-06-30, until: 1}", "until"),
        ("vehicles: {reference: A-1, expires_on: soon}", "expires_on"),
        ("vehicles: [", "YAML"),
    ],
)
def test_what_is_not_whole_is_refused(settings: Settings, text: str, told: str) -> None:
    """If this fails, a slip of the pen counts as an agreement, or as none."""
    with pytest.raises(AgreementError, match=told):
        agreements(_written(settings, text))


def test_without_the_file_nothing_is_agreed(settings: Settings) -> None:
    """If this fails, an installation starts with agreements that nobody made."""
    assert agreements(settings) == {}


def test_the_template_keeps_what_is_there(settings: Settings, tmp_path: Path) -> None:
    """If this fails, whoever adds one agreement loses the others, or leaves a feed out."""
    write_agreements(tmp_path, "2026-06", absent={"vehicles"})
    held = agreements(settings.model_copy(update={"agreements": tmp_path / "agreements.yaml"}))
    assert len(held) == len(all_feeds()) - 1
    text = agreements_template(held)
    assert agreements(_written(settings, text)) == held
    assert "# vehicles:" in text


def test_the_command_tells_what_has_lapsed(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, nobody sees before a renewal which departments share without an agreement."""
    monkeypatch.setenv("DOUDI_HOME", str(settings.home))
    settings_module.settings.cache_clear()
    try:
        told = CliRunner().invoke(app, ["agreements", "--json"])
        assert (told.exit_code, told.output.count('"state": "none"')) == (1, len(all_feeds()))
        assert CliRunner().invoke(app, ["agreements", "--template", str(tmp_path / "a.yaml")]).exit_code == 0
        settings.home.mkdir(parents=True, exist_ok=True)
        write_agreements(settings.home, "2999-06")
        assert CliRunner().invoke(app, ["agreements"]).exit_code == 0
    finally:
        settings_module.settings.cache_clear()


def test_the_dictionary_names_the_contract() -> None:
    """If this fails, an auditor cannot see by which law, and of whom, a column is delivered."""
    page = dictionary_markdown()
    for feed in all_feeds().values():
        assert f"- Legal basis: {feed.legal_basis}\n- Population: {feed.population}\n" in page
