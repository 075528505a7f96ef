"""The conditions that an explanation tells are those by which the family was listed."""

from typing import Any

import pytest

from registry.predicates import predicate_lines
from rules.parameters import load_parameters
from rules.parameters.model import ParameterValue
from tests.unit.registry.examples import JUNE, family, member

PER_HEAD: dict[str, ParameterValue | list[int] | list[str]] = {"low_income_family.scope": "per_head"}


def _told(members: int, **changed: Any) -> dict[str, tuple[str, str]]:
    parameters = load_parameters().replacing(changed).as_of(JUNE)
    people = [member("H:1", number, counted=True) for number in range(members)]
    lines = predicate_lines("low_income_family", [], family("H:1", 1), people, parameters, JUNE)
    return {each.name: (each.found, each.required) for each in lines}


def test_a_family_of_three_is_held_to_the_figure_itself() -> None:
    """If this fails, the page names another limit than the rule."""
    told = _told(3)
    assert told["counted_members"] == ("3人", "3人")
    assert told["income_at_most"][1] == "不超过 100,000元（含本数）"


@pytest.mark.parametrize(("members", "limit"), [(1, "33,333.33 元"), (3, "100,000.00 元"), (4, "133,333.33 元")])
def test_per_head_each_size_is_held_to_its_share(members: int, limit: str) -> None:
    """If this fails, a family of one reads that three are required, and of a limit that is not its own."""
    told = _told(members, **PER_HEAD)
    assert told["counted_members"] == (f"{members}人", "按人均折算")
    assert told["income_at_most"][1].startswith(f"不超过 {limit}，即3人100,000元按人均折算为{members}人")
