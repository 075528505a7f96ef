"""Troubles of whole deliveries, planted and declared: each is asked about, and nothing else is."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UsageError
from pipelines.run import RunReport, run
from registry.engine import make_engine
from registry.queries import current_edition, edition_rows
from rules import rules_of
from samples.generate import generate
from schemas.settings import Settings

pytestmark = pytest.mark.slow

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
Asked = set[tuple[str, str, str, str]]


class Troubled:
    """A district with planted troubles, taken in as its files came: in time, late, and the month that is judged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings = Settings(home=root / "home", landing=root / "landing", database_url="", identity_key="3c" * 32)
        generate(people=3000, months=6, seed=11, dirt=0.0, out=root, first_month="2026-01", troubles=True)
        self.truth = pl.read_parquet(root / "truth" / "troubles.parquet")
        judged = self._aside("2026-06")
        self._run(date(2026, 6, 5), MAY)
        self.before_it_came = self.asked(MAY)
        shutil.copytree(root / "late", root / "landing", dirs_exist_ok=True)
        self._run(date(2026, 6, 22), MAY)
        self.once_it_had_come = self.asked(MAY)
        shutil.copytree(judged, root / "landing", dirs_exist_ok=True)
        self.report = self._run(date(2026, 7, 9), JUNE)

    def _aside(self, month: str) -> Path:
        """Take the folders of a month out of landing/; returns where they wait."""
        waiting = self.root / "waiting"
        for folder in sorted((self.root / "landing").glob(f"*/{month}")):
            shutil.move(folder, waiting / folder.parent.name / month)
        return waiting

    def _run(self, today: date, as_of: date) -> RunReport:
        report = run(self.settings, as_of=as_of, today=today)
        assert report.good, report.failures
        return report

    def asked(self, as_of: date) -> Asked:
        """Feed, month, rule and basis of the questions about feeds in the current edition of a day."""
        engine = make_engine(self.settings)
        edition = current_edition(engine, as_of)
        assert edition is not None
        warnings = edition_rows(engine, edition.edition_id, "warnings")
        engine.dispose()
        feeds = warnings.filter(pl.col("rule_id").is_in([each.id for each in rules_of("feed")]))
        month = pl.col("evidence_key").str.head(7)
        return set(feeds.select("source_feed", month, "rule_id", "basis").rows())


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    """The district after three runs."""
    return Troubled(tmp_path_factory.mktemp("troubled"))


def test_each_planted_trouble_is_asked_about_and_nothing_else(troubled: Troubled) -> None:
    """A department would be asked for nothing, or a drifting, doubled or missing file would go unnoticed."""
    deserved = troubled.truth.filter(pl.col("rule_id") != "")
    assert troubled.asked(JUNE) == set(deserved.select("feed", "month", "rule_id", "basis").rows())
    planted = set(deserved["rule_id"])
    others = {each.id for each in rules_of("feed")} - planted
    assert others == {"income_not_computable", "activity_after_death"}, "a rule about feeds that no trouble tries"


def test_a_drifting_column_is_named(troubled: Troubled) -> None:
    """The department would have to look for the column by itself."""
    engine = make_engine(troubled.settings)
    edition = current_edition(engine, JUNE)
    assert edition is not None
    warnings = edition_rows(engine, edition.edition_id, "warnings")
    engine.dispose()
    drifting = warnings.filter(pl.col("rule_id").is_in(["null_rate_drift", "distribution_drift"]))
    named = {(feed, *key.split(":")) for feed, key in drifting.select("source_feed", "evidence_key").rows()}
    planted = troubled.truth.filter(pl.col("trouble").is_in(["emptied", "shifted"]))
    assert named == set(planted.select("feed", "month", "column").rows())


def test_a_zero_report_counts_as_delivered(troubled: Troubled) -> None:
    """A department with nothing to report would be asked for its file every month."""
    ((feed, month),) = troubled.truth.filter(pl.col("trouble") == "zero_report").select("feed", "month").rows()
    zero = [each for each in troubled.report.receipts if (each.feed, each.month) == (feed, month)]
    assert [(each.outcome, each.rows_read) for each in zero] == [("零报告", 0)]
    told = [each for each in troubled.report.receipts if each.zero_report]
    assert len(told) > 1, "other feeds have nothing to report either"
    assert not {each[0] for each in troubled.asked(JUNE)} & {each.feed for each in told}


def test_a_late_file_is_missing_until_it_comes(troubled: Troubled) -> None:
    """A department whose file has come would go on being asked for it."""
    ((feed, month),) = troubled.truth.filter(pl.col("trouble") == "late").select("feed", "month").rows()
    missing = (feed, month, "delivery_missing", "not_delivered")
    assert troubled.before_it_came == {missing}
    assert missing not in troubled.once_it_had_come


def test_the_command_plants_what_it_declares(tmp_path: Path) -> None:
    """The option would be taken and make a district without troubles, or leave out the file that is late."""
    words = ["sample", "--people", "3000", "--months", "6", "--seed", "11", "--dirt", "0", "--out", str(tmp_path)]
    told = CliRunner().invoke(app, [*words, "--troubles"])
    assert told.exit_code == 0, told.output
    truth = pl.read_parquet(tmp_path / "truth" / "troubles.parquet")
    assert set(truth["feed"]) > {"veteran_benefits", "housing_aid"}
    absent = truth.filter(pl.col("trouble").is_in(["missing", "late"]))
    assert not [
        each for each in absent.select("feed", "month").rows() if (tmp_path / "landing").joinpath(*each).exists()
    ]
    assert [path.parts[-3:-1] for path in (tmp_path / "late").rglob("*.*")] == [("housing_aid", "2026-05")]


@pytest.mark.parametrize(("people", "months"), [("2999", "6"), ("3000", "5")])
def test_too_small_a_district_has_no_troubles(tmp_path: Path, people: str, months: str) -> None:
    """The truth would declare warnings that nobody could put."""
    told = CliRunner().invoke(
        app, ["sample", "--people", people, "--months", months, "--out", str(tmp_path / "s"), "--troubles"]
    )
    assert isinstance(told.exception, UsageError)  # the command line makes exit code 2 of it
    assert not (tmp_path / "s").exists()
