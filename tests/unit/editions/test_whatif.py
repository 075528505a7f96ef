"""What other parameters would change: counts that add up, and reasons that name the right parameter."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from editions.whatif import BALANCE_SCHEMA, DIFFERENCE_SCHEMA, Comparison, bearing_on, compare
from tests.unit.registry.examples import JUNE, family, hit, member, table, warning

LINE = "low_income_family.annual_income_yuan"
AID = "temporary_assistance.window_months"
ORANGE = "tiers.orange_points"


def _tables(
    listed: Sequence[Mapping[str, Any]],
    members: Sequence[Mapping[str, Any]],
    hits: Sequence[Mapping[str, Any]] = (),
    warnings: Sequence[Mapping[str, Any]] = (),
) -> dict[str, pl.DataFrame]:
    rows = {"list": listed, "members": members, "hits": hits, "warnings": warnings}
    return {name: table(name, each) for name, each in rows.items()}


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
    rows = found.balance.filter(pl.col("dimension") == dimension).drop("dimension")
    return {row[0]: row[1:] for row in rows.iter_rows()}


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
    """If this fails, a stricter parameter hides whom it would take off the list."""
    found = _compared(_with_second(), _tables(*ONE))
    assert _counts(found, "all") == {"all": (2, 0, 1, 1, 3, 0, 1, 2)}
    assert found.families.select("change", "family_id", "groups_out", "tier_before", "tier_after").rows() == [
        ("left", "H:2", "low_income_family", "yellow", None)
    ]
    assert _counts(found, "group")["low_income_family"] == (1, 0, 1, 0, 1, 0, 1, 0)


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
