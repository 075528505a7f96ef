"""Views of the list under a name: nobody's name or number in them, and nobody else's area."""

import pytest
from sqlalchemy import Engine, select

from registry.accounts.accounts import NewAccount, add_account
from registry.errors import NotPermittedError, NoViewError, SavedViewError
from registry.models import AuditEvent, SavedView
from registry.roles import Actor
from registry.saved_views import (
    EVERY_ROLE,
    keep_view,
    remove_view,
    rename_view,
    share_view,
    unshare_view,
    views_of,
)
from registry.scope import Area
from schemas.errors import UnknownNameError
from schemas.settings import Settings

XIXING, CHANGHE = "330108001", "330108002"
BOSS = Actor("boss", "supervisor")
STREET = Actor("street", "street_staff", Area(XIXING))
OTHER = Actor("other", "street_staff", Area(CHANGHE))
RED = {"tier": "red", "sort": "score", "column": ["tier", "score"]}


@pytest.fixture
def staff(engine: Engine, settings: Settings) -> Engine:
    """A registry with the accounts of three readers."""
    for each in (BOSS, STREET, OTHER):
        new = NewAccount(name=each.name, role=each.role, area=each.area, subject=each.name)
        add_account(engine, settings, new, by="tests")
    return engine


def _titles(engine: Engine, actor: Actor) -> list[str]:
    return [each.title for each in views_of(engine, actor=actor)]


def test_a_view_is_kept_under_its_name_for_its_owner_alone(staff: Engine) -> None:
    """If this fails, staff set the same filters each morning, or see each other's."""
    first = keep_view(staff, "  红色  优先 ", RED, actor=STREET)
    assert keep_view(staff, "红色 优先", RED | {"tier": "orange"}, actor=STREET) == first
    (view,) = views_of(staff, actor=STREET)
    assert (view.title, view.words, view.own) == ("红色 优先", RED | {"tier": "orange"}, True)
    assert _titles(staff, BOSS) == []
    rename_view(staff, first, "橙色", actor=STREET)
    assert _titles(staff, STREET) == ["橙色"]
    remove_view(staff, first, actor=STREET)
    assert _titles(staff, STREET) == []


@pytest.mark.parametrize("words", [{"keyword": "张三"}, {"page": 3}, {"as_of": "2026-06-30"}])
def test_what_passes_is_never_kept(staff: Engine, words: dict[str, object]) -> None:
    """If this fails, the name that somebody sought stands in the registry in clear."""
    with pytest.raises(SavedViewError, match="keyword"):
        keep_view(staff, "a view", RED | words, actor=STREET)
    with staff.connect() as connection:
        assert connection.execute(select(SavedView.view_id)).all() == []


@pytest.mark.parametrize("title", ["", "   ", "长" * 41, "电话 13800000000", "a\x00b"])
def test_a_name_that_cannot_be_one_is_refused(staff: Engine, title: str) -> None:
    """If this fails, a telephone number becomes the name of a view that colleagues read."""
    with pytest.raises(SavedViewError):
        keep_view(staff, title, RED, actor=STREET)


def test_it_is_shared_with_a_role_in_an_area_and_recorded(staff: Engine) -> None:
    """If this fails, another street sees what is not meant for it, or nobody knows who shared what."""
    view = keep_view(staff, "西兴红色", RED | {"street": XIXING}, actor=BOSS)
    share_view(staff, view, "street_staff", "district", actor=BOSS)
    assert _titles(staff, STREET) == ["西兴红色"]
    assert _titles(staff, OTHER) == []  # it asks for a street that is not theirs
    assert _titles(staff, Actor("lead", "supervisor", Area(XIXING))) == []
    everywhere = keep_view(staff, "红色", RED, actor=BOSS)
    share_view(staff, everywhere, "street_staff", XIXING, actor=BOSS)
    assert _titles(staff, STREET) == ["红色", "西兴红色"]
    assert _titles(staff, OTHER) == []
    remove_view(staff, everywhere, actor=BOSS)
    share_view(staff, view, EVERY_ROLE, XIXING, actor=BOSS)
    assert [(each.own, each.owner) for each in views_of(staff, actor=STREET)] == [(False, "boss")]
    unshare_view(staff, view, actor=BOSS)
    assert _titles(staff, STREET) == []
    with staff.connect() as connection:
        events = connection.scalars(select(AuditEvent.details).where(AuditEvent.action == "share_view")).all()
    assert [each["with_role"] for each in events] == ["street_staff", "street_staff", EVERY_ROLE, ""]


def test_whose_it_is_not_cannot_touch_it(staff: Engine) -> None:
    """If this fails, one reader removes or shares what another has kept."""
    view = keep_view(staff, "红色", RED, actor=BOSS)
    assert _titles(staff, STREET) == []
    share_view(staff, view, EVERY_ROLE, "district", actor=BOSS)
    assert _titles(staff, STREET) == ["红色"]
    for act in (
        lambda: rename_view(staff, view, "x", actor=STREET),
        lambda: remove_view(staff, view, actor=STREET),
        lambda: unshare_view(staff, view, actor=STREET),
    ):
        with pytest.raises(NoViewError):
            act()
    own = keep_view(staff, "黄色", {"tier": "yellow"}, actor=STREET)
    with pytest.raises(NotPermittedError):
        share_view(staff, own, EVERY_ROLE, XIXING, actor=STREET)
    with pytest.raises(UnknownNameError):
        share_view(staff, view, "everybody", "district", actor=BOSS)
    lead = Actor("boss", "supervisor", Area(XIXING))
    with pytest.raises(NotPermittedError):
        share_view(staff, view, EVERY_ROLE, CHANGHE, actor=lead)


def test_two_of_one_name_are_refused(staff: Engine) -> None:
    """If this fails, a reader cannot tell two views apart."""
    keep_view(staff, "红色", RED, actor=STREET)
    other = keep_view(staff, "黄色", RED, actor=STREET)
    with pytest.raises(SavedViewError, match="name"):
        rename_view(staff, other, "红色", actor=STREET)
