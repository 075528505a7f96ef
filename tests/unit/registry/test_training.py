"""Which months a model learns from, which it is measured on, and when there are too few."""

from datetime import date

import polars as pl
import pytest
from sqlalchemy import Engine

from registry.errors import NeedModelError
from registry.evaluations import EVALUATION, evaluation_hash, evaluation_of, keep_evaluation
from registry.need_models import kept_models
from registry.training import _later, _months, _telling, as_well_known, train
from rules.parameters import load_parameters
from schemas.settings import Settings
from scoring.errors import TrainingError
from scoring.evaluated import evaluated
from scoring.evaluation import CutOff
from scoring.features import MODEL_FEATURES
from scoring.scorecard import scorecard


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


def test_no_date_is_evaluated_before_outcomes_were_known() -> None:
    """A way of training would be praised for outcomes that nobody knew yet, or on a single month."""
    months = _ends(date(2023, 1, 1), date(2026, 6, 1))
    learnt, dates = _months(months, None, None)
    assert (learnt[0], learnt[-1]) == (date(2023, 1, 31), date(2024, 6, 30))
    assert dates == [date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]
    learnt, dates = _months(months, date(2024, 1, 31), date(2024, 3, 31))
    assert (learnt[0], learnt[-1]) == (date(2024, 1, 31), date(2024, 3, 31))
    assert dates == [date(2025, 3, 31), date(2025, 6, 30)]
    assert all(_later(learnt[0]) <= day for day in dates)


def test_dates_that_tell_nothing_are_left_out() -> None:
    """Training would fail altogether where one of the dates has no case, or too few were known by then."""
    days = [date(2024, 6, 30), date(2025, 6, 30), date(2025, 12, 31), date(2026, 1, 31)]
    table = pl.concat(
        pl.DataFrame({"needed": [each % 8 == 0 and day != days[2] for each in range(400)]}).with_columns(
            as_of=pl.lit(day)
        )
        for day in days
    )
    assert _telling(table, days) == [days[1], days[3]]
    assert _telling(table.filter(pl.col("needed")), days) == []
    assert _telling(table.gather_every(2, 1), days) == []


def test_an_evaluation_is_kept_with_its_model_and_cannot_be_changed(settings: Settings) -> None:
    """The figures on which two persons agree could be made better afterwards."""
    rows = range(60)
    scored = pl.DataFrame({"family_id": rows, "needed": [each % 2 == 0 for each in rows], "random": rows})
    found = evaluated([CutOff(date(2025, 6, 30), 10, 2, scored, "family_id", ("random",))], rounds=3)
    model = scorecard(load_parameters().as_of(date(2026, 6, 30)))
    assert evaluation_of(settings, "0123456789abcdef", model) is None
    named = model.model_copy(update={"data": {EVALUATION: evaluation_hash(found)}})
    with pytest.raises(NeedModelError, match="not what was kept"):
        evaluation_of(settings, "0123456789abcdef", named)
    keep_evaluation(settings, "0123456789abcdef", found)
    assert evaluation_of(settings, "0123456789abcdef", named) == found
    (path,) = (settings.models_dir / "0123456789abcdef").glob("evaluation-*.json")
    path.write_bytes(path.read_bytes().replace(b"0.", b"1.", 1))
    with pytest.raises(NeedModelError, match="not what was kept"):
        evaluation_of(settings, "0123456789abcdef", named)


def test_months_in_which_less_was_known_are_not_learnt_from() -> None:
    """The model would take a missing year for usual, and step back from every later edition."""
    months = [date(2025, month, 28) for month in (1, 2, 3)]
    row = dict.fromkeys((each.name for each in MODEL_FEATURES), 1)
    rows = [
        row | {"as_of": day, "income_change": None if number < unknown else 100}
        for day, unknown in zip(months, (9, 3, 3), strict=True)
        for number in range(10)
    ]
    assert as_well_known(pl.DataFrame(rows, infer_schema_length=None), months) == months[1:]
    same = [row | {"as_of": day} for day in months]
    assert as_well_known(pl.DataFrame(same), months) == months


def test_a_horizon_later_is_the_end_of_a_month() -> None:
    """The last day of February would lose or gain a day of outcomes."""
    assert _later(date(2024, 2, 29)) == date(2025, 2, 28)
    assert _later(date(2023, 2, 28)) == date(2024, 2, 29)
