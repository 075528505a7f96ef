"""Values that a what-if asks about, read from what somebody typed."""

import pytest

from registry.errors import WhatIfError
from registry.whatif_values import parse_settings
from rules.parameters import Band, load_parameters
from schemas.errors import UnknownNameError

LINE = "low_income_family.annual_income_yuan"


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], "nothing to change"),
        ([LINE], "gives no value"),
        ([f"{LINE}=much"], "a whole number"),
        ([f"{LINE}=-1"], "below the minimum of 0"),
        ([f"{LINE}=1", f"rules.{LINE}=2"], "twice"),
        (["low_income_family.scope=some"], "none of exact_three, per_head"),
        (["obligor_family.include_outside_district=perhaps"], "true or false"),
        (["low_income_family.scope="], "no value"),
        (["tiers.points_medical=15"], "must be a list.*from: 0"),
        (["tiers.points_medical=[{from: 0}]"], "points is missing"),
        (["tiers.points_medical=[{from: 0, points: 1, colour: red}]"], "unknown key 'colour'"),
        (["tiers.points_medical=[{from: 9, points: 1}, {from: 0, points: 2}]"], "ascend"),
        (["tiers.points_medical=[{from: 0"], "cannot be read as YAML"),
        (["classes.by_aid_kind={medical: 1}"], "must be text.*illness"),
        (["classes.by_aid_kind={medical: illness, medical: housing}"], "second time"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(texts: list[str], told: str) -> None:
    """If this fails, a typing error is computed as if it were meant."""
    with pytest.raises(WhatIfError, match=told):
        parse_settings(texts, load_parameters())


def test_lists_and_words_are_read() -> None:
    """If this fails, only numbers can be asked about."""
    texts = [
        "rules.low_income_family.required_feeds=tax_wages, pensions",
        "low_income_family.scope=per_head",
        "tiers.points_medical=[{from: 0, points: 0}, {from: 10000, points: 5}]",
        'classes.by_aid_kind={"medical": "illness"}',
    ]
    found = parse_settings(texts, load_parameters())
    assert found == {
        "tiers.points_medical": (Band(0, 0), Band(10_000, 5)),
        "classes.by_aid_kind": (("medical", "illness"),),
        "low_income_family.required_feeds": ("tax_wages", "pensions"),
        "low_income_family.scope": "per_head",
    }


def test_an_unknown_parameter_is_named_with_its_neighbours() -> None:
    """If this fails, a misspelt parameter leaves an official without a hint."""
    with pytest.raises(UnknownNameError, match=f"did you mean.*{LINE}"):
        parse_settings(["rules.low_income_family.annual_income_yuans=1"], load_parameters())
