"""How often a rule was right: its questions, answered by casework and by the visits that departments deliver.

What belongs here: which answer holds for a question, and the share with its interval. Shares leave this module, never
families; small numbers are withheld.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

import polars as pl
from sqlalchemy import Engine

from editions.facts import build_facts
from editions.knowledge import identities, known_feed_tables
from registry.casework.results import question_answers
from registry.counts import Point
from registry.queries import current_edition, edition_rows
from registry.store import known_deliveries
from rules import rules_of
from rules.parameters import ParametersAt
from schemas.settings import Settings
from schemas.told import Told

__all__ = ["Precision", "precision_by_rule", "precisions", "told_precision", "wilson"]

_CONFIDENCE = 1.959963984540054  # of the normal distribution, two-sided 95 %
_WHOLE = 10_000
_FEED = "home_visits"
_NEITHER = pl.lit(None, pl.Boolean)
_QUESTION = ["rule_id", "question"]


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


def precision_by_rule(
    engine: Engine, settings: Settings, points: Iterable[Point], parameters: ParametersAt
) -> dict[str, Precision]:
    """By rule, of the questions of the published months `points`; a rule without an answer is not there."""
    visits, answers = _visits(engine, settings, parameters), question_answers(engine)
    if visits.is_empty() and answers.is_empty():
        return {}
    asked = pl.concat([_asked(engine, each) for each in points])
    return precisions(asked, visits, answers, parameters)


def precisions(
    asked: pl.DataFrame, visits: pl.DataFrame, answers: pl.DataFrame, parameters: ParametersAt
) -> dict[str, Precision]:
    """By rule: each question once, by what casework found about it, else by what a visit to the family found.

    A visit that a department delivers has one outcome for the family: the first within the months of
    `rulebook.visit_months` that says yes or no answers what was open, whether need is there. Suspicions are answered by
    casework alone.

    Args:
        asked: rule_id, question, asked_on and person_key of the family; a question may stand in several months.
        visits: person_key, visited_on and holds.
        answers: rule_id, question and holds (`casework.results.question_answers`).
        parameters: how long a visit answers a question, and how few answers give no share.
    """
    months, smallest = parameters.integer("rulebook.visit_months"), parameters.integer("rulebook.smallest_count")
    suspicions = [rule.id for rule in rules_of("verify")]
    first = asked.sort("asked_on").unique([*_QUESTION, "person_key"], keep="first", maintain_order=True)
    by_visit = (
        first.filter(~pl.col("rule_id").is_in(suspicions))
        .join(visits, on="person_key")
        .filter(
            pl.col("visited_on") > pl.col("asked_on"),
            pl.col("visited_on") <= pl.col("asked_on").dt.offset_by(f"{months}mo"),
        )
        .sort("visited_on", "holds")
        .unique(_QUESTION, keep="first", maintain_order=True)
    )
    by_case = answers.join(asked, on=_QUESTION, how="semi")
    columns = [*_QUESTION, "holds"]
    answered = pl.concat([by_visit.join(by_case, on=_QUESTION, how="anti").select(columns), by_case.select(columns)])
    sums = answered.group_by("rule_id").agg(pl.len(), pl.col("holds").sum())
    return {rule: _precision(int(found), int(number), smallest) for rule, number, found in sums.iter_rows()}


def _precision(found: int, answered: int, smallest: int) -> Precision:
    if answered < smallest:
        return Precision(answered, None, None, None)
    return Precision(answered, found, *wilson(found, answered))


def _visits(engine: Engine, settings: Settings, parameters: ParametersAt) -> pl.DataFrame:
    """Delivered visits that say yes or no: `person_key`, `visited_on`, `holds`."""
    edition = current_edition(engine)
    schema = {"person_key": pl.String, "visited_on": pl.Date, "holds": pl.Boolean}
    if edition is None:
        return pl.DataFrame(schema=schema)
    known = [each for each in known_deliveries(engine, settings, edition.as_of) if each.path.exists()]
    visited = [each for each in known if each.feed == _FEED]
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
    return Told(
        "%(answered)s 次有结论的走访和核查中 %(found)s 次属实，%(share)s（95%% 区间 %(low)s—%(high)s）",
        answered=precision.answered,
        found=precision.found,
        share=f"{share:.0%}",
        low=f"{precision.low / _WHOLE:.0%}",
        high=f"{precision.high / _WHOLE:.0%}",
    )


def wilson(found: int, answered: int) -> tuple[int, int]:
    """The 95 % interval of a share by Wilson's score, in per ten thousand."""
    share, z = found / answered, _CONFIDENCE
    middle = share + z * z / (2 * answered)
    spread = z * sqrt(share * (1 - share) / answered + z * z / (4 * answered * answered))
    whole = 1 + z * z / answered
    return round(max(0.0, (middle - spread) / whole) * _WHOLE), round(min(1.0, (middle + spread) / whole) * _WHOLE)
