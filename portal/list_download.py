"""Taking what the list page shows as a file: asked for with a purpose, recorded, sent, and kept nowhere."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import HTTPException, Request, Response, status
from sqlalchemy import Engine

from portal.access import Posted, Reader
from portal.language import gettext
from portal.list_query import Wanted, count_of, mark_of, standing_in
from portal.listing import read_form
from portal.page import Page
from portal.sending import TYPES, sent_file
from registry.exports import export_list
from registry.exports.result import EXPORT_CONTENTS, EXPORT_PURPOSES
from registry.queries import require_edition
from registry.roles import Actor
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["PAGES", "TYPES", "Order", "list_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a file beside its families; `mark` is of what was shown.

    `purpose` is of `EXPORT_PURPOSES`, `contents` of `EXPORT_CONTENTS`.
    """

    fmt: str
    purpose: str
    keyword: str = ""
    mark: str
    unmask: bool = False
    contents: str = "all"


def _download(request: Request, reader: Reader, posted: Posted) -> Response:
    asked, rest = read_form(posted)
    order = Order(
        fmt=rest.get("format", ""),
        purpose=rest.get("purpose", ""),
        keyword=rest.get("keyword", ""),
        mark=rest.get("shown", ""),
        unmask=rest.get("unmask") == "yes",
        contents=rest.get("contents", "all"),
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
    if order.contents not in EXPORT_CONTENTS.labels:
        raise UnknownNameError(EXPORT_CONTENTS.name, order.contents, EXPORT_CONTENTS.codes)
    edition = require_edition(engine, asked.as_of)
    wanted = asked.wanted(request, reader, edition, order.keyword)
    if order.mark != mark_of(reader, edition, count_of(request, edition, wanted), wanted):
        raise HTTPException(status.HTTP_409_CONFLICT, gettext("名单已重新发布，请返回页面刷新后再下载。"))
    of = standing_in(request, edition, wanted)

    def write(path: Path) -> None:
        export_list(
            engine,
            settings,
            actor=reader,
            as_of=of.as_of if of is not edition else asked.as_of,
            wanted=wanted,
            sort=asked.sort,
            columns=asked.columns if order.contents == "shown" else (),
            fmt=fmt,
            path=path,
            unmask=order.unmask,
            purpose=EXPORT_PURPOSES.title_of(order.purpose),
        )

    told = "退出家庭" if of is not edition else "监测名单"
    return sent_file(request, write, name=f"{told}-{edition.as_of}", fmt=fmt)


PAGES = (Page("/list/download", _download, "export.list", methods=("POST",)),)
