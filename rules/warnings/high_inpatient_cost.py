"""单次住院自付较高: one stay whose out-of-pocket cost is above the threshold (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, SOURCE_COLUMNS, as_hits, inside, people

__all__ = ["RULE"]

_RULE_ID = "high_inpatient_cost"
_MONITORED = "high_inpatient_cost.monitored_yuan"
_OTHERS = "high_inpatient_cost.others_yuan"
_SEVERE = "high_inpatient_cost.severe_yuan"
_KINDS = "high_inpatient_cost.settlement_kinds"
_RECENT = "need_warnings.recent_months"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    monitored = context.table("list").select("family_id").with_columns(monitored=nw.lit(True))  # noqa: FBT003
    stays = (
        context.table("expenses")
        .filter(
            nw.col("kind").is_in(read.texts(_KINDS)),
            inside("spent_on", context.as_of, read.integer(_RECENT), "mo"),
        )
        .select("person_key", "settlement_no", "spent_on", "out_of_pocket_fen", *SOURCE_COLUMNS)
        .join(people(context), on="person_key", how="inner")
        .join(monitored, on="family_id", how="left")
    )
    paid = nw.col("out_of_pocket_fen")
    listed = ~nw.col("monitored").is_null()
    severe = paid > read.integer(_SEVERE) * FEN_PER_YUAN
    over_monitored = listed & (paid > read.integer(_MONITORED) * FEN_PER_YUAN)
    over_others = ~listed & (paid > read.integer(_OTHERS) * FEN_PER_YUAN)
    basis = nw.when(listed).then(nw.lit("stay_of_monitored")).otherwise(nw.lit("stay_of_other"))
    return as_hits(
        stays.filter(severe | over_monitored | over_others),
        _RULE_ID,
        basis=nw.when(severe).then(nw.lit("stay_severe")).otherwise(basis),
        evidence_on="spent_on",
        evidence_fen="out_of_pocket_fen",
        evidence_key="settlement_no",
    )


RULE = Rule(
    id=_RULE_ID,
    title="单次住院自付较高",
    title_en="High out-of-pocket cost of one stay in hospital",
    kind="need",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "list", "expenses"),
    bases={
        "stay_of_monitored": "监测对象单次住院自付超过标准",
        "stay_of_other": "其他家庭成员单次住院自付超过标准",
        "stay_severe": "单次住院自付特别高",
    },
    parameters=(_MONITORED, _OTHERS, _SEVERE, _KINDS, _RECENT),
    question="近来家里看病的花费是否较大：现在生活有没有困难？是否需要医疗救助或临时救助？",
    same_fact="同一人同一次住院结算为同一事实；新的住院结算重新提示。",
)
