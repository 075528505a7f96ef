"""Entering and leaving by rule: each way of leaving, what is only proposed, and how persons are followed."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from editions.grounds import GROUNDS, parameters_versions
from rules.parameters import load_parameters
from tests.unit.editions.fold import MONTHS, STREET, exits, families_of, fold, handed_on, hit, month, people, standing
from tests.unit.rules.tables import member, shipped

JANUARY, FEBRUARY, MARCH = MONTHS[:3]
TEMPORARY = "temporary_assistance"
ONE = {"members": people(a="H:1"), "hits": [hit("a")]}
LEFT = {"members": people(a="H:1")}


def _income(person: str, **more: Any) -> dict[str, Any]:
    return hit(person, "low_income_family", valid_until=None, evidence_key="2025-12-01", **more)


def test_what_is_met_stands_since_it_was_first_met() -> None:
    """Staff could not see how long a family has been on the list."""
    made = fold(ONE, ONE, ONE)
    assert standing(made[2], "ground", "status", "since", "street_code") == [(TEMPORARY, "listed", JANUARY, STREET)]
    assert exits(made[2]) == []


def test_a_ground_names_all_its_facts_and_lasts_as_long_as_the_longest() -> None:
    """A family would leave when the first of two payments runs out."""
    both = [hit("a", valid_until=date(2026, 2, 1), evidence_key="x"), hit("a", valid_until=FEBRUARY, evidence_key="y")]
    made = fold({"members": people(a="H:1"), "hits": both}, LEFT, LEFT)
    assert standing(made[0], "evidence_key", "valid_until") == [("x;y", FEBRUARY)]
    assert standing(made[1], "status", "reason") == [("proposed_exit", "evidence_withdrawn")]
    assert exits(made[2]) == [("a", TEMPORARY, "by_rule", "window_ended")]


def test_a_window_that_has_run_out_leaves_by_rule() -> None:
    """A family would stay for ever, or wait for a confirmation that the rule does not ask for."""
    made = fold({"members": people(a="H:1"), "hits": [hit("a", valid_until=FEBRUARY)]}, ONE | {"hits": []}, LEFT)
    assert standing(made[1]) == [("a", TEMPORARY, "proposed_exit", "evidence_withdrawn")]
    assert exits(made[2]) == [("a", TEMPORARY, "by_rule", "window_ended")]
    assert standing(made[2]) == []
    assert made[2]["list"].collect().is_empty()


def test_a_confirmed_death_leaves_by_rule() -> None:
    """The dead would stay listed until somebody confirms."""
    died = {"members": people(b="H:1"), "deaths": [{"person_key": "a", "died_on": FEBRUARY}]}
    made = fold({"members": people(a="H:1", b="H:1"), "hits": [hit("a")]}, died)
    assert exits(made[1]) == [("a", TEMPORARY, "by_rule", "died")]
    assert made[1]["published"].collect().is_empty()


def test_a_death_that_later_activity_contradicts_removes_nobody() -> None:
    """A false record of death would drop a living family by machine alone."""
    died = {
        "deaths": [{"person_key": "a", "died_on": JANUARY}],
        "applications": [{"person_key": "a", "relation_to_applicant": "self", "applied_on": FEBRUARY}],
    }
    made = fold(ONE, died)
    assert standing(made[1]) == [("a", TEMPORARY, "proposed_exit", "moved_away")]


def test_the_end_of_a_register_spell_leaves_by_rule_and_changes_the_layer() -> None:
    """A family that has left assistance would stand as registered, or vanish although it now counts as an exit."""
    on_it = {"members": [member("a", "H:1", on_register=True)]}
    ended = {
        "members": people(a="H:1"),
        "register_spells": [{"person_key": "a", "ended_on": FEBRUARY, "on_register": False}],
        "hits": [hit("a", "exited_assistance")],
    }  # fmt: skip
    made = fold(on_it, ended)
    assert standing(made[0], "ground", "basis") == [("register", "on_register")]
    assert made[0]["list"].select("layer", "groups").collect().rows() == [("registered", "")]
    assert exits(made[1]) == [("a", "register", "by_rule", "register_ended")]
    assert made[1]["list"].select("layer", "groups").collect().rows() == [("extended", "exited_assistance")]


def test_a_register_row_that_vanishes_is_only_proposed() -> None:
    """A register delivered without a family would take it off the list."""
    made = fold({"members": [member("a", "H:1", on_register=True)]}, LEFT)
    assert standing(made[1]) == [("a", "register", "proposed_exit", "evidence_withdrawn")]
    assert made[1]["list"].select("layer", "status").collect().rows() == [("registered", "proposed_exit")]


@pytest.mark.parametrize("rule", ["exited_assistance", "rejected_application"])
def test_being_on_the_register_cancels(rule: str) -> None:
    """A family that has been granted assistance would wait for a confirmation to leave."""
    made = fold(
        {"members": people(a="H:1"), "hits": [hit("a", rule)]}, {"members": [member("a", "H:1", on_register=True)]}
    )
    assert exits(made[1]) == [("a", rule, "by_rule", "on_register")]


def test_an_approval_cancels_a_refusal() -> None:
    """A refusal that was set right would keep standing beside its approval."""
    approved = {
        "members": people(a="H:1"),
        "applications": [{"application_no": "2", "person_key": "a", "decision": "approved", "decided_on": FEBRUARY}],
        "spells": [{"person_key": "b", "application_no": "2", "started_on": FEBRUARY}],
    }
    refused = hit("a", "rejected_application")
    made = fold({"members": people(a="H:1"), "hits": [refused]}, approved)
    assert exits(made[1]) == [("a", "rejected_application", "by_rule", "approved")]
    unbegun = fold({"members": people(a="H:1"), "hits": [refused]}, approved | {"spells": []})
    assert standing(unbegun[1], "status") == [("proposed_exit",)]


def test_an_approval_that_was_itself_reconsidered_cancels_nothing() -> None:
    """A family would leave by machine alone because of an approval that a later decision has taken back."""
    approval = {"application_no": "2", "person_key": "a", "decision": "approved", "decided_on": FEBRUARY}
    taken_back = {"application_no": "3", "reconsiders_no": "2", "person_key": "a", "decision": "refused",
                  "decided_on": FEBRUARY}  # fmt: skip
    months = {
        "members": people(a="H:1"),
        "spells": [{"person_key": "b", "application_no": "2", "started_on": FEBRUARY}],
    }
    refused = hit("a", "rejected_application")
    made = fold({"members": people(a="H:1"), "hits": [refused]}, months | {"applications": [approval, taken_back]})
    assert standing(made[1], "status", "reason") == [("proposed_exit", "evidence_withdrawn")]
    assert exits(made[1]) == []


_OWED = {"members": [*people(a="H:1"), member("w", "H:2", on_register=True)],
         "hits": [hit("a", "obligor_family", valid_until=None, evidence_key="w:child")]}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"members": people(a="H:1"), "deaths": [{"person_key": "w", "died_on": FEBRUARY}]}, "ward_died"),
        (
            {
                "members": people(a="H:1", w="H:2"),
                "register_spells": [{"person_key": "w", "ended_on": FEBRUARY, "on_register": False}],
            },
            "ward_left_register",
        ),
    ],
)
def test_an_obligor_leaves_with_the_ward(after: dict[str, Any], expected: str) -> None:
    """A family would stay listed for a duty towards nobody."""
    made = fold(_OWED, after)
    assert ("a", "obligor_family", "by_rule", expected) in exits(made[1])


def test_an_obligor_of_two_leaves_with_the_last_ward() -> None:
    """The death of one parent would end a duty towards the other."""
    owed = {**_OWED, "hits": [*_OWED["hits"], hit("a", "obligor_family", valid_until=None, evidence_key="v:child")]}
    made = fold(owed, {"members": people(a="H:1"), "deaths": [{"person_key": "w", "died_on": FEBRUARY}]})
    assert standing(made[1]) == [("a", "obligor_family", "proposed_exit", "facts_changed")]


def test_an_obligor_who_moves_in_with_the_ward_is_proposed() -> None:
    """Living together would end the listing without anybody looking."""
    made = fold(_OWED, {"members": [*people(a="H:2"), member("w", "H:2", on_register=True)]})
    assert ("a", "obligor_family", "proposed_exit", "family_changed") in standing(made[1])


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ({"income_fen": 10_000_100, "counted_members": 3}, "income_changed"),
        ({"income_fen": 1, "counted_members": 4}, "family_changed"),
        ({"income_fen": 1, "counted_members": 3}, "facts_changed"),
    ],
)
def test_income_and_size_only_propose(family: dict[str, Any], expected: str) -> None:
    """A family over the threshold for a month, or with a fourth member, would be dropped by machine."""
    members = people(a="H:1", b="H:1", c="H:1")
    after = {"members": members, "families": [families_of(members)[0] | family]}
    made = fold({"members": members, "hits": [_income("a")]}, after)
    assert standing(made[1]) == [("a", "low_income_family", "proposed_exit", expected)]
    listed = made[1]["list"].select("groups", "proposed_groups", "status").collect().rows()
    assert listed == [("low_income_family", "low_income_family", "proposed_exit")]


@pytest.mark.parametrize(("income_fen", "expected"), [(6_666_667, "income_changed"), (6_666_666, "facts_changed")])
def test_per_head_the_reason_is_told_by_the_share_of_the_family(income_fen: int, expected: str) -> None:
    """Two people would be told that the facts changed when it is their income, or the other way round."""
    members = people(a="H:1", b="H:1")
    after = {"members": members, "families": [families_of(members)[0] | {"income_fen": income_fen}]}
    before = {"members": members, "hits": [_income("a")]}
    made = fold(before, after, parameters={"low_income_family.scope": "per_head"})
    assert standing(made[1]) == [("a", "low_income_family", "proposed_exit", expected)]


def test_income_that_cannot_be_reckoned_changes_nothing() -> None:
    """A tax file that did not come would propose every family under the threshold to leave."""
    unknown = {"members": people(a="H:1"), "families": families_of(people(a="H:1"), income_evidence="not_computable")}
    income = {"members": people(a="H:1"), "hits": [_income("a")]}
    made = fold(income, unknown, unknown, income)
    assert [standing(each, "status", "since") for each in made] == [[("listed", JANUARY)]] * 4
    proposed = fold(income, LEFT, unknown)
    assert standing(proposed[2], "status", "proposed_since") == [("proposed_exit", FEBRUARY)]


def test_other_parameters_only_propose() -> None:
    """A lower threshold would drop families overnight."""
    january = fold(ONE)[0]
    stands = january["standings"].with_columns(parameters_version=pl.lit("2020-01-01#other"))
    before = {**handed_on(january), "previous_standings": stands}
    made = month(FEBRUARY, before, members=people(a="H:1"))
    assert standing(made) == [("a", TEMPORARY, "proposed_exit", "parameters_changed")]


def test_what_is_met_again_is_listed_again() -> None:
    """A record that was late for a month would break the family's time on the list."""
    made = fold(ONE, LEFT, ONE)
    assert standing(made[1], "status", "proposed_since", "since") == [("proposed_exit", FEBRUARY, JANUARY)]
    assert standing(made[2], "status", "proposed_since", "since", "reason") == [("listed", None, JANUARY, None)]


