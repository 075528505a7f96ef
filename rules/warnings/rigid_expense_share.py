"""刚性支出占收入比例高: what a family cannot avoid spending, over its income of twelve months (困难发现).

Counted as rigid spending, as far as the facts tell (民发〔2024〕57号): out-of-pocket medical cost of the
twelve months to as_of, as settled; for each member in full-time study past compulsory school, and for each
severely disabled member, a fixed yearly sum (local parameters), since no department delivers fees or costs of
rehabilitation. Living costs are not counted. Families on the register, of unknown income, or with an income
per head above the limit are not asked.
"""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, SOURCE_COLUMNS, as_hits, in_force, inside, latest_of, people

__all__ = ["RULE"]

_RULE_ID = "rigid_expense_share"
_SHARE = "rigid_expense_share.share_percent"
_MINIMUM = "rigid_expense_share.minimum_yuan"
_LIMIT = "rigid_expense_share.income_limit_per_head_yuan"
_STUDY = "rigid_expense_share.study_yuan"
_STAGES = "rigid_expense_share.study_stages"
_CARE = "rigid_expense_share.disability_yuan"
_GRADES = "rigid_expense_share.disability_grades"
_WINDOW = "medical_share_of_income.window_months"
_WHOLE = 100


def _settled(context: RuleContext) -> Frame:
    """Medical settlements of the window as items of spending."""
    months = context.parameters.integer(_WINDOW)
    expenses = context.table("expenses").filter(inside("spent_on", context.as_of, months, "mo"))
    return expenses.select(
        "person_key",
        nw.concat_str(nw.lit("medical:"), nw.col("settlement_no")).alias("item"),
        nw.col("spent_on").alias("dated_on"),
        nw.col("out_of_pocket_fen").alias("cost_fen"),
        *SOURCE_COLUMNS,
    )


def _fixed(context: RuleContext, kind: str, who: nw.Expr, parameter: str) -> Frame:
    """One item of the yearly sum for each holder of a condition of `kind` in force."""
    cost = context.parameters.integer(parameter) * FEN_PER_YUAN
    held = context.table("conditions").filter(
        nw.col("kind") == kind, who, in_force("started_on", "ended_on", context.as_of)
    )
    latest = latest_of(held, ["person_key"], ["started_on", *SOURCE_COLUMNS])
    return latest.select(
        "person_key",
        nw.lit(kind).alias("item"),
        nw.col("started_on").alias("dated_on"),
        nw.lit(cost).cast(nw.Int64).alias("cost_fen"),
        *SOURCE_COLUMNS,
    )


def _items(context: RuleContext) -> Frame:
    """Every item of rigid spending of people in families that are not on the register."""
    read = context.parameters
    studying = (nw.col("detail") == "full_time") & nw.col("category").is_in(read.texts(_STAGES))
    items = nw.concat(
        [
            _settled(context),
            _fixed(context, "study", studying, _STUDY),
            _fixed(context, "disability", nw.col("grade").is_in(read.integers(_GRADES)), _CARE),
        ],
        how="vertical",
    )
    members = people(context, "on_register")
    registered = members.filter(nw.col("on_register")).select("family_id")
    return items.join(members.select("person_key", "family_id"), on="person_key", how="inner").join(
        registered, on="family_id", how="anti"
    )


def _burdened(context: RuleContext, items: Frame) -> Frame:
    """Families whose rigid spending is above the share of their income: `family_id`, `rigid_fen`."""
    read = context.parameters
    spent = items.group_by("family_id").agg(nw.col("cost_fen").sum().cast(nw.Int64).alias("rigid_fen"))
    families = context.table("families").filter(
        nw.col("income_evidence").is_in(["full", "partial"]),  # no record is not zero income
        nw.col("income_fen") <= nw.col("counted_members") * (read.integer(_LIMIT) * FEN_PER_YUAN),
    )
    return (
        families.select("family_id", "income_fen")
        .join(spent, on="family_id", how="inner")
        .filter(
            nw.col("rigid_fen") >= read.integer(_MINIMUM) * FEN_PER_YUAN,
            nw.col("rigid_fen") * _WHOLE > nw.col("income_fen") * read.integer(_SHARE),
        )
        .select("family_id", "rigid_fen")
    )


def _evaluate(context: RuleContext) -> Frame:
    items = _items(context)
    # The greatest item stands for the spending: the same one never warns twice.
    greatest = latest_of(items, ["family_id"], ["cost_fen", "dated_on", "item", "person_key", *SOURCE_COLUMNS])
    return as_hits(
        greatest.join(_burdened(context, items), on="family_id", how="inner"),
        _RULE_ID,
        basis="rigid_over_share_of_income",
        evidence_on="dated_on",
        evidence_fen="rigid_fen",
        evidence_key="item",
    )


RULE = Rule(
    id=_RULE_ID,
    title="刚性支出占收入比例高",
    title_en="Spending that cannot be avoided takes a high share of income",
    kind="need",
    legal_basis="民发〔2024〕57号（刚性支出困难家庭认定）",
    evaluate=_evaluate,
    reads=("members", "families", "expenses", "conditions"),
    bases={"rigid_over_share_of_income": "十二个月医疗、教育、残疾等必需支出超过家庭收入的规定比例，且不在册"},
    parameters=(_SHARE, _MINIMUM, _LIMIT, _STUDY, _STAGES, _CARE, _GRADES, _WINDOW),
    question="近一年看病、上学、康复等各花了多少，压力大不大？有没有申请过这方面的救助？",
    same_fact="以最大的一项必需支出为同一事实；出现更大的支出项时重新提示。",
)
