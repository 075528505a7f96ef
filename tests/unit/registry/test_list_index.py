"""The list in memory says what the registry says: the same families, in the same order, for every reader."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from registry.filters import LAYERS, TIERS, ListFilter, Sought
from registry.list_index import ListIndex, ListIndexes
from registry.listed_rows import SHOWN
from registry.queries import LIST_SORTS, list_count, list_rows
from registry.scope import WHOLE, Area, Scope
from rules import rules_of
from rules.classes import CLASSES
from schemas.errors import UnknownNameError
from tests.unit.registry.examples import edition, family, leaving, published

FAMILIES, ASKED = 120, 150
STREETS = (None, "330108001", "330108002")
SCOPES = (WHOLE, *[Scope(Area(each)) for each in ("330108001", "330108002", "330108001002")])


def _several(drawn: random.Random, words: list[str]) -> str:
    return ";".join(sorted(drawn.sample(words, drawn.randint(0, 2))))


def _row(drawn: random.Random, number: int) -> dict[str, object]:
    street = drawn.choice(STREETS)
    return family(
        drawn.choice(["H:", "D:", "h:"]) + str(number),
        number,
        street_code=street,
        community_code=drawn.choice([None, f"{street}001", f"{street}002"]) if street else None,
        tier=drawn.choice([None, *TIERS.codes]),
        layer=drawn.choice(LAYERS.codes),
        groups=_several(drawn, [each.id for each in rules_of("group")]),
        classes=drawn.choice([None, _several(drawn, list(CLASSES))]),
        score=drawn.choice([None, 0, 100, 5000]),
        status=drawn.choice([None, "listed", "proposed_exit"]),
        proposed_groups=drawn.choice([None, "", "low_income_family"]),
    )


def _asked(drawn: random.Random, families: list[str]) -> ListFilter:
    def some(words: list[str]) -> str | None:
        return drawn.choice(words) if drawn.random() < 0.3 else None

    scope = drawn.choice(SCOPES)
    streets = list(scope.area.streets) if scope.area.is_district else []
    found = ListFilter.of(
        scope,
        area=some(streets) if streets else None,
        community=some(list(scope.area.communities)),
        tier=some(list(TIERS.codes)),
        group=some([each.id for each in rules_of("group")]),
        layer=some(list(LAYERS.codes)),
        difficulty=some(list(CLASSES)),
        least_score=drawn.choice([None, None, 0, 1, 100, 9999]),
    )
    turn = drawn.random()
    if turn < 0.2:
        return found.proposed()
    return found.changed("entered", drawn.sample(families, 40)) if turn < 0.4 else found


def test_it_answers_as_the_registry_does(engine: Engine) -> None:
    """If this fails, the page shows or counts other families than the file that is taken from it."""
    drawn = random.Random(11)  # noqa: S311
    rows = [_row(drawn, number) for number in range(1, FAMILIES + 1)]
    going = [leaving(str(each["family_id"]), n) for n, each in enumerate(rows, start=1) if drawn.random() < 0.3]
    found = published(engine, edition(listed=rows, standings=going))
    index = ListIndex(engine, found)
    families = [str(each["family_id"]) for each in rows]
    seen = 0
    for _ in range(ASKED):
        wanted, sort = _asked(drawn, families), drawn.choice(LIST_SORTS.codes)
        limit, offset = drawn.choice([(7, 0), (50, 3), (500, 0)])
        ours, number = index.page(wanted, sort=sort, limit=limit, offset=offset)
        theirs = list_rows(engine, found, wanted, sort=sort, limit=limit, offset=offset)
        assert ours == theirs.select(SHOWN).to_dicts(), (wanted, sort)
        assert index.count(wanted) == number == list_count(engine, found, wanted)
        seen += len(ours)
    assert seen > ASKED


def test_it_refuses_what_it_cannot_answer(engine: Engine) -> None:
    """If this fails, an unknown order or a keyword is answered with everybody."""
    index = ListIndex(engine, published(engine, edition(listed=[family("H:1", 1)])))
    wanted = ListFilter.of(WHOLE)
    with pytest.raises(UnknownNameError):
        index.page(wanted, sort="name", limit=1, offset=0)
    with pytest.raises(ValueError, match="keyword"):
        index.count(replace(wanted, sought=Sought(frozenset(), frozenset())))


def test_an_edition_is_read_once_and_an_empty_one_has_nobody(engine: Engine) -> None:
    """If this fails, every page reads a million families, or the first month of a district shows an error."""
    found = published(engine, edition())
    held = ListIndexes(engine)
    assert held.of(found) is held.of(found)
    wanted = ListFilter.of(WHOLE, tier="red", group="low_income_family")
    assert held.of(found).count(wanted) == 0
    assert held.of(found).page(ListFilter.of(WHOLE), sort="street", limit=50, offset=0) == ([], 0)
