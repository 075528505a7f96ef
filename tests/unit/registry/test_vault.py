"""From keys back to people."""

import polars as pl
import pytest

from registry.vault import Vault, mask_id, mask_id_expr, mask_name, mask_name_expr
from schemas.settings import Settings
from tests.vaulted import deliver_people


def _deliver(settings: Settings, month: str, feed: str, *rows: tuple[str | None, ...]) -> None:
    deliver_people(settings.vault_dir, rows, feed=feed, month=month)


def test_the_best_spelling_is_shown(settings: Settings) -> None:
    """If this fails, staff see a masked or misspelt name although the right one was delivered."""
    _deliver(settings, "2026-01", "household_registration", ("k1", "n1", "欧阳甲", "1", "老地址"))
    _deliver(settings, "2026-06", "pensions", ("k1", "n1", "欧*", "2", None), ("k2", "n2", "乙*", None, None))
    _deliver(settings, "2026-05", "tax_wages", ("k1", "n1", "欧阳假", None, "新地址"))
    found = Vault(settings).people(["k1", "k2", "k9"])
    assert found.rows() == [("k1", "n1", "欧阳甲", "2", "老地址"), ("k2", "n2", "乙*", None, None)]


def test_an_empty_vault_knows_nobody(settings: Settings) -> None:
    """If this fails, the first export of a new installation stops."""
    assert Vault(settings).people(["k1"]).is_empty()


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("330108198001010012", "330108********0012"),
        (None, ""),
        ("", ""),
        ("12345", "*"),
        ("1234567890", "*"),
    ],
)
def test_masking_numbers(number: str | None, masked: str) -> None:
    """If this fails, the birth date shows, or the scalar and the column disagree."""
    assert mask_id(number) == masked
    frame = pl.DataFrame({"x": [number]}, schema={"x": pl.String})
    assert (frame.select(mask_id_expr("x")).item() or "") == masked


@pytest.mark.parametrize(("name", "masked"), [("欧阳甲", "欧**"), (None, ""), ("", ""), ("甲", "甲")])
def test_masking_names(name: str | None, masked: str) -> None:
    """If this fails, a masked page names people."""
    assert mask_name(name) == masked
    frame = pl.DataFrame({"x": [name]}, schema={"x": pl.String})
    assert frame.select(mask_name_expr("x")).item() == masked
