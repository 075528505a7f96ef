"""What the vault is told of the people of a delivery that comes in pieces."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import IdentityKey, PersonKeys, person_keys, pseudonymise
from linkage.spellings import Spellings
from schemas.contract import get_feed
from schemas.identifiers import check_digit

KEY = IdentityKey(b"k" * 32)
FEED = get_feed("household_registration")
SAID = ["id_number", "person_name", "phone", "address"]
NUMBERS = [stem + check_digit(stem) for stem in (f"3301081980022900{place}" for place in range(1, 6))]

words = st.sampled_from([None, "甲", "乙", "丙" * 9])
rows_of_people = st.lists(
    st.tuples(st.sampled_from(NUMBERS), words, words, words, st.sampled_from([None, *NUMBERS])), max_size=30
)


def accepted(rows: list[tuple[str | None, ...]]) -> pl.DataFrame:
    """Rows of the register of residents; what they do not tell is null."""
    schema = {each.name: each.dtype for each in FEED.columns} | {
        "source_feed": pl.String(),
        "source_delivery": pl.String(),
        "source_sheet": pl.String(),
        "source_row": pl.Int64(),
    }
    names = ("person_id", "person_name", "phone", "address", "mother_id")
    given = [dict(zip(names, row, strict=True)) | {"source_feed": FEED.name, "source_delivery": "d"} for row in rows]
    return pl.DataFrame(given, schema=schema)


@given(rows=rows_of_people, size=st.integers(1, 8))
def test_pieces_tell_the_vault_the_same(rows: list[tuple[str | None, ...]], size: int) -> None:
    """If this breaks, a large delivery forgets names or files them under other people."""
    people = PersonKeys(KEY)
    pieces = [pseudonymise(accepted(rows[at : at + size]), FEED, people) for at in range(0, len(rows) or 1, size)]
    expected = {(row[0], *row[1:4]) for row in rows} | {(row[4], None, None, None) for row in rows if row[4]}
    told = pl.concat([each.vault for each in pieces])
    assert sorted(told.select(SAID).rows(), key=str) == sorted(expected, key=str)
    assert told["person_key"].to_list() == person_keys(told["id_number"], KEY).to_list()
    assert set(people.people.rows()) == set(told.select("person_key", "id_number").rows())
    keys = [key for each in pieces for key in each.rows["person_key"]]
    assert keys == person_keys(pl.Series([row[0] for row in rows], dtype=pl.String), KEY).to_list()


@pytest.mark.parametrize(
    ("names", "new"), [(["甲", "甲"], [0]), (["甲", "乙", "甲", "乙"], [0, 1]), ([None, None], [0])]
)
def test_a_spelling_is_told_once(names: list[str | None], new: list[int]) -> None:
    """If this breaks, the vault grows with rows instead of people, or loses the second spelling of a name."""
    spellings = Spellings()
    codes = pl.Series([3] * len(names), dtype=pl.UInt32)
    said = pl.DataFrame({"person_name": names}, schema={"person_name": pl.String})
    assert spellings.new(codes, said).to_list() == new
    assert spellings.new(codes, said).is_empty()


def test_nobody_is_told_nothing_of() -> None:
    """A parent who is not named in a row must not become a person."""
    spellings = Spellings()
    codes = pl.Series([None, None], dtype=pl.UInt32)
    assert spellings.new(codes, pl.DataFrame({"person_name": ["甲", None]})).is_empty()
