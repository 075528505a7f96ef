"""What was measured with each rule: counts of the published months, and how often visits found it right.

What belongs here: counting over editions and visits. Counts leave this module, never families; small ones are withheld.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import sqrt

import polars as pl
from sqlalchemy import Engine, inspect

from editions.facts import build_facts
from editions.knowledge import identities, known_feed_tables
from registry.counts import Point, cross, graded, timeline
from registry.filters import STATUSES
from registry.queries import current_edition, edition_rows
from registry.scope import WHOLE
from registry.store import known_deliveries
from rules import rules_of
from rules.classes import CLASSES
from rules.measures import MEASURES
from rules.parameters import ParametersAt
from rules.tiers import TIERS
from schemas.settings import Settings

__all__ = ["SUBJECT_CODES", "Measured", "Month", "Precision", "measured", "precisions", "told_precision", "wilson"]

_CONFIDENCE = 1.959963984540054  # of the normal distribution, two-sided 95 %
_WHOLE = 10_000
_VISITS = "home_visits"
_NEITHER = pl.lit(None, pl.Boolean)
_ADDING_UP = ("tiers", "status")
SUBJECT_CODES: Mapping[str, Mapping[str, str]] = {
    "tiers": TIERS,
    "classes": CLASSES,
    "measures": {each.id: each.title for each in MEASURES.values()},
    "status": {code: STATUSES.title_of(code) for code in STATUSES.codes},
}
"""The subjects that are counted by month: their codes with Chinese titles, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Month:
    """One published month: families of a group, or warnings of a rule; None where the count is too small to show."""

    as_of: date
    count: int | None


@dataclass(frozen=True, slots=True)
class Precision:
    """How many questions were answered by visits, and how many of them were found true.

    `low` and `high` bound the share in per ten thousand (Wilson, 95 %). `found` and what follows from it are None where
    too few were answered.
    """

    answered: int
    found: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of one rule or subject; `precision` is None when no visit has answered it yet.

    A subject has no months of its own: `parts` holds those of each tier, class, measure or status, by its code.
    """

    months: tuple[Month, ...]
    precision: Precision | None = None
    parts: Mapping[str, tuple[Month, ...]] = field(default_factory=dict)


def measured(engine: Engine, settings: Settings, parameters: ParametersAt) -> dict[str, Measured]:
    """By rule or subject, over the latest published months; empty when nothing was published."""
    if not inspect(engine).has_table("publication"):
        return {}
    points = timeline(engine, parameters.integer("rulebook.months_shown"), WHOLE)
    if not points:
        return {}
    smallest = parameters.integer("rulebook.smallest_count")
    counts = _counts(engine, points)
    precise = _precisions(engine, settings, points, parameters)
    rules = {
        rule.id: Measured(
            tuple(Month(each.as_of, _shown(counts[each.as_of].get(rule.id, 0), smallest)) for each in points),
            precise.get(rule.id),
        )
        for rule in rules_of("group", "need", "verify", "feed")
    }
    return rules | _subjects({each.as_of: graded(engine, each.edition_id) for each in points}, smallest)


def wilson(found: int, answered: int) -> tuple[int, int]:
    """The 95 % interval of a share by Wilson's score, in per ten thousand."""
    share, z = found / answered, _CONFIDENCE
    middle = share + z * z / (2 * answered)
    spread = z * sqrt(share * (1 - share) / answered + z * z / (4 * answered * answered))
    whole = 1 + z * z / answered
    return round(max(0.0, (middle - spread) / whole) * _WHOLE), round(min(1.0, (middle + spread) / whole) * _WHOLE)


def _subjects(counts: Mapping[date, Mapping[str, Mapping[str, int]]], smallest: int) -> dict[str, Measured]:
    """The subjects with the months of each of their codes."""
    shown = {
        as_of: {name: _withheld(parts, smallest, add_up=name in _ADDING_UP) for name, parts in subjects.items()}
        for as_of, subjects in counts.items()
    }
    found = {}
    for name, codes in SUBJECT_CODES.items():
        parts = {
            code: tuple(Month(as_of, subjects[name].get(code, 0)) for as_of, subjects in shown.items())
            for code in codes
        }
        found[name] = Measured((), parts=parts)
    return found


def _withheld(counts: Mapping[str, int], smallest: int, *, add_up: bool) -> dict[str, int | None]:
    """The counts without the small ones; where parts add up to a known whole, never one alone is missing."""
    shown = {code: _shown(count, smallest) for code, count in counts.items()}
    told = {code: count for code, count in shown.items() if count}
    if add_up and told and sum(count is None for count in shown.values()) == 1:
        shown[min(told, key=lambda code: (told[code], code))] = None
    return shown


def _shown(count: int, smallest: int) -> int | None:
    return count if count == 0 or count >= smallest else None


