"""Every ground of the list leads to what was delivered or decided; each way to break off is found."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from assets.checks import CHAIN, chain_check
from editions.chain import Chains
from editions.inputs import InputDelivery, InputSet
from registry.chain import follow
from registry.intake import ingest, new_files
from rules.parameters import load_parameters
from schemas.receipts import Receipt
from schemas.settings import Settings
from schemas.tables import get_table
from tests.unit.registry.deliveries import land, row
from tests.unit.registry.examples import JUNE, edition, family, hit, key, member

Tables = dict[str, pl.DataFrame]
PARAMETERS = load_parameters().as_of(JUNE)


@pytest.fixture
def receipt(settings: Settings, engine: Engine) -> Receipt:
    """One accepted delivery of two rows, at 2 and 3."""
    land(settings, [row(1), row(2)])
    (landed,) = new_files(settings, engine)
    return ingest(landed, settings, engine, today=JUNE, run_id="run-of-the-delivery")


def _standing(receipt: Receipt, **changes: Any) -> dict[str, Any]:
    return {
        "family_id": "H:100",
        "person_key": key(1),
        "ground": "temporary_assistance",
        "status": "listed",
        "since": date(2026, 6, 30),
        "basis": "aid_temporary",
        "source_feed": "temporary_assistance",
        "source_delivery": receipt.delivery_id,
        "source_sheet": None,
        "source_row": 2,
    } | changes


def _tables(receipt: Receipt, *, standing: dict[str, Any] | None = None, found: dict[str, Any] | None = None) -> Tables:
    source = {"source_delivery": receipt.delivery_id, "source_sheet": None, "source_row": 3}
    made = edition(
        listed=[family("H:100", 1)],
        members=[member("H:100", 1)],
        hits=[hit("H:100", 1, **(source | (found or {})))],
        standings=[_standing(receipt, **(standing or {}))],
    )
    return {name: frame.lazy().collect() for name, frame in made.items()}


def _inputs(*receipts: Receipt, feeds: tuple[str, ...] = ()) -> InputSet:
    named = [InputDelivery(x.feed, x.month, x.sender, x.revision, x.delivery_id, x.sha256) for x in receipts]
    return InputSet(
        as_of=JUNE,
        deliveries=tuple(named),
        parameters_digest="p",
        code_version="0",
        identity_fingerprint="i",
    )


def _followed(settings: Settings, engine: Engine, inputs: InputSet, tables: Tables) -> Chains:
    decisions = get_table("decisions").empty()
    return follow(engine, settings, inputs, tables, parameters=PARAMETERS, decisions=decisions)


def _sheet_of(settings: Settings, receipt: Receipt) -> Any:
    """The sheet as the rows name it: a file of text has none."""
    (path,) = settings.lake_dir.glob(f"feeds/*/*/{receipt.delivery_id}.parquet")
    return pl.read_parquet(path)["source_sheet"][0]


def _named(settings: Settings, receipt: Receipt, **given: Any) -> Tables:
    sheet = {"source_sheet": _sheet_of(settings, receipt)}
    standing, found = given.get("standing") or {}, given.get("found") or {}
    return _tables(receipt, standing=sheet | standing, found=sheet | found)


def test_a_complete_chain_passes(settings: Settings, engine: Engine, receipt: Receipt) -> None:
    """If this fails, a sound edition cannot be published."""
    chains = _followed(settings, engine, _inputs(receipt), _named(settings, receipt))
    assert chains == Chains(2, {})
    result = chain_check(chains)
    assert result.passed
    assert result.check_name == CHAIN


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"source_delivery": None}, "evidence without a source"),
        ({"source_delivery": "0" * 16}, "a delivery that was never accepted"),
        ({"source_feed": "medical_aid"}, "a delivery that was never accepted"),
        ({"source_row": 99}, "a row that its delivery does not have"),
        ({"source_row": None}, "a row that its delivery does not have"),
    ],
)
def test_a_broken_standing_is_found(
    settings: Settings, engine: Engine, receipt: Receipt, changed: dict[str, Any], where: str
) -> None:
    """If this fails, a family is published that nobody can explain."""
    chains = _followed(settings, engine, _inputs(receipt), _named(settings, receipt, standing=changed))
    assert chains.broken == {where: 1}
    result = chain_check(chains)
    assert not result.passed
    assert where in (result.description or "")


def test_a_broken_hit_is_found(settings: Settings, engine: Engine, receipt: Receipt) -> None:
    """If this fails, evidence beside the strongest is published without a source."""
    tables = _named(settings, receipt, found={"source_delivery": None})
    assert _followed(settings, engine, _inputs(receipt), tables).broken == {"evidence without a source": 1}


def test_a_delivery_outside_the_input_set_is_found(settings: Settings, engine: Engine, receipt: Receipt) -> None:
    """If this fails, an edition rests on a file that its record does not name, and cannot be computed again."""
    tables = _named(settings, receipt)
    assert _followed(settings, engine, _inputs(), tables).broken == {"a delivery outside the input set": 2}


def test_a_ground_that_is_kept_may_rest_on_a_replaced_delivery(
    settings: Settings, engine: Engine, receipt: Receipt
) -> None:
    """If this fails, a correction of an old file stops every later edition."""
    tables = _named(settings, receipt, standing={"status": "proposed_exit"})
    chains = _followed(settings, engine, _inputs(), tables | {"hits": tables["hits"].clear()})
    assert chains.complete
    assert chains.followed == 1


def test_the_silence_of_feeds_needs_the_feeds(settings: Settings, engine: Engine, receipt: Receipt) -> None:
    """If this fails, no record is taken for evidence although nobody delivered."""
    silent = {"ground": "low_income_family", "basis": "no_income_record", "source_delivery": None}
    chains = _followed(settings, engine, _inputs(receipt), _named(settings, receipt, standing=silent))
    assert chains.broken == {"an absence without the feeds that would show a record": 1}


def test_an_unknown_decision_is_found(settings: Settings, engine: Engine, receipt: Receipt) -> None:
    """If this fails, an inclusion by a person is published without that person's decision."""
    decided = {"ground": "verified_inclusion", "source_delivery": None, "decision_id": "d" * 16}
    tables = _named(settings, receipt, standing=decided)
    assert _followed(settings, engine, _inputs(receipt), tables).broken == {"a decision that is not recorded": 1}
    known = pl.LazyFrame({"decision_id": ["d" * 16]})
    chains = follow(engine, settings, _inputs(receipt), tables, parameters=PARAMETERS, decisions=known)
    assert chains.complete


def test_a_family_without_a_ground_is_found(settings: Settings, engine: Engine, receipt: Receipt) -> None:
    """If this fails, a family stands on the list for no reason at all."""
    tables = _named(settings, receipt)
    tables["standings"] = tables["standings"].clear()
    assert _followed(settings, engine, _inputs(receipt), tables).broken == {"a listed family without a ground": 1}


def test_a_check_counts_and_names_nobody(settings: Settings, engine: Engine, receipt: Receipt) -> None:
    """If this fails, person keys and family numbers reach the event log."""
    chains = _followed(
        settings, engine, _inputs(receipt), _named(settings, receipt, standing={"source_delivery": None})
    )
    told = str(chain_check(chains))
    assert key(1) not in told
    assert "H:100" not in told
