"""Decisions of persons in the fold: they bind a person, a rule and a fact, expire, and give way to new evidence."""

from datetime import date
from typing import Any

import polars as pl

from editions.decisions import binding
from editions.warnings import edition_warnings
from tests.unit.editions.fold import MONTHS, decision, exits, fold, hit, people, standing
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

JANUARY, FEBRUARY, MARCH, APRIL = MONTHS[:4]
TEMPORARY = "temporary_assistance"
ONE: dict[str, Any] = {"members": people(a="H:1"), "hits": [hit("a")]}
GONE: dict[str, Any] = {"members": people(a="H:1")}


def _binding(*decisions: dict[str, Any], as_of: date = MARCH, aliases: tuple[dict[str, Any], ...] = ()) -> list[str]:
    tables = all_tables(decisions=list(decisions), aliases=list(aliases))
    return binding(tables, as_of).collect()["decision_id"].sort().to_list()


def test_a_decision_binds_from_its_day_to_its_last() -> None:
    """A decision would count before it was taken, or for ever."""
    taken = decision("a", "not_true", decided_on=FEBRUARY, expires_on=MARCH)
    days = [date(2026, 2, 27), FEBRUARY, MARCH, date(2026, 4, 1)]
    assert [len(_binding(taken, as_of=day)) for day in days] == [0, 1, 1, 0]


def test_a_later_decision_takes_the_place_of_an_earlier_one() -> None:
    """A confirmation that was taken back would come to life again when the refusal expires."""
    earlier = decision("a", "exit_confirmed", decided_on=JANUARY)
    later = decision("a", "exit_refused", decided_on=FEBRUARY, expires_on=MARCH)
    assert _binding(earlier, later) == ["exit_refused:a"]
    assert _binding(earlier, later, as_of=APRIL) == []
    assert _binding(earlier, later | {"evidence_key": "other"}, as_of=APRIL) == ["exit_confirmed:a"]


def test_a_decision_follows_a_corrected_identity() -> None:
    """Correcting a number would undo what a person has decided."""
    corrected = {"old_key": "a", "person_key": "z", "corrected_on": JANUARY}
    tables = all_tables(decisions=[decision("a", "not_true")], aliases=[corrected])
    assert binding(tables, MARCH).collect()["person_key"].to_list() == ["z"]


def test_only_what_is_proposed_leaves_when_confirmed() -> None:
    """A confirmation would take a family off the list whose facts are still met."""
    confirmed = [decision("a", "exit_confirmed")]
    made = fold(ONE | {"decisions": confirmed}, ONE | {"decisions": confirmed}, GONE | {"decisions": confirmed})
    assert standing(made[1], "status") == [("listed",)]
    assert exits(made[2]) == [("a", TEMPORARY, "confirmed", "evidence_withdrawn")]
    assert exits(made[2], "decision_id") == [("exit_confirmed:a",)]


def test_without_a_confirmation_nothing_leaves() -> None:
    """A family would be dropped by machine after a while."""
    other = [decision("b", "exit_confirmed"), decision("a", "exit_confirmed", evidence_key="another fact")]
    made = fold(ONE, *[GONE | {"decisions": other}] * 5)
    assert standing(made[-1], "status", "proposed_since") == [("proposed_exit", FEBRUARY)]


def test_a_refused_exit_is_listed_until_the_refusal_expires() -> None:
    """A clerk's no would be forgotten the next month, or bind for ever."""
    refused = GONE | {"decisions": [decision("a", "exit_refused", decided_on=FEBRUARY, expires_on=MARCH)]}
    made = fold(ONE, refused, refused, refused)
    assert [standing(each, "status", "proposed_since", "decision_id") for each in made[1:]] == [
        [("listed", None, "exit_refused:a")],
        [("listed", None, "exit_refused:a")],
        [("proposed_exit", APRIL, None)],
    ]


def test_a_refused_exit_does_not_outlast_the_window() -> None:
    """A decision about one fact would override the rule that the window has run out."""
    short = {"members": people(a="H:1"), "hits": [hit("a", valid_until=FEBRUARY)]}
    made = fold(short, *[GONE | {"decisions": [decision("a", "exit_refused")]}] * 2)
    assert standing(made[1], "status") == [("listed",)]
    assert exits(made[2]) == [("a", TEMPORARY, "by_rule", "window_ended")]


