"""Amounts in files that people read."""

from pathlib import Path

import polars as pl

from registry.exports.plain import write_csv
from registry.exports.words import in_yuan


def test_amounts_are_written_to_the_fen(tmp_path: Path) -> None:
    """If this fails, an office reads 41954.950000000004 yuan in its CSV."""
    amounts = pl.DataFrame({"fen": [4195495, 803, -1, 3706000]})
    write_csv(tmp_path / "x.csv", amounts.select(in_yuan("fen")))
    assert (tmp_path / "x.csv").read_text("utf-8-sig").split() == ["fen", "41954.95", "8.03", "-0.01", "37060.0"]
