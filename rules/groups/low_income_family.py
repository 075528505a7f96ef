"""三口之家年收入在10万元以下的低收入群体: three counted members, twelve months' income (domain line 10).

Each counted member is a hit. There is one row for each kind of income that the member has records of:
the latest record as evidence, the member's sum of that kind as amount; so the amounts of a family add
up to its income. A member without any record has one row that says so.
"""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, SOURCE_COLUMNS, as_hits, day_text, latest_of, people
from schemas.codes import CODE_LISTS

__all__ = ["RULE"]

_RULE_ID = "low_income_family"
_LIMIT = "low_income_family.annual_income_yuan"
_SIZE = "low_income_family.counted_members"
_SCOPE = "low_income_family.scope"
_EVIDENCE = "low_income_family.evidence_levels"


def _poor_families(context: RuleContext) -> Frame:
    """Families at or under the threshold (民法典 1259: the figure itself included) that are known well enough."""
    limit = context.parameters.integer(_LIMIT) * FEN_PER_YUAN
    size = context.parameters.integer(_SIZE)
    known = context.table("families").filter(
        nw.col("income_evidence").is_in(context.parameters.texts(_EVIDENCE)), nw.col("counted_members") > 0
    )
    if context.parameters.text(_SCOPE) == "per_head":
        return known.filter(nw.col("income_fen") * size <= nw.col("counted_members") * limit).select("family_id")
    return known.filter(nw.col("counted_members") == size, nw.col("income_fen") <= limit).select("family_id")


def _records(context: RuleContext, hit: Frame) -> Frame:
    """Per person and kind the latest record, with the sum of the kind: `kind_fen`."""
    rows = context.table("income_rows").join(hit, on="person_key", how="semi")
    kind = ["person_key", "income_kind", "counted"]
    summed = rows.with_columns(kind_fen=nw.col("counted_fen").sum().over(*kind).cast(nw.Int64))
    return latest_of(summed, kind, ["period", *SOURCE_COLUMNS])


def _evaluate(context: RuleContext) -> Frame:
    counted = people(context, "counted").filter(nw.col("counted")).select("person_key", "family_id")
    window = context.table("income_window").select("last_month")
    hit = counted.join(_poor_families(context), on="family_id", how="semi").join(window, how="cross")
    told = hit.join(_records(context, hit), on="person_key", how="left")
    prefix = nw.when(nw.col("counted")).then(nw.lit("income_")).otherwise(nw.lit("evidence_"))
    recorded = nw.concat_str(prefix, nw.col("income_kind"))
    silent = nw.col("income_kind").is_null()
    return as_hits(
        told,
        _RULE_ID,
        basis=nw.when(silent).then(nw.lit("no_income_record")).otherwise(recorded),
        evidence_on=nw.coalesce(nw.col("month"), nw.col("last_month")),
        evidence_fen="kind_fen",
        evidence_key=day_text("last_month"),
    )


_KINDS = {code: CODE_LISTS["income_kind"].title_of(code) for code in CODE_LISTS["income_kind"].codes}
# Support received has no feed that could overrule what is declared of it.
_OVERRULED = {code: title for code, title in _KINDS.items() if code != "support_received"}
_EVIDENCE_ONLY = _OVERRULED | {"contribution": "社会保险缴费", "housing_fund": "住房公积金缴存"}

RULE = Rule(
    id=_RULE_ID,
    title="三口之家年收入在10万元以下的低收入群体",
    title_en="A family of three with a yearly income of 100,000 yuan or less",
    kind="group",
    legal_basis="滨江区拓展监测六类群体；中华人民共和国民法典 第一千二百五十九条",
    evaluate=_evaluate,
    reads=("members", "families", "income_window", "income_rows"),
    bases={f"income_{code}": f"家庭十二个月收入不超过标准；本人有{title}记录" for code, title in _KINDS.items()}
    | {
        f"evidence_{code}": f"家庭十二个月收入不超过标准；本人有{title}记录，只作佐证，不计入收入"
        for code, title in _EVIDENCE_ONLY.items()
    }
    | {"no_income_record": "家庭十二个月收入不超过标准；本人在十二个月内没有收入记录"},
    parameters=(
        _LIMIT,
        _SIZE,
        _SCOPE,
        _EVIDENCE,
        "low_income_family.window_months",
        "low_income_family.max_lag_months",
        "low_income_family.required_feeds",
        "low_income_family.uncounted_conditions",
        "low_income_family.resident_pension_exempt_until",
    ),
    lines=(10,),
)
