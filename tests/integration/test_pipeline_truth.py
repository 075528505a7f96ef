"""Whole runs of sample districts: editions against the truth, run twice, run out of order."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, text

from assets.workspace import Workspace
from pipelines.cli import main
from pipelines.evaluate import compare, compare_families, totals
from pipelines.instance import open_instance
from pipelines.run import run
from registry.queries import current_edition
from schemas.settings import Settings
from schemas.settings import settings as process_settings
from tests.integration.conftest import TODAY, District, Installation

pytestmark = pytest.mark.slow

Typed = Callable[..., tuple[int, Any]]


def _engine(settings: Settings) -> Engine:
    return Workspace(settings).engine


def _hashes(installation: Installation) -> list[str]:
    engine = _engine(installation.settings)
    found = [current_edition(engine, each.as_of) for each in installation.report.editions]
    engine.dispose()
    return [each.content_hash for each in found if each is not None]


def test_a_run_succeeds_and_publishes_each_month(clean: Installation) -> None:
    """Without this a newcomer's first command gives no list."""
    assert clean.report.good
    assert [each.month for each in clean.report.editions] == ["2026-01", "2026-02", "2026-03"]
    assert all(each.new for each in clean.report.editions)


def test_clean_deliveries_give_exactly_the_true_groups(clean: Installation) -> None:
    """A family would be on the list for a group that it does not belong to, or be forgotten."""
    compared = compare(clean.settings, _engine(clean.settings), clean.district.truth)
    assert len(compared) == 3 * 6
    assert all(each.truth for each in compared), "a group without anybody proves nothing"
    assert [each for each in compared if not each.exact] == []
    assert totals(compared) == (1.0, 1.0)


def test_clean_deliveries_give_exactly_the_true_families(clean: Installation) -> None:
    """Income and obligations would be reckoned over the wrong people."""
    compared = compare_families(clean.settings, _engine(clean.settings), clean.district.truth)
    assert [each.families > 0 for each in compared] == [True] * 3
    assert [(each.other_members, each.other_counted) for each in compared] == [(0, 0)] * 3


def test_usual_mistakes_cost_less_than_one_in_a_hundred(dirty: Installation) -> None:
    """Files as departments really write them would lose families, or put the wrong ones on the list."""
    assert dirty.report.good
    assert any(each.rows_quarantined for each in dirty.report.receipts), "the district is meant to be dirty"
    recall, precision = totals(compare(dirty.settings, _engine(dirty.settings), dirty.district.truth))
    assert recall >= 0.99
    assert precision >= 0.99


def test_the_comparison_notices_a_hit_that_is_missing(clean: Installation, tmp_path: Path) -> None:
    """A comparison that finds everything in order whatever happens would hide all of the above."""
    truth = tmp_path / "truth"
    shutil.copytree(clean.district.truth, truth)
    groups = pl.read_parquet(truth / "groups.parquet")
    stranger = groups.head(1).with_columns(person_id=pl.lit("330108190001010000"), family=pl.lit("nobody's"))
    pl.concat([groups.slice(1), stranger]).write_parquet(truth / "groups.parquet")
    compared = compare(clean.settings, _engine(clean.settings), truth)
    assert [(each.missed, each.wrong) for each in compared if not each.exact] == [(1, 1)]


def test_running_again_changes_nothing(clean: Installation) -> None:
    """A second run would add rows or warnings twice, or publish the same month anew."""
    counted = _counts(clean.settings)
    again = run(clean.settings, today=TODAY)
    assert again.good
    assert again.receipts == []
    assert [(each.edition_id, each.new) for each in again.editions] == [
        (each.edition_id, False) for each in clean.report.editions
    ]
    assert _counts(clean.settings) == counted


def test_asking_for_a_published_day_again_changes_nothing(clean: Installation) -> None:
    """`doudi run --as-of` for a day that is published would publish it twice."""
    counted = _counts(clean.settings)
    newest = clean.report.editions[-1]
    again = run(clean.settings, as_of=newest.as_of, today=TODAY)
    assert [(each.edition_id, each.new) for each in again.editions] == [(newest.edition_id, False)]
    assert _counts(clean.settings) == counted


