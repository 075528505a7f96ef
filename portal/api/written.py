"""Notes and photos that were kept sealed, opened for programs of whoever may read them; each reading is recorded."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from fastapi import Request
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Telling, operation, told
from portal.forms import desk_of
from registry.casework.sealed import PHOTO
from registry.casework.written import read_written

__all__ = ["OPERATIONS"]


class WrittenOut(Telling):
    """What was kept, and to what it belongs; neither text nor photo once it was destroyed at the end of its term."""

    object_id: str
    kind: str
    media_type: str
    kept_by: str
    kept_at: datetime
    case_id: str
    objection_id: str
    family_id: str
    destroyed: bool
    text: str | None
    photo: str | None = Field(description="In Base64")


def read_sealed(request: Request, reader: Reader, object_id: str) -> Any:
    """A note of a visit, the words of an objection or of a wish, or a photo, by the ids that cases tell (`objects`)."""
    found = read_written(desk_of(request), object_id, actor=reader)
    photo = found.place.kind == PHOTO
    return told(
        WrittenOut,
        found.place,
        destroyed=found.content is None,
        text=None if photo or found.content is None else found.text,
        photo=b64encode(found.content).decode() if photo and found.content is not None else None,
    )


OPERATIONS = (
    operation("/written/{object_id}", read_sealed, "case.written", "加密保存的内容", tag="cases", answer=WrittenOut),
)
