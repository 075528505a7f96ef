"""What-ifs for programs: begun, followed, ended, and what they came to. Nothing is published by them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from fastapi import HTTPException, Request, Response, status
from pydantic import BaseModel, Field

from editions.costs import COST_SCHEMA
from editions.whatif_balance import BALANCE_SCHEMA
from portal.access import Reader
from portal.api.operation import Asking, Telling, Word, operation, told
from portal.api.rulebook import plain_value
from portal.api.shapes import frame_shape
from portal.forms import desk_of
from portal.language import gettext
from portal.problems import problem
from portal.what_if import known_start, own_parameters, workbook_of
from registry.errors import WhatIfBusyError, WhatIfError
from registry.filters import WARNING_KINDS
from registry.queries import require_edition
from registry.roles import Actor
from registry.whatif import FROM_DAY, STARTS
from registry.whatif_jobs import Job, cancel, forget_expired, jobs, result_of, start, the_job
from registry.whatif_result import WhatIf
from rules.errors import ParameterError
from rules.parameters import Parameter, Parameters
from rules.parameters.loader import read_value
from rules.parameters.model import ParameterValue

__all__ = ["OPERATIONS"]

_TAG = "what-ifs"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST = 50
_PAIR = 2
_FROM = {"at_least": "from"}


class WhatIfOut(Telling):
    """One what-if: who asked for which values when, and how far it is; `fault` names the error of one that failed."""

    job_id: str
    by: str
    asked_at: datetime
    as_of: date
    values: dict[str, Any]
    start: str = Field(
        description="From when the values hold: from the day of the edition on, or as if they always had"
    )
    state: Literal["running", "done", "failed", "cancelled", "interrupted"]
    step: str
    month: str = Field(description="The month that is computed in the step")
    fault: str


BalanceRow: type[BaseModel] = frame_shape(
    "BalanceRow",
    "Families and people of one value of one dimension: before + in - out = after",
    BALANCE_SCHEMA,
)
CostRow: type[BaseModel] = frame_shape(
    "CostRow",
    'People entitled to an allowance and its cost in fen, by street ("" is the whole district)',
    COST_SCHEMA,
)


class TierMove(Telling):
    """Families that change their tier; null is not on the list."""

    tier_before: str | None
    tier_after: str | None
    families: int


class WarningMove(Telling):
    """Warnings of a rule: before + raised - dropped = after."""

    kind: str
    rule_id: str
    before: int
    raised: int
    dropped: int
    after: int


class WhatIfResult(Telling):
    """What one came to.

    `drifted` names what could not be had as it was when the edition was made, `newer` what came since; `reproduced`
    says whether the unchanged side is the published edition to the row. `families` is the number of families that
    change; the workbook lists them.
    """

    job: WhatIfOut
    balance: list[BalanceRow]  # type: ignore[valid-type]  # made from the contract
    tier_moves: list[TierMove]
    warnings: list[WarningMove]
    costs: list[CostRow]  # type: ignore[valid-type]
    families: int
    rescored: int
    reclassed: int
    drifted: list[str]
    newer: list[str]
    reproduced: bool


class Asked(Asking):
    """Other values of parameters by name, as `/parameters` tells them, and the month that they are asked for."""

    values: dict[Word, Any] = Field(min_length=1, max_length=_MOST)
    as_of: date | None = Field(default=None, description="The list of that day; without it the newest")
    start: str = Field(default=FROM_DAY, json_schema_extra={"enum": [*STARTS.codes]})


class Nothing(Asking):
    """Nothing is to be said."""


def list_what_ifs(request: Request) -> Any:
    """Those that are kept, the newest first."""
    forget_expired(request.app.state.settings)
    return [_line(each) for each in jobs(request.app.state.settings)]


def _line(job: Job) -> dict[str, object]:
    return told(WhatIfOut, job, values={name: plain_value(value) for name, value in job.values.items()})


def start_what_if(request: Request, reader: Reader, asked: Asked) -> Any:
    """Begin to compute an edition under other values of parameters; one at a time in an installation (409)."""
    settings = request.app.state.settings
    edition = require_edition(request.app.state.engine, asked.as_of)
    try:
        values = _values(own_parameters(request, edition), asked.values)
        return _line(start(settings, values, actor=reader, as_of=edition.as_of, holding=known_start(asked.start)))
    except WhatIfBusyError:
        said = gettext("另一项测算正在进行，请等它完成或先结束它。")
        return problem(request, status.HTTP_409_CONFLICT, said, kind="not-possible")


def _values(known: Parameters, given: Mapping[str, Any]) -> dict[str, ParameterValue]:
    values: dict[str, ParameterValue] = {}
    for name, value in given.items():
        parameter = known[name]
        try:
            values[name] = read_value(parameter, _as_written(parameter, value))
        except (WhatIfError, ParameterError):
            said = gettext("参数 %(name)s 不能取这个值。") % {"name": name}
            raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, said) from None
    return values


def _as_written(parameter: Parameter, value: Any) -> Any:
    """A value as a parameter file has it, from how `plain_value` tells it; what does not fit is left to be refused."""
    if not isinstance(value, list):
        return value
    match parameter.type:
        case "bands":
            return [{_FROM.get(key, key): held for key, held in each.items()} if isinstance(each, dict) else each
                    for each in value]  # fmt: skip
        case "mapping" if all(_is_pair(each) for each in value):
            return dict(value)
    return value


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == _PAIR and all(isinstance(each, str) for each in value)


def get_what_if(request: Request, job_id: str) -> Any:
    """How far one is."""
    return _line(the_job(request.app.state.settings, job_id))


def get_what_if_result(request: Request, reader: Reader, job_id: str) -> Any:
    """What one that is done came to; warnings of those kinds alone that the reader may see."""
    desk = desk_of(request)
    job = the_job(desk.settings, job_id)
    found: WhatIf = result_of(desk, job)
    costs = found.costs.balance
    return told(
        WhatIfResult,
        found.comparison,
        job=_line(job),
        balance=found.comparison.balance.to_dicts(),
        tier_moves=found.comparison.tier_moves.to_dicts(),
        warnings=_warnings(found, reader),
        costs=costs.to_dicts(),
        families=found.comparison.families.height,
        drifted=[*found.drifted],
        newer=[*found.newer],
        reproduced=found.reproduced,
    )


def _warnings(found: WhatIf, reader: Actor) -> list[dict[str, Any]]:
    whole = replace(reader, scopes=None)  # counts of the kinds of the role, as on the page; no token is made for them
    shown = {kind for kind in WARNING_KINDS.codes if whole.could(f"warning.{kind}")}
    return [each for each in found.comparison.warnings.to_dicts() if each["kind"] in shown]


def end_what_if(request: Request, reader: Reader, job_id: str, asked: Nothing) -> Any:  # noqa: ARG001 - empty
    """End one that is being computed; recorded."""
    settings = request.app.state.settings
    cancel(settings, job_id, actor=reader)
    return _line(the_job(settings, job_id))


def export_what_if(request: Request, reader: Reader, job_id: str, asked: Nothing) -> Response:  # noqa: ARG001 - empty
    """Who would change and why, as the workbook of its page; recorded."""
    return workbook_of(request, reader, job_id)


OPERATIONS = (
    operation("/what-ifs", list_what_ifs, "whatif.run", "参数测算", tag=_TAG, answer=list[WhatIfOut]),
    operation("/what-ifs", start_what_if, "whatif.run", "开始一项测算", tag=_TAG, answer=WhatIfOut, method="POST"),
    operation("/what-ifs/{job_id}", get_what_if, "whatif.run", "一项测算", tag=_TAG, answer=WhatIfOut),
    operation(
        "/what-ifs/{job_id}/result", get_what_if_result, "whatif.run", "测算结果", tag=_TAG, answer=WhatIfResult
    ),
    operation(
        "/what-ifs/{job_id}/end", end_what_if, "whatif.run", "结束一项测算", tag=_TAG, answer=WhatIfOut, method="POST"
    ),
    operation(
        "/what-ifs/{job_id}/workbook", export_what_if, "export.list", "下载测算结果", tag=_TAG, method="POST",
        media=(_XLSX,),
    ),
)  # fmt: skip
