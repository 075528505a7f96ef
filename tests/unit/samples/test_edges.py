"""Some families stand on the threshold itself, and some one fen above it."""

from samples.edges import sharpen
from samples.truth import Truth
from samples.world import World, simulate

_LINE = 100_000 * 100


def test_families_of_three_stand_on_the_line_and_just_above() -> None:
    """`<` in the place of `<=` would go unnoticed in the whole sample."""
    world: World = simulate(size=3000, months=2, seed=4, first_month="2026-01")
    truth = Truth(world)
    sharpen(world, truth)
    for month in (world.first, world.last):
        _, members, income, known = truth.family_incomes(truth.at(month))
        of_three = members == 3
        assert (of_three & (income == _LINE)).sum() > 0
        assert (of_three & (income == _LINE + 1)).sum() > 0
        assert known[of_three & (income == _LINE)].all()
