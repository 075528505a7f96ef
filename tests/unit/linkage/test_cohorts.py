"""Families of past days are computed over a neighbourhood: it must be large enough, and everybody has one family."""

from datetime import date, timedelta
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.cohorts import expand_cohort
from linkage.families import families_at
from tests.unit.linkage.world import TERMS, World

DATES = [date(2024, 2, 29), date(2025, 6, 30), date(2026, 3, 31)]
HOUSEHOLDS = ["1", "2", "3", "10", "集1", "集2"]
RELATIONS = ["spouse", "child", "child_in_law", "parent"]


def random_world(seed: int) -> World:
    """Twelve people with every kind of record, drawn by chance from `seed`."""
    draw = Random(seed)  # noqa: S311 a test world, not a secret
    world = World()
    people = [f"p{n:02}" for n in range(12)]
    births = {key: date(1990, 1, 1) if place < 7 else _day(draw, 2006, 2025) for place, key in enumerate(people)}
    for place, key in enumerate(people):
        started = max(births[key], date(2008, 1, 1))
        mother, father = (draw.choice([*people[:7], None]) if place >= 7 else None for _ in range(2))
        ended = _day(draw, 2023, 2026) if draw.random() < 0.4 else None
        first = draw.choice(HOUSEHOLDS)
        world.person(key, first, births[key], started_on=started, ended_on=ended, mother_key=mother, father_key=father)
        if ended and draw.random() < 0.7:
            world.register(key, draw.choice(HOUSEHOLDS), started_on=ended, mother_key=mother, father_key=father)
        if draw.random() < 0.1:
            world.add("deaths", person_key=key, died_on=_day(draw, 2023, 2026))
    for _ in range(5):
        one, other = draw.sample(people[:7], 2)
        world.marry(one, other, _day(draw, 2015, 2026))
        if draw.random() < 0.3:
            world.marry(one, other, _day(draw, 2022, 2026), "divorce")
    for number in range(3):
        members = draw.sample(people, draw.randint(1, 4))
        world.declare(f"N{number}", _day(draw, 2022, 2026), **dict.fromkeys(members, "child") | {members[0]: "self"})
        start = _day(draw, 2022, 2025)
        end = start + timedelta(days=draw.randint(1, 700)) if draw.random() < 0.6 else None
        world.spell(f"N{number}", members[0], start, end)
        if draw.random() < 0.5:
            again = draw.sample(people, draw.randint(1, 3))
            relations = {key: draw.choice(RELATIONS) for key in again} | {again[0]: "self"}
            world.declare(f"N{number}", _day(draw, 2023, 2026), **relations)
    return world


def _day(draw: Random, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=draw.randint(0, 365 * (last - first) + 89))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_everybody_living_has_exactly_one_family(seed: int) -> None:
    """A person in two families is helped twice, one in none is missed."""
    world = random_world(seed)
    frame = world.families_frame(DATES)
    assert frame.select("person_key", "on").is_unique().all()
    assert frame.null_count().select("person_key", "on", "family_id", "family_basis").row(0) == (0, 0, 0, 0)
    dead = {(row["person_key"], day) for row in world.rows.get("deaths", []) for day in DATES if row["died_on"] <= day}
    told = set(frame.select("person_key", "on").rows())
    everybody = {(key, day) for key in world.keys() for day in DATES}  # noqa: SIM118 a method of the world
    unborn = {(row["person_key"], day) for row in world.rows["identities"] for day in DATES if row["birth_on"] > day}
    assert everybody - told <= dead | unborn
    assert not told & unborn


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(seed: int, shuffler: Random) -> None:
    """The same deliveries read in another order must give the same families."""
    world = random_world(seed)
    before = world.families_frame(DATES)
    for rows in world.rows.values():
        shuffler.shuffle(rows)
    assert world.families_frame(DATES).equals(before)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_the_neighbourhood_gives_the_families_of_the_whole_population(seed: int) -> None:
    """The family on the day of a payment must be the same as an edition of that day would have it."""
    world = random_world(seed)
    whole = world.families_frame(DATES)
    seeds = pl.LazyFrame(
        {"person_key": ["p00", "p08"], "on": [DATES[0], DATES[1]]}, schema={"person_key": pl.String, "on": pl.Date}
    )
    cohort = expand_cohort(world.facts(), seeds, adult_age=18)
    near = families_at(world.facts(), cohort, **TERMS).collect()
    for key, on in seeds.collect().rows():
        assert _family(near, key, on) == _family(whole, key, on)


def _family(frame: pl.DataFrame, key: str, on: date) -> list[str]:
    """Everybody who is in one family with `key` on the day `on`."""
    day = frame.filter(pl.col("on") == on)
    mine = day.filter(pl.col("person_key") == key)["family_id"]
    return sorted(day.filter(pl.col("family_id").is_in(mine.implode()))["person_key"])


def test_only_the_neighbourhood_is_looked_at() -> None:
    """A payment must not cost a computation over the whole district."""
    world = (
        World().person("a", "1").person("b", "1").person("c", "2").person("d", "2", date(2000, 1, 1), mother_key="a")
    )
    world.person("e", "集1").person("f", "集1")
    seeds = pl.LazyFrame(
        {"person_key": ["a", "e"], "on": [DATES[2]] * 2}, schema={"person_key": pl.String, "on": pl.Date}
    )
    cohort = expand_cohort(world.facts(), seeds, adult_age=18).collect()
    assert sorted(cohort["person_key"]) == ["a", "b", "e"]
