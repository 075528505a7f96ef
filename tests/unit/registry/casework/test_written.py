"""What staff keep sealed: who may read it, and when it ends."""

import io
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import select

from registry.audit import verify
from registry.casework.acts import assign
from registry.casework.follow_ups import record_wish
from registry.casework.history import case_history
from registry.casework.objections import NewObjection, file_objection
from registry.casework.sealed import has_bytes, objects_of
from registry.casework.visits import VisitForm, record_visit
from registry.casework.written import read_written
from registry.casework.written_terms import (
    due_written,
    finish_written,
    prune_written,
    record_erased,
    written_about,
)
from registry.engine import ACTS, write_transaction
from registry.erasures import WRITTEN, erasures
from registry.errors import CaseNotFoundError, NotPermittedError
from registry.models import AuditEvent
from registry.roles import Actor
from registry.scope import Area
from tests.unit.registry.casework.worlds import (
    CHANGHE,
    NOON,
    TODAY,
    XIXING,
    World,
    boss,
    many,
    one_family,
    staff,
    with_suspicion,
    worker,
)
from tests.unit.registry.examples import key

STORY = "an unusual sentence about nobody"


def _photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), "green").save(made, "JPEG")
    return made.getvalue()


def _objects(here: World, case_id: str) -> dict[str, str]:
    """Kind to id of what was kept at the visits of a case."""
    visits = case_history(here.engine, case_id, actor=boss()).visits
    return {kind: object_id for visit in visits for object_id, kind in visit.objects}


def _visited(here: World) -> dict[str, str]:
    here.publish(one_family())
    case_id = here.only()
    here.dispatched(case_id)
    here.visit(case_id, note=STORY, photos=[_photo()])
    return _objects(here, case_id)


def test_a_note_is_read_by_those_who_work_there_and_each_reading_is_recorded(here: World) -> None:
    """If this fails, a note cannot be read by the colleague who goes next, or is read without a trace."""
    kept = _visited(here)
    reader = Actor("colleague", "community_worker", Area(f"{XIXING}001"))
    assert read_written(here.desk, kept["note"], actor=reader).text == STORY
    photo = read_written(here.desk, kept["photo"], actor=reader)
    assert photo.place.media_type == "image/jpeg"
    assert photo.content
    with here.engine.connect() as connection:
        events = connection.execute(select(AuditEvent.actor, AuditEvent.details).order_by(AuditEvent.seq)).fetchall()
    told = [(actor, details["what"]) for actor, details in events if details.get("what", "").startswith("sealed")]
    assert told == [("colleague", "sealed note"), ("colleague", "sealed photo")]
    assert STORY not in str(events)


@pytest.mark.parametrize(
    "reader",
    [
        Actor("elsewhere", "street_staff", Area(CHANGHE)),
        Actor("next-door", "community_worker", Area(f"{XIXING}002")),
    ],
    ids=lambda each: each.name,
)
def test_elsewhere_a_note_is_as_unknown_as_one_that_is_not_there(here: World, reader: Actor) -> None:
    """If this fails, a worker of another street reads of a family, or learns that it was visited, objects or wishes."""
    kept = _visited(here)
    wish = record_wish(here.desk, "H:100", "goods", "a coat", "worker", actor=worker(), now=NOON)
    form = NewObjection(family_id="H:100", against="standing", filed_by="self", filed_on=TODAY, text="why")
    filed = file_objection(here.desk, form, actor=staff(), now=NOON)
    with here.engine.connect() as connection:
        words = objects_of(connection, [wish.follow_up_id, filed.objection_id])
    ids = [kept["note"], kept["photo"], *[object_id for found in words.values() for object_id, _ in found]]
    assert len(ids) == 4
    with pytest.raises(CaseNotFoundError) as nowhere:
        read_written(here.desk, "f" * 16, actor=reader)
    for each in ids:
        assert read_written(here.desk, each, actor=boss()).content
        with pytest.raises(CaseNotFoundError) as there:
            read_written(here.desk, each, actor=reader)
        assert str(there.value).replace(each, "f" * 16) == str(nowhere.value)


def test_whoever_does_no_casework_reads_no_note(here: World) -> None:
    """If this fails, statistics or the running of the machine are a reason to read of a family's troubles."""
    kept = _visited(here)
    for reader in (Actor("counts", "street_staff", Area(XIXING), "statistics"), Actor("admin", "administrator")):
        with pytest.raises(NotPermittedError):
            read_written(here.desk, kept["note"], actor=reader)


