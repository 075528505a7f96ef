"""Reports for an auditor: overrides, decisions by one person alone, access outside an area, at odd hours, in bulk.

What belongs here: what the decisions and the audit chain tell of the people who work, by person. A report is a
question about work, never a finding against anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Engine, select

from editions.deadlines import is_working_day
from registry.audit import append
from registry.auditing.areas import area_asked, own_areas, places_of_subjects
from registry.auditing.examining import events_of
from registry.auditing.sampling import AUDIT
from registry.models import Decision
from registry.roles import Actor, require
from registry.scope import DISTRICT
from rules.parameters import ParametersAt
from schemas.settings import Settings

__all__ = ["READS", "Report", "odd_hours", "reports", "volumes"]

READS: tuple[str, ...] = ("view", "export", "explain", "letter", "visit_sheets", "receipt_rows")
"""Audit events by which personal data were shown or taken."""

_STREET_DIGITS = 9
_AGAINST = {
    "not_true": "规则命中，人工认定不属实",
    "exit_refused": "规则建议退出，人工不同意",
    "included": "规则未命中，人工纳入",
}
_READ = {
    "seq": pl.Int64(),
    "at": pl.String(),
    "day": pl.Date(),
    "hour": pl.Int64(),
    "working": pl.Boolean(),
    "actor": pl.String(),
    "action": pl.String(),
    "role": pl.String(),
    "own_area": pl.String(),
    "asked_area": pl.String(),
    "rows": pl.Int64(),
    "masked": pl.Boolean(),
}


_READ_EVENTS = f"SELECT seq, at, actor, action, details FROM audit_event WHERE action IN {READS} ORDER BY seq"  # noqa: S608  # to read


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report: its rows, how many of them need a second look, and where they come from in words."""

    name: str
    title: str
    query: str
    rows: pl.DataFrame

    @property
    def flagged(self) -> int:
        """Rows that need a second look; of a report that marks none, all of them."""
        return int(self.rows["flagged"].sum()) if "flagged" in self.rows.columns else self.rows.height


def reports(
    engine: Engine,
    settings: Settings,
    parameters: ParametersAt,
    *,
    actor: Actor,
) -> list[Report]:
    """All reports, recorded."""
    require(actor, AUDIT)
    decided = _decisions(engine)
    read = _reads(engine, ZoneInfo(settings.timezone))
    found = [each(decided, read, parameters) for each in _REPORTS]
    details = {"role": actor.role, "reports": {each.name: each.flagged for each in found}}
    append(engine, actor=actor.name, action="audit_report", purpose="审计报告", details=details)
    return found


def _decisions(engine: Engine) -> pl.DataFrame:
    names = ("decision_id", "rule_id", "outcome", "decided_on", "decided_by", "approved_by")
    columns = Decision.__table__.c
    with engine.connect() as connection:
        rows = [tuple(each) for each in connection.execute(select(*[columns[name] for name in names]))]
    schema = dict.fromkeys(names, pl.String()) | {"decided_on": pl.Date()}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("decided_on", "decision_id")


def _reads(engine: Engine, zone: ZoneInfo) -> pl.DataFrame:
    """One row an event by which personal data were read, at the bureau's time."""
    events = events_of(engine)
    areas = own_areas(events)
    shown = [each for each in events if each["action"] in READS]
    places = places_of_subjects(engine, shown)
    found = []
    for each in shown:
        details, at = each["details"], datetime.fromisoformat(each["at"]).astimezone(zone)
        found.append(
            {
                "seq": each["seq"],
                "at": at.isoformat(timespec="seconds"),
                "day": at.date(),
                "hour": at.hour,
                "working": is_working_day(at.date()),
                "actor": each["actor"],
                "action": each["action"],
                "role": details.get("role"),
                "own_area": areas.get(each["seq"]),
                "asked_area": area_asked(details, places),
                "rows": _rows(details.get("rows", 1)),
                "masked": details.get("masked", True),
            }
        )
    return pl.DataFrame(found, schema=_READ)


def _rows(told: Any) -> int:
    return sum(told.values()) if isinstance(told, dict) else int(told)


def _overrides(decided: pl.DataFrame, _read: pl.DataFrame, _at: ParametersAt) -> Report:
    against = pl.col("outcome").is_in(list(_AGAINST))
    counted = (
        decided.group_by("decided_by")
        .agg(
            decisions=pl.len().cast(pl.Int64),
            overrides=against.sum().cast(pl.Int64),
            **{each: (pl.col("outcome") == each).sum().cast(pl.Int64) for each in _AGAINST},
        )
        .with_columns(percent=(100 * pl.col("overrides") / pl.col("decisions")).round(0).cast(pl.Int64))
    )
    return Report(
        name="overrides",
        title="与规则建议不一致的决定",
        query="SELECT decided_by, COUNT(*) AS decisions, "  # noqa: S608  # to read
        f"SUM(CASE WHEN outcome IN {tuple(_AGAINST)} THEN 1 ELSE 0 END) AS overrides "
        "FROM decision GROUP BY decided_by ORDER BY overrides DESC, decided_by",
        rows=counted.with_columns(flagged=pl.col("overrides") > 0).sort(
            "overrides", "decided_by", descending=[True, False]
        ),
    )


