"""The auditor's workbench for programs: samples drawn and drawn again, reports, working papers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Said, Telling, Word, operation
from portal.audit import told_reports
from portal.audit_samples import DATED, MOST, papers_file, typed_figures
from portal.forms import desk_of
from registry.auditing.populations import KINDS
from registry.auditing.sampling import Sample
from registry.auditing.workbench import draw, known_population, recorded_samples, redrawn
from registry.queries import require_edition

__all__ = ["OPERATIONS"]

_TAG = "audit"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_ROWS = 200


class SampleLine(Telling):
    """A sample on record: the number of its audit event, who drew it when, and its figures without an item."""

    event: int
    at: datetime
    actor: str
    population: str
    as_of: date
    edition_id: str
    seed: str
    items: int = Field(description="Items of the population")
    drawn: int
    population_hash: str
    sample_hash: str


class SampleLines(Telling):
    """Some samples, the newest first; `before` is the number from which older ones go on, null at the end."""

    samples: list[SampleLine]
    before: int | None


class Limit(Telling):
    """With so many deviations found there are up to `at_most` among all, at the confidence asked for."""

    found: int
    at_most: int
    tolerable: bool


class StratumOut(Telling):
    """A stratum (codes joined by '/'): its items, its share of the sample, and what is drawn beyond it."""

    stratum: str
    items: int
    share: int
    extra: int


class SampleOut(Telling):
    """A sample as drawn: `rows` have `no`, `item`, `stratum`, `projected` and codes and keys of the item, no names."""

    event: int
    population: str
    as_of: date
    edition_id: str
    seed: str
    assurance: dict[str, str] = Field(description="Confidence, tolerable and expected deviations, in percent")
    items: int
    size: int = Field(description="Items that are projected to the whole")
    allowed: int = Field(description="With up to so many deviations among them the population is found good")
    drawn: int
    population_hash: str
    sample_hash: str
    query: str
    limits: list[Limit]
    strata: list[StratumOut]
    rows: list[dict[str, Any]]


class ReportOut(Telling):
    """A report: how many rows need a second look, and the first rows."""

    name: str
    title: Said
    query: str
    flagged: int
    count: int
    first_rows: list[dict[str, Any]]


class _Asked(Asking):
    before: int | None = Field(default=None, ge=1, le=2**53, description="Samples older than this number")
    size: int = Field(default=50, ge=1, le=500)


class SampleWanted(Asking):
    """What to draw from, and how many; a figure that is left out is that of the parameters `audit.*`."""

    population: str = Field(max_length=40, json_schema_extra={"enum": [*KINDS]})
    as_of: date | None = Field(default=None, description="The list of that day; without it the newest")
    confidence: Word = Field(default="", description="In percent, such as 95 or 97.5")
    tolerable: Word = ""
    expected: Word = ""
    size: int | None = Field(default=None, ge=1, le=MOST, description="So many, whatever the figures would ask for")
    strata: list[Word] | None = Field(default=None, max_length=10, description="Columns that divide; null is all")
    seed: Word = Field(default="", description="4 to 32 letters and digits; without it one is made")
    since: date | None = Field(default=None, description="Of decisions and closed cases: the first day")
    until: date | None = Field(default=None, description="Of decisions and closed cases: the last day")


class PapersWanted(Asking):
    """Which samples, by their events, go into the papers beside all tests and reports; all of one edition."""

    samples: list[Annotated[int, Field(ge=1, le=2**53)]] = Field(default=[], max_length=50)
    purpose: Word = ""


def list_samples(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """Samples on record, the newest first; go on with the number `before` of the answer."""
    found, on = recorded_samples(request.app.state.engine, actor=reader, limit=asked.size, before=asked.before)
    samples = [
        {**_only(SampleLine, each.told), "event": each.seq, "at": each.at, "actor": each.actor} for each in found
    ]
    return {"samples": samples, "before": on}


def _only(shape: type[Telling], told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in shape.model_fields if name in told}


def draw_a_sample(request: Request, reader: Reader, asked: SampleWanted) -> Any:
    """Draw at random and put it on record, so that anybody can draw the same items again."""
    kind = known_population(asked.population)
    sample = draw(
        desk_of(request),
        require_edition(request.app.state.engine, asked.as_of),
        kind,
        actor=reader,
        **typed_figures(confidence=asked.confidence, tolerable=asked.tolerable, expected=asked.expected),
        since=asked.since if kind in DATED else None,
        until=asked.until if kind in DATED else None,
        size=asked.size,
        strata=None if asked.strata is None else tuple(asked.strata),
        seed=asked.seed,
    )
    return _told(sample)


def get_sample(request: Request, reader: Reader, seq: int) -> Any:
    """Draw again what an event recorded, and hold it against the record (409 when rows have changed); recorded."""
    return _told(redrawn(desk_of(request), seq, actor=reader))


def _told(sample: Sample) -> dict[str, Any]:
    return {
        **_only(SampleOut, sample.told()),
        "event": sample.event,
        "query": sample.query,
        "limits": [dict(zip(Limit.model_fields, each, strict=True)) for each in sample.limits],
        "strata": sample.strata.to_dicts(),
        "rows": sample.rows.drop("person_key", strict=False).to_dicts(),
    }


def list_audit_reports(request: Request, reader: Reader) -> Any:
    """Overrides, decisions by one alone, access outside an area, at odd hours and in bulk; this is recorded."""
    return [
        {
            **{name: getattr(each, name) for name in ("name", "title", "query", "flagged")},
            "count": each.rows.height,
            "first_rows": each.rows.head(_MOST_ROWS).to_dicts(),
        }
        for each in told_reports(request, reader)
    ]


def export_papers(request: Request, reader: Reader, asked: PapersWanted) -> Response:
    """Working papers as a workbook: the samples drawn again, all tests, all reports, each with its query; recorded."""
    return papers_file(request, reader, sorted(set(asked.samples)), asked.purpose.strip())


OPERATIONS = (
    operation("/audit/samples", list_samples, "audit.read", "抽过的审计样本", tag=_TAG, answer=SampleLines),
    operation("/audit/samples", draw_a_sample, "audit.read", "抽取审计样本", tag=_TAG, answer=SampleOut, method="POST"),
    operation(
        "/audit/samples/{seq}", get_sample, "audit.read", "一份审计样本", tag=_TAG, answer=SampleOut, may_conflict=True
    ),
    operation("/audit/reports", list_audit_reports, "audit.read", "审计报告", tag=_TAG, answer=list[ReportOut]),
    operation(
        "/audit/papers", export_papers, "audit.read", "下载审计工作底稿", tag=_TAG, method="POST", media=(_XLSX,)
    ),
)
