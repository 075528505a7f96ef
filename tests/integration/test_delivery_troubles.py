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
from registry.queries import current_edition, edition_rows, require_edition
from registry.receipts import deliveries
from registry.replay import replay, replayed_edition
from registry.versions import code_version
from rules import rules_of
from samples.generate import generate
from schemas.contract import get_feed
from schemas.settings import Settings

pytestmark = pytest.mark.slow

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
Asked = set[tuple[str, str, str, str]]


class Delivered:
    """A district taken in as its files came: most of them in time, and the month that is judged at its end.

    Files that report the month before (taxes, contributions) are due in the month of their folder; others after it.
    """

    def __init__(self, root: Path, *, troubles: bool) -> None:
        self.root = root
        self.settings = Settings(home=root / "home", landing=root / "landing", database_url="", identity_key="3c" * 32)
        generate(people=3000, months=6, seed=11, dirt=0.0, out=root, first_month="2026-01", troubles=troubles)
        self._judged = self._aside("2026-06")
        self.run(date(2026, 6, 5), MAY)

    def _aside(self, month: str) -> Path:
        """Take the folders of a month that are not due in it out of landing/; returns where they wait."""
        waiting = self.root / "waiting"
        for folder in sorted((self.root / "landing").glob(f"*/{month}")):
            if not get_feed(folder.parent.name).lag_months:
                shutil.move(folder, waiting / folder.parent.name / month)
        return waiting

    def judge(self) -> None:
        """The files of June come in time, and the day passes by which they are due."""
        shutil.copytree(self._judged, self.root / "landing", dirs_exist_ok=True)
        self.run(date(2026, 7, 9), JUNE)
        self.report = self.run(date(2026, 7, 11), JUNE)

    def late(self) -> None:
        """What was late comes."""
        shutil.copytree(self.root / "late", self.root / "landing", dirs_exist_ok=True)

    def run(self, today: date, as_of: date) -> RunReport:
        """Take in what is there and publish the edition of `as_of`."""
        report = run(self.settings, as_of=as_of, today=today)
        assert report.good, report.failures
        self.receipts = [*getattr(self, "receipts", []), *report.receipts]
        return report

    def asked(self, as_of: date) -> Asked:
        """Feed, month, rule and basis of the questions about feeds in the current edition of a day."""
        engine = make_engine(self.settings)
        edition = current_edition(engine, as_of)
        assert edition is not None
        warnings = edition_rows(engine, edition.edition_id, "warnings")
        engine.dispose()
        feeds = warnings.filter(pl.col("rule_id").is_in([each.id for each in rules_of("feed")]))
        of_contract = pl.col("rule_id") == "contract_expired"
        month = pl.when(of_contract).then(pl.lit(f"{as_of:%Y-%m}")).otherwise(pl.col("evidence_key").str.head(7))
        return set(feeds.select("source_feed", month.alias("month"), "rule_id", "basis").rows())


class Troubled(Delivered):
    """A district with planted troubles; what is asked about May before its files are due, after it, and later."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, troubles=True)
        self.truth = pl.read_parquet(root / "truth" / "troubles.parquet")
        self.before_its_day = self.asked(MAY)
        self.run(date(2026, 6, 12), MAY)
        self.after_its_day = self.asked(MAY)
        self.late()
        self.run(date(2026, 6, 22), MAY)
        self.once_it_had_come = self.asked(MAY)
        self.judge()

    def deserved(self, rule: str = "") -> Asked:
        """The questions that the truth asks for, of one rule or of all."""
        rows = self.truth.filter(pl.col("rule_id") == rule if rule else pl.col("rule_id") != "")
        return set(rows.select("feed", "month", "rule_id", "basis").rows())


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    """The district after three runs."""
    return Troubled(tmp_path_factory.mktemp("troubled"))


def _share(part: Asked, whole: Asked) -> float:
    return len(part & whole) / len(whole)


def test_each_planted_trouble_is_asked_about_and_nothing_else(troubled: Troubled) -> None:
    """A department would be asked for nothing, or a drifting, doubled or missing file would go unnoticed."""
    asked, deserved = troubled.asked(JUNE), troubled.deserved()
    assert (_share(asked, deserved), _share(deserved, asked)) == (1.0, 1.0), "recall and precision"
    others = {each.id for each in rules_of("feed")} - {rule for _, _, rule, _ in deserved}
    assert others == {"income_not_computable", "activity_after_death"}, "a rule about feeds that no trouble tries"


def test_a_district_without_troubles_is_asked_nothing(tmp_path: Path) -> None:
    """Departments that deliver well would be asked every month until they read no question any more."""
    clean = Delivered(tmp_path, troubles=False)
    assert clean.asked(MAY) == set()
    clean.judge()
    assert clean.asked(JUNE) == set()


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
    zero = [each for each in troubled.receipts if (each.feed, each.month) == (feed, month)]
    assert [(each.outcome, each.rows_read) for each in zero] == [("零报告", 0)]
    told = {each.feed for each in troubled.receipts if each.zero_report and each.month == month}
    assert len(told) > 1, "other feeds have nothing to report either"
    without = {each[0] for each in troubled.asked(JUNE) if each[2] != "contract_expired"}
    assert not without & told


def test_late_is_told_apart_from_missing(troubled: Troubled) -> None:
    """A department would be asked before its day, or for a file that has come, or never hear that it was late."""
    ((feed, month),) = troubled.truth.filter(pl.col("trouble") == "late").select("feed", "month").rows()
    lapsed = {(each, month, rule, basis) for each, _, rule, basis in troubled.deserved("contract_expired")}
    assert troubled.before_its_day == lapsed
    assert troubled.after_its_day == {(feed, month, "delivery_missing", "not_delivered"), *lapsed}
    assert troubled.once_it_had_come == {(feed, month, "delivery_late", "came_late"), *lapsed}
    engine = make_engine(troubled.settings)
    kept = {each.late_days for each in deliveries(engine, troubled.settings, feed=feed, month=month)}
    inputs = require_edition(engine, JUNE).manifest["inputs"]["deliveries"]
    engine.dispose()
    assert kept == {12}, "days after 10 June"
    assert {each["feed"] for each in inputs if each.get("late_days")} == {feed}


def test_a_troubled_edition_is_replayed(troubled: Troubled) -> None:
    """What an edition says of late files and agreements would hang on the day on which somebody recomputes it."""
    engine = make_engine(troubled.settings)
    troubled.settings.agreements_file.unlink()
    found = replay(troubled.settings, engine, replayed_edition(engine, "latest"), code_version=code_version())
    engine.dispose()
    assert found.outcome == "identical"


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
