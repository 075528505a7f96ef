"""Classes of difficulty (分类): by illness, disability, unemployment, education, housing, disaster, old age, child.

What belongs here: which facts give which class. A family may have several classes, or none.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import FEN_PER_YUAN, inside, people
from schemas.codes import CODE_LISTS

__all__ = ["CLASSES", "difficulty_classes"]

CLASSES = {code: CODE_LISTS["difficulty"].title_of(code) for code in CODE_LISTS["difficulty"].codes}


def difficulty_classes(context: RuleContext) -> Frame:
    """One row a family and class: `family_id`, `class_id`."""
    parts = [*_by_situation(context), *_by_aid(context), _by_allowance(context), _by_lead(context)]
    return nw.concat(parts, how="vertical").unique(["family_id", "class_id"])


def _of(families: Frame, class_id: str) -> Frame:
    return families.select("family_id", nw.lit(class_id).alias("class_id"))


def _by_situation(context: RuleContext) -> list[Frame]:
    families = context.table("families")
    costly = nw.col("medical_fen") >= context.parameters.integer("classes.medical_yuan") * FEN_PER_YUAN
    return [
        _of(families.filter((nw.col("severe_illnesses") > 0) | costly), "illness"),
        _of(families.filter(nw.col("severe_disabilities") > 0), "disability"),
        _of(families.filter(nw.col("unemployed") > 0), "unemployment"),
        _of(families.filter(nw.col("students") > 0), "education"),
        _of(families.filter(nw.col("aged_80") > 0), "old_age"),
    ]


def _by_aid(context: RuleContext) -> list[Frame]:
    hits = context.table("hits")
    return [
        _of(hits.filter(nw.col("basis") == f"aid_{kind}"), class_id)
        for kind, class_id in context.parameters.mapping("classes.by_aid_kind").items()
    ]


def _by_allowance(context: RuleContext) -> Frame:
    months = context.parameters.integer("classes.recent_months")
    kinds = context.parameters.texts("classes.child_allowances")
    paid = context.table("allowances").filter(
        nw.col("allowance_kind").is_in(kinds),
        nw.col("payment_status") == "paid",
        inside("month", context.as_of, months, "mo"),
    )
    return _of(paid.select("person_key").join(people(context), on="person_key", how="inner"), "child")


def _by_lead(context: RuleContext) -> Frame:
    months = context.parameters.integer("classes.recent_months")
    leads = context.table("leads").filter(inside("reported_on", context.as_of, months, "mo"))
    told = leads.select("person_key", "difficulty").join(people(context), on="person_key", how="inner")
    return told.select("family_id", nw.col("difficulty").alias("class_id"))
