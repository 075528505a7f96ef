"""失业保险金发放 — one row a person and month of unemployment benefit."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="unemployment_benefits",
    title="失业保险金发放",
    department="labour",
    mode=DeliveryMode.EVENTS,
    description="one row a person and month of unemployment benefit",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    lag_months=1,
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("period_month"),
        field("amount_fen", minimum=0),
    ),
    business_key=(),
    facts=(
        FactMap(
            "incomes",
            {
                "person_key": "person_key",
                "amount_fen": "amount_fen",
                "income_kind": Const("unemployment_benefit"),
                "month": "period_month",
                "declared": Const(False),
            },
        ),
    ),
)
