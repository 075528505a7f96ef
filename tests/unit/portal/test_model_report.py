"""The page of a model: figures of unseen months, nothing from outside, and simulated data called so."""

import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from editions.fairness_groups import DIMENSIONS
from portal.model_report import page
from registry.model_report import CARD, SCORERS, ModelReport, measured
from rules.parameters import load_parameters
from scoring.evaluation import MODEL, RANDOM
from scoring.features import MODEL_FEATURES
from scoring.training import fit
from tests.unit.rules.tables import AS_OF

ROWS = 3000
USED = [each for each in MODEL_FEATURES if each.name in {"income_per_head", "severe_illnesses", "minors"}]
NOTE = "模拟数据：本文件由样例辖区生成，不涉及任何真实个人"


def _rows(seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    income, ill = random.integers(0, 60, ROWS), random.integers(0, 2, ROWS)
    needed = random.random(ROWS) < 1 / (1 + np.exp(0.1 * income - 1.5 * ill + 0.5))
    table = pl.DataFrame(
        {
            "family_id": [f"H:{each}" for each in range(ROWS)],
            "income_per_head": income * 1000,
            "severe_illnesses": ill,
            "needed": needed,
            "triggers": ill,
        }
    ).with_columns(as_of=pl.lit(AS_OF))
    missing = [each.name for each in MODEL_FEATURES if each.name not in table.columns]
    return table.with_columns(pl.lit(0, pl.Int64).alias(name) for name in missing)


@pytest.fixture(scope="module")
def report() -> ModelReport:
    """A model of the made-up households, on others."""
    learnt, rows = _rows(1), _rows(2)
    model = fit(learnt, learnt["needed"], USED, name="additive-test", target="need", data={"last_as_of": "2025-03-31"})
    groups = rows.select("family_id", "as_of").with_columns(
        sex=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("female")).otherwise(pl.lit("male")),
        age_group=pl.lit("35-59"),
        street_code=pl.lit("330108001"),
        household_type=pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("one_parent")).otherwise(pl.lit("other")),
        disability=pl.lit("no"),
    )
    found = measured(model, rows, groups, load_parameters().as_of(AS_OF))
    return replace(found, model_id="0123456789abcdef", note=NOTE)


def test_the_model_stands_beside_simpler_ways(report: ModelReport) -> None:
    """A model that finds no more than chance would look good on its own."""
    assert set(report.measures) == set(SCORERS)
    assert report.measures[MODEL]["auc"].low > report.measures[RANDOM]["auc"].high
    assert "ece" in report.measures[MODEL]
    assert "ece" not in report.measures[CARD]
    for points in report.gains.values():
        assert [found for _, found in points] == sorted(found for _, found in points)


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
    assert "组过小" in row
    assert "40" not in row
