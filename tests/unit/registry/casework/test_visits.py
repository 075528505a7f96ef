"""Recording visits: answers, attempts, notes and photos."""

import io
from datetime import date, timedelta
from hashlib import blake2b, sha256
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from registry.casework.history import case_history
from registry.casework.sealed import destroy_sealed, read
from registry.casework.visits import VisitForm, conclude, record_visit
from registry.errors import CaseError, ErasedError, NotPermittedError
from registry.models import AuditEvent, SealedObject
from registry.roles import Actor
from registry.scope import Area
from schemas.errors import UnknownNameError
from tests.unit.registry.casework.worlds import NOON, TODAY, World, asked, boss, one_family, staff, worker

PLACE = "Exif-secret-place"


def _photo(fmt: str = "JPEG", size: tuple[int, int] = (3000, 2000)) -> bytes:
    """A picture that says in its metadata where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = PLACE
    exif[0x0112] = 6  # lies on its side
    made = io.BytesIO()
    Image.new("RGB", size, "green").save(made, fmt, exif=exif)
    return made.getvalue()


def _try(here: World, case_id: str, means: str, days: int = 0, contact: str = "nobody", **changes: Any) -> None:
    form = VisitForm(visited_on=TODAY - timedelta(days=days), means=means, contact=contact, **changes)
    record_visit(here.desk, case_id, form, actor=worker(), now=NOON + timedelta(days=9))


def _given(here: World) -> str:
    here.publish(one_family())
    case_id = here.only()
    here.dispatched(case_id)
    return case_id


def test_out_of_reach_is_no_result_before_three_attempts_by_two_means(here: World) -> None:
    """If this fails, a family that was at work when somebody rang once is given up."""
    case_id = _given(here)
    for day, means in ((0, "phone"), (-1, "phone"), (-2, "phone")):
        _try(here, case_id, means, day)
        with pytest.raises(CaseError, match="3 attempts by 2 means"):
            conclude(here.desk, case_id, "no_contact", actor=worker(), now=NOON + timedelta(days=9))
    _try(here, case_id, "home", -3)
    assert conclude(here.desk, case_id, "no_contact", actor=worker(), now=NOON + timedelta(days=9)).outcome


def test_whoever_was_reached_is_not_out_of_reach(here: World) -> None:
    """If this fails, a refused or answered visit ends as nobody there."""
    case_id = _given(here)
    for day, means in ((0, "phone"), (-1, "home"), (-2, "phone")):
        _try(here, case_id, means, day)
    _try(here, case_id, "home", -3, "refused")
    with pytest.raises(CaseError, match="somebody was reached"):
        conclude(here.desk, case_id, "no_contact", actor=worker(), now=NOON + timedelta(days=9))
    with pytest.raises(CaseError, match="no answer yet"):
        conclude(here.desk, case_id, "not_true", actor=worker(), now=NOON + timedelta(days=9))


@pytest.mark.parametrize(("answer", "outcome"), [("no", "true_include"), ("yes", "not_true"), ("unclear", "not_true")])
def test_a_result_agrees_with_the_answers(here: World, answer: str, outcome: str) -> None:
    """If this fails, a family says yes and the record says untrue."""
    case_id = _given(here)
    with pytest.raises(CaseError):
        here.visit(case_id, outcome, answers=dict.fromkeys(here.warnings_of(case_id), answer))


def test_not_true_answers_every_question(here: World) -> None:
    """If this fails, a question that nobody asked is judged untrue together with the others."""
    here.publish(one_family(asked(1, "H:100", 1), asked(2, "H:100", 1)))
    case_id = here.only()
    here.dispatched(case_id)
    with pytest.raises(CaseError, match="1 of 2 questions"):
        here.visit(case_id, "not_true", answers={f"{1:016x}": "no"})


def test_a_refused_form_leaves_nothing(here: World) -> None:
    """If this fails, a visit stands half in the record, or its note lies about for ever."""
    case_id = _given(here)
    with pytest.raises(CaseError, match="rests on"):
        here.visit(case_id, "true_include", answers=dict.fromkeys(here.warnings_of(case_id), "no"), note="x")
    assert case_history(here.engine, case_id, actor=boss()).case.state == "assigned"
    assert not [each for each in here.desk.settings.vault_dir.rglob("*") if each.is_file()]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"means": "telepathy"}, UnknownNameError),
        ({"contact": "maybe"}, UnknownNameError),
        ({"outcome": "gone"}, UnknownNameError),
        ({"answers": {"x": "perhaps"}}, UnknownNameError),
        ({"answers": {"x": "yes"}}, CaseError),
        ({"contact": "nobody"}, CaseError),
        ({"visited_on": TODAY + timedelta(days=1)}, CaseError),
        ({"visited_on": date(2026, 7, 1)}, CaseError),
        ({"note": "a" * 2001}, CaseError),
        ({"photos": [b"x"] * 7}, CaseError),
        ({"photos": [b"GIF89a"]}, CaseError),
        ({"visited_by": "somebody"}, CaseError),
    ],
)
def test_what_cannot_be_true_is_refused(here: World, changes: dict[str, Any], error: type[Exception]) -> None:
    """If this fails, visits of tomorrow, or answers to other families' questions, come into the record."""
    case_id = _given(here)
    with pytest.raises(error):
        here.visit(case_id, **changes)


