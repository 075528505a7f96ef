"""What was measured with each rule: counts of the published months, and how often visits found it right.

What belongs here: counting over editions. Counts leave this module, never families; small ones are withheld. How often
a rule was right stands in `registry.precision`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlalchemy import Engine, inspect

from editions.standing import STATUSES
from registry.casework.codes import OUTCOMES
from registry.casework.results import question_outcomes
from registry.counts import Point, cross, graded, timeline
from registry.precision import Precision, precision_by_rule
from registry.scope import WHOLE
from rules import rules_of
from rules.classes import CLASSES
from rules.measures import MEASURES
from rules.parameters import ParametersAt
from rules.tiers import TIERS
from schemas.settings import Settings
from schemas.told import Listed, Told

__all__ = ["SUBJECT_CODES", "Measured", "Month", "measured", "months_shown", "told_outcomes"]

_Point = TypeVar("_Point")

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
class Measured:
    """What is known of one rule or subject; `precision` is None when no visit has answered it yet.

    `outcomes` counts, by the result of the case, how the questions of a rule were closed; None where they are few. A
    subject has no months of its own: `parts` holds those of each tier, class, measure or status, by its code.
    """

    months: tuple[Month, ...]
    precision: Precision | None = None
    outcomes: Mapping[str, int | None] = field(default_factory=dict)
    parts: Mapping[str, tuple[Month, ...]] = field(default_factory=dict)


def measured(engine: Engine, settings: Settings, parameters: ParametersAt) -> dict[str, Measured]:
    """By rule or subject, over the latest published months; empty when nothing was published."""
    if not {"publication", "case_event"} <= set(inspect(engine).get_table_names()):
        return {}
    points = months_shown(timeline(engine, None, WHOLE), parameters)
    if not points:
        return {}
    smallest = parameters.integer("rulebook.smallest_count")
    counts = _counts(engine, points)
    precise = precision_by_rule(engine, settings, points, parameters)
    outcomes = _outcomes(engine, smallest)
    rules = {
        rule.id: Measured(
            tuple(Month(each.as_of, _shown(counts[each.as_of].get(rule.id, 0), smallest)) for each in points),
            precise.get(rule.id),
            outcomes.get(rule.id, {}),
        )
        for rule in rules_of("group", "need", "verify", "feed")
    }
    return rules | _subjects({each.as_of: graded(engine, each.edition_id) for each in points}, smallest)


def months_shown(points: Sequence[_Point], parameters: ParametersAt) -> Sequence[_Point]:
    """Those of the published months, the oldest first, whose counts stand in the rule book."""
    return points[-parameters.integer("rulebook.months_shown") :]


def told_outcomes(outcomes: Mapping[str, int | None]) -> str:
    """How the questions of a rule were closed, in Chinese words."""
    if not outcomes:
        return "还没有办结的核查任务"
    return Listed(
        Told("%(what)s %(count)s", what=OUTCOMES.title_of(code), count="很少" if count is None else f"{count:,}")
        for code, count in outcomes.items()
    )


def _outcomes(engine: Engine, smallest: int) -> dict[str, dict[str, int | None]]:
    """By rule and result how many of its questions were closed so, in the order of the results."""
    counted = question_outcomes(engine).group_by("rule_id", "outcome").len()
    order = {code: place for place, code in enumerate(OUTCOMES.codes)}
    found: dict[str, dict[str, int | None]] = {}
    for rule, outcome, number in sorted(counted.iter_rows(), key=lambda row: (row[0], order[row[1]])):
        found.setdefault(rule, {})[outcome] = _shown(int(number), smallest)
    return found


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
