"""What is generated can be read by the contracts, and the dial changes how well."""

import hashlib
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from samples import SampleSummary, generate
from schemas.contract import all_feeds
from schemas.delivery import Delivery
from schemas.receipts import Receipt
from tests.unit.schemas.files import Taken, take

_NAME = re.compile(r"(?P<sender>.+?)(?:\.r(?P<revision>\d+))?\.(?P<format>csv|xlsx|parquet)")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """A district without dirt."""
    return generate(people=1500, months=2, seed=5, dirt=0, out=tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """The same district with a lot of dirt."""
    return generate(people=1500, months=4, seed=5, dirt=0.3, out=tmp_path_factory.mktemp("dirty"))


def _taken(path: Path) -> Taken:
    match = _NAME.fullmatch(path.name)
    assert match
    delivery = Delivery(
        feed=path.parts[-3],
        month=path.parts[-2],
        sender=match["sender"],
        revision=int(match["revision"] or 1),
        file_name=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    return take(path, delivery, today=date(2030, 1, 1))


def _files(summary: SampleSummary) -> list[Path]:
    return sorted((summary.out / "landing").glob("*/*/*"))


def _receipts(summary: SampleSummary) -> list[Receipt]:
    return [_taken(path).receipt for path in _files(summary)]


def test_every_row_of_a_clean_district_is_accepted(clean: SampleSummary) -> None:
    """The truth would not be what an exact reader finds."""
    receipts = _receipts(clean)
    assert not [each.file_name for each in receipts if each.rows_quarantined or each.unknown_codes]
    assert sum(each.rows_accepted for each in receipts) == clean.rows


def test_nearly_all_feeds_of_all_departments_deliver(clean: SampleSummary) -> None:
    """A feed would never be tried. Some rare events do not happen in a small district."""
    delivered = {path.parts[-3] for path in _files(clean)}
    feeds = all_feeds()
    assert len({feeds[each].department for each in delivered}) >= 12
    assert len(delivered) >= len(feeds) - 3


def test_departments_differ_in_how_they_write(clean: SampleSummary) -> None:
    """The reader would be tried with one kind of file."""
    formats = defaultdict(set)
    for path in _files(clean):
        start = path.read_bytes()[:3]
        formats[path.suffix].add("utf-8-sig" if start == b"\xef\xbb\xbf" else "other")
    assert set(formats) == {".csv", ".xlsx", ".parquet"}
    assert formats[".csv"] == {"utf-8-sig", "other"}


def test_the_first_delivery_carries_the_history(clean: SampleSummary) -> None:
    """Windows of twelve months could not be computed in the first month."""
    (path,) = (clean.out / "landing" / "tax_wages" / "2026-01").iterdir()
    months = _taken(path).accepted["period_month"]
    assert months.n_unique() == 15
    assert months.max() == date(2025, 12, 1)
    (later,) = (clean.out / "landing" / "tax_wages" / "2026-02").iterdir()
    assert _taken(later).accepted["period_month"].unique().to_list() == [date(2026, 1, 1)]
    streets = (clean.out / "landing" / "applications" / "2026-01").iterdir()
    assert min(_taken(each).accepted["applied_on"].min() for each in streets) < date(2021, 6, 1)  # type: ignore[type-var]


def test_nothing_is_delivered_before_it_happens(clean: SampleSummary) -> None:
    """The list of January would know February."""
    for path in _files(clean):
        end = date(2026, 1, 31) if path.parts[-2] == "2026-01" else date(2026, 2, 28)
        accepted = _taken(path).accepted
        feed = all_feeds()[path.parts[-3]]
        days = [each.name for each in feed.columns if each.dtype == pl.Date()]
        for name in days:
            printed = path.parts[-3] == "residence_permits" and name == "ended_on"
            if name in accepted and accepted[name].len() and not printed:
                latest = accepted[name].max()
                assert latest is None or latest <= end, (feed.name, name)  # type: ignore[operator]


def test_the_truth_stands_beside_the_files(clean: SampleSummary) -> None:
    """Nothing could be compared with the truth."""
    groups = pl.read_parquet(clean.out / "truth" / "groups.parquet")
    families = pl.read_parquet(clean.out / "truth" / "families.parquet")
    assert groups.schema == pl.Schema(
        {"as_of": pl.Date, "group": pl.String, "person_id": pl.String, "family": pl.String, "reason": pl.String}
    )
    assert families.columns == ["as_of", "person_id", "family", "counted", "on_register"]
    assert groups["group"].n_unique() == 6
    assert groups["as_of"].unique().sort().to_list() == [date(2026, 1, 31), date(2026, 2, 28)]
    assert groups.join(families, on=["as_of", "person_id", "family"], how="anti").is_empty()
    assert families.select("as_of", "person_id").is_unique().all()
    assert "Nobody" in (clean.out / "truth" / "README").read_text(encoding="utf-8")


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    """A finding could not be reproduced from the seed."""

    def digest(out: Path, seed: int) -> dict[str, str]:
        generate(people=300, months=1, seed=seed, dirt=0.2, out=out)
        return {
            str(each.relative_to(out)): hashlib.sha256(each.read_bytes()).hexdigest()
            for each in sorted(out.rglob("*"))
            if each.is_file()
        }

    first = digest(tmp_path / "a", 1)
    assert first == digest(tmp_path / "b", 1)
    assert first != digest(tmp_path / "c", 2)


def test_dirt_costs_some_rows_and_names_why(dirty: SampleSummary) -> None:
    """Quarantine, unknown codes and feed warnings would have nothing to show."""
    receipts = _receipts(dirty)
    reasons = {reason for each in receipts for reason in each.reasons}
    assert {"id_checksum", "unknown_code", "negative_without_number"} <= reasons
    read = sum(each.rows_read for each in receipts)
    lost = sum(each.rows_quarantined for each in receipts)
    assert 0 < lost < read * 0.1


def test_key_registers_are_mended_in_the_same_month(dirty: SampleSummary) -> None:
    """A typo in the register would cost recall for ever."""
    for feed in ("household_registration", "assistance_register", "applications"):
        mended = {path.name: _taken(path).receipt for path in (dirty.out / "landing" / feed / "2026-01").iterdir()}
        last = [receipt for name, receipt in mended.items() if ".r2." in name]
        assert last
        assert not any(each.rows_quarantined for each in last)


def test_whole_deliveries_are_missing_doubled_and_corrected(dirty: SampleSummary) -> None:
    """Feed warnings would have nothing to show."""
    landing = dirty.out / "landing"
    assert not (landing / "veteran_benefits" / "2026-03").exists()
    assert not (landing / "vehicles" / "2026-04").exists()
    doubled = [
        hashlib.sha256(each.read_bytes()).hexdigest() for each in (landing / "medical_aid" / "2026-03").iterdir()
    ]
    assert len(doubled) == 2
    assert len(set(doubled)) == 1
    corrected = {
        each.name: _taken(each).receipt.rows_accepted for each in (landing / "allowances" / "2026-03").iterdir()
    }
    (second,) = (name for name in corrected if ".r2." in name)
    assert corrected.pop(second) > corrected.popitem()[1]


def test_income_feeds_always_arrive(dirty: SampleSummary) -> None:
    """Families would leave the list because a feed did not come."""
    for feed in ("tax_wages", "pensions"):
        assert len(list((dirty.out / "landing" / feed).iterdir())) == 4


def test_the_dial_turns_the_number_of_faults(tmp_path: Path) -> None:
    """`--dirt` would have no effect."""

    def lost(dial: float) -> int:
        summary = generate(people=400, months=1, seed=1, dirt=dial, out=tmp_path / str(dial))
        return sum(each.rows_quarantined for each in _receipts(summary))

    assert lost(0) == 0
    assert lost(0.1) < lost(1.0)
