"""One line a person, whatever the order in which deliveries came, and nobody's after an erasure."""

import random
import sqlite3
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import people_index
from registry.people_index import INDEX_NAME, PeopleIndex
from tests.vaulted import deliver_people

_Row = tuple[str, str | None, str | None, str | None, str | None]
_TRUST = ("household_registration", "assistance_register", "declared_members", "pensions")


def _deliver(root: Path, feed: str, month: str, *rows: _Row, name: str = "d") -> Path:
    return deliver_people(root, rows, feed=feed, month=month, name=name)


_rows = st.tuples(
    st.sampled_from(["k1", "k2"]),
    st.just("n"),
    st.sampled_from([None, "", "甲", "甲*", "乙", "甲 乙"]),
    st.sampled_from([None, "1", "2"]),
    st.sampled_from([None, "某 路 1 号", "某路"]),
)
_deliveries = st.lists(
    st.tuples(st.sampled_from(_TRUST), st.sampled_from(["2026-01", "2026-02"]), st.lists(_rows, min_size=1)),
    min_size=1,
    max_size=5,
)


def _expected(deliveries: list[tuple[str, str, list[_Row]]], key: str) -> tuple[str | None, ...] | None:
    """The rule said in plain words, one person at a time."""
    told = [(feed, month, row) for feed, month, rows in deliveries for row in rows if row[0] == key]
    if not told:
        return None

    def best(place: int, *, masks: bool, trusted: bool) -> str | None:
        ranked = [
            (
                masks and "*" in str(row[place]),
                _TRUST.index(feed) if trusted else 0,
                -int(month.replace("-", "")),
                row[place],
            )
            for feed, month, row in told
            if row[place]
        ]
        return min(ranked)[-1] if ranked else None

    return (
        key,
        "n",
        best(2, masks=True, trusted=True),
        best(3, masks=False, trusted=False),
        best(4, masks=False, trusted=True),
    )


@settings(max_examples=40, deadline=None)
@given(deliveries=_deliveries, order=st.randoms(use_true_random=False))
def test_the_order_of_deliveries_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    deliveries: list[tuple[str, str, list[_Row]]],
    order: random.Random,
) -> None:
    """Otherwise a family is called by another name after a restart, or the older telephone is rung."""
    root = tmp_path_factory.mktemp("vault")
    numbered = list(enumerate(deliveries))
    order.shuffle(numbered)
    for number, (feed, month, rows) in numbered:
        _deliver(root, feed, month, *rows, name=f"d{number}")
        PeopleIndex(root).refresh()
    expected = [each for key in ("k1", "k2") if (each := _expected(deliveries, key))]
    assert PeopleIndex(root).people(["k2", "k1", None]) == expected


@pytest.mark.parametrize("months", [("2026-06", "2026-06"), ("2026-05", "2026-06"), ("2026-06", "2026-05")])
def test_of_two_addresses_the_later_counts(tmp_path: Path, months: tuple[str, str]) -> None:
    """Whoever moved is delivered with both: a visit or a letter would go to where the family lives no more."""
    homes = zip(months, ("一号", "二号"), ("c1", "c2"), (date(2019, 5, 1), date(2026, 5, 3)), strict=True)
    for month, home, community, since in homes:
        row = ("k1", "n1", "甲", None, home)
        said = {"feed": "household_registration", "month": month, "name": community}
        deliver_people(tmp_path, [row], **said, community=community, since=since)
    index = PeopleIndex(tmp_path)
    assert index.people(["k1"]) == [("k1", "n1", "甲", None, "二号")]
    assert index.communities(["k1", "k2"]) == {"k1": "c2"}


def test_files_and_an_index_of_before_places_were_kept_are_read(tmp_path: Path) -> None:
    """Otherwise an installation that is brought up to date knows nobody, or does not start."""
    row = ("k1", "n1", "甲", None, "一 号")
    path = deliver_people(tmp_path, [row], feed="household_registration", community="c1", since=date(2019, 5, 1))
    pl.read_parquet(path).drop("community_code", "started_on").write_parquet(path)
    with sqlite3.connect(tmp_path / INDEX_NAME) as earlier:
        earlier.execute("CREATE TABLE file (path TEXT PRIMARY KEY, size INTEGER, modified_ns INTEGER)")
        earlier.execute("CREATE TABLE person (person_key TEXT PRIMARY KEY, id_number TEXT)")
        earlier.execute("INSERT INTO person VALUES ('gone', 'n9')")
    earlier.close()
    index = PeopleIndex(tmp_path)
    assert index.people(["k1", "gone"]) == [row]
    assert index.communities(["k1"]) == {"k1": None}


def test_a_person_is_found_by_number_telephone_or_the_beginning_of_the_name(tmp_path: Path) -> None:
    """Otherwise staff who have a caller on the telephone cannot find the family."""
    _deliver(tmp_path, "pensions", "2026-01", ("k1", "33010819800101001X", "欧阳甲", "138", None))
    _deliver(tmp_path, "pensions", "2026-02", ("k2", "330108198001010028", "欧乙", "139", None))
    index = PeopleIndex(tmp_path)
    assert index.find("欧") == ["k1", "k2"]
    assert index.find(" 欧阳 ") == ["k1"]
    assert index.find("139") == ["k2"]
    assert index.find("33010819800101001x") == ["k1"]
    assert index.find("阳") == []
    assert index.find("") == []
    assert index.find("%") == []


def test_who_was_erased_is_forgotten(tmp_path: Path) -> None:
    """Otherwise a lawful erasure leaves name and telephone in the index."""
    path = _deliver(tmp_path, "pensions", "2026-01", ("k1", "n1", "甲某某", "1", None), ("k2", "n2", "乙", "2", None))
    other = _deliver(tmp_path, "pensions", "2026-02", ("k1", "n1", "甲某某", "1", None))
    index = PeopleIndex(tmp_path)
    assert [each[0] for each in index.people(["k1", "k2"])] == ["k1", "k2"]
    pl.read_parquet(path).filter(pl.col("person_key") != "k1").write_parquet(path)
    other.unlink()
    index.refresh()
    assert [each[0] for each in index.people(["k1", "k2"])] == ["k2"]
    assert "甲某某".encode() not in (tmp_path / INDEX_NAME).read_bytes()


def test_the_index_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Otherwise another account of the machine reads everybody's name."""
    PeopleIndex(tmp_path).refresh()
    assert (tmp_path / INDEX_NAME).stat().st_mode & 0o077 == 0


def test_a_question_of_many_has_the_index_read_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, the first export of the day takes half as long again, or each page reads the whole vault."""
    _deliver(tmp_path, "pensions", "2026-01", *((f"k{each}", None, "甲", None, None) for each in range(5_000)))
    index = PeopleIndex(tmp_path)
    asked: list[Path] = []
    monkeypatch.setattr(people_index, "read_ahead", asked.append)
    assert len(index.people(f"k{each}" for each in range(50))) == 50
    assert not asked
    assert len(index.people(f"k{each}" for each in range(5_000))) == 5_000
    assert asked == [tmp_path / INDEX_NAME]
