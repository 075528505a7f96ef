"""Who entered, left, moved or changed tier, by which rule and why; persons are followed, not numbers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editions.changes import CHANGE_KINDS, CHANGE_MANNERS, CHANGE_REASONS, CHANGE_SCHEMA, Frames, changes
from tests.unit.registry.examples import JULY, JUNE, family, hit, key, member, table

_PEOPLE = {"person_key": pl.String(), "died_on": pl.Date()}
_ALIASES = {"old_key": pl.String(), "person_key": pl.String()}


def _frames(
    as_of: date,
    listed: Sequence[Mapping[str, Any]],
    members: Sequence[Mapping[str, Any]] = (),
    hits: Sequence[Mapping[str, Any]] = (),
    deaths: Sequence[tuple[str, date]] = (),
    aliases: Sequence[tuple[str, str]] = (),
    standings: Sequence[Mapping[str, Any]] | None = None,
    exits: Sequence[Mapping[str, Any]] | None = None,
) -> Frames:
    return Frames(
        as_of=as_of,
        listed=table("list", listed),
        members=table("members", members),
        hits=table("hits", hits),
        deaths=pl.DataFrame(list(deaths), schema=_PEOPLE, orient="row"),
        aliases=pl.DataFrame(list(aliases), schema=_ALIASES, orient="row"),
        standings=None if standings is None else table("standings", standings),
        exits=None if exits is None else table("exits", exits),
    )


def _told(found: pl.DataFrame, *columns: str, scope: str = "list") -> list[tuple[Any, ...]]:
    return found.filter(pl.col("scope") == scope).select(columns).rows()


ONE = [family("H:1", 1)], [member("H:1", 1)], [hit("H:1", 1)]


def test_nothing_changed() -> None:
    """If this fails, every month reports changes that are none."""
    assert changes(_frames(JUNE, *ONE), _frames(JULY, *ONE)).is_empty()


def test_entering_names_the_fact() -> None:
    """If this fails, a new family appears without a reason."""
    found = changes(_frames(JUNE, []), _frames(JULY, *ONE))
    day = date(2025, 7, 10)
    assert _told(found, "change", "family_id", "reason", "manner", "evidence_on") == [
        ("entered", "H:1", "new_evidence", None, day)
    ]
    assert _told(found, "change", "rule_id", "street_after", scope="group") == [
        ("entered", "temporary_assistance", "330108001")
    ]
    assert found.schema == pl.Schema(CHANGE_SCHEMA)


def test_a_window_that_has_run_out_leaves_by_rule() -> None:
    """If this fails, families stay listed for ever, or leave without the rule being named."""
    found = changes(_frames(JUNE, *ONE), _frames(JULY, []))
    expected = ("left", "window_ended", "by_rule", "H:1")
    assert _told(found, "change", "reason", "manner", "family_id") == [expected]
    assert _told(found, "change", "reason", "manner", "family_id", scope="group") == [expected]


def test_a_window_still_open_is_only_proposed() -> None:
    """If this fails, a family whose record was withdrawn is dropped by the machine."""
    open_hit = [hit("H:1", 1, valid_until=JULY)]
    found = changes(_frames(JUNE, ONE[0], ONE[1], open_hit), _frames(JULY, []))
    assert _told(found, "reason", "manner") == [("facts_changed", "proposed")]


def test_income_never_leaves_by_rule() -> None:
    """If this fails, a family over the threshold for a month is dropped by the machine."""
    listed = [family("H:1", 1, groups="low_income_family")]
    income = [hit("H:1", 1, rule_id="low_income_family", valid_until=None)]
    found = changes(_frames(JUNE, listed, ONE[1], income), _frames(JULY, []))
    assert _told(found, "rule_id", "reason", "manner", scope="group") == [
        ("low_income_family", "facts_changed", "proposed")
    ]


def test_death_leaves_by_rule() -> None:
    """If this fails, the dead stay listed until somebody confirms."""
    open_hit = [hit("H:1", 1, valid_until=None)]
    before = _frames(JUNE, ONE[0], ONE[1], open_hit)
    dead = [(key(1), date(2026, 7, 4))]
    assert _told(changes(before, _frames(JULY, [], deaths=dead)), "reason", "manner") == [("died", "by_rule")]
    later = [(key(1), date(2026, 8, 1))]
    assert _told(changes(before, _frames(JULY, [], deaths=later)), "manner") == [("proposed",)]


def test_one_member_who_lives_keeps_the_question_open() -> None:
    """If this fails, a widow's family leaves because of the husband's death alone."""
    listed, members = [family("H:1", 1)], [member("H:1", 1), member("H:1", 2)]
    hits = [hit("H:1", 1, valid_until=None), hit("H:1", 2, valid_until=None)]
    after = _frames(JULY, [], deaths=[(key(1), JULY)])
    assert _told(changes(_frames(JUNE, listed, members, hits), after), "manner") == [("proposed",)]


def test_a_registered_family_that_died_out() -> None:
    """If this fails, a family without groups leaves without a reason."""
    listed, members = [family("D:1", 1, layer="registered", groups="")], [member("D:1", 1, on_register=True)]
    before = _frames(JUNE, listed, members)
    dead = _frames(JULY, [], deaths=[(key(1), JULY)])
    assert _told(changes(before, dead), "reason", "manner") == [("died", "by_rule")]
    assert _told(changes(before, _frames(JULY, [])), "reason", "manner") == [("facts_changed", "proposed")]


def test_coming_on_the_register_ends_a_group_by_rule() -> None:
    """If this fails, a family that was approved looks like one whose facts vanished."""
    listed = [family("H:1", 1, groups="rejected_application")]
    refused = [hit("H:1", 1, rule_id="rejected_application", valid_until=date(2027, 1, 1))]
    approved = [family("D:1", 1, layer="registered", groups="")], [member("D:1", 1, on_register=True)]
    found = changes(_frames(JUNE, listed, ONE[1], refused), _frames(JULY, *approved))
    assert _told(found, "reason", "manner", scope="group") == [("on_register", "by_rule")]
    assert _told(found, "change", "layer_before", "layer_after") == [("layer_changed", "extended", "registered")]


@pytest.mark.parametrize(
    ("after", "reason", "manner"),
    [
        ({"deaths": [(key(9), JULY)]}, "ward_died", "by_rule"),
        ({"hits": [hit("H:9", 9, rule_id="exited_assistance")]}, "ward_left_register", "by_rule"),
        ({}, "facts_changed", "proposed"),
    ],
)
def test_obligors_leave_with_their_ward(after: dict[str, Any], reason: str, manner: str) -> None:
    """If this fails, a family stays listed for a duty that has ended, or leaves although it has not."""
    listed = [family("H:1", 1, groups="obligor_family")]
    owed = [hit("H:1", 1, rule_id="obligor_family", valid_until=None, evidence_key=f"{key(9)}:child")]
    found = changes(_frames(JUNE, listed, ONE[1], owed), _frames(JULY, [], **after))
    assert _told(found, "reason", "manner", scope="group") == [(reason, manner)]


def test_a_new_number_is_not_a_new_family() -> None:
    """If this fails, a family that declared anew is reported as left and entered."""
    renamed = [family("D:5", 1)], [member("D:5", 1)], [hit("D:5", 1)]
    assert changes(_frames(JUNE, *ONE), _frames(JULY, *renamed)).is_empty()


def test_a_corrected_identity_is_not_a_new_person() -> None:
    """If this fails, correcting an identity number moves a person off and on the list."""
    corrected = [family("P:2", 2)], [member("P:2", 2)], [hit("P:2", 2)]
    after = _frames(JULY, *corrected, aliases=[(key(1), key(2))])
    assert changes(_frames(JUNE, [family("P:1", 1)], [member("P:1", 1)], [hit("P:1", 1)]), after).is_empty()


def test_splitting_and_joining_are_named() -> None:
    """If this fails, a divorce makes a family of strangers, and a marriage makes one vanish."""
    together = [family("H:1", 1)], [member("H:1", 1), member("H:1", 2)], [hit("H:1", 1), hit("H:1", 2)]
    apart = (
        [family("H:1", 1), family("H:2", 2)],
        [member("H:1", 1), member("H:2", 2)],
        [hit("H:1", 1), hit("H:2", 2)],
    )
    split = changes(_frames(JUNE, *together), _frames(JULY, *apart))
    assert _told(split, "change", "family_id", "reason") == [("entered", "H:2", "family_split")]
    joined = changes(_frames(JUNE, *apart), _frames(JULY, *together))
    assert _told(joined, "change", "family_id", "reason", "manner") == [("left", "H:2", "family_joined", "by_rule")]


def test_moving_and_changing_tier() -> None:
    """If this fails, a street loses a family without another one gaining it, or a worsening goes unseen."""
    moved = [family("H:1", 1, street_code="330108003", tier="red")], ONE[1], ONE[2]
    found = changes(_frames(JUNE, *ONE), _frames(JULY, *moved))
    assert _told(found, "change", "street_before", "street_after", "tier_before", "tier_after") == [
        ("moved", "330108001", "330108003", "yellow", "red"),
        ("tier_changed", "330108001", "330108003", "yellow", "red"),
    ]
    assert _told(found, "change", "rule_id", scope="group") == [("moved", "temporary_assistance")]


_GROUND = {
    "ground": "temporary_assistance",
    "family_id": "H:1",
    "person_key": key(1),
    "evidence_on": date(2025, 7, 10),
    "evidence_key": "temporary:1",
    "parameters_version": "2021-01-01#aa",
    "source_row": 7,
}
_BEHIND = ("ground", "parameters_version", "evidence_key", "source_row")
_VALUES = ("temporary_assistance", "2021-01-01#aa", "temporary:1", 7)


def test_a_confirmed_exit_is_told_with_its_decision() -> None:
    """If this fails, a family that a person let go is reported as dropped by rule, or nobody knows by whom."""
    confirmed = _GROUND | {"manner": "confirmed", "reason": "income_changed", "decision_id": "d"}
    found = changes(_frames(JUNE, *ONE), _frames(JULY, [], standings=[], exits=[confirmed]))
    for scope in ("list", "group"):
        assert _told(found, "change", "reason", "manner", "decision_id", *_BEHIND, scope=scope) == [
            ("left", "income_changed", "confirmed", "d", *_VALUES)
        ]


def test_an_exit_between_two_editions_far_apart_is_a_persons() -> None:
    """If this fails, a family that a person let go two months ago is reported as only proposed."""
    listed, members = ONE[0], ONE[1]
    open_hit = [hit("H:1", 1, valid_until=None)]
    found = changes(_frames(JUNE, listed, members, open_hit), _frames(JULY, [], standings=[], exits=[]))
    assert _told(found, "reason", "manner") == [("facts_changed", "confirmed")]


def test_a_proposed_exit_is_no_exit() -> None:
    """If this fails, the ledger counts families as gone that still stand on the list."""
    leaving = [family("H:1", 1, status="proposed_exit", proposed_groups="temporary_assistance")]
    stands = _GROUND | {"status": "proposed_exit", "reason": "moved_away"}
    after = _frames(JULY, leaving, ONE[1], standings=[stands], exits=[])
    found = changes(_frames(JUNE, *ONE), after)
    for scope in ("list", "group"):
        assert _told(found, "change", "reason", "manner", *_BEHIND, scope=scope) == [
            ("proposed", "moved_away", "proposed", *_VALUES)
        ]
    assert changes(after, after).is_empty()


def test_an_inclusion_by_a_person_is_told_as_confirmed() -> None:
    """If this fails, a family that a person put on the list seems to have met a rule."""
    listed = [family("H:1", 1, groups="verified_inclusion")]
    stands = _GROUND | {"ground": "verified_inclusion", "status": "listed"}
    found = changes(_frames(JUNE, []), _frames(JULY, listed, ONE[1], standings=[stands], exits=[]))
    assert _told(found, "change", "rule_id", "manner", "evidence_on", scope="group") == [
        ("entered", "verified_inclusion", "confirmed", date(2025, 7, 10))
    ]


def test_moving_says_its_reason_and_evidence() -> None:
    """If this fails, an auditor cannot tell why a family is in another street's count."""
    moved = [family("H:1", 1, street_code="330108003", tier="red")]
    after = _frames(JULY, moved, ONE[1], ONE[2], standings=[_GROUND | {"status": "listed"}], exits=[])
    found = changes(_frames(JUNE, *ONE), after)
    assert _told(found, "change", "reason", *_BEHIND) == [
        ("moved", "address_changed", *_VALUES),
        ("tier_changed", "points_changed", *_VALUES),
    ]