def test_a_fact_judged_untrue_removes_its_own_hit_alone() -> None:
    """One false record would take away all that is true of a person, or of another one."""
    untrue = [decision("a", "not_true", evidence_key="x")]
    both = {
        "members": people(a="H:1", b="H:2"),
        "hits": [hit("a", evidence_key="x"), hit("a", evidence_key="y"), hit("b", evidence_key="x")],
    }
    made = fold(both, both | {"decisions": untrue})
    assert standing(made[1], "person_key", "evidence_key") == [("a", "y"), ("b", "x")]
    alone = both | {"hits": [hit("a", evidence_key="x")]}
    made = fold(alone, alone | {"decisions": untrue})
    assert exits(made[1], "person_key", "manner", "reason", "decision_id") == [
        ("a", "confirmed", "not_true", "not_true:a")
    ]


def test_a_fact_judged_untrue_comes_back_when_the_decision_expires() -> None:
    """A judgement would silence a fact for ever."""
    untrue = ONE | {"decisions": [decision("a", "not_true", expires_on=FEBRUARY)]}
    made = fold(untrue, untrue, untrue)
    assert [standing(each, "since") for each in made] == [[], [], [(MARCH,)]]


def test_new_evidence_prevails_over_a_judgement() -> None:
    """A family that receives aid anew would stay off the list because an old record was wrong."""
    untrue = [decision("a", "not_true", evidence_key="x")]
    old, new = hit("a", evidence_key="x"), hit("a", evidence_key="z")
    months = [{"members": people(a="H:1"), "hits": rows, "decisions": untrue} for rows in ([old], [old, new])]
    made = fold(*months)
    assert [standing(each, "evidence_key", "since") for each in made] == [[], [("z", FEBRUARY)]]


def test_an_inclusion_lists_a_family_until_it_expires() -> None:
    """A family that a person has put on the list would not be on it, or never leave it."""
    included = decision("a", "included", rule_id="verified_inclusion", evidence_key=None, expires_on=FEBRUARY)
    months = {"members": people(a="H:1"), "decisions": [included]}
    made = fold(months, months, months)
    assert standing(made[0], "ground", "basis", "valid_until", "decision_id") == [
        ("verified_inclusion", "decided_included", FEBRUARY, "included:a")
    ]
    assert exits(made[2]) == [("a", "verified_inclusion", "by_rule", "window_ended")]


def _warned(day: date, previous: pl.DataFrame | None = None, **tables: Any) -> pl.DataFrame:
    """Warnings of a family whose member has a vehicle on the register."""
    given = all_tables(
        members=[member("a", "H:1", on_register=True)],
        holdings=[
            {"person_key": "a", "kind": "vehicle", "detail": "car", "holding_no": "N", "value_fen": 99_000_000,
             "started_on": date(2025, 1, 1)}
        ],
        **tables,
    )  # fmt: skip
    if previous is not None:
        given["previous_warnings"] = previous.lazy()
    found = edition_warnings(given, day, shipped()).collect()
    return found.filter(pl.col("rule_id") == "vehicle_on_register")


def test_a_warning_is_raised_on_the_day_on_which_it_first_was() -> None:
    """Every month would set a new deadline for the same question."""
    first = _warned(AS_OF)
    later = _warned(date(2026, 4, 30), first)
    assert first["raised_on"].to_list() == [AS_OF]
    assert later.select("warning_id", "raised_on").rows() == first.select("warning_id", "raised_on").rows()


def test_a_settled_warning_is_not_raised_while_the_decision_binds() -> None:
    """A question that was answered would be asked every month; a new fact would not be asked about."""
    fact = _warned(AS_OF)["evidence_key"].item()
    settled = decision("a", "settled", rule_id="vehicle_on_register", evidence_key=fact, expires_on=AS_OF)
    assert _warned(AS_OF, decisions=[settled]).is_empty()
    assert _warned(date(2026, 4, 30), decisions=[settled]).height == 1
    assert _warned(AS_OF, decisions=[settled | {"evidence_key": "another vehicle"}]).height == 1
