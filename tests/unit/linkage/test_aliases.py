"""Corrected identity numbers (domain line 15)."""

from datetime import date

import polars as pl

from linkage.aliases import current_keys, replace_keys

SCHEMA = {"old_key": pl.String, "person_key": pl.String, "corrected_on": pl.Date}


def current(*rows: tuple[str, str, date]) -> dict[str, str]:
    frame = current_keys(pl.LazyFrame(list(rows), schema=SCHEMA, orient="row")).collect()
    return dict(frame.iter_rows())


def test_chain_of_corrections_ends_at_the_last_key() -> None:
    """A person corrected several times must be one person, not several."""
    steps = [(f"k{place}", f"k{place + 1}", date(2020 + place, 1, 1)) for place in range(10)]
    assert set(current(*steps).values()) == {"k10"}


def test_latest_correction_of_a_key_holds() -> None:
    """A mistaken correction is mended by a later one."""
    assert current(("a", "b", date(2020, 1, 1)), ("a", "c", date(2021, 1, 1))) == {"a": "c"}


def test_correction_taken_back() -> None:
    """A correction that is undone must not leave the person without a key."""
    assert current(("a", "b", date(2020, 1, 1)), ("b", "a", date(2021, 1, 1))) == {"b": "a"}
    assert current(("a", "b", date(2020, 1, 1)), ("b", "a", date(2020, 1, 1))) == {"a": "b"}


def test_replace_keys_keeps_the_frame() -> None:
    """Replacing keys must neither drop, double nor reorder rows."""
    frame = pl.LazyFrame({"person_key": ["b", None, "a"], "mother_key": ["a", "c", None], "n": [1, 2, 3]})
    known = pl.LazyFrame({"old_key": ["a"], "person_key": ["z"]})
    replaced = replace_keys(frame, ["person_key", "mother_key"], known).collect()
    assert replaced.rows() == [("b", "z", 1), (None, "c", 2), ("z", None, 3)]
    assert replaced.columns == ["person_key", "mother_key", "n"]
