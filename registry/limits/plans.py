"""What a case of limits can ask of visits: how many a month has, who is left in peace, which visit answers."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.scenario_facts import frame_of
from editions.visits import VisitChoice, answers, visit_plan
from registry.precision import precisions
from registry.rulebook import months_shown
from rules import rules_of
from rules.parameters import ParametersAt
from schemas.tables import get_table

__all__ = ["APPLIED"]

_STREET, _SEED = "330108001", "limits"


def families_planned(at: ParametersAt, *, families: int) -> int:
    """How many of so many families of a street are visited this month."""
    return _plan(at, families, None).height


def drawn_at_random(at: ParametersAt, *, visits: int) -> int:
    """How many of so many visits of a street are drawn at random."""
    return VisitChoice.of(at, _SEED, capacity=visits).drawn


def visited_anew(at: ParametersAt, *, visited_on: date) -> bool:
    """Whether a family that was visited on that day can be planned again today, without a newer fact."""
    return not _plan(at, 1, visited_on).is_empty()


def visit_answers_plan(at: ParametersAt, *, visited_on: date) -> bool:
    """Whether a visit of that day is the answer to the plan of today."""
    tables = _tables(1, visited_on)
    plan = _plan(at, 1, None).lazy()
    told = answers(plan, tables["members"], tables["visits"], at.day, at).collect()
    return told["found"].item() is not None


def visit_answers_rule(at: ParametersAt, *, asked_on: date, visited_on: date) -> bool:
    """Whether a visit of that day answers a question of a rule, in the rule book."""
    rule = rules_of("need")[0].id
    asked = pl.DataFrame({"rule_id": [rule], "question": ["q"], "asked_on": [asked_on], "person_key": ["p"]})
    visits = pl.DataFrame({"person_key": ["p"], "visited_on": [visited_on], "holds": [True]})
    by_cases = pl.DataFrame(schema={"rule_id": pl.String, "question": pl.String, "holds": pl.Boolean})
    return rule in precisions(asked, visits, by_cases, at)


def share_is_told(at: ParametersAt, *, answered: int) -> bool:
    """Whether the rule book tells how often a rule was right, when so many of its questions were answered."""
    rule, question = rules_of("need")[0].id, [f"q{each}" for each in range(answered)]
    asked = pl.DataFrame({"question": question}).with_columns(
        rule_id=pl.lit(rule), asked_on=pl.lit(at.day), person_key=pl.col("question")
    )
    known = asked.select("rule_id", "question", holds=pl.lit(value=True))
    visits = pl.DataFrame(schema={"person_key": pl.String, "visited_on": pl.Date, "holds": pl.Boolean})
    return precisions(asked, visits, known, at)[rule].found is not None


def months_printed(at: ParametersAt, *, published: int) -> int:
    """Of how many of so many published months the rule book tells counts."""
    return len(months_shown(range(published), at))


def _plan(at: ParametersAt, families: int, visited_on: date | None) -> pl.DataFrame:
    return visit_plan(_tables(families, visited_on), at.day, at, VisitChoice.of(at, _SEED)).collect()


def _tables(families: int, visited_on: date | None) -> Mapping[str, pl.LazyFrame]:
    """So many families of one person each, of whom all were visited on that day, and found in need."""
    names = [f"H:{each}" for each in range(families)]
    rows: dict[str, list[dict[str, object]]] = {
        "families": [{"family_id": each, "head_key": each, "street_code": _STREET} for each in names],
        "members": [{"family_id": each, "person_key": each, "on_register": False} for each in names],
        "scores": [{"family_id": each, "score": place} for place, each in enumerate(names)],
        "visits": [
            {"person_key": each, "visited_on": visited_on, "visit_outcome": "true_include"}
            for each in names
            if visited_on
        ],
        "warnings": [],
    }
    return {name: frame_of(get_table(name), each) for name, each in rows.items()}


APPLIED = (
    families_planned,
    drawn_at_random,
    visited_anew,
    visit_answers_plan,
    visit_answers_rule,
    share_is_told,
    months_printed,
)
