"""Measures, their intervals, and the model beside its peers: on public measurements and on made-up households."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from scoring.errors import TrainingError
from scoring.evaluated import Evaluation, evaluated
from scoring.evaluation import BOOSTING, LOGISTIC, MODEL, RANDOM, TRIGGERS, CutOff, evaluate
from scoring.intervals import Interval, bootstrap, weights, wilson
from scoring.metrics import Ranking, found_at, measure
from scoring.spec import Feature
from tests.unit.scoring.households import CUT_OFFS, SPEC, history


@pytest.fixture(scope="module")
def cut_offs() -> list[CutOff]:
    """The made-up households measured at two dates."""
    return evaluate(history(), SPEC, CUT_OFFS, given={TRIGGERS: "triggers"})


def test_measures_are_those_of_the_textbook() -> None:
    """The figures of a model could not be compared with anybody else's."""
    random = np.random.default_rng(1)
    scores = random.integers(0, 40, 500) * 250.0
    needed = random.random(500) < scores / 10_000
    found = measure(scores, needed, capacities=[0.05], chance=True)
    assert found.auc == pytest.approx(roc_auc_score(needed, scores))
    assert found.average_precision == pytest.approx(average_precision_score(needed, scores))
    assert found.brier == pytest.approx(brier_score_loss(needed, scores / 10_000))
    assert sum(each.rows for each in found.bins) == 500
    assert found.ece is not None
    assert found.ece < 0.1


def test_a_row_counted_twice_is_a_row_given_twice() -> None:
    """The bootstrap would measure something else than the measures that it is to hold."""
    random = np.random.default_rng(2)
    scores, needed = random.integers(0, 9, 200) * 1000.0, random.random(200) < 0.3
    times = random.integers(0, 3, 200)
    weighed = Ranking(scores, needed, chance=True).measure([0.1], times.astype(np.float64))
    repeated = Ranking(np.repeat(scores, times), np.repeat(needed, times), chance=True).measure([0.1])
    for name in ("auc", "average_precision", "recall_10", "precision_10", "brier"):
        assert weighed.named()[name] == pytest.approx(repeated.named()[name])


def test_households_on_a_level_count_by_expectation() -> None:
    """The order of rows in a file would decide how good a scorer looks."""
    scores, needed = np.array([9.0, 5.0, 5.0, 5.0, 1.0]), np.array([True, True, False, False, True])
    found = found_at(scores, needed, 0.4)
    assert found.visited == 2
    assert found.precision == pytest.approx((1 + 1 / 3) / 2)
    assert found.recall == pytest.approx((1 + 1 / 3) / 3)
    assert found.lift == pytest.approx(found.precision / 0.6)


def test_chances_that_are_too_high_show() -> None:
    """A model that says twice the truth would be called calibrated."""
    needed = np.arange(1000) % 5 == 0
    true, twice = (measure(np.full(1000, each), needed, capacities=[0.1], chance=True) for each in (2000.0, 4000.0))
    assert true.ece == pytest.approx(0)
    assert twice.ece == pytest.approx(0.2)


def test_the_model_is_shown_beside_its_peers(cut_offs: list[CutOff]) -> None:
    """A model that finds no more than chance or a single rule would look good on its own."""
    assert [each.on for each in cut_offs] == list(CUT_OFFS)
    for cut in cut_offs:
        assert set(cut.measures) == {MODEL, LOGISTIC, BOOSTING, TRIGGERS, RANDOM}
        assert cut.measures[MODEL].auc > cut.measures[TRIGGERS].auc > cut.measures[RANDOM].auc
        assert {len(each.at_capacity) for each in cut.measures.values()} == {3}
        assert cut.measures[MODEL].ece is not None
        assert cut.measures[RANDOM].brier is None


def test_later_cut_offs_learn_from_more(cut_offs: list[CutOff]) -> None:
    """A cut-off would learn from outcomes that were not known then."""
    first, second = cut_offs
    assert first.trained_rows == 1500
    assert second.trained_rows > first.trained_rows


@pytest.fixture(scope="module")
def evaluation(cut_offs: list[CutOff]) -> Evaluation:
    """What the two dates come to."""
    return evaluated(cut_offs, rounds=60)


def test_every_measure_has_an_interval_at_each_date_and_over_all(evaluation: Evaluation) -> None:
    """A difference that is luck would be taken for a better model."""
    assert [part.on for part in evaluation.parts] == [day.isoformat() for day in CUT_OFFS]
    wanted = {
        "auc",
        "average_precision",
        *(f"{each}_{n}" for each in ("recall", "precision", "lift") for n in (1, 2, 5)),
    }
    for measures in (evaluation.measures, *(part.measures for part in evaluation.parts)):
        assert set(measures) == {MODEL, LOGISTIC, BOOSTING, TRIGGERS, RANDOM}
        for scorer, found in measures.items():
            chances = {"brier", "ece"} if scorer in {MODEL, LOGISTIC, BOOSTING} else set()
            assert set(found) == wanted | chances, scorer
            for name, each in found.items():
                assert each.low <= each.value <= each.high, (scorer, name)
    assert set(evaluation.bins) == {MODEL, LOGISTIC, BOOSTING}


