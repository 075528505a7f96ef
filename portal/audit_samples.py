"""Random samples for auditors: drawn on a page, recorded with their seed, drawn again by whoever looks.

What belongs here: pages. Drawing and recording stand in `registry.auditing`; an item is shown only as drawn anew, and
held against the record each time.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

import polars as pl
from fastapi import Form, Request, Response, status
from fastapi.responses import RedirectResponse

from portal.access import Reader
from portal.faults import said
from portal.forms import desk_of, whole_of
from portal.language import gettext
from portal.page import Page, render
from portal.people import people_of
from portal.sending import sent_file
from registry.auditing.paper_words import HEADINGS, in_words, strata_in_words
from registry.auditing.populations import KINDS
from registry.auditing.sampling import Sample
from registry.auditing.strata import ITEM, STRATUM
from registry.auditing.workbench import draw, known_population, papers, recorded_samples, redrawn
from registry.counts import timeline
from registry.errors import NoSampleError, SamplingError
from registry.exports.rows import tier_reasons_in_words
from registry.queries import current_edition, require_edition
from registry.roles import Actor

__all__ = ["DATED", "MOST", "PAGES", "papers_file", "typed_figures"]

MOST = 2_000
"""Items that may be asked for at once: a person looks at each of them."""

DATED = frozenset({"decisions", "closed", "cases"})
"""Populations of what happened on a day, so that a period can be asked for."""

_SHOWN, _MONTHS = 30, 36
_FAMILY, _CASES, _ENTRIES, _OMISSIONS = "family_id", "cases", "entries", "omissions"
_OWN_COLUMNS = frozenset({"no", ITEM, STRATUM, "place", "projected", "person_key", _FAMILY})
_FIELDS = ("confidence", "tolerable", "expected", "size", "seed", "since", "until", "as_of")
_FEN = 100
_PURPOSE = "审计检查"
_Word = Annotated[str, Form(max_length=100)]


def _samples(request: Request, reader: Reader, population: str = _ENTRIES, before: int | None = None) -> Response:
    return _page(request, reader, known_population(population), before=before)


def _page(  # what the form holds
    request: Request,
    reader: Actor,
    population: str,
    *,
    before: int | None = None,
    given: Mapping[str, Any] | None = None,
    fault: str = "",
) -> Response:
    state, desk = request.app.state, desk_of(request)
    newest = current_edition(state.engine)
    found, on = recorded_samples(state.engine, actor=reader, limit=_SHOWN, before=before)
    at = None if newest is None else desk.parameters.as_of(newest.as_of)
    figures = ("confidence", "tolerable", "expected")
    return render(
        request,
        "audit_samples.html",
        code=status.HTTP_422_UNPROCESSABLE_CONTENT if fault else status.HTTP_200_OK,
        title=gettext("审计抽样"),
        kinds=KINDS,
        population=KINDS[population],
        dated=population in DATED,
        months=[each.as_of for each in reversed(timeline(state.engine, _MONTHS, reader.scope))],
        usual={each: at.integer(f"audit.{each}_percent") if at else "" for each in figures},
        given={**dict.fromkeys(_FIELDS, ""), "strata": [*KINDS[population].strata], **(given or {})},
        most=MOST,
        found=found,
        first=before is not None,
        on=on,
        fault=fault,
    )


def typed_figures(**figures: str) -> dict[str, str | None]:
    """Percentages as they were typed; one that was left empty is that of the parameters."""
    return {name: text.strip() or None for name, text in figures.items()}


def _draw(  # noqa: PLR0913, PLR0917  # the fields of its form
    request: Request,
    reader: Reader,
    population: _Word = _ENTRIES,
    as_of: _Word = "",
    confidence: _Word = "",
    tolerable: _Word = "",
    expected: _Word = "",
    size: _Word = "",
    strata: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    seed: _Word = "",
    since: _Word = "",
    until: _Word = "",
) -> Response:
    kind = known_population(population)
    try:
        sample = draw(
            desk_of(request),
            require_edition(request.app.state.engine, _day(as_of)),
            kind,
            actor=reader,
            **typed_figures(confidence=confidence, tolerable=tolerable, expected=expected),
            size=_size(size),
            strata=tuple(each for each in KINDS[kind].strata if each in strata),
            seed=seed.strip(),
            since=_day(since) if kind in DATED else None,
            until=_day(until) if kind in DATED else None,
        )
    except SamplingError as error:
        given = {"confidence": confidence, "tolerable": tolerable, "expected": expected, "size": size, "seed": seed,
                 "since": since, "until": until, "as_of": as_of, "strata": strata}  # fmt: skip
        return _page(request, reader, kind, given=given, fault=said(error))
    return RedirectResponse(f"/audit/samples/{sample.event}", status.HTTP_303_SEE_OTHER)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise SamplingError("what was given as the day is not a date") from None


def _size(typed: str) -> int | None:
    if not typed.strip():
        return None
    number = whole_of(typed.strip())
    if number is None or not 1 <= number <= MOST:
        raise SamplingError("a sample has 1 to %(most)s items", most=MOST)
    return number


def _sample(request: Request, reader: Reader, seq: int) -> Response:
    try:
        sample = redrawn(desk_of(request), seq, actor=reader)
    except NoSampleError:
        raise
    except SamplingError as error:
        return render(
            request,
            "audit_sample_gone.html",
            code=status.HTTP_409_CONFLICT,
            title=gettext("审计样本"),
            seq=seq,
            fault=said(error),
        )
    kind = KINDS[sample.request.kind]
    headings, rows = _told(request, reader, sample)
    return render(
        request,
        "audit_sample.html",
        title=gettext("审计样本"),
        sample=sample,
        told=sample.told(),
        kind=kind,
        strata=sample.strata.with_columns(strata_in_words(STRATUM, sample.parted_by).alias(STRATUM)).to_dicts(),
        headings=headings,
        rows=rows,
    )


def _told(request: Request, reader: Actor, sample: Sample) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The headings of what a population tells of its items, and its rows; names by the one way that is recorded."""
    kind, rows = sample.request.kind, sample.rows
    families = rows[ITEM if kind in {_ENTRIES, _OMISSIONS} else _FAMILY]
    named = {} if kind == _OMISSIONS else _named(request, reader, sample, families)
    tells = [each for each in rows.columns if each not in {*_OWN_COLUMNS, *sample.parted_by}]
    yuan = [
        pl.col(each).map_elements(lambda fen: f"{fen / _FEN:,.2f}", return_dtype=pl.String).alias(each)
        for each in tells
        if each.endswith("_fen")
    ]
    at = desk_of(request).parameters.as_of(sample.as_of)
    reasons = [tier_reasons_in_words(at).alias("tier_reasons")] if "tier_reasons" in tells else []
    words = in_words(rows.select(tells).with_columns(*yuan, *reasons))
    stratum = rows.select(strata_in_words(STRATUM, sample.parted_by)).to_series()
    together = zip(rows.iter_rows(named=True), families, stratum, words.iter_rows(), strict=True)
    return [gettext("年收入（元）") if each == HEADINGS["income_fen"] else each for each in words.columns], (
        {
            "no": row["no"],
            "item": row[ITEM],
            "projected": row["projected"],
            "stratum": place,
            "family": family if family in named else None,
            "name": named[family].name if family in named else "",
            "case": row[ITEM] if kind == _CASES else None,
            "values": values,
        }
        for row, family, place, values in together
    )


