"""住房公积金缴存 — one row a person and month of deposit."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="housing_fund",
    title="住房公积金缴存",
    department="housing_fund",
    mode=DeliveryMode.EVENTS,
    description="one row a person and month of deposit",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    lag_months=1,
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("period_month", synonyms=("缴存月份", "所属月份")),
        field("deposit_fen"),
    ),
    business_key=(),
    facts=(
        FactMap(
            "work_evidence",
            {
                "person_key": "person_key",
                "month": "period_month",
                "kind": Const("housing_fund"),
                "amount_fen": "deposit_fen",
            },
        ),
    ),
)
