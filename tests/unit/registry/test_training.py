"""Which months a model learns from, which it is measured on, and when there are too few."""

from datetime import date

import polars as pl
import pytest
from sqlalchemy import Engine

from registry.errors import NeedModelError
from registry.evaluations import EVALUATION, evaluation_hash, evaluation_of, keep_evaluation
from registry.need_models import kept_models
from registry.promotion import unseen_days
from registry.training import _later, _months, _telling, as_well_known, left_to_judge, train
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


JUDGING = load_parameters().as_of(date(2026, 6, 30)).integer("gate.months")


def test_what_leaves_no_months_to_judge_on_is_refused_with_how_many_are_missing() -> None:
    """If this fails, a model is kept that too few later months can judge, and nobody is told how long to wait."""
    with pytest.raises(TrainingError, match=rf"history is too short: 28 months.*: {JUDGING - 4} are missing"):
        _months(_ends(date(2024, 3, 1), date(2026, 6, 1)), None, None, JUDGING)
    months = _ends(date(2022, 1, 1), date(2026, 6, 1))[-24 - JUDGING :]
    assert _months(months, None, None, JUDGING)[0] == months[:1]
    with pytest.raises(
        TrainingError, match=rf"among those chosen: {24 + JUDGING} months are delivered.*known of {12 + JUDGING}"
    ):
        _months(months, date(2026, 1, 31), None, JUDGING)


def test_what_is_trained_by_default_is_judged_on_as_many_months_as_the_gate_uses() -> None:
    """If this fails, learning takes months that the gate needs: a model is judged on one month, whose cases are few."""
    parameters = load_parameters()
    for judging in (1, 3, JUDGING):
        at = parameters.replacing({"gate.months": judging}).as_of(date(2026, 6, 30))
        months = _ends(date(2023, 2, 1), date(2026, 6, 1))
        learnt, _ = _months(months, None, None, judging)
        assert left_to_judge(months, learnt[-1], judging) == judging
        assert unseen_days(_later(learnt[-1]), months[-1], at) == months[-12 - judging : -12]
    assert left_to_judge(months, date(2024, 5, 31), JUDGING) == 2
    assert left_to_judge(months, date(2024, 7, 31), JUDGING) == 0


def test_no_date_is_evaluated_before_outcomes_were_known() -> None:
    """A way of training would be praised for outcomes that nobody knew yet, or on a single month."""
    months = _ends(date(2023, 1, 1), date(2026, 6, 1))
    learnt, dates = _months(months, None, None, 6)
    assert (learnt[0], learnt[-1]) == (date(2023, 1, 31), date(2024, 1, 31))
    assert dates == [date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]
    learnt, dates = _months(months, date(2024, 1, 31), date(2024, 3, 31), 6)
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