def _named(request: Request, reader: Actor, sample: Sample, families: pl.Series) -> Mapping[str, Any]:
    wanted = families.drop_nulls().unique(maintain_order=True).to_list()
    return people_of(request, reader, "audit sample", wanted, sample.edition_id)


def _papers(
    request: Request,
    reader: Reader,
    sample: Annotated[list[int], Form(max_length=50)] = [],  # noqa: B006 - FastAPI copies it
    purpose: _Word = "",
) -> Response:
    try:
        return papers_file(request, reader, sorted(set(sample)), purpose.strip())
    except SamplingError as error:
        return _page(request, reader, _ENTRIES, fault=said(error))


def papers_file(request: Request, reader: Actor, samples: list[int], purpose: str) -> Response:
    """The working papers as a workbook: the samples of these events, all tests, all reports; recorded, kept nowhere."""
    desk = desk_of(request)
    return sent_file(
        request,
        lambda path: papers(desk, samples, actor=reader, path=path, purpose=purpose or _PURPOSE),
        name="审计工作底稿",
        fmt="xlsx",
    )


PAGES = (
    Page("/audit/samples", _samples, "audit.read"),
    Page("/audit/samples/draw", _draw, "audit.read", methods=("POST",)),
    Page("/audit/samples/{seq}", _sample, "audit.read"),
    Page("/audit/papers", _papers, "audit.read", methods=("POST",)),
)
