"""Sharing a sample out among strata, and the order of chance."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.auditing.strata import checked_seed, draw, new_seed, shares
from registry.errors import SamplingError

_SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=8)


def _strata(sizes: list[int]) -> pl.DataFrame:
    return pl.DataFrame({"stratum": [f"s{each}" for each in range(len(sizes))], "items": sizes})


def _population(sizes: list[int]) -> pl.DataFrame:
    named = [(f"s{place}-{each}", f"s{place}") for place, size in enumerate(sizes) for each in range(size)]
    return pl.DataFrame(named, schema=["item", "stratum"], orient="row")


@given(_SIZES, st.data())
def test_shares_add_up_and_no_stratum_gives_more_than_it_has(sizes: list[int], data: st.DataObject) -> None:
    """A sample of another size than computed, or an item that is not there."""
    size = data.draw(st.integers(0, sum(sizes)))
    shared = shares(_strata(sizes), size, at_least=2)
    assert shared["share"].sum() == size
    assert (shared["share"] + shared["extra"] <= shared["items"]).all()
    assert (shared["share"] + shared["extra"] >= pl.Series([min(2, each) for each in sizes])).all()
    exact = shared["items"] * size / sum(sizes)
    assert ((shared["share"] - exact).abs() < 1).all()


@given(_SIZES, st.integers(0, 2**32))
def test_a_draw_is_the_same_again_and_has_no_item_twice(sizes: list[int], seed: int) -> None:
    """An auditor could not show how the sample came about."""
    population = _population(sizes)
    shared = shares(_strata(sizes), min(5, population.height), at_least=1)
    drawn = draw(population, shared, f"{seed:08d}")
    assert drawn.equals(draw(population.sample(fraction=1, shuffle=True, seed=1), shared, f"{seed:08d}"))
    assert drawn["item"].n_unique() == drawn.height
    assert drawn.filter("projected").height == shared["share"].sum()


def test_another_seed_draws_others_and_all_are_drawn_alike() -> None:
    """Some families would be looked at time and again, and others never."""
    population = _population([50])
    shared = shares(_strata([50]), 10, at_least=0)
    draws = [draw(population, shared, f"seed{each}") for each in range(400)]
    counted = pl.concat(draws)["item"].value_counts()
    assert counted.height == 50
    # 400 draws of 10 out of 50: 80 each, standard deviation 8
    assert counted["count"].min() > 80 - 5 * 8
    assert counted["count"].max() < 80 + 5 * 8


def test_an_item_that_joins_moves_no_other() -> None:
    """One entry more would make every sample a different one."""
    before = draw(_population([50]), shares(_strata([50]), 10, at_least=0), "seed")
    after = draw(_population([51]), shares(_strata([51]), 10, at_least=0), "seed")
    assert len({*before["item"]} - {*after["item"]}) <= 1


def test_what_cannot_be_drawn_is_refused() -> None:
    """More items than there are, an item with two chances, a seed that is a sentence."""
    with pytest.raises(SamplingError, match="cannot be drawn"):
        shares(_strata([3]), 4, at_least=0)
    twice = pl.concat([_population([3]), _population([3])])
    with pytest.raises(SamplingError, match="twice"):
        draw(twice, shares(_strata([6]), 2, at_least=0), "seed")
    with pytest.raises(SamplingError, match="seed"):
        checked_seed("a name with blanks")
    assert checked_seed(new_seed()) != checked_seed(new_seed())
