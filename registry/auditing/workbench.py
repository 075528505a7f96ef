"""The workbench for whoever computes nothing: what pages and the API ask of it.

What belongs here: the tables behind an edition as far as they are kept, draws and tests over them, and the samples that
the audit chain records. What the process of a run alone can tell (Dagster's checks, tables computed anew) is left to
the command line, and said to be missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from registry.auditing.catalogue import CATALOGUE
from registry.auditing.examining import Examined, Finding
from registry.auditing.nearest import READS
from registry.auditing.papers import write_papers
from registry.auditing.populations import COMPUTED, KINDS, OMISSIONS
from registry.auditing.reports import reports
from registry.auditing.sampling import ACTION, AUDIT, Request, Sample, again, draw_sample, recorded_request
from registry.auditing.working import recorded_tests
from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.errors import SamplingError
from registry.kept_tables import kept_tables
from registry.models import AuditEvent
from registry.queries import EditionInfo, require_edition
from registry.roles import Actor, require
from registry.state_before import kept_before
from rules.parameters import ParametersAt
from schemas.errors import UnknownNameError

__all__ = ["Recorded", "draw", "examine", "known_population", "papers", "recorded_samples", "redrawn"]

_EXAMINED = ("members", "hits")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sample as its audit event tells it: number, instant, who drew, and the plain values of `Sample.told`."""

    seq: int
    at: datetime
    actor: str
    told: Mapping[str, Any]


def recorded_samples(
    engine: Engine, *, actor: Actor, limit: int, before: int | None = None
) -> tuple[Sequence[Recorded], int | None]:
    """Up to `limit` samples older than the event `before`, the newest first; and from where older ones go on."""
    require(actor, AUDIT)
    event = AuditEvent
    query = select(event.seq, event.at, event.actor, event.details).where(event.action == ACTION)
    if before is not None:
        query = query.where(event.seq < before)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(event.seq.desc()).limit(limit + 1)).all()
    shown = [Recorded(row.seq, datetime.fromisoformat(row.at), row.actor, row.details) for row in rows[:limit]]
    return shown, shown[-1].seq if len(rows) > limit else None


def known_population(kind: str) -> str:
    """The population, if it is one; raises `UnknownNameError`."""
    if kind not in KINDS:
        raise UnknownNameError("population", kind, KINDS)
    return kind


def draw(desk: Desk, edition: EditionInfo, kind: str, *, actor: Actor, **given: Any) -> Sample:
    """Draw from a population and record it; `given` are the words of `Request.of`.

    Raises `NotPermittedError`, `UnknownNameError`, and `SamplingError`, as when the tables behind omissions are gone.
    """
    require(actor, AUDIT)
    at = _at(desk, edition)
    request = Request.of(known_population(kind), at, **given)
    return draw_sample(desk.engine, edition, request, _needed(desk, edition, kind), at, actor=actor)


def redrawn(desk: Desk, seq: int, *, actor: Actor) -> Sample:
    """The sample that the audit event `seq` records, drawn anew and held against it; that it was is recorded too.

    Raises `NotPermittedError`, and `SamplingError` when nothing is recorded there or rows have changed since.
    """
    require(actor, AUDIT)
    request, edition, _ = recorded_request(desk.engine, seq)
    return again(desk.engine, seq, _needed(desk, edition, request.kind), _at(desk, edition), actor=actor)


def examine(desk: Desk, edition: EditionInfo, *, actor: Actor) -> list[Finding]:
    """Run every test over whole populations with what is kept, and record it."""
    require(actor, AUDIT)
    before = kept_before(desk.engine, desk.settings, edition)
    examined = Examined(
        engine=desk.engine,
        settings=desk.settings,
        edition=edition,
        today=day_at(desk.settings, datetime.now(UTC)),
        parameters=_at(desk, edition),
        computed=kept_tables(desk.settings, edition, _EXAMINED),
        previous=None if before is None else before[0],
    )
    return recorded_tests(CATALOGUE.values(), examined, actor=actor)


def papers(
    desk: Desk,
    samples: Sequence[int],
    *,
    actor: Actor,
    path: Path,
    purpose: str,
) -> EditionInfo:
    """Write the working papers: the samples that these events record, all tests, all reports; gives their edition.

    Raises `SamplingError` when the samples are of several editions, and what `redrawn` raises.
    """
    require(actor, AUDIT)
    editions = {
        edition.edition_id: edition for _, edition, _ in (recorded_request(desk.engine, seq) for seq in samples)
    }
    if len(editions) > 1:
        raise SamplingError("the samples are of several editions; papers are of one")
    edition = next(iter(editions.values()), None) or require_edition(desk.engine)
    write_papers(
        desk.engine,
        desk.settings,
        edition,
        actor=actor,
        path=path,
        samples=[redrawn(desk, seq, actor=actor) for seq in samples],
        findings=examine(desk, edition, actor=actor),
        told=reports(desk.engine, desk.settings, _at(desk, edition), actor=actor),
        purpose=purpose,
    )
    return edition


def _at(desk: Desk, edition: EditionInfo) -> ParametersAt:
    return desk.parameters.as_of(edition.as_of)


def _needed(desk: Desk, edition: EditionInfo, kind: str) -> Mapping[str, pl.LazyFrame]:
    if kind != OMISSIONS:
        return {}
    found = kept_tables(desk.settings, edition, {*READS, *COMPUTED})
    if found is None:
        raise SamplingError(
            "the tables behind this edition are kept no longer; draw from the newest one, or by `doudi audit sample`"
        )
    return found
