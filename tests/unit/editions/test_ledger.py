"""The ledger: it holds over any history, in any order of computation, and notices whoever vanishes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editions.changes import Frames, changes
from editions.hashing import table_hash
from editions.ledger import imbalances
from schemas.tables import get_table
from tests.unit.editions.fold import MONTHS, State, fold, handed_on, hit, month, people
from tests.unit.rules.tables import member

NOBODY = pl.LazyFrame(schema={"old_key": pl.String, "person_key": pl.String})
JANUARY, FEBRUARY = MONTHS[:2]
TWO = {"members": people(a="H:1", b="H:2"), "hits": [hit("a"), hit("b", valid_until=JANUARY)]}
GONE = {"members": people(a="H:1", b="H:2"), "hits": [hit("a")]}


def _breaches(**spoilt: pl.LazyFrame) -> dict[str, int]:
    """The breaches of February, when some of its tables are others than the fold has made."""
    made = fold(TWO, GONE)
    return imbalances(handed_on(made[0]), {**made[1], **spoilt}, NOBODY, FEBRUARY)


def _february(table: str) -> pl.LazyFrame:
    return fold(TWO, GONE)[1][table]


def test_a_month_that_is_told_whole_balances() -> None:
    """Every edition would be refused."""
    assert _breaches() == {}


@pytest.mark.parametrize(
    ("table", "spoil", "what"),
    [
        ("standings", lambda rows: rows.head(0), "temporary_assistance in 330108001"),
        ("exits", lambda rows: rows.head(0), "temporary_assistance in 330108001"),
        ("standings", lambda rows: rows.with_columns(street_code=pl.lit("330108002")), "groups told without a ground"),
        ("standings", lambda rows: rows.with_columns(since=pl.lit(FEBRUARY)), "temporary_assistance in 330108001"),
        ("list", lambda rows: rows.head(0), "grounds that the list does not tell"),
        (
            "exits",
            lambda rows: rows.with_columns(parameters_version=pl.lit(None, pl.String)),
            "exits without rule, reason, parameters or evidence",
        ),
        ("exits", lambda rows: rows.with_columns(manner=pl.lit("confirmed")), "confirmed exits without a decision"),
        ("exits", lambda rows: rows.with_columns(person_key=pl.lit("z")), "exits of what did not stand"),
    ],
)
def test_each_breach_is_noticed(table: str, spoil: Any, what: str) -> None:
    """A person could vanish from the list, or come from nowhere, and the month be published."""
    assert what in _breaches(**{table: spoil(_february(table))})


_STREETS = ("330108001", "330108002")
_RULES = ("temporary_assistance", "low_income_family", "obligor_family", "exited_assistance")
_PERSON = st.fixed_dictionaries(
    {
        "family": st.sampled_from(["H:1", "H:2", "D:1", "P:1", None]),
        "rules": st.sets(st.sampled_from(_RULES), max_size=2),
        "ends": st.sampled_from([None, *MONTHS[:4]]),
        "on_register": st.booleans(),
        "dead": st.sampled_from([False, False, False, True]),
    }
)
_KEYS = "abcde"
_MONTH = st.fixed_dictionaries(
    {"people": st.lists(_PERSON, min_size=5, max_size=5), "turned": st.booleans(), "corrected": st.booleans()}
)
_HISTORY = st.lists(_MONTH, min_size=4, max_size=6)


def _tables(history: list[dict[str, Any]], at: int) -> dict[str, list[dict[str, Any]]]:
    """What the facts of the month `at` say: who lives where, who is dead by then, who is met by what."""
    told = dict(zip(_KEYS, history[at]["people"], strict=True))
    dead = {key for each in history[: at + 1] for key, one in zip(_KEYS, each["people"], strict=True) if one["dead"]}
    corrected = any(each["corrected"] for each in history[: at + 1])  # e turns out to be d
    here = {
        key: one for key, one in told.items() if one["family"] and key not in dead and not (corrected and key == "e")
    }
    street = dict.fromkeys(("H:1", "H:2", "D:1", "P:1"), _STREETS[0]) | {"H:2": _STREETS[history[at]["turned"]]}
    members = [
        member(key, one["family"], on_register=one["on_register"], street_code=street[one["family"]])
        for key, one in here.items()
    ]
    hits = [
        hit(key, rule, valid_until=one["ends"], evidence_key=f"a:{rule}")
        for key, one in here.items()
        for rule in one["rules"]
        if one["ends"] is None or one["ends"] >= MONTHS[at]
    ]
    return {
        "members": members,
        "hits": hits,
        "deaths": [{"person_key": key, "died_on": MONTHS[0]} for key in sorted(dead)],
        "aliases": [{"old_key": "e", "person_key": "d", "corrected_on": MONTHS[0]}] if corrected else [],
    }


def _frames(as_of: date, made: State, tables: Mapping[str, Any]) -> Frames:
    aliases = pl.DataFrame(
        [(each["old_key"], each["person_key"]) for each in tables["aliases"]],
        schema={"old_key": pl.String, "person_key": pl.String},
        orient="row",
    )
    deaths = pl.DataFrame(
        [(each["person_key"], each["died_on"]) for each in tables["deaths"]],
        schema={"person_key": pl.String, "died_on": pl.Date},
        orient="row",
    )
    hits = pl.DataFrame([], schema=get_table("hits").schema)
    return Frames(
        as_of=as_of,
        listed=made["list"].collect(),
        members=made["published"].collect(),
        hits=hits,
        deaths=deaths,
        aliases=aliases,
        standings=made["standings"].collect(),
        exits=made["exits"].collect(),
    )


def _counted(listed: pl.DataFrame) -> dict[tuple[str, str], int]:
    rows = listed.with_columns(group=pl.col("groups").str.split(";")).explode("group").filter(pl.col("group") != "")
    return {
        (group, street): number for group, street, number in rows.group_by("group", "street_code").len().iter_rows()
    }


@settings(max_examples=15, deadline=None)
@given(history=_HISTORY)
def test_previous_and_flows_give_the_current_number(history: list[dict[str, Any]]) -> None:
    """Previous + entered - left ± moved would not be the current number, by group and street, in some history."""
    tables = [_tables(history, at) for at in range(len(history))]
    made = fold(*tables)  # each month asserts that the ledger balances
    for at in range(1, len(made)):
        earlier = _frames(MONTHS[at - 1], made[at - 1], tables[at - 1])
        later = _frames(MONTHS[at], made[at], tables[at])
        counted = _counted(earlier.listed)
        told = changes(earlier, later).filter(pl.col("scope") == "group")
        for row in told.iter_rows(named=True):
            if row["change"] in {"entered", "moved"}:
                place = (row["rule_id"], row["street_after"])
                counted[place] = counted.get(place, 0) + 1
            if row["change"] in {"left", "moved"}:
                counted[row["rule_id"], row["street_before"]] -= 1
        assert {place: number for place, number in counted.items() if number} == _counted(later.listed)


@settings(max_examples=10, deadline=None)
@given(history=_HISTORY, order=st.randoms(use_true_random=False))
def test_any_order_of_computation_gives_the_same_states(history: list[dict[str, Any]], order: Any) -> None:
    """The month in which a department delivers late would decide what stands on the list."""
    numbers = list(range(len(history)))
    expected = [_hashes(each) for each in fold(*[_tables(history, at) for at in numbers])]
    kept: dict[int, State] = {}

    def state(at: int) -> State:
        """The month, computed when it is asked for, after the one before it; rows in another order."""
        if at not in kept:
            before = handed_on(state(at - 1)) if at else None
            turned = {name: rows[::-1] for name, rows in _tables(history, at).items()}
            kept[at] = month(MONTHS[at], before, **turned)
        return kept[at]

    order.shuffle(numbers)
    found = {at: _hashes(state(at)) for at in numbers}
    assert [found[at] for at in range(len(history))] == expected


def _hashes(made: State) -> dict[str, str]:
    return {name: table_hash(frame) for name, frame in made.items()}
