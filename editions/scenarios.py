"""Runs the officials' scenarios: facts in, hits out, through the same stages as an edition.

What belongs here: reading `rules/scenarios/*.yaml`, making fact tables of a case, and comparing. A case
names persons by short literals; it gives facts by table with the columns of `schemas.tables`, and
these shorthands:

- `people`: name → `born` and, for the registered, `household`; with what else a registration has.
- `income`: rows of `incomes` with `months: 2025-02..2026-01` for one row each month.
- `delivered`: feed → months for which the feed has been delivered (for people outside the case).
- `feeds`: rows of feeds as delivered, by feed; they become facts as in an edition (lines 13 and 15).
- `health`, `profiles`: rows of the deliveries' health and profiles, for the warnings about feeds, which name a feed
  and no person.
- a key that ends in `_yuan` gives an amount in yuan, with up to two decimals.

`days` in place of `as_of` and `hits` gives one case a day: the same facts, with what is expected on each.
`covers` names the parameters whose boundary the case shows, `lines` the numbered lines of the definition
that it would contradict if they were read otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias, cast

import polars as pl

from editions.compute import STAGES, Stage, StageInput, collected, run_stages
from editions.facts import build_facts
from rules import rules_of
from rules.errors import ScenarioError
from rules.parameters import Parameters
from rules.parameters.loader import read_mapping
from schemas.contract import get_feed
from schemas.tables import FACTS, HEALTH, PROFILES, Table

__all__ = ["Scenario", "ScenarioResult", "frame_of", "load_scenarios", "run_scenario", "scenarios_dir"]

Row: TypeAlias = dict[str, Any]

_GIVEN = frozenset({"title", "why", "parameters", "people", "delivered", "income", "facts", "feeds", "health",
                    "profiles", "covers", "lines"})  # fmt: skip
_EXPECTED = frozenset({"hits", "warnings", "bases", "evidence", "merged"})
_KEYS = _GIVEN | _EXPECTED | {"as_of"}
_LINES = range(1, 16)
_STREET, _COMMUNITY = "330108001", "330108001001"
_OUTSIDER = "outsider"
_FEEDS_OF_KIND = {
    "wages": "tax_wages",
    "business": "tax_other_income",
    "property": "tax_other_income",
    "pension_employee": "pensions",
    "pension_resident": "pensions",
    "unemployment_benefit": "unemployment_benefits",
}
_FEN_PER_YUAN = 100


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One case: `hits` are the persons expected by group, `warnings` those by warning rule if it says so.

    `bases` are the predicates expected by warning rule and person, `evidence` is the income evidence
    expected for the family of a person, `merged` the merged spells of a person as `start..end`.
    """

    title: str
    as_of: date
    facts: Mapping[str, list[Row]]
    hits: Mapping[str, list[str]]
    warnings: Mapping[str, list[str]] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    merged: Mapping[str, list[str]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    feeds: Mapping[str, list[Row]] = field(default_factory=dict)
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
    def passed(self) -> bool:
        """Whether everything came out as the case says."""
        return self.expected == self.found


def scenarios_dir() -> Path:
    """The folder of the shipped scenarios."""
    return Path(__file__).parent.parent / "rules" / "scenarios"


def load_scenarios(directory: Path | None = None) -> list[Scenario]:
    """The cases of all files of `directory` (the shipped ones by default), by file and key.

    Raises:
        RuleError: a file is not of the form.
    """
    return [
        _scenario(label, each)
        for path in sorted((directory or scenarios_dir()).glob("*.yaml"))
        for name, entry in read_mapping(path).items()
        for label, each in _by_day(f"{path.stem}.{name}", entry)
    ]


def run_scenario(scenario: Scenario, parameters: Parameters) -> ScenarioResult:
    """Compute the edition of the case and compare its hits, warnings and income evidence with those expected."""
    tables = {name: frame_of(table, scenario.facts.get(name, [])) for name, table in FACTS.items()}
    if scenario.feeds:
        tables = _with_feeds(scenario, tables)
    given = StageInput(
        as_of=scenario.as_of,
        parameters=parameters.replacing(scenario.parameters).as_of(scenario.as_of),
        tables=tables,
        health=frame_of(HEALTH, scenario.health),
        profiles=frame_of(PROFILES, scenario.profiles),
    )
    made = run_stages(given, _stages(scenario), keep=collected)
    groups = [rule.id for rule in rules_of("group")]
    expected: dict[str, Any] = {name: sorted(scenario.hits.get(name, [])) for name in groups}
    found: dict[str, Any] = _persons(made["hits"], groups)
    expected |= {name: sorted(people) for name, people in scenario.warnings.items()}
    if scenario.warnings:
        found |= _persons(made["warnings"], scenario.warnings)
        expected |= {f"{rule} bases": dict(told) for rule, told in scenario.bases.items()}
        found |= {f"{rule} bases": _bases(made["warnings"], rule) for rule in scenario.bases}
    if scenario.evidence:
        expected["evidence"] = dict(scenario.evidence)
        found["evidence"] = _evidence(made, scenario.evidence)
    if scenario.merged:
        expected["merged"] = dict(scenario.merged)
        found["merged"] = _merged(made["register_spells"], scenario.merged)
    told = [made[name].select("rule_id", "basis") for name in ("hits", "warnings") if name in made]
    predicates = pl.concat(told).unique().collect().rows()
    return ScenarioResult(scenario, expected, found, frozenset(predicates))


def frame_of(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.LazyFrame:
    """`rows` as the declared `table`; columns that a row does not give are null. Raises `ScenarioError`."""
    listed = [dict(row) for row in rows]
    unknown = sorted({name for row in listed for name in row} - set(table.columns))
    if unknown:
        raise ScenarioError(f"{table.name} has no column {unknown[0]!r}; known: {', '.join(table.columns)}")
    return pl.DataFrame([{name: row.get(name) for name in table.columns} for row in listed], schema=table.schema).lazy()


def _stages(scenario: Scenario) -> tuple[Stage, ...]:
    """From the facts on: to the warnings when the case speaks of any, else to the hits."""
    names = [stage.name for stage in STAGES]
    return STAGES[1 : names.index("warnings" if scenario.warnings else "hits") + 1]


def _persons(rows: pl.LazyFrame, rules: Iterable[str]) -> dict[str, list[str]]:
    """The persons of each rule; of a warning about a delivery, which has no person, the feed."""
    who = pl.coalesce("person_key", "source_feed").alias("person_key")
    found = rows.select("rule_id", who).unique().collect()
    return {
        name: sorted(found.filter(pl.col("rule_id") == name)["person_key"].drop_nulls().to_list()) for name in rules
    }


def _evidence(made: Mapping[str, pl.LazyFrame], people: Iterable[str]) -> dict[str, str]:
    joined = made["members"].join(made["families"], on="family_id", how="inner")
    known = dict(joined.select("person_key", "income_evidence").collect().iter_rows())
    return {name: known.get(name, "no family") for name in people}


def _bases(rows: pl.LazyFrame, rule: str) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    of_rule = rows.filter(pl.col("rule_id") == rule).select("person_key", "basis").unique()
    for person, basis in of_rule.sort("person_key", "basis").collect().iter_rows():
        told.setdefault(person, []).append(basis)
    return told


def _merged(spells: pl.LazyFrame, people: Iterable[str]) -> dict[str, list[str]]:
    dated = spells.select("person_key", "started_on", "ended_on").sort("started_on").collect()
    return {
        name: [f"{start}..{end or ''}" for person, start, end in dated.iter_rows() if person == name] for name in people
    }


def _with_feeds(scenario: Scenario, tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """`tables` with the facts that the delivered rows of the case make."""
    delivered = {
        name: pl.DataFrame(rows, schema=get_feed(name).keyed_schema).lazy() for name, rows in scenario.feeds.items()
    }
    made = build_facts(delivered, tables["identities"], scenario.as_of)
    return {
        name: table if name == "identities" else pl.concat([table, made[name].select(table.collect_schema().names())])
        for name, table in tables.items()
    }


def _by_day(name: str, entry: object) -> list[tuple[str, object]]:
    """The entry itself, or with `days` one a day."""
    if not isinstance(entry, dict) or "days" not in entry:
        return [(name, entry)]
    days, told = entry["days"], {key: value for key, value in entry.items() if key != "days"}
    if not isinstance(days, dict) or not all(isinstance(each, dict) for each in days.values()):
        raise ScenarioError(f"{name}: days must give, for each day, what is expected on it")
    both = sorted(set(told) & (_EXPECTED | {"as_of"}))
    unknown = sorted({key for each in days.values() for key in each} - _EXPECTED)
    if both or unknown:
        wrong = f"{both[0]!r} cannot stand beside days" if both else f"unknown key {unknown[0]!r} of a day"
        raise ScenarioError(f"{name}: {wrong}")
    return [
        (f"{name}@{day}", {**told, **each, "as_of": day, "title": f"{told.get('title', name)}（{day}）"})
        for day, each in days.items()
    ]


def _scenario(name: str, entry: object) -> Scenario:
    if not isinstance(entry, dict):
        raise ScenarioError(f"{name}: a case must be a mapping")
    unknown = sorted(set(entry) - _KEYS)
    missing = sorted({"title", "as_of", "hits"} - set(entry))
    if unknown or missing:
        wrong = f"unknown key {unknown[0]!r}" if unknown else f"{missing[0]} is missing"
        raise ScenarioError(f"{name}: {wrong}; known: {', '.join(sorted(_KEYS))}")
    try:
        facts = _facts(entry)
        feeds = {feed: [_delivered(feed, row) for row in rows] for feed, rows in (entry.get("feeds") or {}).items()}
    except (KeyError, ValueError, ArithmeticError, TypeError) as error:
        raise ScenarioError(f"{name}: a fact cannot be read ({type(error).__name__}: {error})") from error
    _known_rules(name, entry)
    lines = tuple(entry.get("lines") or ())
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
        merged=entry.get("merged") or {},
        parameters=entry.get("parameters") or {},
        feeds=feeds,
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


def _facts(entry: Mapping[str, Any]) -> dict[str, list[Row]]:
    facts: dict[str, list[Row]] = {name: [_row(name, row) for row in rows] for name, rows in
                                   (entry.get("facts") or {}).items()}  # fmt: skip
    unknown = sorted(set(facts) - set(FACTS))
    if unknown:
        raise ScenarioError(f"no fact table {unknown[0]!r}; known: {', '.join(FACTS)}")
    for person, told in (entry.get("people") or {}).items():
        facts.setdefault("identities", []).append({"person_key": person, "birth_on": told["born"], "sex": None})
        if "household" in told:
            facts.setdefault("registrations", []).append(_registration(person, told))
    incomes = facts.setdefault("incomes", [])
    for row in entry.get("income") or []:
        incomes.extend(_income(row))
    for feed, months in (entry.get("delivered") or {}).items():
        kind = next(kind for kind, name in _FEEDS_OF_KIND.items() if name == feed)
        incomes.extend(_income({"person_key": _OUTSIDER, "income_kind": kind, "months": months, "amount_yuan": 1}))
    for rows in facts.values():
        for place, row in enumerate(rows, start=1):
            row.setdefault("source_row", place) if "birth_on" not in row else None
    return facts


def _row(table: str, given: Mapping[str, Any]) -> Row:
    row = {(_fen(name) if name.endswith("_yuan") else name): value for name, value in given.items()}
    for name, value in given.items():
        if name.endswith("_yuan"):
            row[_fen(name)] = int(Decimal(str(value).replace(",", "")) * _FEN_PER_YUAN)
    if table != "identities":
        row.setdefault("source_feed", table)
        row.setdefault("source_delivery", "case")
        row.setdefault("source_sheet", "")
    return row


def _delivered(feed: str, given: Mapping[str, Any]) -> Row:
    columns = get_feed(feed).keyed_schema
    unknown = sorted(set(given) - set(columns))
    if unknown:
        raise ScenarioError(f"feed {feed} has no column {unknown[0]!r}; known: {', '.join(columns)}")
    source = {"source_feed": feed, "source_delivery": "case", "source_sheet": ""}
    return {**dict.fromkeys(columns), **source, **given}


def _fen(name: str) -> str:
    return name.removesuffix("_yuan") + "_fen"


def _registration(person: str, told: Mapping[str, Any]) -> Row:
    names = {"household": "household_no", "father": "father_key", "mother": "mother_key", "type": "household_type"}
    given = {names.get(name, name): value for name, value in told.items() if name != "born"}
    defaults: Row = {
        "person_key": person,
        "household_type": "ordinary",
        "street_code": _STREET,
        "community_code": _COMMUNITY,
        "started_on": told["born"],
        "registration_status": "normal",
    }
    return _row("registrations", {**defaults, **given})


def _income(given: Mapping[str, Any]) -> list[Row]:
    kind, declared = given["income_kind"], given.get("declared", False)
    base: Row = {
        "source_feed": "declared_incomes" if declared else _FEEDS_OF_KIND[kind],
        "declared": declared,
        **{name: value for name, value in given.items() if name != "months"},
    }
    if "months" not in given:
        return [_row("incomes", {"period": str(given["period"]), **base})]
    return [_row("incomes", {**base, "month": month, "period": f"{month:%Y-%m}"}) for month in _months(given["months"])]


def _months(span: str) -> list[date]:
    first, _, last = str(span).partition("..")
    start, end = (date.fromisoformat(f"{each}-01") for each in (first, last or first))
    return cast("list[date]", pl.date_range(start, end, "1mo", eager=True).to_list())
