"""A sample, drawn and put on record, so that it can be drawn again and held against what was recorded.

What belongs here: the order of the steps: may the role, which population, how many, draw, tell of the items, record.
The audit chain holds seed, sizes and hashes; never an item.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from editions.hashing import table_hash
from registry.audit import append
from registry.auditing.nearest import nearest_rules
from registry.auditing.populations import KINDS, OMISSIONS, Scope, population_of
from registry.auditing.sizes import Assurance, SampleSize, limits, sample_size
from registry.auditing.strata import ITEM, STRATUM, checked_seed, draw, new_seed, shares
from registry.errors import NoSampleError, SamplingError
from registry.models import AuditEvent
from registry.queries import EditionInfo, edition_of
from registry.roles import Actor, require
from rules.parameters import ParametersAt

__all__ = ["ACTION", "AUDIT", "Request", "Sample", "again", "draw_sample", "recorded_request"]

AUDIT = "audit.read"
"""The permission that the workbench asks for."""

ACTION = "audit_sample"
"""Of the audit events that record a draw."""

_PURPOSE = "审计抽样"
_MINIMUM = "audit.stratum_minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for. With `size` that many items are drawn, whatever `assurance` would ask for.

    `asked_at` is the instant up to which the record is looked at: what is decided later does not change the draw.
    """

    kind: str
    assurance: Assurance
    at_least: int
    seed: str
    asked_at: datetime
    strata: tuple[str, ...] | None = None
    size: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, kind: str, parameters: ParametersAt, **given: Any) -> "Request":
        """A request with the figures of the parameters `audit.*`, or those given (`Assurance.of`), and a seed.

        Raises `SamplingError`.
        """
        figures = {name: given.pop(name, None) for name in ("confidence", "tolerable", "expected")}
        seed = checked_seed(given.pop("seed", "") or new_seed())
        at_least = parameters.integer(_MINIMUM)
        return cls(
            kind=kind,
            assurance=Assurance.of(parameters, **figures),
            at_least=at_least,
            seed=seed,
            asked_at=datetime.now(UTC),
            **given,
        )

    def told(self) -> dict[str, Any]:
        """As plain values, for the record; `_asked` reads them."""
        return {
            "population": self.kind,
            "assurance": self.assurance.told(),
            "at_least": self.at_least,
            "seed": self.seed,
            "asked_at": self.asked_at.isoformat(),
            "strata": None if self.strata is None else list(self.strata),
            "size_asked": self.size,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Items drawn. `rows`: `no`, `item`, `stratum`, `projected` and what the population tells of the item.

    `strata` says how many items each stratum has (`items`), gives by its `share`, and gives beyond it (`extra`).
    `event` is the number of the audit event; 0 until it is recorded.
    """

    request: Request
    edition_id: str
    as_of: date
    size: SampleSize
    strata: pl.DataFrame
    rows: pl.DataFrame
    query: str
    population_hash: str
    event: int = 0

    @property
    def parted_by(self) -> tuple[str, ...]:
        """By which columns the population was parted: all that it can be, unless fewer were asked for."""
        asked = self.request.strata
        return tuple(KINDS[self.request.kind].strata) if asked is None else asked

    @property
    def sample_hash(self) -> str:
        """Equal for equal items in equal order."""
        items = self.rows.select(pl.concat_str(ITEM, STRATUM, separator="\x1f").str.join("\x1e")).item() or ""
        return blake2b(items.encode(), digest_size=16).hexdigest()

    @property
    def limits(self) -> list[tuple[int, int, bool]]:
        """Deviations found, the most there may be among all, and whether that is tolerable (`sizes.limits`)."""
        return limits(self.size, self.request.assurance) if self.size.size else []

    def told(self) -> dict[str, Any]:
        """As plain values, for the record and `--json`, without an item."""
        return {
            **self.request.told(),
            "edition_id": self.edition_id,
            "as_of": self.as_of.isoformat(),
            "items": self.size.population,
            "size": self.size.size,
            "allowed": self.size.allowed,
            "drawn": self.rows.height,
            "strata_drawn": self.strata.height,
            "population_hash": self.population_hash,
            "sample_hash": self.sample_hash,
        }


def draw_sample(
    engine: Engine,
    edition: EditionInfo,
    request: Request,
    computed: Mapping[str, pl.LazyFrame],
    parameters: ParametersAt,
    *,
    actor: Actor,
) -> Sample:
    """Draw and record; `computed` holds `populations.COMPUTED` and `nearest.READS` when omissions are drawn from.

    Raises `NotPermittedError`, `SamplingError`, `UnknownNameError`.
    """
    require(actor, AUDIT)
    sample = _drawn(engine, edition, request, computed, parameters)
    details = {"role": actor.role, **sample.told()}
    return replace(sample, event=append(engine, actor=actor.name, action=ACTION, purpose=_PURPOSE, details=details))


def again(
    engine: Engine, seq: int, computed: Mapping[str, pl.LazyFrame], parameters: ParametersAt, *, actor: Actor
) -> Sample:
    """Draw anew what the audit event of that number recorded.

    Raises `SamplingError` when the population or the draw is another one now, saying which.
    """
    require(actor, AUDIT)
    request, edition, told = recorded_request(engine, seq)
    sample = replace(_drawn(engine, edition, request, computed, parameters), event=seq)
    now = sample.told()
    for name, title in (("population_hash", "the population"), ("sample_hash", "the draw")):
        if now[name] != told[name]:
            raise SamplingError(
                "%(what)s of event %(seq)s was %(then)s and is %(now)s now; rows have changed",
                what=title, seq=seq, then=told[name], now=now[name],
            )  # fmt: skip
    append(
        engine,
        actor=actor.name,
        action="audit_redraw",
        purpose=_PURPOSE,
        details={"role": actor.role, "event": seq, "sample_hash": sample.sample_hash},
    )
    return sample


def recorded_request(engine: Engine, seq: int) -> tuple[Request, EditionInfo, dict[str, Any]]:
    """What the audit event `seq` asked for, of which edition, and all that it tells; raises `NoSampleError`."""
    query = select(AuditEvent.details).where(AuditEvent.seq == seq, AuditEvent.action == ACTION)
    with engine.connect() as connection:
        told = connection.execute(query).scalar()
    edition = edition_of(engine, told["edition_id"]) if told else None
    if told is None or edition is None:
        raise NoSampleError(
            "event %(seq)s records no sample; `doudi audit sample` tells the number of its event", seq=seq
        )
    return _asked(told), edition, dict(told)


def _asked(told: Mapping[str, Any]) -> Request:
    def day(name: str) -> date | None:
        return date.fromisoformat(told[name]) if told[name] else None

    return Request(
        kind=told["population"],
        assurance=Assurance.typed(**told["assurance"]),
        at_least=told["at_least"],
        seed=told["seed"],
        asked_at=datetime.fromisoformat(told["asked_at"]),
        strata=None if told["strata"] is None else tuple(told["strata"]),
        size=told["size_asked"],
        since=day("since"),
        until=day("until"),
    )


def _drawn(
    engine: Engine,
    edition: EditionInfo,
    request: Request,
    computed: Mapping[str, pl.LazyFrame],
    parameters: ParametersAt,
) -> Sample:
    scope = Scope(engine, edition, computed, request.since, request.until, request.asked_at)
    population, query = population_of(request.kind, scope, request.strata)
    size = sample_size(population.height, request.assurance)
    if request.size is not None:
        size = replace(size, size=min(request.size, population.height))
    counted = population.group_by(STRATUM).agg(items=pl.len().cast(pl.Int64))
    shared = shares(counted, size.size, at_least=request.at_least if size.size else 0)
    items = draw(population, shared, request.seed)
    rows = items.join(population.drop(STRATUM), on=ITEM, how="left", maintain_order="left")
    if request.kind == OMISSIONS and rows.height:
        told = nearest_rules(computed, rows[ITEM], edition.as_of, parameters)
        rows = rows.join(told, on=ITEM, how="left", maintain_order="left")
    return Sample(
        request=request,
        edition_id=edition.edition_id,
        as_of=edition.as_of,
        size=size,
        strata=shared,
        rows=rows.with_row_index("no", offset=1).with_columns(pl.col("no").cast(pl.Int64)),
        query=query,
        population_hash=table_hash(population),
    )
