"""The content hash and the input set of an edition."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editions.errors import UnhashableColumnError
from editions.hashing import content_hash, table_hash
from editions.inputs import InputDelivery, InputSet

GOLDEN = "b757a8c761e2f72ac4097d109effc3ed"
FRAME = pl.DataFrame(
    {"a": ["x", None, ""], "b": [1, 2, None], "c": [True, False, None], "d": [date(2026, 1, 1), None, None]}
)


@given(st.permutations(range(3)))
def test_row_order_does_not_matter(order: list[int]) -> None:
    """Replay compares hashes; a different thread order must not look like a different list."""
    assert table_hash(FRAME[order]) == table_hash(FRAME)
    assert table_hash(FRAME.lazy().select("d", "c", "b", "a")) == table_hash(FRAME)


def test_every_change_shows() -> None:
    """A changed, doubled or missing row, a null for an empty text, or another type must change the hash."""
    others = [
        FRAME.with_columns(a=pl.col("a").fill_null("")),
        FRAME.with_columns(b=pl.col("b").cast(pl.String)),
        FRAME.vstack(FRAME[:1]),
        FRAME[:2],
        FRAME.rename({"a": "z"}),
    ]
    assert len({table_hash(each) for each in [FRAME, *others]}) == 6


def test_hash_is_the_same_on_every_machine() -> None:
    """Editions are compared between machines and years: this value must never change."""
    assert content_hash({"t": FRAME}) == GOLDEN


def test_tables_are_told_apart_by_name() -> None:
    """Members in the place of the list are another edition."""
    assert content_hash({"a": FRAME, "b": FRAME[:1]}) != content_hash({"b": FRAME, "a": FRAME[:1]})
    assert content_hash({"a": FRAME, "b": FRAME[:1]}) == content_hash({"b": FRAME[:1], "a": FRAME})


def test_floats_are_refused() -> None:
    """A float prints differently from machine to machine; it must never reach an edition."""
    with pytest.raises(UnhashableColumnError, match="'x'"):
        table_hash(pl.DataFrame({"x": [0.1]}))


def inputs(deliveries: tuple[InputDelivery, ...], **changes: str) -> InputSet:
    given_values = {"parameters_digest": "p", "code_version": "1", "identity_fingerprint": "f"} | changes
    return InputSet(as_of=date(2026, 3, 31), deliveries=deliveries, **given_values)


ONE = InputDelivery("tax_wages", "2026-01", "tax", 1, "d1", "s1")
TWO = InputDelivery("pensions", "2026-01", "labour", 1, "d2", "s2")


def test_input_hash_depends_on_what_went_in_alone() -> None:
    """Running a month twice must find the edition that is there; a new parameter must make another."""
    assert inputs((ONE, TWO)).input_hash == inputs((TWO, ONE)).input_hash
    assert inputs((ONE, TWO)).input_hash != inputs((ONE,)).input_hash
    assert inputs((ONE,)).input_hash != inputs((ONE,), parameters_digest="q").input_hash
    assert inputs((ONE,)).input_hash != inputs((ONE,), code_version="2").input_hash


def test_manifest_names_files_by_hash() -> None:
    """An auditor re-derives an edition from its manifest."""
    manifest = inputs((ONE, TWO)).manifest()
    assert [each["sha256"] for each in manifest["deliveries"]] == ["s2", "s1"]
    assert manifest["as_of"] == "2026-03-31"