def test_a_family_that_has_moved_away_stays_as_it_was() -> None:
    """A family whose registration was closed would vanish from the list, with nobody to ask about."""
    moved: dict[str, Any] = {"members": []}
    made = fold({"members": people(a="H:1", b="H:1"), "hits": [hit("a")]}, moved, moved)
    for each in made[1:]:
        assert standing(each) == [("a", TEMPORARY, "proposed_exit", "moved_away")]
        row = each["list"].collect().row(0, named=True)
        assert (row["family_id"], row["street_code"], row["members"], row["head_key"]) == ("H:1", STREET, 2, "a")
        assert row["tier"] == made[0]["list"].collect()["tier"].item()
        published = each["published"].collect().sort("person_key")
        assert published.select("person_key", "in_scope").rows() == [("a", False), ("b", False)]


def test_a_family_that_is_no_more_keeps_its_tier_and_no_score() -> None:
    """A family would be ranked by a score of an earlier month, of which no reason is told."""
    first = month(JANUARY, **ONE)
    first["list"] = first["list"].with_columns(score=pl.lit(1200, pl.Int64))
    row = month(FEBRUARY, handed_on(first), members=[])["list"].collect().row(0, named=True)
    before = first["list"].collect().row(0, named=True)
    assert (before["score"], row["score"]) == (1200, None)
    assert (row["tier"], row["tier_points"], row["tier_reasons"]) == tuple(
        before[each] for each in ("tier", "tier_points", "tier_reasons")
    )


