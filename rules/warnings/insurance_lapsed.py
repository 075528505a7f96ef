"""职工参保中断: contributions of an insured worker have stopped for months (困难发现).

Not asked are those who draw a pension or unemployment benefit since (the fund insures them: 社会保险法
第四十八条), who are past working age, study full time, or are not counted as members of a family. When
the feed of contributions is late nobody is asked: a missing delivery is no lapse.
"""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, day_text, in_force, latest_of, people, shifted

__all__ = ["RULE"]

_RULE_ID = "insurance_lapsed"
_LAPSED = "insurance_lapsed.lapsed_months"
_INSURED = "insurance_lapsed.insured_months"
_INSTEAD = "insurance_lapsed.instead_kinds"
_OLDEST = "income_evidence.working_age_to"
_RECENT = "need_warnings.recent_months"


def _stopped(context: RuleContext) -> Frame:
    """The last contribution of those insured long enough, when months without one have been delivered since."""
    read = context.parameters
    lapsed = read.integer(_LAPSED)
    paid = context.table("work_evidence").filter(nw.col("kind") == "contribution")
    delivered = paid.select(nw.col("month").max().alias("delivered_month"))
    insured = (
        paid.group_by("person_key")
        .agg(nw.col("month").n_unique().cast(nw.Int64).alias("months"))
        .filter(nw.col("months") >= read.integer(_INSURED))
    )
    last = latest_of(paid, ["person_key"], ["month", "amount_fen", *SOURCE_COLUMNS])
    return (
        last.select("person_key", "month", *SOURCE_COLUMNS)
        .join(insured.select("person_key"), on="person_key", how="semi")
        .join(delivered, how="cross")
        .filter(
            shifted("month", lapsed, "mo") <= nw.col("delivered_month"),
            shifted("month", lapsed + read.integer(_RECENT), "mo") >= nw.col("delivered_month"),
        )
    )


def _since(context: RuleContext, stopped: Frame, kinds: list[str]) -> Frame:
    """Those of `stopped` with recorded income of these kinds for a later month: `person_key`."""
    later = (
        context.table("incomes")
        .filter(nw.col("income_kind").is_in(kinds), ~nw.col("declared"))
        .select("person_key", nw.col("month").alias("income_month"))
        .join(stopped.select("person_key", "month"), on="person_key", how="inner")
        .filter(nw.col("income_month") > nw.col("month"))
    )
    return later.select("person_key").unique(["person_key"])


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    stopped = _stopped(context)
    studying = context.table("conditions").filter(
        nw.col("kind") == "study",
        nw.col("detail") == "full_time",
        in_force("started_on", "ended_on", context.as_of),
    )
    working_age = people(context, "counted", "birth_on").filter(
        nw.col("counted"), shifted("birth_on", read.integer(_OLDEST) + 1, "y") > day(context.as_of)
    )
    earning = _since(context, stopped, ["wages"]).with_columns(earning=nw.lit(True))  # noqa: FBT003
    asked = (
        stopped.join(working_age, on="person_key", how="inner")
        .join(_since(context, stopped, read.texts(_INSTEAD)), on="person_key", how="anti")
        .join(studying.select("person_key"), on="person_key", how="anti")
        .join(earning, on="person_key", how="left")
    )
    silent = nw.col("earning").is_null()
    return as_hits(
        asked,
        _RULE_ID,
        basis=nw.when(silent).then(nw.lit("contributions_stopped")).otherwise(nw.lit("stopped_while_earning")),
        evidence_on="month",
        evidence_key=day_text("month"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="职工参保中断",
    title_en="Contributions to social insurance have stopped",
    kind="need",
    legal_basis="国办发〔2023〕39号；中华人民共和国社会保险法",
    evaluate=_evaluate,
    reads=("members", "work_evidence", "incomes", "conditions"),
    bases={
        "contributions_stopped": "职工社会保险连续数月没有缴费，也没有工资、养老金或失业金记录",
        "stopped_while_earning": "有工资记录，但职工社会保险连续数月没有缴费",
    },
    parameters=(_LAPSED, _INSURED, _INSTEAD, _OLDEST, _RECENT),
    question="参保断了几个月：是否失业或换了工作？现在看病有没有医保？是否需要资助参保？",
    same_fact="同一人最后一个缴费月份为同一事实；续缴后再次中断的，重新提示。",
)
