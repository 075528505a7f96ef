"""What a case of limits can ask of casework: loads, attempts, what a visit may bring, and the days of each act."""

import io
from collections.abc import Callable
from datetime import date

from registry.casework import clock
from registry.casework.acts import check_load
from registry.casework.codes import MEANS
from registry.casework.photos import clean_photo
from registry.casework.visits import VisitForm, check_contacts, check_form
from registry.errors import CaseError
from rules.parameters import ParametersAt

__all__ = ["APPLIED"]

_NOBODY = "nobody"


def _accepted(check: Callable[[], object]) -> bool:
    try:
        check()
    except CaseError:
        return False
    return True


def can_carry(at: ParametersAt, *, carried: int, coming: int) -> bool:
    """Whether a worker who carries so many cases can get those that would come."""
    return _accepted(lambda: check_load(carried, coming, at))


def no_contact_accepted(at: ParametersAt, *, attempts: int, means: int) -> bool:
    """Whether a case can be concluded as 无法联系 after so many attempts by so many means."""
    tried = [(MEANS.codes[min(each, means - 1)], _NOBODY) for each in range(attempts)]
    return _accepted(lambda: check_contacts("no_contact", tried, at))


def visit_accepted(at: ParametersAt, *, note_characters: int = 0, photos: int = 0) -> bool:
    """Whether a visit with such a note and so many photos can be recorded."""
    form = VisitForm(
        visited_on=at.day,
        means=MEANS.codes[0],
        contact=_NOBODY,
        note="访" * note_characters,
        photos=[b""] * photos,
    )
    return _accepted(lambda: check_form(form, at, at.day))


def photo_accepted(at: ParametersAt, *, size_bytes: int) -> bool:
    """Whether a photo of that file size is taken."""
    picture = _picture(1)
    return _accepted(lambda: clean_photo(picture + b"\0" * (size_bytes - len(picture)), at))


def photo_side(at: ParametersAt, *, side_pixels: int) -> int:
    """The longer side that is kept of a photo."""
    from PIL import Image  # noqa: PLC0415  # slow to import

    with Image.open(io.BytesIO(clean_photo(_picture(side_pixels), at))) as kept:
        return max(kept.size)


def _picture(side: int) -> bytes:
    from PIL import Image  # noqa: PLC0415

    made = io.BytesIO()
    Image.new("RGB", (side, 1)).save(made, "JPEG")
    return made.getvalue()


def opens_again(at: ParametersAt, *, deferred_on: date) -> bool:
    """Whether a case that was deferred (暂缓) on that day is opened again today, when its question still stands."""
    return clock.has_come(clock.resume_day(deferred_on, at.parameters.as_of(deferred_on)), at.day)


def checked_again_by(at: ParametersAt) -> date:
    """By when is checked again what is sent back today."""
    return clock.returned_due(at.day, at)


def objection_decided_by(at: ParametersAt) -> date:
    """By when an objection filed today is decided."""
    return clock.objection_due(at.day, at)


def department_answers_by(at: ParametersAt) -> date:
    """By when a department that is asked today answers whether its row is right."""
    return clock.correction_due(at.day, at)


def measure_done_by(at: ParametersAt) -> date:
    """By when a measure that is referred today is done."""
    return clock.referral_due(at.day, at)


def wish_met_by(at: ParametersAt) -> date:
    """By when a small wish recorded today is met."""
    return clock.wish_due(at.day, at)


def red_visited_by(at: ParametersAt) -> date:
    """By when somebody is with a family that is red today (先行救助)."""
    return clock.red_due(at.day, at)


def case_answered_by(at: ParametersAt) -> date:
    """By when a case is answered that reaches the staff today without a day of its rule."""
    return clock.case_due(None, None, urgency="none", audience="need", today=at.day, parameters=at)


APPLIED = (
    can_carry,
    no_contact_accepted,
    visit_accepted,
    photo_accepted,
    photo_side,
    opens_again,
    checked_again_by,
    objection_decided_by,
    department_answers_by,
    measure_done_by,
    wish_met_by,
    red_visited_by,
    case_answered_by,
)
