"""What other parameters would change: counts that add up, and reasons that name the right parameter."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from editions.whatif import DIFFERENCE_SCHEMA, Comparison, bearing_on, compare
from editions.whatif_balance import BALANCE_SCHEMA, FLOWS
from tests.unit.registry.examples import JUNE, family, hit, key, member, table, warning

LINE = "low_income_family.annual_income_yuan"
AID = "temporary_assistance.window_months"
ORANGE = "tiers.orange_points"


def _tables(
    listed: Sequence[Mapping[str, Any]],
    members: Sequence[Mapping[str, Any]],
    hits: Sequence[Mapping[str, Any]] = (),
    warnings: Sequence[Mapping[str, Any]] = (),
    **others: Sequence[Mapping[str, Any]],
) -> dict[str, pl.DataFrame]:
    rows = {"list": listed, "members": members, "hits": hits, "warnings": warnings, "standings": (), "exits": ()}
    return {name: table(name, each) for name, each in {**rows, **others}.items()}


def _stands(person: int, family_id: str, **more: Any) -> dict[str, Any]:
    """A standing or an exit of a person."""
    ground = {"person_key": key(person), "family_id": family_id, "ground": "low_income_family", "evidence_on": JUNE}
    return {**ground, "status": "proposed_exit", "reason": "parameters_changed", "manner": "by_rule", **more}


ONE = ([family("H:1", 1, members=2)], [member("H:1", 1), member("H:1", 2)], [hit("H:1", 1)])
LOW = {"groups": "low_income_family", "street_code": "330108002"}


def _with_second(**changes: Any) -> dict[str, pl.DataFrame]:
    """The first family and another one of one person."""
    listed, members, hits = ONE
    second = hit("H:2", 3, rule_id="low_income_family", basis="below")
    return _tables([*listed, family("H:2", 3, **(LOW | changes))], [*members, member("H:2", 3)], [*hits, second])


def _compared(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame], *changed: str) -> Comparison:
    return compare(before, after, as_of=JUNE, changed=changed or (LINE,))


def _counts(found: Comparison, dimension: str) -> dict[str, tuple[int, ...]]:
    """Families, then people: before, in, out, after."""
    rows = found.balance.filter(pl.col("dimension") == dimension)
    counted = [f"{what}_{flow}" for what in ("families", "people") for flow in FLOWS[:4]]
    return {row[0]: row[1:] for row in rows.select("value", *counted).iter_rows()}


def _proposed(found: Comparison, dimension: str) -> dict[str, tuple[int, ...]]:
    """Families and people proposed to leave, then those no longer, where there are any."""
    rows = found.balance.filter(pl.col("dimension") == dimension)
    counted = [f"{what}_{flow}" for flow in FLOWS[4:] for what in ("families", "people")]
    return {row[0]: row[1:] for row in rows.select("value", *counted).iter_rows() if any(row[1:])}


def test_equal_editions_do_not_differ() -> None:
    """If this fails, an official sees changes that no parameter makes."""
    found = _compared(_tables(*ONE), _tables(*ONE))
    assert not found.differs
    assert found.families.schema == pl.Schema(DIFFERENCE_SCHEMA)
    assert found.balance.schema == pl.Schema(BALANCE_SCHEMA)
    assert _counts(found, "all") == {"all": (1, 0, 0, 1, 2, 0, 0, 2)}


def test_a_family_that_enters_is_counted_everywhere() -> None:
    """If this fails, households and people by group, tier and street are not those of the list."""
    found = _compared(_tables(*ONE), _with_second())
    assert found.differs
    assert _counts(found, "all") == {"all": (1, 1, 0, 2, 2, 1, 0, 3)}
    assert _counts(found, "group") == {
        "low_income_family": (0, 1, 0, 1, 0, 1, 0, 1),
        "temporary_assistance": (1, 0, 0, 1, 2, 0, 0, 2),
    }
    assert _counts(found, "street")["330108002"] == (0, 1, 0, 1, 0, 1, 0, 1)
    assert _counts(found, "tier") == {"yellow": (1, 1, 0, 2, 2, 1, 0, 3)}
    columns = ("change", "family_id", "groups_in", "groups_out", "members", "tier_before", "tier_after", "parameters")
    assert found.families.select(columns).rows() == [
        ("entered", "H:2", "low_income_family", "", 1, None, "yellow", LINE)
    ]
    assert found.tier_moves.rows() == [(None, "yellow", 1)]


def test_the_way_back_is_the_mirror() -> None:
    """If this fails, a stricter parameter hides whom it would keep off the list, or calls that leaving it."""
    found = _compared(_with_second(), _tables(*ONE))
    assert _counts(found, "all") == {"all": (2, 0, 1, 1, 3, 0, 1, 2)}
    assert found.families.select("change", "family_id", "groups_out", "tier_before", "tier_after").rows() == [
        ("not_entered", "H:2", "low_income_family", "yellow", None)
    ]
    assert _counts(found, "group")["low_income_family"] == (1, 0, 1, 0, 1, 0, 1, 0)


def _third(status: str, **more: Any) -> dict[str, pl.DataFrame]:
    """The first family, and a second one of two people that stands with `status`, its facts as `more` says."""
    listed, members, hits = ONE
    leaving = {"status": status, "proposed_groups": "low_income_family" if status == "proposed_exit" else ""}
    met = [hit("H:2", 3, rule_id="low_income_family")] if more.pop("met", False) else []
    people = [member("H:2", 3), member("H:2", 4)]
    return _tables([*listed, family("H:2", 3, **(LOW | leaving))], [*members, *people], [*hits, *met], **more)


def test_who_is_proposed_to_leave_stays_and_is_told_apart() -> None:
    """If this fails, an official reads as gone who is listed until a person confirms, or misses who is to be asked."""
    stands = [_stands(3, "H:2"), _stands(4, "H:2")]
    found = _compared(_third("listed", met=True), _third("proposed_exit", standings=stands))
    assert _counts(found, "all") == {"all": (2, 0, 0, 2, 4, 0, 0, 4)}
    assert _proposed(found, "all") == {"all": (1, 2, 0, 0)}
    assert _proposed(found, "group") == {"low_income_family": (1, 2, 0, 0)}
    assert _proposed(found, "street") == {"330108002": (1, 2, 0, 0)}
    assert _counts(found, "met")["low_income_family"] == (1, 0, 1, 0, 2, 0, 2, 0)
    columns = ("change", "status_before", "status_after", "groups_out", "groups_proposed", "reason", "parameters")
    assert found.families.select(columns).rows() == [
        ("proposed", "listed", "proposed_exit", "", "low_income_family", "parameters_changed", LINE)
    ]
    assert found.counts["proposed"] == 1


def test_who_is_no_longer_proposed_to_leave_is_told() -> None:
    """If this fails, a higher line seems to help nobody of those who are about to lose their listing."""
    stands = [_stands(3, "H:2")]
    found = _compared(_third("proposed_exit", standings=stands), _third("listed", met=True))
    assert _proposed(found, "all") == {"all": (0, 0, 1, 2)}
    assert _counts(found, "met")["low_income_family"] == (0, 1, 0, 1, 0, 2, 0, 2)
    assert found.families.select("change", "groups_unproposed", "reason").rows() == [
        ("unproposed", "low_income_family", None)
    ]


def test_what_one_ground_only_loses_is_told_as_its_group() -> None:
    """If this fails, a family that stands by another ground hides that one of its groups is to be asked about."""
    before = _third("listed", met=True)
    listed = [*ONE[0], family("H:2", 3, **LOW, proposed_groups="low_income_family")]
    after = {**before, "list": table("list", listed), "standings": table("standings", [_stands(3, "H:2")])}
    found = _compared(before, after)
    assert found.families.select("change", "groups_proposed", "reason").rows() == [
        ("group_changed", "low_income_family", "parameters_changed")
    ]
    assert _proposed(found, "all") == {}
    assert _proposed(found, "group") == {"low_income_family": (1, 2, 0, 0)}


def test_who_leaves_by_rule_is_not_who_never_entered() -> None:
    """If this fails, nobody can tell an exit, which a letter has to say, from a family that was never listed."""
    gone = _stands(3, "H:2", reason="window_ended")
    found = _compared(_third("listed"), _tables(*ONE, exits=[gone]))
    assert found.families.select("change", "reason", "status_after").rows() == [("left", "window_ended", None)]
    other = _stands(3, "H:2", ground="rejected_application", reason="approved")
    both = _compared(_third("listed", exits=[other]), _tables(*ONE, exits=[other]))
    assert both.families["change"].to_list() == ["not_entered"], "an exit of either side explains no difference"


def test_who_has_left_this_month_and_would_stay_is_told() -> None:
    """If this fails, a family that a milder rule keeps looks like one that nobody knew."""
    gone = _stands(3, "H:2", reason="register_ended")
    found = _compared(_tables(*ONE, exits=[gone]), _third("listed"))
    assert found.families.select("change", "groups_in").rows() == [("not_left", "low_income_family")]


def test_people_of_a_family_that_joins_another_are_not_lost() -> None:
    """If this fails, another way of drawing families looks like people losing their listing."""
    listed, members, hits = ONE
    apart = _with_second()
    together = _tables(listed, [*members, member("H:1", 3)], hits)
    found = _compared(apart, together, "family.basis")
    assert found.families.select("change", "reason").rows() == [("not_entered", "family_joined")]
    assert _counts(found, "all")["all"][4:] == (3, 0, 0, 3)
    back = _compared(together, apart, "family.basis")
    assert back.families.select("change", "reason").rows() == [("entered", "family_split")]


def test_people_are_those_whom_the_list_counts() -> None:
    """If this fails, the people of a trial are not those of the overview, which leaves out who lives here no more."""
    listed, members, hits = ONE
    away = {"in_scope": False}
    people = [*members, member("H:1", 3, **away), member("H:2", 4, **away), member("H:2", 5, **away)]
    same = _tables([*listed, family("H:2", 4, members=2)], people, hits)
    assert _counts(_compared(same, same), "all")["all"][4:] == (4, 0, 0, 4)


def test_grounds_alone_differ() -> None:
    """If this fails, a parameter that adds a second ground to listed people is told as one without effect."""
    before = _third("listed")
    after = {**before, "hits": table("hits", [*ONE[2], hit("H:2", 3, rule_id="low_income_family")])}
    found = _compared(before, after)
    assert found.families.is_empty()
    assert found.differs


def test_a_tier_move_leaves_one_tier_for_another() -> None:
    """If this fails, moves between tiers look like families entering the list."""
    found = _compared(_with_second(), _with_second(tier="orange", tier_points=20), ORANGE, LINE)
    assert found.tier_moves.rows() == [("yellow", "orange", 1)]
    assert _counts(found, "tier") == {"orange": (0, 1, 0, 1, 0, 1, 0, 1), "yellow": (2, 0, 1, 1, 3, 0, 1, 2)}
    assert _counts(found, "all") == {"all": (2, 0, 0, 2, 3, 0, 0, 3)}
    assert found.families.select("change", "parameters").rows() == [("tier_changed", ORANGE)]


def test_a_listed_family_that_joins_a_group() -> None:
    """If this fails, a family that is already listed and becomes a hit of another group is not shown."""
    found = _compared(_with_second(groups="temporary_assistance"), _with_second())
    assert found.families.select("change", "groups_in", "groups_out", "tier_before", "tier_after").rows() == [
        ("group_changed", "low_income_family", "temporary_assistance", "yellow", "yellow")
    ]
    assert found.tier_moves.is_empty()


def test_a_family_that_goes_on_under_another_id() -> None:
    """If this fails, another way of drawing families reports each as gone and come."""
    listed, members, hits = [family("C:1", 1, members=2)], [member("C:1", 1), member("C:1", 2)], [hit("C:1", 1)]
    found = _compared(_tables(*ONE), _tables(listed, members, hits), "family.basis")
    assert _counts(found, "all") == {"all": (1, 0, 0, 1, 2, 0, 0, 2)}
    assert found.families.is_empty()


def test_warnings_and_scores_count_too() -> None:
    """If this fails, a parameter that concerns warnings or scores alone seems to change nothing."""
    listed, members, hits = ONE
    before = _tables(listed, members, hits, [warning(1, family_id="H:1")])
    after = _tables([family("H:1", 1, members=2, score=1300)], members, hits, [warning(2, family_id="H:1")])
    found = _compared(before, after)
    assert found.warnings.select("before", "raised", "dropped", "after").rows() == [(1, 1, 1, 1)]
    assert (found.rescored, found.reclassed, found.differs) == (1, 0, True)


@pytest.mark.parametrize(
    ("rules", "changed", "tier", "wanted"),
    [
        (["low_income_family"], (AID, LINE), False, (LINE,)),
        (["temporary_assistance"], (AID, LINE), False, (AID,)),
        (["low_income_family"], ("family.basis", AID, LINE), False, ("family.basis", LINE)),
        ([], (ORANGE, LINE), True, (ORANGE,)),
        (["low_income_family"], (ORANGE, LINE), False, (LINE,)),
        (["obligor_family"], (AID, LINE), False, (AID, LINE)),
        (["low_income_family"], ("scorecard.base_points", LINE), False, (LINE,)),
    ],
)
def test_the_parameters_behind_a_change(
    *, rules: list[str], changed: tuple[str, ...], tier: bool, wanted: tuple[str, ...]
) -> None:
    """If this fails, a change is put down to a parameter that its rule does not read."""
    assert bearing_on(rules, changed, tier=tier) == wanted
