"""What was kept sealed, opened for whoever may read it: a note as a page, a photo as a picture.

What belongs here: the page. Who may read it, and the record of it, stand in `registry.casework.written`.
"""

from fastapi import Request, Response

from portal.access import Reader
from portal.forms import desk_of
from portal.page import Page, render
from registry.casework.families import is_visible
from registry.casework.sealed import PHOTO
from registry.casework.written import read_written

__all__ = ["PAGES"]


def _written(request: Request, reader: Reader, object_id: str) -> Response:
    desk = desk_of(request)
    found = read_written(desk, object_id, actor=reader)
    if found.place.kind == PHOTO and found.content is not None:
        headers = {"Content-Disposition": "inline", "Cache-Control": "no-store"}
        return Response(found.content, media_type=found.place.media_type, headers=headers)
    with desk.engine.connect() as connection:
        visible = is_visible(connection, reader, found.place.family_id)
    return render(request, "written.html", title="加密保存的内容", found=found, place=found.place, visible=visible)


PAGES = (Page("/written/{object_id}", _written, "case.written"),)
