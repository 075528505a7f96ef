"""What moves over the months, for programs: families that entered and left, and the coverage of allowances."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Telling, operation
from portal.published import MONTHS
from portal.trends import covered, flows
from registry.counts import timeline
from registry.queries import require_edition

__all__ = ["OPERATIONS"]


class FlowOut(Telling):
    """A month: families that entered since the month before, and those that left, within the reader's area."""

    as_of: date
    entered: int
    left: int


class CoverageOut(Telling):
    """People entitled to an allowance and those who were paid it; `street` is null for all of the reader's area."""

    kind: str
    street: str | None
    entitled: int
    paid: int
    missing: int


class Trends(Telling):
    """The latest months up to `as_of`; `coverage` is null when the facts of that edition are kept no longer."""

    as_of: date
    flows: list[FlowOut]
    coverage: list[CoverageOut] | None


class _Asked(Asking):
    as_of: date | None = Field(default=None, description="The list of that day; without it the newest")


def get_trends(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """Families that entered and left month by month, and who is entitled to an allowance and not paid it."""
    edition = require_edition(request.app.state.engine, asked.as_of)
    known = timeline(request.app.state.engine, MONTHS + 1, reader.scope)
    found = flows(request, [each for each in known if each.as_of <= edition.as_of], reader.scope)
    return {
        "as_of": edition.as_of,
        "flows": [dict(zip(FlowOut.model_fields, each, strict=True)) for each in found],
        "coverage": covered(request, edition, reader),
    }


OPERATIONS = (operation("/trends", get_trends, "overview.read", "进出和津贴覆盖", tag="overview", answer=Trends),)