def test_every_word_has_a_title() -> None:
    """If this fails, staff read an English code."""
    assert set(CHANGE_KINDS.codes) >= {"entered", "left"}
    assert {"window_ended", "facts_changed"} <= set(CHANGE_REASONS.codes)
    assert CHANGE_MANNERS.title_of("proposed") == "拟退出"


_GROUPS = ("temporary_assistance", "low_income_family")
_STREETS = ("330108001", "330108002")
_PERSON = st.tuples(
    st.sampled_from(["H:1", "H:2", "D:1", "P:1", None]), st.sampled_from(_GROUPS), st.sampled_from(_STREETS)
)
_WORLD = st.lists(_PERSON, min_size=5, max_size=5)


def _world(as_of: date, people: Sequence[tuple[str | None, str, str]]) -> Frames:
    """Five persons, each in a listed family with a group, or nowhere."""
    placed = [(number, *each) for number, each in enumerate(people) if each[0] is not None]
    families = sorted({str(each[1]) for each in placed})
    listed = []
    for name in families:
        own = [each for each in placed if each[1] == name]
        groups = ";".join(sorted({each[2] for each in own}))
        listed.append(family(name, own[0][0], groups=groups, street_code=own[0][3]))
    members = [member(str(each[1]), each[0]) for each in placed]
    hits = [hit(str(each[1]), each[0], rule_id=each[2]) for each in placed]
    return _frames(as_of, listed, members, hits)


def _counts(frames: Frames, scope: str) -> dict[tuple[str, str], int]:
    rows = frames.listed.with_columns(group=pl.col("groups").str.split(";") if scope == "group" else pl.lit([""]))
    counted = rows.explode("group").group_by("group", "street_code").len()
    return {(group, street): number for group, street, number in counted.iter_rows()}


@settings(max_examples=60, deadline=None)
@given(before=_WORLD, after=_WORLD)
def test_the_ledger_adds_up(
    before: Sequence[tuple[str | None, str, str]], after: Sequence[tuple[str | None, str, str]]
) -> None:
    """If this fails, previous + entered - left ± moved is not the current number, by group and street."""
    earlier, later = _world(JUNE, before), _world(JULY, after)
    found = changes(earlier, later)
    for scope in ("list", "group"):
        counted = _counts(earlier, scope)
        for row in found.filter(pl.col("scope") == scope).iter_rows(named=True):
            group = row["rule_id"] or ""
            if row["change"] in {"entered", "moved"}:
                place = (group, row["street_after"])
                counted[place] = counted.get(place, 0) + 1
            if row["change"] in {"left", "moved"}:
                counted[group, row["street_before"]] -= 1
        assert {place: number for place, number in counted.items() if number} == _counts(later, scope)