def test_all_dates_together_are_the_mean_of_each(cut_offs: list[CutOff], evaluation: Evaluation) -> None:
    """The figure that is quoted would be that of no date."""
    of_dates = [cut.measures[LOGISTIC].named()["recall_5"] for cut in cut_offs]
    assert evaluation.measures[LOGISTIC]["recall_5"].value == pytest.approx(sum(of_dates) / 2)
    assert [part.measures[LOGISTIC]["recall_5"].value for part in evaluation.parts] == pytest.approx(of_dates)


def test_intervals_narrow_with_more_households(cut_offs: list[CutOff], evaluation: Evaluation) -> None:
    """A few households would be as sure as many."""
    cut = cut_offs[0]
    fewer = replace(cut, scored=cut.scored.head(300), _rankings={})
    wide, narrow = (each[TRIGGERS]["auc"] for each in (evaluated([fewer], rounds=60).measures, evaluation.measures))
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_differences_tell_better_from_level(cut_offs: list[CutOff], evaluation: Evaluation) -> None:
    """A model would be said to beat another on households where both are the same."""
    assert evaluation.above[RANDOM]["auc"].low > 0
    assert MODEL not in evaluation.above
    same = [
        replace(each, scored=each.scored.with_columns(pl.col(MODEL).alias(LOGISTIC)), _rankings={}) for each in cut_offs
    ]
    level = evaluated(same, rounds=20).above[LOGISTIC]
    assert {(each.low, each.high) for each in level.values()} == {(0.0, 0.0)}


def test_an_evaluation_is_read_as_it_was_written(evaluation: Evaluation) -> None:
    """The report of a model would show other figures than were kept."""
    nothing = Interval(0.5, float("nan"), float("nan"))
    odd = evaluation.model_copy(update={"above": {RANDOM: {"auc": nothing}}})
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation
    assert np.isnan(Evaluation.model_validate_json(odd.model_dump_json()).above[RANDOM]["auc"].low)


def test_rows_of_one_household_are_drawn_together() -> None:
    """Twelve months of one household would count as twelve households, and the interval come out too narrow."""
    households = pl.Series([1, 1, 2, 2, 2, 3])
    for (drawn,) in weights([households], 20, seed=4):
        assert drawn[0] == drawn[1]
        assert drawn[2] == drawn[3] == drawn[4]
        assert drawn[0] + drawn[2] + drawn[5] == 3
    outcome = np.random.default_rng(0).random(50)
    alone, repeated = pl.Series(range(50)), pl.Series(np.repeat(np.arange(50), 12))

    def width(values: np.ndarray, names: pl.Series) -> float:  # type: ignore[type-arg]
        found = bootstrap(
            lambda given: {"mean": float(np.average(values, weights=given[0] if given else None))}, [names]
        )
        return found["mean"].high - found["mean"].low

    assert width(np.repeat(outcome, 12), repeated) == pytest.approx(width(outcome, alone))
    assert width(np.repeat(outcome, 12), pl.Series(range(600))) < 0.5 * width(outcome, alone)


def test_equal_seeds_give_equal_intervals(cut_offs: list[CutOff]) -> None:
    """The figures of a report could not be computed again."""
    one, other, another = (evaluated(cut_offs[:1], rounds=10, seed=seed) for seed in (7, 7, 8))
    assert one == other
    assert one.measures != another.measures


def test_shares_have_intervals_at_the_ends_too() -> None:
    """No case among twenty visits would be told as certainly none."""
    none = wilson(0, 20)
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(0.161, abs=0.001)
    half = wilson(50, 100)
    assert (round(half.low, 3), round(half.high, 3)) == (0.404, 0.596)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_a_public_table_is_measured_like_ours() -> None:
    """Nobody could try the method on data that they know."""
    data = load_breast_cancer()
    names = [str(each).replace(" ", "_") for each in data.feature_names[:10]]
    table = pl.DataFrame((data.data[:, :10] * 1000).astype(np.int64), schema=names).with_columns(
        patient=pl.int_range(pl.len()),
        needed=pl.Series(data.target == 0),
        as_of=pl.when(pl.int_range(pl.len()) % 3 == 0)
        .then(pl.lit(date(2025, 1, 1)))
        .otherwise(pl.lit(date(2024, 1, 1))),
    )
    spec = [Feature(each, each, ("measurements",), direction="either") for each in names]
    (cut,) = evaluate(table, spec, [date(2025, 1, 1)], household="patient")
    assert cut.measures[MODEL].auc > 0.95
    assert cut.measures[MODEL].auc > cut.measures[BOOSTING].auc - 0.03
    assert TRIGGERS not in cut.measures


def test_a_table_without_households_is_refused() -> None:
    """Rows of one household would count as several without anybody saying so."""
    with pytest.raises(TrainingError, match="'family_id'"):
        evaluate(history().drop("family_id"), SPEC, CUT_OFFS)


def test_one_outcome_only_measures_nothing() -> None:
    """A month without any case would give figures."""
    with pytest.raises(TrainingError, match="one outcome"):
        measure(np.array([1.0, 2.0]), np.array([True, True]), capacities=[0.5], chance=False)
