"""Runs the officials' scenarios: facts in, hits out, through the same stages as an edition.

What belongs here: reading `rules/scenarios/*.yaml`, making fact tables of a case, and comparing. A case
names persons by short literals; it gives facts by table with the columns of `schemas.tables`, and
these shorthands:

- `people`: name → `born` and, for the registered, `household`; with what else a registration has.
- `income`: rows of `incomes` with `months: 2025-02..2026-01` for one row each month.
- `delivered`: feed → months for which the feed has been delivered (for people outside the case).
- `feeds`: rows of feeds as delivered, by feed; they become facts as in an edition (lines 13 and 15).
- `deliveries`: whole deliveries (`feed`, `month`, `sender`, `revision`, `rows`), of which those hold that are known at
  `as_of` (line 13).
- `health`, `profiles`: rows of the deliveries' health and profiles, for the warnings about feeds, which name a feed
  and no person.
- a key that ends in `_yuan` gives an amount in yuan, with up to two decimals.

`layers`, `tiers`, `tier_reasons`, `classes`, `scores`, `score_reasons`, `measures` and `tasks` say what is expected of
the family of a person; a family that is not on the list is `not listed`.

`families` says who is in the family of a person (lines 11 and 12), that person included.

`status` says how the grounds of a person stand: `listed`, `grace`, `proposed_exit`, or `left by_rule` and `left
confirmed`. With `after`, days of earlier editions, each hands its state to the next; they are computed of the same
facts, and of income of the months before theirs. `decisions` are rows of the table of that name: what persons have
decided.

`days` in place of `as_of` and `hits` gives one case a day: the same facts, with what is expected on each. With
`more` a day brings facts, income and deliveries that are known from that day on, as well as those before.
`covers` names the parameters whose boundary the case shows, `lines` the numbered lines of the definition
that it would contradict if they were read otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from editions.compute import DECISIONS, NOTHING_BEFORE, PREVIOUS, STAGES, Stage, StageInput, collected, run_stages
from editions.scenario_facts import Row, delivered_row, delivery_of, facts_of, frame_of, with_feeds
from editions.scenario_findings import (
    GRADES,
    evidence_of,
    families_of,
    grades_of,
    merged_of,
    persons_of,
    status_of,
    told_of,
)
from editions.warnings import edition_warnings
from rules import get_rule, rules_of
from rules.errors import ScenarioError
from rules.parameters import Parameters
from rules.parameters.loader import read_mapping, read_value
from schemas.tables import FACTS, HEALTH, PROFILES, get_table

__all__ = [
    "LIMITS",
    "Scenario",
    "ScenarioResult",
    "frame_of",
    "load_scenarios",
    "run_scenario",
    "scenarios_dir",
    "stages_of",
]

_GIVEN = frozenset({"title", "why", "parameters", "people", "delivered", "income", "facts", "feeds", "deliveries",
                    "health", "profiles", "covers", "lines", "after", "decisions"})  # fmt: skip
_EXPECTED = frozenset({"hits", "warnings", "bases", "keys", "evidence", "families", "merged", "status", *GRADES})
_KEYS = _GIVEN | _EXPECTED | {"as_of"}
_MORE = "more"
LIMITS = "limits_"
"""How files begin that hold cases of limits; `editions.limit_cases` reads them."""
_LINES = range(1, 16)
_PLACES = {stage.name: place for place, stage in enumerate(STAGES)}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One case: `hits` are the persons expected by group, `warnings` those by warning rule if it says so.

    `bases` are the predicates expected by warning rule and person, `keys` the evidence keys (which fact it is,
    so that the same one is not asked about twice), `evidence` is the income evidence
    expected for the family of a person, `families` the members of that family, `merged` the merged spells of a person
    as `start..end`.
    `status` is how the grounds of a person stand; `after` are the days of the editions before, the first one first.
    `grades` holds, by the names of `scenario_findings.GRADES`, what is expected of the family of a person.
    """

    title: str
    as_of: date
    facts: Mapping[str, list[Row]]
    hits: Mapping[str, list[str]]
    warnings: Mapping[str, list[str]] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    keys: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    families: Mapping[str, list[str]] = field(default_factory=dict)
    merged: Mapping[str, list[str]] = field(default_factory=dict)
    grades: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    status: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    after: tuple[date, ...] = ()
    decisions: tuple[Row, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    feeds: Mapping[str, list[Row]] = field(default_factory=dict)
    deliveries: tuple[Row, ...] = ()
    health: tuple[Row, ...] = ()
    profiles: tuple[Row, ...] = ()
    covers: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class ScenarioResult:
    """What was expected and what was found, by rule; `predicates` are those that the evidence satisfied, by rule."""

    scenario: Scenario
    expected: Mapping[str, Any]
    found: Mapping[str, Any]
    predicates: frozenset[tuple[str, str]]

    @property
    def wrong(self) -> tuple[str, ...]:
        """What came out otherwise than the case says."""
        return tuple(name for name, what in self.expected.items() if what != self.found[name])

    @property
    def passed(self) -> bool:
        """Whether everything came out as the case says."""
        return self.expected == self.found


def scenarios_dir() -> Path:
    """The folder of the shipped scenarios."""
    return Path(__file__).parent.parent / "rules" / "scenarios"


def load_scenarios(directory: Path | None = None) -> list[Scenario]:
    """The cases of all files of `directory` (the shipped ones by default) but those of limits, by file and key.

    Raises:
        RuleError: a file is not of the form.
    """
    return [
        _scenario(label, each)
        for path in sorted((directory or scenarios_dir()).glob("*.yaml"))
        if not path.name.startswith(LIMITS)
        for name, entry in read_mapping(path).items()
        for label, each in _by_day(f"{path.stem}.{name}", entry)
    ]


def run_scenario(scenario: Scenario, parameters: Parameters) -> ScenarioResult:
    """Compute the edition of the case and compare its hits, warnings and income evidence with those expected."""
    tables = {name: frame_of(table, scenario.facts.get(name, [])) for name, table in FACTS.items()}
    if scenario.feeds or scenario.deliveries:
        tables = with_feeds(tables, scenario.feeds, scenario.deliveries, scenario.as_of)
    tables |= {name: get_table(name).empty() for name in ("list", "warnings")}  # where the case computes none
    changed = {name: read_value(parameters[name], value) for name, value in scenario.parameters.items()}
    in_force = parameters.replacing(changed)
    given = StageInput(
        as_of=scenario.as_of,
        parameters=in_force.as_of(scenario.as_of),
        tables=tables,
        health=frame_of(HEALTH, scenario.health),
        profiles=frame_of(PROFILES, scenario.profiles),
        decisions=frame_of(get_table(DECISIONS), scenario.decisions),
    )
    stages = stages_of(scenario)
    for day in scenario.after:
        arrived = pl.col("month").is_null() | (pl.col("month") < day.replace(day=1))
        known = {**tables, "incomes": tables["incomes"].filter(arrived)}
        earlier = replace(given, as_of=day, parameters=in_force.as_of(day), tables=known)
        given = replace(given, previous=_handed_on(run_stages(earlier, stages, keep=collected)))
    made = run_stages(given, stages, keep=collected)
    groups = [rule.id for rule in rules_of("group")]
    expected: dict[str, Any] = {name: sorted(scenario.hits.get(name, [])) for name in groups}
    found: dict[str, Any] = persons_of(made["hits"], groups)
    expected |= {name: sorted(people) for name, people in scenario.warnings.items()}
    if scenario.warnings:
        found |= persons_of(made["warnings"], scenario.warnings)
        for told, column in ((scenario.bases, "basis"), (scenario.keys, "evidence_key")):
            expected |= {f"{rule} {column}": dict(people) for rule, people in told.items()}
            found |= {f"{rule} {column}": told_of(made["warnings"], rule, column) for rule in told}
    if scenario.evidence:
        expected["evidence"] = dict(scenario.evidence)
        found["evidence"] = evidence_of(made, scenario.evidence)
    if scenario.families:
        expected["families"] = {person: sorted(members) for person, members in scenario.families.items()}
        found["families"] = families_of(made["members"], scenario.families)
    if scenario.merged:
        expected["merged"] = dict(scenario.merged)
        found["merged"] = merged_of(made["register_spells"], scenario.merged)
    if scenario.status:
        expected["status"] = dict(scenario.status)
        found["status"] = status_of(made, scenario.status)
    expected |= scenario.grades
    found |= grades_of(made, scenario.grades)
    satisfied = [made[name].select("rule_id", "basis") for name in ("hits", "warnings")]
    predicates = pl.concat(satisfied).unique().collect().rows()
    return ScenarioResult(scenario, expected, found, frozenset(predicates))


def _handed_on(made: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """What the edition of a month hands to the next, as far as the case computes it."""
    members = {"members": pl.concat([made["members"], made["carried"]])} if "carried" in made else {}
    own = {**made, **members}
    return {name: own.get(table, NOTHING_BEFORE[name]) for name, table in PREVIOUS.items()}


def stages_of(scenario: Scenario) -> tuple[Stage, ...]:
    """From the facts on, to the last table that the case speaks of.

    To evaluate every warning takes longer than all else. A case that speaks of warnings alone has those that it
    names, without the list where none of them looks at it; a case of measures that does not speak of warnings or
    tasks has none, and its measures are those of the facts alone.
    """
    asked = {GRADES[name].stage for name in scenario.grades} | ({"warnings"} if scenario.warnings else set())
    asked |= {"standing"} if scenario.status else set()
    last = max(_PLACES[name] for name in {"hits", *asked})
    chosen = STAGES[1 : last + 1]
    if asked & {"tasks", "measures"} and asked & {"warnings", "tasks"}:
        return chosen
    others = tuple(each for each in chosen if each.name not in {"warnings", "tasks"})
    listed = scenario.after or any("list" in get_rule(name).reads for name in scenario.warnings)
    if asked == {"warnings"} and not listed:
        others = chosen[: _PLACES["hits"]]
    return (*others, _named_warnings(scenario)) if "warnings" in asked else others


def _named_warnings(scenario: Scenario) -> Stage:
    """The stage of warnings, for the rules that the case names."""
    whole = STAGES[_PLACES["warnings"]]

    def run(given: StageInput) -> dict[str, pl.LazyFrame]:
        made = edition_warnings(given.readable, given.as_of, given.parameters, of=scenario.warnings)
        return {"warnings": made}

    return replace(whole, run=run)


def _by_day(name: str, entry: object) -> list[tuple[str, object]]:
    """The entry itself, or with `days` one a day."""
    if not isinstance(entry, dict) or "days" not in entry:
        return [(name, entry)]
    days, told = entry["days"], {key: value for key, value in entry.items() if key != "days"}
    if not isinstance(days, dict) or not all(isinstance(each, dict) for each in days.values()):
        raise ScenarioError(f"{name}: days must give, for each day, what is expected on it")
    both = sorted(set(told) & (_EXPECTED | {"as_of"}))
    unknown = sorted({key for each in days.values() for key in each} - _EXPECTED - {_MORE})
    if both or unknown:
        wrong = f"{both[0]!r} cannot stand beside days" if both else f"unknown key {unknown[0]!r} of a day"
        raise ScenarioError(f"{name}: {wrong}")
    cases: list[tuple[str, object]] = []
    for day, each in days.items():
        told = _with_more(told, each.get(_MORE) or {})
        expected = {key: value for key, value in each.items() if key != _MORE}
        title = f"{told.get('title', name)}（{day}）"
        cases.append((f"{name}@{day}", {**told, **expected, "as_of": day, "title": title}))
    return cases


def _with_more(told: Row, more: Row) -> Row:
    """The case with what a day brings; raises `ScenarioError` for what no day can bring."""
    unknown = sorted(set(more) - {"facts", "income", "delivered"})
    if unknown:
        raise ScenarioError(f"more cannot bring {unknown[0]!r}; it brings facts, income and delivered")
    facts = dict(told.get("facts") or {})
    for table, rows in (more.get("facts") or {}).items():
        facts[table] = [*facts.get(table, []), *rows]
    income = [*(told.get("income") or []), *(more.get("income") or [])]
    delivered = {**(told.get("delivered") or {}), **(more.get("delivered") or {})}
    return {**told, "facts": facts, "income": income, "delivered": delivered}


def _scenario(name: str, entry: object) -> Scenario:
    if not isinstance(entry, dict):
        raise ScenarioError(f"{name}: a case must be a mapping")
    unknown = sorted(set(entry) - _KEYS)
    missing = sorted({"title", "as_of", "hits"} - set(entry))
    if unknown or missing:
        wrong = f"unknown key {unknown[0]!r}" if unknown else f"{missing[0]} is missing"
        hint = f" (a case of limits stands in a file {LIMITS}*.yaml)" if "applies" in entry else ""
        raise ScenarioError(f"{name}: {wrong}{hint}; known: {', '.join(sorted(_KEYS))}")
    try:
        facts = facts_of(entry)
        feeds = {feed: [delivered_row(feed, row) for row in rows] for feed, rows in (entry.get("feeds") or {}).items()}
        deliveries = tuple(delivery_of(name, each) for each in entry.get("deliveries") or ())
    except (KeyError, ValueError, ArithmeticError, TypeError) as error:
        raise ScenarioError(f"{name}: a fact cannot be read ({type(error).__name__}: {error})") from error
    _known_rules(name, entry)
    lines = tuple(entry.get("lines") or ())
    days = [*(entry.get("after") or ()), entry["as_of"]]
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise ScenarioError(f"{name}: the days of after must follow one another and lie before as_of")
    if any(line not in _LINES for line in lines):
        raise ScenarioError(f"{name}: lines are {_LINES[0]} to {_LINES[-1]}")
    return Scenario(
        title=entry["title"],
        as_of=entry["as_of"],
        facts=facts,
        hits=entry["hits"] or {},
        warnings=entry.get("warnings") or {},
        evidence=entry.get("evidence") or {},
        bases=entry.get("bases") or {},
        keys=entry.get("keys") or {},
        families=entry.get("families") or {},
        merged=entry.get("merged") or {},
        grades={name: entry[name] or {} for name in GRADES if name in entry},
        status=entry.get("status") or {},
        after=tuple(entry.get("after") or ()),
        decisions=tuple(entry.get("decisions") or ()),
        parameters=entry.get("parameters") or {},
        feeds=feeds,
        deliveries=deliveries,
        health=tuple(entry.get("health") or ()),
        profiles=tuple(entry.get("profiles") or ()),
        covers=tuple(entry.get("covers") or ()),
        lines=lines,
        source=name,
    )


def _known_rules(name: str, entry: Mapping[str, Any]) -> None:
    for key, kinds in (("hits", ("group",)), ("warnings", ("need", "verify", "feed"))):
        known = {rule.id for rule in rules_of(*kinds)}
        unknown = sorted(set(entry.get(key) or {}) - known)
        if unknown:
            raise ScenarioError(f"{name}: {key} names {unknown[0]!r}; known: {', '.join(sorted(known))}")
