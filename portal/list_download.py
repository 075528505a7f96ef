"""Taking what the list page shows as a file: asked for with a purpose, recorded, sent, and kept nowhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from urllib.parse import quote

from fastapi import HTTPException, Request, Response, status
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine

from portal.access import Posted, Reader
from portal.language import gettext
from portal.list_query import Wanted, count_of, mark_of
from portal.listing import read_form
from portal.page import Page
from registry.exports import export_list
from registry.exports.result import EXPORT_PURPOSES
from registry.files import private_dir
from registry.queries import require_edition
from registry.roles import Actor
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["PAGES", "TYPES", "Order", "list_file"]

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a file beside its families; `purpose` is of `EXPORT_PURPOSES`, `mark` of what was shown."""

    fmt: str
    purpose: str
    keyword: str = ""
    mark: str
    unmask: bool = False


def _download(request: Request, reader: Reader, posted: Posted) -> Response:
    asked, rest = read_form(posted)
    order = Order(
        fmt=rest.get("format", ""),
        purpose=rest.get("purpose", ""),
        keyword=rest.get("keyword", ""),
        mark=rest.get("shown", ""),
        unmask=rest.get("unmask") == "yes",
    )
    return list_file(request, reader, asked, order)


def list_file(request: Request, reader: Actor, asked: Wanted, order: Order) -> Response:
    """The list as a file, as long as it is the one of which `order.mark` was shown.

    Raises `UnknownNameError`, what `registry.exports.export_list` raises, and HTTPException 409 for another mark.
    """
    engine: Engine = request.app.state.engine
    settings: Settings = request.app.state.settings
    fmt = order.fmt
    if fmt not in TYPES:
        raise UnknownNameError("format", fmt, TYPES)
    if order.purpose not in EXPORT_PURPOSES.labels:
        raise UnknownNameError(EXPORT_PURPOSES.name, order.purpose, EXPORT_PURPOSES.codes)
    edition = require_edition(engine, asked.as_of)
    wanted = asked.wanted(request, reader, edition, order.keyword)
    if order.mark != mark_of(reader, edition, count_of(request, edition, wanted)):
        raise HTTPException(status.HTTP_409_CONFLICT, gettext("名单已重新发布，请返回页面刷新后再下载。"))
    with TemporaryDirectory(prefix="download-", dir=private_dir(settings.home / "tmp")) as folder:
        result = export_list(
            engine,
            settings,
            actor=reader,
            as_of=asked.as_of,
            wanted=wanted,
            sort=asked.sort,
            fmt=fmt,
            path=Path(folder) / f"list.{fmt}",
            unmask=order.unmask,
            purpose=EXPORT_PURPOSES.title_of(order.purpose),
        )
        size = result.path.stat().st_size
        stream = result.path.open("rb")  # what is open can be sent although its name is gone
    name = quote(f"监测名单-{edition.as_of}.{fmt}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Content-Length": str(size)}
    return StreamingResponse(_parts(stream), media_type=TYPES[fmt], headers=headers)


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while part := stream.read(_CHUNK):
            yield part


PAGES = (Page("/list/download", _download, "export.list", methods=("POST",)),)
