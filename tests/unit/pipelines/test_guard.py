"""What the event log may say of an error, and what metadata may show."""

import base64
import re

import dagster as dg
import polars as pl
import pytest

from assets.guard import guarded
from assets.metadata import bars, counts_table, feed_schema, records
from schemas.contract import get_feed
from schemas.errors import DoudiError

CANARY = "淦龘靐犇"


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    """The engineer would not learn what to do."""
    with pytest.raises(dg.Failure) as caught, guarded("feed vehicles"):
        raise DoudiError("the landing directory is full; make room")
    assert caught.value.description == "feed vehicles: the landing directory is full; make room"
    assert not caught.value.allow_retries


def test_an_error_of_a_library_is_told_by_type_and_place() -> None:
    """Polars quotes the cell that it could not read, and the event log would keep it."""
    with pytest.raises(dg.Failure) as caught, guarded("feed vehicles"):
        pl.Series([CANARY]).cast(pl.Int64)
    told = str(caught.value.description)
    assert re.search(r"InvalidOperationError at tests/unit/pipelines/test_guard\.py:\d+ in test_an_error", told)
    assert CANARY not in told
    assert CANARY not in str(caught.value.metadata)
    assert caught.value.__suppress_context__, "a printed traceback would show the first error after all"


def test_a_failure_that_was_worded_already_is_not_worded_again() -> None:
    """A failed check would be hidden behind 'Failure at ...'."""
    with pytest.raises(dg.Failure, match="members: doubled"), guarded("stage members"):
        raise dg.Failure("members: doubled")


def test_a_stop_by_hand_stays_one() -> None:
    """Ctrl-C would be recorded as a failure of the data."""
    with pytest.raises(KeyboardInterrupt), guarded("stage members"):
        raise KeyboardInterrupt


def test_bars_are_a_picture_and_numbers() -> None:
    """A reader without pictures, or a label with a sign of HTML, must not be left with nothing."""
    text = str(bars({"accepted": 10, "a<b": 5}).value)
    picture = base64.b64decode(text.split("base64,")[1].split(")", maxsplit=1)[0]).decode()
    assert picture.count("<rect") == 2
    assert "a&lt;b" in picture
    assert "accepted: 10; a<b: 5" in text


def test_bars_of_nothing_are_no_error() -> None:
    """The first month without any warning would fail the publication."""
    assert "base64" in str(bars({}).value)
    assert "base64" in str(bars({"none": 0}).value)


def test_tables_of_counts_keep_their_order() -> None:
    """Reasons are shown most frequent first."""
    value = counts_table({"b": 2, "a": 1})
    assert [each.data["what"] for each in value.records] == ["b", "a"]
    assert records([]).records == []


def test_vaulted_columns_are_not_in_the_schema() -> None:
    """Names and addresses leave the feed table: its schema must not claim to hold them."""
    names = {each.name for each in feed_schema(get_feed("temporary_assistance")).columns}
    assert "person_key" in names
    assert not {"person_id", "person_name"} & names
