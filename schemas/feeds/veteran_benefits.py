"""优抚待遇发放 — one row a person, benefit and month."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="veteran_benefits",
    title="优抚待遇发放",
    department="veterans",
    mode=DeliveryMode.EVENTS,
    description="one row a person, benefit and month",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("payment_no", required=False),
        field("veteran_benefit"),
        field("period_month", synonyms=("所属月份", "发放月份")),
        field("amount_fen"),
        field("paid_on", required=False),
    ),
    business_key=(),
    facts=(
        FactMap(
            "allowances",
            {
                "person_key": "person_key",
                "amount_fen": "amount_fen",
                "paid_on": "paid_on",
                "payment_no": "payment_no",
                "allowance_kind": "veteran_benefit",
                "payment_status": Const("paid"),
                "month": "period_month",
            },
        ),
    ),
)