def test_one_who_has_moved_away_keeps_the_family_that_stayed() -> None:
    """The family that stays would lose the ground that one of them gave it before anybody looked."""
    made = fold({"members": people(a="H:1", b="H:1"), "hits": [hit("a")]}, {"members": people(b="H:1")})
    assert standing(made[1], "family_id", "status") == [("H:1", "proposed_exit")]
    assert made[1]["list"].select("family_id", "members").collect().rows() == [("H:1", 1)]
    assert set(made[1]["published"].collect()["person_key"]) == {"a", "b"}


def test_a_ground_follows_the_person_into_another_family() -> None:
    """A family that registers anew would leave, and enter, and lose its time on the list."""
    made = fold(ONE, {"members": people(a="H:2"), "hits": [hit("a")]}, {"members": people(a="H:3")})
    assert standing(made[1], "family_id", "since") == [("H:2", JANUARY)]
    assert standing(made[2], "family_id", "status") == [("H:3", "proposed_exit")]
    assert exits(made[1]) == exits(made[2]) == []


def test_a_corrected_identity_is_the_same_person() -> None:
    """Correcting a number would take a person off the list and put another on it."""
    corrected = [{"old_key": "a", "person_key": "z", "corrected_on": FEBRUARY}]
    made = fold(ONE, {"members": people(z="H:1"), "hits": [hit("z")], "aliases": corrected})
    assert standing(made[1], "person_key", "since") == [("z", JANUARY)]
    gone = fold(ONE, {"members": [], "aliases": corrected})
    assert standing(gone[1], "person_key", "reason") == [("z", "moved_away")]
    assert gone[1]["published"].collect()["person_key"].to_list() == ["z"]


