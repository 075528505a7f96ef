"""Which months a model learns from, which it is measured on, and when there are too few."""

from datetime import date

import polars as pl
import pytest
from sqlalchemy import Engine

from registry.need_models import kept_models
from registry.training import _later, _months, train
from rules.parameters import load_parameters
from schemas.settings import Settings
from scoring.errors import TrainingError


def _ends(first: date, last: date) -> list[date]:
    return pl.date_range(first, last, "1mo", eager=True).dt.month_end().to_list()


def test_without_deliveries_the_scorecard_stays(engine: Engine, settings: Settings) -> None:
    """A fresh installation would fail with an error that helps nobody, or keep a model of nothing."""
    with pytest.raises(TrainingError, match=r"0 months are delivered.*the scorecard stays"):
        train(engine, settings, load_parameters(), today=date(2026, 7, 15), actor="analyst")
    assert kept_models(engine) == []


def test_two_years_are_too_short() -> None:
    """A model would be kept that no later month can judge."""
    with pytest.raises(TrainingError, match="history is too short: 24 months"):
        _months(_ends(date(2024, 7, 1), date(2026, 6, 1)), None, None)


def test_no_month_is_measured_before_the_outcomes_learnt_from_are_over() -> None:
    """A model would be praised for months that it had learnt."""
    months = _ends(date(2023, 1, 1), date(2026, 6, 1))
    learnt, later = _months(months, None, None)
    assert (learnt[0], learnt[-1]) == (date(2023, 1, 31), date(2024, 6, 30))
    assert later == [date(2025, 6, 30)]
    learnt, later = _months(months, date(2023, 3, 31), date(2023, 12, 31))
    assert (learnt[0], learnt[-1]) == (date(2023, 3, 31), date(2023, 12, 31))
    assert later == [date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]
    assert all(_later(learnt[-1]) <= day for day in later)


def test_a_horizon_later_is_the_end_of_a_month() -> None:
    """The last day of February would lose or gain a day of outcomes."""
    assert _later(date(2024, 2, 29)) == date(2025, 2, 28)
    assert _later(date(2023, 2, 28)) == date(2024, 2, 29)
