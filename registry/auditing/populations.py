"""What an auditor draws from: entries of a list, families not on it, decisions, warnings and cases that were closed.

What belongs here: each population with its strata, its rows and the query that gives them. Rows hold keys and codes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, Select, and_, func, select

from editions.grounds import REGISTER
from registry.auditing.asked import as_asked
from registry.auditing.strata import ITEM, STRATUM
from registry.bulk import read_frame
from registry.errors import SamplingError
from registry.models import CaseEvent, CaseFile, CaseVisit, Decision, ListEntry, ListMember, Standing
from registry.queries import EditionInfo
from rules import rules_of
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["COMPUTED", "KINDS", "OMISSIONS", "PopulationKind", "Scope", "population_of"]

COMPUTED: tuple[str, ...] = ("families", "members")
"""Tables of stages that the population of omissions is read from."""

OMISSIONS = "omissions"
_MARK, _NOWHERE = "/", "-"
_CLOSING = ("settled", "not_true")


@dataclass(frozen=True, slots=True)
class Scope:
    """Of what a population is taken: an edition, its computed tables, and which decisions.

    `since` and `until` are days on which decisions were taken and cases closed, at the bureau's time; what was recorded
    after `recorded_by` is not there yet.
    """

    engine: Engine
    edition: EditionInfo
    computed: Mapping[str, pl.LazyFrame]
    since: date | None = None
    until: date | None = None
    recorded_by: datetime | None = None
    timezone: str = Settings.model_fields["timezone"].default


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationKind:
    """One population: what an item is, by which columns it is divided, and how its rows are read.

    `rows` gives one row an `item`, the columns of `strata` and whatever tells of the item; and the query.
    """

    name: str
    title: str
    grain: str
    strata: Mapping[str, str]
    rows: Callable[[Scope], tuple[pl.DataFrame, str]]


def population_of(kind: str, scope: Scope, strata: tuple[str, ...] | None = None) -> tuple[pl.DataFrame, str]:
    """The rows of a population with `stratum` (codes joined by '/'), in the order of `item`, and their query.

    `strata` are the columns that divide it, of those of the kind; None is all of them. Raises `UnknownNameError`.
    """
    if kind not in KINDS:
        raise UnknownNameError("population", kind, KINDS)
    known = KINDS[kind].strata
    chosen = tuple(known) if strata is None else strata
    for each in chosen:
        if each not in known:
            raise UnknownNameError(f"stratum of {kind}", each, known)
    if scope.since and scope.until and scope.until < scope.since:
        raise SamplingError(
            "the period ends (%(until)s) before it begins (%(since)s)", until=scope.until, since=scope.since
        )
    rows, query = KINDS[kind].rows(scope)
    parts = [pl.col(each).fill_null(_NOWHERE) for each in chosen] or [pl.lit("")]
    return rows.with_columns(pl.concat_str(parts, separator=_MARK).alias(STRATUM)).sort(ITEM), query


def _read(
    engine: Engine, query: Select[*tuple[Any, ...]], schema: Mapping[str, pl.DataType]
) -> tuple[pl.DataFrame, str]:
    """The rows, and the statement with its values as text."""
    with engine.connect() as connection:
        rows = read_frame(connection, query, schema)
    return rows, " ".join(as_asked(engine, query).split())


_ENTRY = {
    "item": pl.String(),
    "street": pl.String(),
    "tier": pl.String(),
    "layer": pl.String(),
    "status": pl.String(),
    "groups": pl.String(),
    "members": pl.Int64(),
    "tier_points": pl.Int64(),
    "tier_reasons": pl.String(),
    "score": pl.Int64(),
    "income_evidence": pl.String(),
    "income_fen": pl.Int64(),
}


def _entries(scope: Scope) -> tuple[pl.DataFrame, str]:
    """Families on the list. Their group is the rarest of theirs, so that a rare one has a stratum of its own."""
    listed = ListEntry
    query = select(
        listed.family_id.label("item"),
        listed.street_code,
        listed.tier,
        listed.layer,
        listed.status,
        listed.groups,
        listed.members,
        listed.tier_points,
        listed.tier_reasons,
        listed.score,
        listed.income_evidence,
        listed.income_fen,
    ).where(listed.edition_id == scope.edition.edition_id)
    rows, told = _read(scope.engine, query, _ENTRY)
    places, told_places = _places(scope)
    return _with_group(rows).join(places, on="item", how="left"), f"{told}; {told_places}"


def _with_group(rows: pl.DataFrame) -> pl.DataFrame:
    each = (
        rows.select(ITEM, group=pl.col("groups").fill_null("").str.split(";"))
        .explode("group")
        .with_columns(group=pl.when(pl.col("group") == "").then(pl.lit(REGISTER)).otherwise("group"))
    )
    counted = each.with_columns(families=pl.len().over("group"))
    rarest = counted.sort("families", "group").unique(ITEM, keep="first", maintain_order=True)
    return rows.join(rarest.select(ITEM, "group"), on=ITEM, how="left")


def _places(scope: Scope) -> tuple[pl.DataFrame, str]:
    """Where the evidence of each family was delivered, or by which decision it stands: what to vouch an entry by."""
    ground = Standing
    query = select(
        ground.family_id.label("item"),
        ground.ground,
        ground.source_feed,
        ground.source_delivery,
        ground.source_sheet,
        ground.source_row,
        ground.decision_id,
    ).where(ground.edition_id == scope.edition.edition_id)
    text = pl.String()
    names = ("item", "ground", "source_feed", "source_delivery", "source_sheet", "source_row", "decision_id")
    rows, told = _read(scope.engine, query, dict.fromkeys(names, text) | {"source_row": pl.Int64()})
    delivered = pl.format(
        "{}: {} {} {} {}",
        "ground",
        pl.col("source_feed").fill_null(""),
        pl.col("source_delivery").fill_null(""),
        pl.col("source_sheet").fill_null(""),
        pl.col("source_row").cast(pl.String).fill_null(""),
    )
    decided = pl.when(pl.col("decision_id").is_not_null()).then(pl.format(" 决定 {}", "decision_id"))
    told_rows = rows.with_columns(evidence=delivered + decided.otherwise(pl.lit("")))
    return told_rows.group_by(ITEM).agg(pl.col("evidence").unique().sort().str.join("\n")), told


def _omissions(scope: Scope) -> tuple[pl.DataFrame, str]:
    """Families in scope that are not on the list."""
    missing = [each for each in COMPUTED if each not in scope.computed]
    if missing:
        raise SamplingError(
            "omissions are drawn from computed tables; %(missing)s are not given", missing=", ".join(missing)
        )
    query = select(ListEntry.family_id).where(ListEntry.edition_id == scope.edition.edition_id)
    listed, told = _read(scope.engine, query, {"family_id": pl.String()})
    people = scope.computed["members"].group_by("family_id").agg(members=pl.len().cast(pl.Int64))
    rows = (
        scope.computed["families"]
        .join(listed.lazy(), on="family_id", how="anti")
        .join(people, on="family_id", how="left")
        .select(
            "members",
            "counted_members",
            "income_evidence",
            "income_fen",
            item="family_id",
            street="street_code",
        )
        .collect()
    )
    return rows, f"families (lake, {scope.edition.as_of}) ANTI JOIN ({told}) USING (family_id)"


_DECISION = {
    "item": pl.String(),
    "person_key": pl.String(),
    "rule": pl.String(),
    "outcome": pl.String(),
    "evidence_key": pl.String(),
    "decided_on": pl.Date(),
    "expires_on": pl.Date(),
    "decided_by": pl.String(),
    "approved_by": pl.String(),
    "family_id": pl.String(),
    "street": pl.String(),
}


def _decided(scope: Scope, rules: tuple[str, ...] | None = None) -> tuple[pl.DataFrame, str]:
    taken, member = Decision, ListMember
    lives = (member.person_key == taken.person_key) & (member.edition_id == scope.edition.edition_id)
    query = select(
        taken.decision_id.label("item"),
        taken.person_key,
        taken.rule_id,
        taken.outcome,
        taken.evidence_key,
        taken.decided_on,
        taken.expires_on,
        taken.decided_by,
        taken.approved_by,
        member.family_id,
        member.street_code,
    ).outerjoin(member, lives)
    if scope.since is not None:
        query = query.where(taken.decided_on >= scope.since)
    if scope.until is not None:
        query = query.where(taken.decided_on <= scope.until)
    if scope.recorded_by is not None:
        query = query.where(taken.recorded_at <= scope.recorded_by)
    if rules is not None:
        query = query.where(taken.rule_id.in_(rules), taken.outcome.in_(_CLOSING))
    rows, told = _read(scope.engine, query, _DECISION)
    # whoever stands in two families has one decision all the same
    return rows.sort(ITEM, "family_id").unique(ITEM, keep="first", maintain_order=True), told


def _closed(scope: Scope) -> tuple[pl.DataFrame, str]:
    """Decisions by which a warning is raised no longer."""
    rules = {rule.id: rule.kind for rule in rules_of("need", "verify")}
    rows, told = _decided(scope, tuple(rules))
    return rows.with_columns(kind=pl.col("rule").replace_strict(rules, default=None, return_dtype=pl.String)), told


_CASE = {
    "item": pl.String(),
    "family_id": pl.String(),
    "audience": pl.String(),
    "outcome": pl.String(),
    "round": pl.Int64(),
    "assignee": pl.String(),
    "concluded_by": pl.String(),
    "closed_by": pl.String(),
    "closed_at": pl.Datetime("us", "UTC"),
    "street": pl.String(),
    "attempts": pl.Int64(),
}


def _cases(scope: Scope) -> tuple[pl.DataFrame, str]:
    """Cases that were closed and have not been opened again since, each in the place where that was done."""
    event, visit = CaseEvent, CaseVisit
    known = select(event.case_id, func.max(event.version).label("version")).group_by(event.case_id)
    known = known.where(event.kind != "transferred")
    visited = select(visit.case_id, func.count().label("attempts")).group_by(visit.case_id)
    if scope.recorded_by is not None:
        known = known.where(event.at <= scope.recorded_by)
        visited = visited.where(visit.recorded_at <= scope.recorded_by)
    last, tried = known.subquery(), visited.subquery()
    query = (
        select(
            event.case_id.label("item"),
            CaseFile.family_id,
            CaseFile.audience,
            event.outcome,
            event.round,
            event.assignee,
            event.concluded_by,
            event.closed_by,
            event.at.label("closed_at"),
            event.street_code.label("street"),
            func.coalesce(tried.c.attempts, 0).label("attempts"),
        )
        .join(last, and_(last.c.case_id == event.case_id, last.c.version == event.version))
        .join(CaseFile, CaseFile.case_id == event.case_id)
        .outerjoin(tried, tried.c.case_id == event.case_id)
        .where(event.state == "closed")
    )
    rows, told = _read(scope.engine, query, _CASE)
    at = pl.col("closed_at").dt.convert_time_zone(scope.timezone)
    days = [
        at.dt.date() >= scope.since if scope.since is not None else pl.lit(value=True),
        at.dt.date() <= scope.until if scope.until is not None else pl.lit(value=True),
    ]
    period = f" AND closed_at BETWEEN {scope.since} AND {scope.until}" if scope.since or scope.until else ""
    return rows.filter(days).with_columns(closed_at=at.dt.to_string("iso:strict")), f"{told}{period}"


KINDS: dict[str, PopulationKind] = {
    each.name: each
    for each in (
        PopulationKind(
            name="entries",
            title="在列家庭",
            grain="名单上的一个家庭",
            strata={"street": "街道", "tier": "等级", "group": "群体"},
            rows=_entries,
        ),
        PopulationKind(
            name=OMISSIONS,
            title="未列入家庭",
            grain="监测范围内、名单上没有的一个家庭",
            strata={"street": "街道", "income_evidence": "收入依据"},
            rows=_omissions,
        ),
        PopulationKind(
            name="decisions",
            title="人工决定",
            grain="一项人工决定",
            strata={"street": "街道", "outcome": "结论"},
            rows=_decided,
        ),
        PopulationKind(
            name="closed",
            title="已了结预警",
            grain="了结一条预警的一项决定",
            strata={"street": "街道", "kind": "性质", "rule": "规则"},
            rows=_closed,
        ),
        PopulationKind(
            name="cases",
            title="已办结核查",
            grain="办结后未再开启的一件核查",
            strata={"street": "街道", "audience": "对象", "outcome": "结论"},
            rows=_cases,
        ),
    )
}
