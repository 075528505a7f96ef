"""The tables of a delivery: text stays text, in whatever parts it was held."""

from pathlib import Path

import polars as pl
import pytest

import registry.delivered
from linkage.identity import IdentityKey
from registry.delivered import DeliveredTables
from schemas.contract import contract_of, get_feed
from schemas.delivery import Delivery
from schemas.taking import QUARANTINE_SCHEMA
from tests.unit.registry.deliveries import number

FEED = "medical_settlements"
DELIVERY = Delivery(FEED, "2026-01", "bureau", 1, "bureau.xlsx", "0" * 64)
SHEETS = ("", "一月", "二月")


def piece(place: int) -> pl.DataFrame:
    """Two accepted rows of a sheet."""
    schema = {each.name: each.dtype for each in contract_of(FEED).columns}
    rows = {"person_id": [number(place), number(place + 1)], "source_row": [2, 3]}
    frame = pl.DataFrame(rows).with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name != "person_id"
    )
    words = {"source_feed": FEED, "source_delivery": DELIVERY.delivery_id, "source_sheet": SHEETS[place]}
    return frame.with_columns(pl.lit(text).alias(name) for name, text in words.items())


@pytest.mark.parametrize("held_bytes", [0, 1 << 27])
def test_constant_columns_are_read_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_bytes: int) -> None:
    """If they were read as categories, joins and unions with the text of other deliveries failed for everybody."""
    monkeypatch.setattr(registry.delivered, "_HELD_BYTES", held_bytes)
    tables = DeliveredTables(tmp_path, DELIVERY, IdentityKey(b"k" * 32))
    tables.begin()
    for place in range(3):
        tables.add(piece(place), pl.DataFrame(schema=QUARANTINE_SCHEMA))
    names = ("table", "vault", "identities", "quarantine")
    paths = {name: tmp_path / f"{name}.parquet" for name in names}
    tables.write(**paths)
    rows = pl.read_parquet(paths["table"])
    assert dict(rows.schema) == get_feed(FEED).keyed_schema
    assert rows["source_sheet"].to_list() == [sheet for sheet in SHEETS for _ in range(2)]
    assert set(rows["source_delivery"]) == {DELIVERY.delivery_id}
    assert pl.read_parquet(paths["vault"])["source_feed"].to_list() == [FEED] * 4
    assert pl.read_parquet_schema(paths["quarantine"]) == QUARANTINE_SCHEMA
