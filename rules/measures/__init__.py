"""Measures (精准服务): which help is suggested to a listed family, and for which named reason.

What belongs here: what the conditions suggest together. A measure is a suggestion to the person who visits, never a
decision. Help that was given lately is not suggested again; what is urgent and has no other measure is temporary
assistance. A condition is declared in `conditions`, its numbers in `rules/parameters/measures.yaml`.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import inside, people
from rules.measures.base import Condition, Measure
from rules.measures.conditions import CONDITIONS as _OTHERS
from rules.measures.conditions import URGENT
from schemas.codes import CODE_LISTS

__all__ = ["CONDITIONS", "GIVEN_PARAMETERS", "MEASURES", "Condition", "Measure", "measures"]

CONDITIONS: dict[str, Condition] = {each.id: each for each in (*_OTHERS, URGENT)}
"""Every condition by id, in the order in which they are told."""

MEASURES: dict[str, Measure] = {
    code: Measure(
        id=code,
        title=CODE_LISTS["measure"].title_of(code),
        conditions=tuple(each for each in CONDITIONS.values() if code in each.measures),
    )
    for code in CODE_LISTS["measure"].codes
}
"""Every measure of the code list by id."""

_GIVEN_MONTHS, _GIVEN_BY = "measures.given_months", "measures.given_by_aid"
GIVEN_PARAMETERS = (_GIVEN_MONTHS, _GIVEN_BY)
"""What help counts as given lately."""


def measures(context: RuleContext) -> Frame:
    """One row a listed family, measure and reason: `family_id`, `measure`, `reason`."""
    found = _not_given(context, nw.concat([_suggested(context, each) for each in _OTHERS], how="vertical"))
    urgent = _suggested(context, URGENT).join(found.select("family_id"), on="family_id", how="anti")
    return nw.concat([found, urgent], how="vertical")


def _suggested(context: RuleContext, condition: Condition) -> Frame:
    families = _listed(context, condition.find(context).select("family_id")).unique(["family_id"])
    return nw.concat([_rows(families, measure, condition.id) for measure in condition.measures], how="vertical")


def _rows(families: Frame, measure: str, reason: str) -> Frame:
    return families.select("family_id", nw.lit(measure).alias("measure"), nw.lit(reason).alias("reason"))


def _listed(context: RuleContext, families: Frame) -> Frame:
    return families.join(context.table("list").select("family_id"), on="family_id", how="semi")


def _not_given(context: RuleContext, found: Frame) -> Frame:
    """Without the measures that a member of the family has been given lately."""
    lately = inside("dated_on", context.as_of, context.parameters.integer(_GIVEN_MONTHS), "mo")
    aided = context.table("aid_payments").filter(lately).select("person_key", "aid_kind")
    placed = aided.join(people(context), on="person_key", how="inner")
    given = [
        _rows(placed.filter(nw.col("aid_kind") == kind), measure, "").select("family_id", "measure")
        for kind, measure in context.parameters.mapping(_GIVEN_BY).items()
    ]
    if not given:
        return found
    return found.join(nw.concat(given, how="vertical"), on=["family_id", "measure"], how="anti")
