from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pandera.config import ValidationDepth, config_context

from schemas.contract import all_feeds
from schemas.errors import BrokenContractError
from schemas.validation import check_accepted, feed_schema
from tests.unit.schemas.files import as_csv, feed_of, table, taken

FEED = feed_of("household_registration")


def accepted(folder: Path, name: str = FEED.name) -> pl.DataFrame:
    return taken(folder, as_csv(table(feed_of(name))), feed=name).accepted


@pytest.mark.parametrize("name", sorted(all_feeds()))
def test_every_feed_takes_its_own_plain_rows(tmp_path: Path, name: str) -> None:
    """If this breaks, a contract contradicts itself and its department can deliver nothing."""
    result = taken(tmp_path, as_csv(table(feed_of(name), 5)), feed=name)
    assert result.receipt.rows_accepted == 5
    assert result.receipt.balanced
    assert dict(result.accepted.schema.items()) | feed_of(name).keyed_schema  # the keyed table derives from it
    assert set(feed_schema(name).columns) == set(result.accepted.columns)


@pytest.mark.parametrize(
    ("column", "spoil"),
    [
        ("person_id", lambda c: pl.lit("33010819700101001x")),
        ("person_id", lambda c: pl.lit(None, dtype=pl.String)),
        ("father_id", lambda c: pl.lit("123")),
        ("household_no", lambda c: pl.lit(None, dtype=pl.String)),
        ("street_code", lambda c: pl.lit("330108999")),
        ("household_type", lambda c: pl.lit("家庭户")),
        ("birth_on", lambda c: c.cast(pl.String)),
        ("registered_on", lambda c: pl.lit(None, dtype=pl.Date)),
        ("source_row", lambda c: pl.lit(0, dtype=pl.Int64)),
        ("source_feed", lambda c: pl.lit("another")),
        ("source_delivery", lambda c: pl.lit(None, dtype=pl.String)),
    ],
)
def test_the_gate_holds_for_each_kind_of_breach(
    tmp_path: Path, column: str, spoil: Callable[[pl.Expr], pl.Expr]
) -> None:
    """If this breaks, a mistake in reading passes into the vault and the lists."""
    spoilt = accepted(tmp_path).with_columns(spoil(pl.col(column)).alias(column))
    with pytest.raises(BrokenContractError, match=column):
        check_accepted(spoilt, FEED, file="street.csv")


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("disability_certificates", "disability_grade", pl.lit(5, dtype=pl.Int64)),
        ("disability_certificates", "disability_grade", pl.lit(0, dtype=pl.Int64)),
        ("tax_wages", "gross_fen", pl.lit(-1, dtype=pl.Int64)),
        ("tax_wages", "period_month", pl.lit(date(2026, 1, 2))),
        ("tax_other_income", "period", pl.lit("2026-13")),
    ],
)
def test_the_gate_holds_for_ranges_months_and_periods(tmp_path: Path, name: str, column: str, value: pl.Expr) -> None:
    """If this breaks, values outside the contract's range pass."""
    spoilt = accepted(tmp_path, name).with_columns(value.alias(column))
    with pytest.raises(BrokenContractError, match=column):
        check_accepted(spoilt, feed_of(name), file="street.csv")


def test_the_gate_holds_for_missing_and_surplus_columns(tmp_path: Path) -> None:
    """If this breaks, an undeclared column with personal data passes on."""
    frame = accepted(tmp_path)
    for wrong in (frame.drop("address"), frame.with_columns(ethnicity=pl.lit("x"))):
        with pytest.raises(BrokenContractError):
            check_accepted(wrong, FEED, file="street.csv")


def test_the_gate_names_no_values(tmp_path: Path) -> None:
    """If this breaks, a person's data stand in logs and the event store."""
    spoilt = accepted(tmp_path).with_columns(street_code=pl.lit("PLANTED-VALUE"))
    with pytest.raises(BrokenContractError) as caught:
        check_accepted(spoilt, FEED, file="street.csv")
    assert "PLANTED-VALUE" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "off",
    [{"validation_enabled": False}, {"validation_depth": ValidationDepth.SCHEMA_ONLY}],
    ids=["disabled", "names only"],
)
def test_the_gate_cannot_be_switched_off(tmp_path: Path, off: dict[str, Any]) -> None:
    """If this breaks, a variable in the environment lets everything pass."""
    spoilt = accepted(tmp_path).with_columns(street_code=pl.lit("330108999"))
    with config_context(**off), pytest.raises(BrokenContractError, match="street_code"):
        check_accepted(spoilt, FEED, file="street.csv")
