"""An archive of several streets through a whole run: from a family on the list back to file, sheet and row in it."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from registry.engine import make_engine
from registry.queries import edition_rows, require_edition
from registry.receipts import deliveries
from schemas.settings import Settings
from schemas.settings import settings as current_settings
from tests.integration.conftest import Installation, install, make_district

FEED = "temporary_assistance"
ARCHIVE = "区民政局.zip"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A district whose bureau packs the payments of its streets, one workbook a street, into one archive a month."""
    root = tmp_path_factory.mktemp("packed")
    district = make_district(root / "district", people=3000, months=2, seed=5, dirt=0.0)
    for month in (district.landing / FEED).iterdir():
        books = sorted(month.iterdir())
        with zipfile.ZipFile(month / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
            for book in books:
                archive.write(book, f"各街道/{book.name}")
                book.unlink()
            archive.writestr("说明.docx", b"-")
    return install(root / "home", district)


@pytest.fixture
def as_staff(packed: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The commands work in that installation."""
    monkeypatch.setenv("DOUDI_HOME", str(packed.settings.home))
    monkeypatch.setenv("DOUDI_LANDING", str(packed.settings.landing_dir))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", packed.settings.identity_key)
    current_settings.cache_clear()
    yield packed.settings
    current_settings.cache_clear()


def cells_of(settings: Settings, source: dict[str, Any]) -> list[Any]:
    """The row of the workbook in the archive that an explanation names."""
    path = settings.landing_dir / FEED / source["month"] / source["file_name"]
    with zipfile.ZipFile(path) as archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read(source["member"])))
    return [cell.value for cell in book[source["sheet"]][source["row"]]]


@pytest.mark.slow
def test_an_archive_is_taken_in_whole(as_staff: Settings) -> None:
    """If this breaks, a street of an archive is missing from the list without a word."""
    engine = make_engine(as_staff)
    held = [each.receipt for each in deliveries(engine, as_staff, feed=FEED)]
    engine.dispose()
    assert sorted((each.month, each.file_name) for each in held) == [("2026-01", ARCHIVE), ("2026-02", ARCHIVE)]
    assert all(each.balanced and each.rows_accepted for each in held)
    assert all("other_members:1" in each.caveats for each in held)


@pytest.mark.slow
def test_an_explanation_leads_into_the_archive(as_staff: Settings) -> None:
    """If this breaks, an auditor stands before an archive of fifty workbooks and looks for a row."""
    engine = make_engine(as_staff)
    hits = edition_rows(engine, require_edition(engine).edition_id, "hits")
    engine.dispose()
    members = set()
    for family in sorted(set(hits.filter(source_feed=FEED)["family_id"]))[:8]:
        asked = ["explain", str(family), "--unmask", "--role", "supervisor"]
        shown = CliRunner().invoke(app, asked)
        assert shown.exit_code == 0, shown.output
        told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
        for fact, source in _facts(told):
            place = f"压缩包内“{source['member']}”工作表“{source['sheet']}”第{source['row']}行"
            assert f"{source['month']} {ARCHIVE} {place}" in shown.stdout
            _, _, _, amount, granted, paid, *_ = cells_of(as_staff, source)
            left = (1, 2)  # half of a payment may have been taken back since
            assert amount in {f"{part * fact['amount_fen'] / 100:.2f}元" for part in left}
            assert fact["evidence_on"] in {granted, paid}
            members.add(source["member"])
    assert len(members) > 1
    assert all(each.startswith("各街道/") and each.endswith(".xlsx") for each in members)


def _facts(told: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every fact with the place that it comes from, out of the archive."""
    if isinstance(told, dict):
        source = told.get("source")
        if isinstance(source, dict) and source.get("feed") == FEED and told.get("amount_fen"):
            yield told, source
        for each in told.values():
            yield from _facts(each)
    elif isinstance(told, list):
        for each in told:
            yield from _facts(each)
