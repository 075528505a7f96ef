"""What came out of a scenario, in the words in which a case expects it.

What belongs here: one function for each kind of expectation. What a case may say, and running it, stands in
`scenarios`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

__all__ = [
    "GRADES",
    "Grade",
    "evidence_of",
    "families_of",
    "grades_of",
    "merged_of",
    "persons_of",
    "status_of",
    "told_of",
]

_Made: TypeAlias = Mapping[str, pl.LazyFrame]
_NOT_LISTED = "not listed"


@dataclass(frozen=True, slots=True)
class Grade:
    """One kind of expectation of a family: up to which stage it needs the edition, and what is found.

    `find` is given the tables, the id of the family and what is expected of it.
    """

    stage: str
    find: Callable[[_Made, str, Any], Any]


def grades_of(made: _Made, expected: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was found, by the names of `GRADES` and persons of `expected`."""
    homes = dict(made["members"].select("person_key", "family_id").collect().iter_rows())
    return {
        name: {person: GRADES[name].find(made, homes.get(person, f"P:{person}"), each) for person, each in told.items()}
        for name, told in expected.items()
    }


def persons_of(rows: pl.LazyFrame, rules: Iterable[str]) -> dict[str, list[str]]:
    """The persons of each rule; of a warning about a delivery, which has no person, the feed."""
    who = pl.coalesce("person_key", "source_feed").alias("person_key")
    found = rows.select("rule_id", who).unique().collect()
    return {
        name: sorted(found.filter(pl.col("rule_id") == name)["person_key"].drop_nulls().to_list()) for name in rules
    }


def evidence_of(made: Mapping[str, pl.LazyFrame], people: Iterable[str]) -> dict[str, str]:
    """The income evidence of the family of each person."""
    joined = made["members"].join(made["families"], on="family_id", how="inner")
    known = dict(joined.select("person_key", "income_evidence").collect().iter_rows())
    return {name: known.get(name, "no family") for name in people}


def told_of(rows: pl.LazyFrame, rule: str, column: str) -> dict[str, list[str]]:
    """What `column` says of each person (of a warning about a delivery, of the feed) whom the rule asks about."""
    told: dict[str, list[str]] = {}
    who = pl.coalesce("person_key", "source_feed").alias("person_key")
    of_rule = rows.filter(pl.col("rule_id") == rule).select(who, column).unique()
    for person, each in of_rule.sort("person_key", column).collect().iter_rows():
        told.setdefault(person, []).append(each)
    return told


def families_of(members: pl.LazyFrame, people: Iterable[str]) -> dict[str, list[str]]:
    """Who is in the family of each person, that person included; nobody where the person is not in scope."""
    homes = dict(members.select("person_key", "family_id").collect().iter_rows())
    return {
        name: sorted(each for each, home in homes.items() if name in homes and home == homes[name]) for name in people
    }


def merged_of(spells: pl.LazyFrame, people: Iterable[str]) -> dict[str, list[str]]:
    """The merged spells of each person, as `start..end`."""
    dated = spells.select("person_key", "started_on", "ended_on").sort("started_on").collect()
    return {
        name: [f"{start}..{end or ''}" for person, start, end in dated.iter_rows() if person == name] for name in people
    }


def status_of(made: _Made, people: Iterable[str]) -> dict[str, dict[str, str]]:
    """How each ground of each person stands, or in which manner it has left since the edition before."""
    stands = made["standings"].select("person_key", "ground", "status")
    left = made["exits"].select("person_key", "ground", status=pl.format("left {}", "manner"))
    found: dict[str, dict[str, str]] = {name: {} for name in people}
    for person, ground, status in pl.concat([stands, left]).sort("person_key", "ground").collect().iter_rows():
        found.get(person, {})[ground] = status
    return found


def _rows(made: _Made, table: str, family_id: str) -> list[dict[str, Any]]:
    return made[table].filter(pl.col("family_id") == family_id).collect().to_dicts()


def _listed(column: str) -> Callable[[_Made, str, Any], Any]:
    def find(made: _Made, family_id: str, _expected: Any) -> Any:
        rows = _rows(made, "list", family_id)
        return rows[0][column] if rows else _NOT_LISTED

    return find


def _split(text: Any) -> list[str]:
    return [_NOT_LISTED] if text == _NOT_LISTED else [each for each in text.split(";") if each]


def _tier_reasons(made: _Made, family_id: str, _expected: Any) -> dict[str, int]:
    told = _split(_listed("tier_reasons")(made, family_id, None))
    return {reason: int(points) for reason, _, points in (each.partition("=") for each in told)}


def _classes(made: _Made, family_id: str, _expected: Any) -> list[str]:
    return _split(_listed("classes")(made, family_id, None))


def _score_reasons(made: _Made, family_id: str, _expected: Any) -> dict[str, int]:
    """What has points; a feature without is told to a family and no case asks for it."""
    return {each["feature"]: each["points"] for each in _rows(made, "score_reasons", family_id) if each["points"]}


def _measures(made: _Made, family_id: str, _expected: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in _rows(made, "measures", family_id):
        found.setdefault(each["measure"], []).append(each["reason"])
    return {measure: sorted(reasons) for measure, reasons in found.items()}


def _tasks(made: _Made, family_id: str, expected: Any) -> dict[str, Any]:
    """Of each task what the case says of it; rules as a list."""
    found: dict[str, Any] = {}
    for each in _rows(made, "tasks", family_id):
        row = each | {"rules": each["rules"].split(";")}
        asked = expected.get(each["audience"]) or {}
        found[each["audience"]] = {name: row.get(name) for name in asked}
    return found


GRADES: dict[str, Grade] = {
    "layers": Grade("list", _listed("layer")),
    "tiers": Grade("list", _listed("tier")),
    "tier_reasons": Grade("list", _tier_reasons),
    "classes": Grade("list", _classes),
    "scores": Grade("list", _listed("score")),
    "score_reasons": Grade("scores", _score_reasons),
    "measures": Grade("measures", _measures),
    "tasks": Grade("tasks", _tasks),
}
"""What a case may expect of a family, by name."""