def test_two_numbers_of_one_person_are_one_ground() -> None:
    """A person known twice would be counted twice for ever."""
    both = {"members": people(a="H:1", z="H:1"), "hits": [hit("a"), hit("z")]}
    corrected = [{"old_key": "a", "person_key": "z", "corrected_on": FEBRUARY}]
    made = fold(both, {"members": people(z="H:1"), "hits": [hit("z")], "aliases": corrected})
    assert standing(made[1], "person_key") == [("z",)]


def test_a_visit_puts_a_family_on_the_list_for_its_months() -> None:
    """A family found in need at the door would stay off the list because no group is met."""
    visit = {"person_key": "a", "visit_no": "V1", "visited_on": date(2025, 2, 28), "visit_outcome": "true_include"}
    referred = visit | {"person_key": "b", "visit_outcome": "true_refer"}
    visited = {"members": people(a="H:1", b="H:2"), "visits": [visit, referred]}
    made = fold(visited, visited, visited)
    assert standing(made[1], "person_key", "ground", "valid_until") == [("a", "verified_inclusion", FEBRUARY)]
    assert made[1]["list"].select("family_id", "layer", "groups").collect().rows() == [
        ("H:1", "extended", "verified_inclusion")
    ]
    assert exits(made[2]) == [("a", "verified_inclusion", "by_rule", "window_ended")]


def test_grace_keeps_what_leaves_by_rule_for_its_months() -> None:
    """A bureau that grants a month of grace would see it ignored, or granted to the dead."""
    short = {"members": people(a="H:1"), "hits": [hit("a", valid_until=JANUARY)]}
    made = fold(short, LEFT, LEFT, parameters={"status.grace_months": 1})
    assert standing(made[1], "status", "reason", "proposed_since") == [("grace", "window_ended", FEBRUARY)]
    assert made[1]["list"].collect()["status"].item() == "grace"
    assert exits(made[2]) == [("a", TEMPORARY, "by_rule", "window_ended")]
    died = {"members": [], "deaths": [{"person_key": "a", "died_on": FEBRUARY}]}
    assert exits(fold(short, died, parameters={"status.grace_months": 1})[1]) == [("a", TEMPORARY, "by_rule", "died")]


def test_a_family_is_as_listed_as_its_best_ground() -> None:
    """A family on the register would be shown as leaving because one of its groups is."""
    members = [member("a", "H:1", on_register=True), member("b", "H:1")]
    made = fold({"members": members, "hits": [hit("b")]}, {"members": members})
    row = made[1]["list"].collect().row(0, named=True)
    assert (row["status"], row["groups"], row["proposed_groups"]) == ("listed", TEMPORARY, TEMPORARY)


def test_every_change_of_standing_names_its_parameters() -> None:
    """An auditor could not tell by which threshold a family came or went."""
    versions = dict(parameters_versions(shipped()).collect().iter_rows())
    assert set(versions) == set(GROUNDS.codes)
    other = load_parameters().replacing({"temporary_assistance.window_months": 6}).as_of(JANUARY)
    changed = dict(parameters_versions(other).collect().iter_rows())
    assert {ground for ground in versions if versions[ground] != changed[ground]} == {TEMPORARY}
    made = fold({"members": people(a="H:1"), "hits": [hit("a", valid_until=JANUARY)]}, LEFT)
    assert exits(made[1], "parameters_version", "evidence_key", "source_row") == [
        (versions[TEMPORARY], f"{TEMPORARY}:a", 1)
    ]