def _counts(settings: Settings) -> dict[str, int]:
    tables = ("delivery", "edition", "publication", "list_entry", "list_member", "hit", "warning", "audit_event")
    engine = _engine(settings)
    with engine.connect() as connection:
        found = {each: connection.execute(text(f"SELECT count(*) FROM {each}")).scalar_one() for each in tables}  # noqa: S608
    engine.dispose()
    return found


def test_months_out_of_order_give_the_same_lists(clean: Installation, tmp_path: Path) -> None:
    """A department that delivers March before February would change the list for ever."""
    landing = tmp_path / "district" / "landing"
    late = District(tmp_path / "district").settings(tmp_path / "home")
    landing.mkdir(parents=True, exist_ok=True)
    for beside in (*clean.district.landing.glob("*.*"), *clean.district.landing.parent.glob("agreements.yaml")):
        shutil.copy(beside, tmp_path / "district" / beside.relative_to(clean.district.landing.parent))
    for month in ("2026-03", "2026-01", "2026-02"):
        for feed in clean.district.landing.iterdir():
            if (feed / month).is_dir():
                shutil.copytree(feed / month, landing / feed.name / month)
        report = run(late, today=TODAY)
        assert report.good
    assert _hashes(Installation(late, clean.district, report)) == _hashes(clean)


def test_every_run_is_recorded_for_the_engineer(clean: Installation) -> None:
    """Dagster would not show which month was taken in and published by the command."""
    with open_instance(clean.settings) as instance:
        runs = [(each.job_name, each.tags["dagster/partition"], each.status.value) for each in instance.get_runs()]
    expected = {(job, month, "SUCCESS") for job in ("ingest", "publish") for month in ("2026-01", "2026-02", "2026-03")}
    assert set(runs) == expected
    assert len(runs) == len(expected)


@pytest.fixture
def typed(clean: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types a command at the clean installation and gives its exit code and its JSON."""
    monkeypatch.setenv("DOUDI_HOME", str(clean.settings.home))
    monkeypatch.setenv("DOUDI_LANDING", str(clean.settings.landing))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", clean.settings.identity_key)
    process_settings.cache_clear()

    def doudi(*words: str) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "argv", ["doudi", *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    yield doudi
    process_settings.cache_clear()


def test_the_commands_read_what_was_published(typed: Typed, clean: Installation, tmp_path: Path) -> None:
    """Staff who type `doudi list`, `alerts` or `explain` must see the published edition and nothing else."""
    newest = clean.report.editions[-1]
    code, listed = typed("list", "--limit", "1")
    assert code == 0
    assert listed["edition"] == newest.edition_id
    family = listed["shown"][0]["family_id"]
    code, explanation = typed("explain", family)
    assert code == 0
    assert explanation["family_id"] == family
    code, exported = typed("alerts", "-o", str(tmp_path / "warnings.csv"), "--format", "csv")
    assert code == 0
    assert exported["masked"]
    assert Path(exported["path"]).is_file()
    assert typed("alerts", "--verify", "--role", "street_staff:330108001")[0] == 1, (
        "a street may not see what is to be verified"
    )
    code, kept = typed("verify")
    assert (code, kept["holds"], kept["archive"]["holds"], kept["editions"]["checked"]) == (0, True, True, 3)


def test_the_summary_of_a_run_names_the_figures(typed: Typed, clean: Installation) -> None:
    """The page at the end of `doudi run` is all that many will read of it."""
    code, summary = typed("run")
    assert code == 0
    assert summary["people"] > 0
    counts = summary["deliveries"]
    assert counts["rows_read"] == counts["rows_accepted"] + counts["rows_quarantined"] + counts["rows_skipped"]
    assert (summary["recall"], summary["precision"]) == (1.0, 1.0)
    assert summary["new_editions"] == []
    assert [each["as_of"] for each in summary["editions"]] == [str(each.as_of) for each in clean.report.editions]
    assert summary["editions"][-1]["entered"] is not None
    assert all(Path(each).is_file() for each in summary["files"].values())
    assert set(summary["files"]) == {"list (XLSX)", "list (CSV)", "warnings (XLSX)", "data quality"}
