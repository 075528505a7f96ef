"""Narrowing and ordering the list, on each database."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from registry.changed import changed_families
from registry.errors import NotPermittedError
from registry.exports import export_list
from registry.filters import ListFilter, Sought
from registry.queries import list_count, list_rows
from registry.roles import Actor
from registry.scope import WHOLE, Area, Scope
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.examples import JULY, edition, family, key, member, published

MANY = 70_000
ELSEWHERE = {"street_code": "330108002", "community_code": "330108002001"}


def _published(engine: Engine) -> str:
    """June has two families; in July one of them lives in the other street, and one without a score is new."""
    before = [family("H:1", 1), family("H:2", 2)]
    published(engine, edition(listed=before, members=[member("H:1", 1), member("H:2", 2)]))
    now = [family("H:1", 1, classes="illness;old_age"), family("H:2", 2, **ELSEWHERE), family("H:3", 3, score=None)]
    people = [member("H:1", 1), member("H:2", 2, **ELSEWHERE), member("H:3", 3)]
    return published(engine, edition(listed=now, members=people), JULY)


def test_more_may_be_sought_than_a_statement_has_parameters(engine: Engine) -> None:
    """If this fails, a frequent family name is answered with an error of the machine."""
    found = _published(engine)
    many = Sought(frozenset(key(each) for each in range(3, MANY)), frozenset({"H:1"}))
    wanted = replace(ListFilter.of(WHOLE), sought=many)
    assert list_rows(engine, found, wanted, sort="score")["family_id"].to_list() == ["H:1", "H:3"]
    assert list_count(engine, found, wanted) == 2
    nobody = replace(wanted, sought=Sought(frozenset(), frozenset()))
    assert list_count(engine, found, nobody) == 0


def test_families_that_changed_are_those_of_the_area(engine: Engine) -> None:
    """If this fails, a street misses a family that moved in, or learns of one that changed elsewhere."""
    found = _published(engine)
    whole = changed_families(engine, found, WHOLE)
    there = changed_families(engine, found, Scope(Area("330108002"), ("need",)))
    here = changed_families(engine, found, Scope(Area("330108001"), ("need",)))
    assert whole is not None
    assert there is not None
    assert here is not None
    assert (whole["entered"], whole["changed"]) == (frozenset({"H:3"}), frozenset({"H:2"}))
    assert (there["entered"], there["changed"]) == (frozenset({"H:2"}), frozenset())
    assert (here["entered"], here["left"], here["changed"]) == (frozenset({"H:3"}), frozenset({"H:2"}), frozenset())


def test_a_class_is_found_among_several_and_an_unknown_order_is_refused(engine: Engine) -> None:
    """If this fails, families of several difficulties are missed, or an order is not the one that was asked."""
    found = _published(engine)
    wanted = ListFilter.of(WHOLE, difficulty="old_age")
    assert list_rows(engine, found, wanted)["family_id"].to_list() == ["H:1"]
    assert list_rows(engine, found, ListFilter.of(WHOLE), sort="score")["family_id"][-1] == "H:3"
    with pytest.raises(UnknownNameError):
        list_rows(engine, found, wanted, sort="name")


def test_a_filter_of_another_reader_exports_nothing(engine: Engine, settings: Settings) -> None:
    """If this fails, a street takes away the list of the district."""
    _published(engine)
    street = Actor("街道", "street_staff", Area("330108002"))
    with pytest.raises(NotPermittedError):
        export_list(engine, settings, actor=street, wanted=ListFilter.of(WHOLE))
