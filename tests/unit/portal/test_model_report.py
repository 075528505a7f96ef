"""The page of a model: figures of unseen months, nothing from outside, and simulated data called so."""

import re
from dataclasses import replace

import pytest

from editions.fairness_groups import DIMENSIONS
from portal.model_report import page
from registry.model_report import LATER, ModelReport
from scoring.evaluation import BOOSTING, CARD, LOGISTIC, MODEL, RANDOM, SCORERS
from tests.reports import NOTE, method, model_report


@pytest.fixture(scope="module")
def report() -> ModelReport:
    """A model of the made-up households, on others."""
    return model_report()


def test_the_model_stands_beside_simpler_ways(report: ModelReport) -> None:
    """A model that finds no more than chance would look good on its own."""
    found = report.later.measures
    assert set(found) == set(LATER)
    assert found[MODEL]["auc"].low > found[RANDOM]["auc"].high
    assert "ece" in found[MODEL]
    assert "ece" not in found[CARD]
    for points in report.gains.values():
        assert [found for _, found in points] == sorted(found for _, found in points)


def test_the_page_shows_the_evaluation_that_the_model_was_kept_with(report: ModelReport) -> None:
    """Nobody would see on the page that a plain regression finds as many, or that nothing was evaluated."""
    assert "没有可检验的截止日" in page(report, "样例区")
    found = method()
    text = page(replace(report, method=found), "样例区")
    for scorer, title in SCORERS.items():
        assert title in text
        each = found.measures[scorer]["recall_5"]
        assert f"{each.value:.1%}（{each.low:.1%}–{each.high:.1%}）" in text
    assert text.count("2025-04-30") >= 2
    assert text.count('aria-label="可靠性图"') == 2
    assert {f'class="dot {each}"' for each in (MODEL, LOGISTIC, BOOSTING)} <= set(re.findall(r'class="dot \w+"', text))


def test_the_page_needs_nothing_from_outside(report: ModelReport) -> None:
    """Opening the page would tell somebody else, or show nothing without a network."""
    text = page(report, "样例区")
    assert not re.findall(r"""(?:src|href)=|url\(|@import|<script|https?://""", text)
    assert text.count("<svg") >= 3
    assert "0123456789abcdef" in text
    assert "H:1" not in text


def test_simulated_data_is_called_so_and_real_data_is_not(report: ModelReport) -> None:
    """Figures of made-up families would be quoted as those of the district."""
    assert page(report, "样例区").count(NOTE) == 3
    assert "模拟" not in page(replace(report, note=""), "样例区")


def test_groups_are_told_in_words_and_small_ones_are_not_told(report: ModelReport) -> None:
    """The page would tell of single families, or in codes that nobody reads."""
    text = page(report, "样例区")
    assert {each.dimension for each in report.groups} >= {*DIMENSIONS}
    assert "西兴街道" in text
    small = next(each for each in report.groups if (each.dimension, each.group) == ("household_type", "one_parent"))
    assert not small.reported
    row = next(each for each in text.split("<tr>") if ">家庭类型<" in each and ">单亲<" in each)
    assert row.count("<td>") == 2, "its names alone"
    assert "组过小" in text.partition(row)[0]