def test_a_note_about_a_suspicion_is_for_those_who_may_know_of_it(here: World) -> None:
    """If this fails, a street worker learns from a note that the family is being verified."""
    here.publish(with_suspicion())
    case_id = here.only(audience="verify")
    assign(here.desk, case_id, "checker", actor=boss(), now=NOON)
    form = VisitForm(visited_on=TODAY, means="desk", contact="reached", answers={}, outcome=None, note=STORY)
    record_visit(here.desk, case_id, form, actor=Actor("checker", "district_staff"), now=NOON)
    kept = _objects(here, case_id)
    assert read_written(here.desk, kept["note"], actor=boss()).text == STORY
    with pytest.raises(CaseNotFoundError):
        read_written(here.desk, kept["note"], actor=worker())


def test_terms_end_on_their_day_and_photos_before_notes(here: World) -> None:
    """If this fails, a photo of a home is kept for good, or a note is gone before the family could go to court."""
    kept = _visited(here)
    settings, parameters = here.desk.settings, here.desk.parameters

    def due(day: date) -> list[str]:
        return [each.kind for each in due_written(settings, here.engine, parameters, day)]

    assert due(date(2028, 7, 6)) == []
    assert due(date(2028, 7, 7)) == ["photo"]
    assert due(date(2031, 7, 6)) == ["photo"]
    assert due(date(2031, 7, 7)) == ["photo", "note"]
    found = due_written(settings, here.engine, parameters, date(2028, 7, 7))
    assert prune_written(settings, here.engine, found, by="keeper")
    assert due(date(2028, 7, 7)) == []
    assert (has_bytes(settings, kept["photo"]), has_bytes(settings, kept["note"])) == (False, True)
    assert read_written(here.desk, kept["photo"], actor=boss()).content is None
    (record,) = erasures(here.engine, WRITTEN)
    assert (record.manifest, record.reason, record.erased_by) == ({"object_id": kept["photo"]}, "term", "keeper")
    assert verify(here.engine).holds


def test_nothing_due_is_no_act(here: World) -> None:
    """If this fails, the chain fills with acts that did nothing."""
    _visited(here)
    assert prune_written(here.desk.settings, here.engine, [], by="keeper") is None
    assert erasures(here.engine, WRITTEN) == []


def test_a_crash_after_the_record_is_made_good(here: World) -> None:
    """If this fails, a note is erased on record and can still be opened."""
    kept = _visited(here)
    with write_transaction(here.engine, ACTS) as connection:
        assert record_erased(connection, [kept["note"]], act_id="a" * 16, reason="term", by="keeper") == 1
        assert record_erased(connection, [kept["note"]], act_id="b" * 16, reason="term", by="keeper") == 0
    assert has_bytes(here.desk.settings, kept["note"])
    assert finish_written(here.desk.settings, here.engine) == 1
    assert not has_bytes(here.desk.settings, kept["note"])
    assert finish_written(here.desk.settings, here.engine) == 0


def test_what_tells_of_a_person_is_found_by_family(here: World) -> None:
    """If this fails, a lawfully erased person lives on in notes, or another family loses its own."""
    here.publish(many([1, 2]))
    objects = {}
    for number in (1, 2):
        wish = record_wish(here.desk, f"H:{number}", "goods", f"coat {number}", "worker", actor=worker(), now=NOON)
        filed = file_objection(
            here.desk,
            NewObjection(
                family_id=f"H:{number}", against="standing", filed_by="self", filed_on=NOON.date(), text="why"
            ),
            actor=boss(),
            now=NOON,
        )
        case_id = f"{number:024x}"
        here.dispatched(case_id)
        here.visit(case_id, note=STORY)
        with here.engine.connect() as connection:
            found = objects_of(connection, [wish.follow_up_id, filed.objection_id])
        objects[number] = {*_objects(here, case_id).values(), *(each for one in found.values() for each, _ in one)}
    with here.engine.connect() as connection:
        assert set(written_about(connection, [key(1)])) == objects[1]
        assert written_about(connection, [key(99)]) == []
    assert len(objects[1]) == len(objects[2]) == 3
