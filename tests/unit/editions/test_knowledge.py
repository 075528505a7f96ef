"""Which deliveries count at as_of, and what a feed says by them (domain line 13)."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from editions.knowledge import KnownDelivery, identities, in_force, known_feed_tables
from schemas.contract import all_feeds, get_feed
from schemas.tables import get_table

AS_OF = date(2026, 3, 31)


class Lake:
    """Deliveries as the registry keeps them, in a directory of the test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.deliveries: list[KnownDelivery] = []

    def add(self, feed: str, month: str, rows: list[dict[str, Any]], *, sender: str = "s", revision: int = 1) -> None:
        """Deliver `rows`, columns that are not given being null."""
        schema = get_feed(feed).keyed_schema
        name = f"{feed}-{month}-{sender}-{revision}"
        source = {"source_feed": feed, "source_delivery": name, "source_sheet": ""}
        given = [source | {"source_row": place} | row for place, row in enumerate(rows, start=2)]
        path, people = self.root / f"{name}.parquet", self.root / f"{name}.people.parquet"
        pl.DataFrame(given, schema=schema).write_parquet(path)
        keys = [row["person_key"] for row in rows if "person_key" in row]
        pl.DataFrame({"person_key": keys}, schema={"person_key": pl.String}).with_columns(
            birth_on=pl.lit(date(1980, 1, 1)), sex=pl.lit("male")
        ).write_parquet(people)
        self.deliveries.append(
            KnownDelivery(
                feed=feed,
                month=month,
                sender=sender,
                revision=revision,
                delivery_id=name,
                path=path,
                identities_path=people,
            )
        )

    def table(self, feed: str, as_of: date = AS_OF) -> pl.DataFrame:
        """What is known of `feed`."""
        return known_feed_tables(self.deliveries, as_of)[feed].collect()


def test_every_feed_is_there(tmp_path: Path) -> None:
    """A feed that never delivered must be an empty table, not a crash."""
    tables = known_feed_tables([], AS_OF)
    assert set(tables) == set(all_feeds())
    assert all(dict(rows.collect().schema) == get_feed(name).keyed_schema for name, rows in tables.items())
    assert identities([], AS_OF).collect().schema == get_table("identities").schema


def test_later_months_are_not_known(tmp_path: Path) -> None:
    """An edition of March computed in June must not know what June delivered."""
    lake = Lake(tmp_path)
    lake.add("tax_wages", "2026-03", [{"person_key": "a", "gross_fen": 1}])
    lake.add("tax_wages", "2026-04", [{"person_key": "a", "gross_fen": 2}])
    assert lake.table("tax_wages")["gross_fen"].to_list() == [1]


def test_a_revision_replaces_its_delivery_alone(tmp_path: Path) -> None:
    """A corrected file must replace the wrong one whole, and no other sender's."""
    lake = Lake(tmp_path)
    lake.add("tax_wages", "2026-01", [{"person_key": "a", "gross_fen": 1}, {"person_key": "b", "gross_fen": 1}])
    lake.add("tax_wages", "2026-01", [{"person_key": "c", "gross_fen": 3}], sender="t")
    lake.add("tax_wages", "2026-01", [{"person_key": "a", "gross_fen": 2}], revision=10)
    lake.add("tax_wages", "2026-01", [{"person_key": "a", "gross_fen": 9}], revision=9)
    assert sorted(lake.table("tax_wages").select("person_key", "gross_fen").rows()) == [("a", 2), ("c", 3)]


def test_last_snapshot_holds_when_the_next_is_missing(tmp_path: Path) -> None:
    """A department that misses a month must not lose its people for it."""
    lake = Lake(tmp_path)
    lake.add("vehicles", "2026-01", [{"person_key": "a", "plate_no": "1"}])
    lake.add("vehicles", "2026-02", [{"person_key": "b", "plate_no": "2"}])
    assert lake.table("vehicles")["plate_no"].to_list() == ["2"]
    assert lake.table("vehicles", date(2026, 1, 31))["plate_no"].to_list() == ["1"]


def test_latest_change_of_a_business_key_holds(tmp_path: Path) -> None:
    """A spell whose end arrives later must not stay open, whatever order the files came in."""
    lake = Lake(tmp_path)
    spell = {"person_key": "a", "family_no": "N1", "programme": "marginal", "started_on": date(2025, 1, 1)}
    lake.add("assistance_register", "2026-02", [spell | {"ended_on": date(2026, 2, 1)}])
    lake.add("assistance_register", "2026-01", [spell])
    assert lake.table("assistance_register")["ended_on"].to_list() == [date(2026, 2, 1)]
    assert lake.table("assistance_register", date(2026, 1, 31))["ended_on"].to_list() == [None]


def test_latest_row_of_one_file_holds(tmp_path: Path) -> None:
    """A file that repeats a record with a correction below it means the lower row."""
    lake = Lake(tmp_path)
    spell = {"person_key": "a", "family_no": "N1", "programme": "marginal", "started_on": date(2025, 1, 1)}
    lake.add("assistance_register", "2026-01", [spell, spell | {"ended_on": date(2025, 9, 1)}])
    assert lake.table("assistance_register")["ended_on"].to_list() == [date(2025, 9, 1)]


def test_change_under_a_corrected_number_meets_its_record(tmp_path: Path) -> None:
    """A spell opened under the old number and closed under the new one must not stay open."""
    lake = Lake(tmp_path)
    spell = {"family_no": "N1", "programme": "marginal", "started_on": date(2025, 1, 1)}
    lake.add("assistance_register", "2026-01", [spell | {"person_key": "old"}])
    lake.add("id_corrections", "2026-02", [{"old_key": "old", "person_key": "new", "corrected_on": date(2026, 2, 5)}])
    lake.add("assistance_register", "2026-02", [spell | {"person_key": "new", "ended_on": date(2026, 2, 1)}])
    assert lake.table("assistance_register").select("person_key", "ended_on").rows() == [("new", date(2026, 2, 1))]


def test_events_add_up(tmp_path: Path) -> None:
    """Payments of every month count, not those of the last file."""
    lake = Lake(tmp_path)
    for month in ("2026-02", "2026-01"):
        lake.add("charity_aid", month, [{"person_key": "a", "amount_fen": 1}])
    assert lake.table("charity_aid").height == 2


def test_identities_of_all_counted_deliveries(tmp_path: Path) -> None:
    """A person known from one feed only needs an age too; nobody has two."""
    lake = Lake(tmp_path)
    lake.add("charity_aid", "2026-01", [{"person_key": "a"}, {"person_key": "b"}])
    lake.add("tax_wages", "2026-02", [{"person_key": "b"}])
    lake.add("tax_wages", "2026-04", [{"person_key": "c"}])
    assert sorted(identities(lake.deliveries, AS_OF).collect()["person_key"]) == ["a", "b"]
    assert len(in_force(lake.deliveries, AS_OF)) == 2