def _alone(decided: pl.DataFrame, _read: pl.DataFrame, _at: ParametersAt) -> Report:
    second = pl.col("approved_by").fill_null("").str.strip_chars().str.to_lowercase()
    alone = (second == "") | (second == pl.col("decided_by").str.strip_chars().str.to_lowercase())
    return Report(
        name="alone",
        title="一人单独作出的决定",
        query="SELECT decision_id, rule_id, outcome, decided_on, decided_by, approved_by FROM decision "
        "WHERE TRIM(COALESCE(approved_by, '')) = '' OR LOWER(TRIM(approved_by)) = LOWER(TRIM(decided_by)) "
        "ORDER BY decided_on, decision_id",
        rows=decided.filter(alone),
    )


def _pairs(decided: pl.DataFrame, _read: pl.DataFrame, _at: ParametersAt) -> Report:
    both = decided.filter(pl.col("approved_by").is_not_null()).group_by("decided_by", "approved_by")
    counted = both.agg(decisions=pl.len().cast(pl.Int64))
    back = counted.select(decided_by="approved_by", approved_by="decided_by", returned="decisions")
    told = counted.join(back, on=["decided_by", "approved_by"], how="left").with_columns(
        pl.col("returned").fill_null(0)
    )
    return Report(
        name="pairs",
        title="决定人与批准人组合（互相批准的标出）",
        query="SELECT d.decided_by, d.approved_by, COUNT(*) AS decisions, (SELECT COUNT(*) FROM decision b "
        "WHERE b.decided_by = d.approved_by AND b.approved_by = d.decided_by) AS returned FROM decision d "
        "WHERE d.approved_by IS NOT NULL GROUP BY d.decided_by, d.approved_by ORDER BY decisions DESC, d.decided_by",
        rows=told.with_columns(flagged=pl.col("returned") > 0).sort(
            "decisions", "decided_by", descending=[True, False]
        ),
    )


def _outside(_decided: pl.DataFrame, read: pl.DataFrame, _at: ParametersAt) -> Report:
    """A street's staff may ask for its communities; a community's for nothing else."""
    own, asked = pl.col("own_area"), pl.col("asked_area")
    within = (
        (own == DISTRICT.code) | (asked == own) | ((own.str.len_chars() == _STREET_DIGITS) & asked.str.starts_with(own))
    )
    outside = own.is_not_null() & asked.is_not_null() & ~within
    return Report(
        name="outside_area",
        title="查阅本人辖区以外的数据",
        query=f"{_READ_EVENTS}\n-- of these: the area of the rows does not lie within that of the account",
        rows=read.filter(outside).select("seq", "at", "actor", "role", "action", "own_area", "asked_area", "rows"),
    )


def odd_hours(_decided: pl.DataFrame, read: pl.DataFrame, at: ParametersAt) -> Report:
    """Reads outside office hours, and on days that are not worked."""
    opens, closes = at.integer("audit.office_opens_hour"), at.integer("audit.office_closes_hour")
    odd = ~pl.col("working") | (pl.col("hour") < opens) | (pl.col("hour") >= closes)
    return Report(
        name="odd_hours",
        title="非工作时间的查阅",
        query=f"{_READ_EVENTS}\n-- of these, at the bureau's time: no working day, hour < {opens} or hour >= {closes}",
        rows=read.filter(odd).select("seq", "at", "actor", "role", "action", "working", "rows"),
    )


def volumes(_decided: pl.DataFrame, read: pl.DataFrame, at: ParametersAt) -> Report:
    """Reads and rows by person and day; flagged where there are more than are usual."""
    most_reads, most_rows = at.integer("audit.reads_a_day"), at.integer("audit.rows_a_day")
    daily = read.group_by("actor", "day").agg(
        reads=pl.len().cast(pl.Int64),
        rows=pl.col("rows").sum(),
        unmasked=(~pl.col("masked")).sum().cast(pl.Int64),
    )
    many = (pl.col("reads") > most_reads) | (pl.col("rows") > most_rows)
    return Report(
        name="volumes",
        title="每人每日查阅量（超过界限的标出）",
        query=f"{_READ_EVENTS}\n-- counted by actor and day at the bureau's time; "
        f"flagged: reads > {most_reads} or rows > {most_rows}",
        rows=daily.with_columns(flagged=many).sort(
            "flagged", "rows", "actor", "day", descending=[True, True, False, False]
        ),
    )


_REPORTS: tuple[Callable[[pl.DataFrame, pl.DataFrame, ParametersAt], Report], ...] = (
    _overrides,
    _alone,
    _pairs,
    _outside,
    odd_hours,
    volumes,
)