def _counts(engine: Engine, points: Iterable[Point]) -> dict[date, dict[str, int]]:
    found = {}
    for each in points:
        families, warnings = (cross(engine, each.edition_id, what, WHOLE).totals for what in ("families", "warnings"))
        found[each.as_of] = {**families, **warnings}
    return found


def _precisions(
    engine: Engine, settings: Settings, points: list[Point], parameters: ParametersAt
) -> dict[str, Precision]:
    visits = _answers(engine, settings, parameters)
    if visits.is_empty():
        return {}
    asked = pl.concat([_asked(engine, each) for each in points])
    months, smallest = parameters.integer("rulebook.visit_months"), parameters.integer("rulebook.smallest_count")
    return precisions(asked, visits, months=months, smallest=smallest)


def precisions(asked: pl.DataFrame, visits: pl.DataFrame, *, months: int, smallest: int) -> dict[str, Precision]:
    """By rule: each question once, answered by the first visit to the family within `months` that says yes or no.

    Args:
        asked: rule_id, question, asked_on and person_key of the family; a question may stand in several months.
        visits: person_key, visited_on and holds.
        months: how long a visit answers a question.
        smallest: fewer answers give no share.
    """
    first = asked.sort("asked_on").unique(["rule_id", "question", "person_key"], keep="first", maintain_order=True)
    answered = (
        first.join(visits, on="person_key")
        .filter(
            pl.col("visited_on") > pl.col("asked_on"),
            pl.col("visited_on") <= pl.col("asked_on").dt.offset_by(f"{months}mo"),
        )
        .sort("visited_on", "holds")
        .unique(["rule_id", "question"], keep="first", maintain_order=True)
    )
    sums = answered.group_by("rule_id").agg(pl.len(), pl.col("holds").sum())
    return {rule: _precision(int(found), int(number), smallest) for rule, number, found in sums.iter_rows()}


def _precision(found: int, answered: int, smallest: int) -> Precision:
    if answered < smallest:
        return Precision(answered, None, None, None)
    return Precision(answered, found, *wilson(found, answered))


def _answers(engine: Engine, settings: Settings, parameters: ParametersAt) -> pl.DataFrame:
    """Visits that say yes or no: `person_key`, `visited_on`, `holds`."""
    edition = current_edition(engine)
    schema = {"person_key": pl.String, "visited_on": pl.Date, "holds": pl.Boolean}
    if edition is None:
        return pl.DataFrame(schema=schema)
    known = [each for each in known_deliveries(engine, settings, edition.as_of) if each.path.exists()]
    visited = [each for each in known if each.feed == _VISITS]
    if not visited:
        return pl.DataFrame(schema=schema)
    facts = build_facts(known_feed_tables(visited, edition.as_of), identities(visited, edition.as_of), edition.as_of)
    outcome = pl.col("visit_outcome")
    holds = (
        pl.when(outcome.is_in(parameters.texts("rulebook.true_outcomes")))
        .then(pl.lit(value=True))
        .when(outcome.is_in(parameters.texts("rulebook.false_outcomes")))
        .then(pl.lit(value=False))
        .otherwise(_NEITHER)
    )
    told = facts["visits"].with_columns(holds=holds).filter(pl.col("holds").is_not_null())
    return told.select(list(schema)).unique().collect()


def _asked(engine: Engine, point: Point) -> pl.DataFrame:
    """One row a question and person of its family: `rule_id`, `question`, `asked_on`, `person_key`.

    The question of a group is whether the family belongs on the list, that of a warning is the warning.
    """
    listed = edition_rows(engine, point.edition_id, "list")
    members = edition_rows(engine, point.edition_id, "members").select("family_id", "person_key")
    groups = (
        listed.select("family_id", rule_id=pl.col("groups").fill_null("").str.split(";"))
        .explode("rule_id")
        .filter(pl.col("rule_id") != "")
        .with_columns(question=pl.col("family_id"), asked_on=pl.lit(point.as_of))
    )
    warnings = edition_rows(engine, point.edition_id, "warnings").filter(pl.col("person_key").is_not_null())
    told = warnings.select(
        "rule_id", "family_id", "person_key", question="warning_id", asked_on=pl.col("raised_on").fill_null(point.as_of)
    )
    columns = ["rule_id", "question", "asked_on", "person_key"]
    return pl.concat(
        [
            groups.join(members, on="family_id").select(columns),
            told.drop("person_key").join(members, on="family_id").select(columns),
            told.select(columns),
        ]
    ).unique()


def told_precision(precision: Precision | None) -> str:
    """The precision in Chinese words."""
    if precision is None:
        return "还没有走访结果"
    if precision.found is None or precision.low is None or precision.high is None:
        return "走访结果太少，不显示比例"
    share = precision.found / precision.answered
    return (
        f"{precision.answered} 次有结论的走访中 {precision.found} 次属实，{share:.0%}"
        f"（95% 区间 {precision.low / _WHOLE:.0%}—{precision.high / _WHOLE:.0%}）"
    )
