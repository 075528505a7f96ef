"""What-if: choose an edition and other values of parameters, let it be computed, and see who would change.

What belongs here: pages. The work is done by `registry.whatif_jobs`; nothing is published, and parameters stay as they
are.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote, urlencode

from fastapi import Query, Request, Response, status
from fastapi.responses import RedirectResponse, StreamingResponse

from portal.access import Posted, Reader
from portal.forms import desk_of, text_of
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.what_if_form import Field, choices, fields_of, read_fields
from portal.what_if_told import told_result, told_values
from registry.audit import append
from registry.counts import timeline
from registry.edition_parameters import parameters_of
from registry.errors import NoEditionError, WhatIfBusyError
from registry.exports.whatif import export_whatif
from registry.files import work_dir
from registry.queries import EditionInfo, edition_of, require_edition
from registry.roles import Actor, require
from registry.whatif import FROM_DAY, STARTS
from registry.whatif_jobs import Job, cancel, forget_expired, jobs, result_of, start, the_job
from rules.parameters import Parameters, load_parameters
from schemas.errors import UnknownNameError

__all__ = ["PAGES", "known_start", "own_parameters", "workbook_of"]

_MONTHS = 36
_PART_BYTES = 1 << 18
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PURPOSE = "参数测算"

Names = Annotated[list[str], Query(alias="p", max_length=300)]


def _first(
    request: Request,
    reader: Reader,
    as_of: date | None = None,
    q: str = "",
    start: str = FROM_DAY,
    p: Names = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    edition = require_edition(request.app.state.engine, as_of)
    fields = fields_of(own_parameters(request, edition), p, edition.as_of)
    return _form(request, reader, edition, fields, words=q, holding=known_start(start))


def own_parameters(request: Request, edition: EditionInfo) -> Parameters:
    """The parameters that the edition was made with: these are what a what-if changes."""
    return parameters_of(request.app.state.settings, edition).at.parameters


def _told(request: Request) -> Callable[[Job], list[tuple[str, str, str, str]]]:
    """Tells the values of a job beside those of its edition; each edition is looked up once."""

    @cache
    def own(edition_id: str) -> Parameters:
        edition = edition_of(request.app.state.engine, edition_id)
        return (
            load_parameters(request.app.state.settings.parameters_dir)
            if edition is None
            else own_parameters(request, edition)
        )

    return lambda job: told_values(job, own(job.edition_id))


def known_start(holding: str) -> str:
    """From when values hold; raises `UnknownNameError` for a word that is none of `STARTS`."""
    if holding not in STARTS.labels:
        raise UnknownNameError("start of a what-if", holding, STARTS.labels)
    return holding


def _form(  # what the form shows
    request: Request,
    reader: Actor,
    edition: EditionInfo,
    fields: Sequence[Field],
    *,
    words: str = "",
    holding: str = FROM_DAY,
    code: int = 200,
    fault: str = "",
) -> Response:
    state, parameters, as_of = request.app.state, own_parameters(request, edition), edition.as_of
    forget_expired(state.settings)
    held = jobs(state.settings)
    return render(
        request,
        "what_if.html",
        code=code,
        title=gettext("参数测算"),
        as_of=as_of,
        months=[each.as_of for each in reversed(timeline(state.engine, _MONTHS, reader.scope))],
        words=words,
        holding=holding,
        starts={code: gettext(labels[0]) for code, labels in STARTS.labels.items()},
        fields=fields,
        chosen={each.parameter.name for each in fields},
        choices=choices(parameters, as_of, words),
        jobs=held,
        running=next((each for each in held if each.state == "running"), None),
        told_values=_told(request),
        fault=fault,
    )


def _start(request: Request, reader: Reader, posted: Posted) -> Response:
    try:
        day = date.fromisoformat(text_of(posted, "as_of"))
    except ValueError:
        raise NoEditionError("the form names no edition") from None
    edition = require_edition(request.app.state.engine, day)
    parameters, holding = own_parameters(request, edition), known_start(text_of(posted, "start"))
    names = [each for each in posted.getlist("p") if isinstance(each, str)]
    values, faults = read_fields(parameters, names, posted)
    fields = fields_of(parameters, names, edition.as_of, posted=posted, faults=faults)
    if faults or not values:
        said = gettext("有的值不能用，见下。") if faults else gettext("请先选择要改变的参数。")
        return _form(request, reader, edition, fields, holding=holding, code=422, fault=said)
    try:
        job = start(request.app.state.settings, values, actor=reader, as_of=edition.as_of, holding=holding)
    except WhatIfBusyError:
        said = gettext("另一项测算正在进行，请等它完成或先结束它。")
        return _form(request, reader, edition, fields, holding=holding, code=status.HTTP_409_CONFLICT, fault=said)
    return RedirectResponse(f"/what-if/{job.job_id}", status.HTTP_303_SEE_OTHER)


def _job(request: Request, reader: Reader, job_id: str) -> Response:
    forget_expired(request.app.state.settings)
    job = the_job(request.app.state.settings, job_id)
    again = urlencode([("as_of", f"{job.as_of}"), ("start", job.start), *(("p", name) for name in job.values)])
    shown: dict[str, Any] = {"result": None}
    if job.state == "done":
        shown = {"result": told_result(result_of(desk_of(request), job), reader)}
    return render(
        request,
        "what_if_result.html",
        title=gettext("参数测算"),
        job=job,
        starts={code: gettext(labels[0]) for code, labels in STARTS.labels.items()},
        values=_told(request)(job),
        again=f"/what-if?{again}",
        **shown,
    )


def _cancel(request: Request, reader: Reader, job_id: str) -> Response:
    cancel(request.app.state.settings, job_id, actor=reader)
    return RedirectResponse(f"/what-if/{job_id}", status.HTTP_303_SEE_OTHER)


def _workbook(request: Request, reader: Reader, job_id: str) -> Response:
    return workbook_of(request, reader, job_id)


def workbook_of(request: Request, reader: Actor, job_id: str) -> Response:
    """Who would change and why, written for whoever takes it, recorded, and kept nowhere.

    It tells of the whole district: the right to take files out is not enough, and nobody without it learns which are
    there.
    """
    require(reader, "whatif.run")
    desk = desk_of(request)
    job = the_job(desk.settings, job_id)
    result = result_of(desk, job)
    with work_dir(desk.settings.home) as folder:
        order = export_whatif(desk, result, actor=reader, path=folder / "whatif.xlsx")
        opened = (folder / "whatif.xlsx").open("rb")
    _record(desk.engine, reader, job, result.comparison.families.height + result.costs.turns.height)
    name = quote(f"参数测算-{order.edition.as_of}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(_parts(opened), media_type=_XLSX, headers=headers)


def _record(engine: Any, reader: Actor, job: Job, rows: int) -> None:
    details = {
        **reader.recorded,
        "what": "whatif",
        "edition_id": job.edition_id,
        "as_of": job.as_of.isoformat(),
        "format": "xlsx",
        "rows": rows,
        "parameters": sorted(job.values),
        "masked": True,
    }
    append(engine, actor=reader.name, action="export", purpose=_PURPOSE, details=details)


def _parts(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        while part := opened.read(_PART_BYTES):
            yield part


PAGES = (
    Page("/what-if", _first, "whatif.run", nav=Nav("参数测算", 65)),
    Page("/what-if/start", _start, "whatif.run", methods=("POST",)),
    Page("/what-if/{job_id}", _job, "whatif.run"),
    Page("/what-if/{job_id}/end", _cancel, "whatif.run", methods=("POST",)),
    Page("/what-if/{job_id}/workbook", _workbook, "export.list", methods=("POST",)),
)