def test_the_same_visit_is_recorded_once(here: World) -> None:
    """If this fails, a double click makes two attempts of one."""
    case_id = _given(here)
    _try(here, case_id, "phone")
    with pytest.raises(CaseError, match="recorded already"):
        _try(here, case_id, "phone")


def test_a_colleague_types_in_for_the_worker_only_with_the_right_to_dispatch(here: World) -> None:
    """If this fails, anybody can put words into another worker's mouth."""
    case_id = _given(here)
    form = VisitForm(visited_on=TODAY, means="home", contact="nobody")
    with pytest.raises(NotPermittedError):
        record_visit(here.desk, case_id, form, actor=Actor("other", "community_worker", Area("330108001001")), now=NOON)
    record_visit(here.desk, case_id, form, actor=staff(), now=NOON)
    visit = case_history(here.engine, case_id, actor=boss()).visits[0]
    assert (visit.visited_by, visit.recorded_by) == ("worker", "dispatcher")


def test_notes_and_photos_lie_sealed_and_bare(here: World) -> None:
    """If this fails, a story or the place of a photo can be read from the disk, the registry or the chain."""
    story = "an unusual sentence about nobody"
    case_id = _given(here)
    here.visit(case_id, "true_refer", note=story, photos=[_photo(), _photo("PNG", (300, 200))])
    objects = case_history(here.engine, case_id, actor=boss()).visits[0].objects
    assert sorted(kind for _, kind in objects) == ["note", "photo", "photo"]
    with here.engine.connect() as connection:
        contents = {kind: read(here.desk.settings, connection, each) for each, kind in objects}
        told = str(connection.execute(select(AuditEvent.details, AuditEvent.purpose)).fetchall())
        told += str(connection.execute(select(SealedObject)).fetchall())
    assert contents["note"].decode() == story
    assert story not in told
    for path in here.desk.settings.home.rglob("*"):
        if path.is_file():
            assert story.encode() not in path.read_bytes()
    for each, kind in objects:
        if kind == "photo":
            with here.engine.connect() as connection:
                plain = read(here.desk.settings, connection, each)
            assert PLACE.encode() not in plain
            picture = Image.open(io.BytesIO(plain))
            assert not picture.getexif()
            assert picture.size in {(1067, 1600), (200, 300)}  # upright, and no larger than allowed


def test_a_destroyed_key_leaves_nothing_to_guess(here: World) -> None:
    """If this fails, an erased note can be read, or guessed from its fingerprint."""
    case_id = _given(here)
    here.visit(case_id, note="yes")
    ((object_id, _),) = case_history(here.engine, case_id, actor=boss()).visits[0].objects
    with here.engine.connect() as connection:
        committed = connection.execute(select(SealedObject.commitment)).scalar_one()
        assert destroy_sealed(here.desk.settings, object_id)
        with pytest.raises(ErasedError):
            read(here.desk.settings, connection, object_id)
    assert committed not in {blake2b(b"yes", digest_size=32).hexdigest(), sha256(b"yes").hexdigest()}
