"""医疗费用结算 — one row a settlement of a hospital or outpatient bill."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="medical_settlements",
    title="医疗费用结算",
    department="medical_insurance",
    mode=DeliveryMode.EVENTS,
    description="one row a settlement of a hospital or outpatient bill",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=15,
    dropped=("诊断", "病名", "科室"),
    columns=(
        field("person_id"),
        field("person_name"),
        field("settlement_no"),
        field("settlement_kind"),
        field("admitted_on", required=False),
        field("settled_on"),
        field("total_fen"),
        field("fund_paid_fen"),
        field("out_of_pocket_fen"),
    ),
    business_key=(),
    facts=(
        FactMap(
            "expenses",
            {
                "person_key": "person_key",
                "settlement_no": "settlement_no",
                "total_fen": "total_fen",
                "fund_paid_fen": "fund_paid_fen",
                "out_of_pocket_fen": "out_of_pocket_fen",
                "kind": "settlement_kind",
                "spent_on": "settled_on",
            },
        ),
    ),
)
