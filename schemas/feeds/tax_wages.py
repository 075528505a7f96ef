"""工资薪金所得 — one row a person, employer and month of wages."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="tax_wages",
    title="工资薪金所得",
    department="tax",
    mode=DeliveryMode.EVENTS,
    description="one row a person, employer and month of wages",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    lag_months=1,
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("employer_no"),
        field("period_month"),
        field("gross_fen"),
    ),
    business_key=(),
    facts=(
        FactMap(
            "incomes",
            {
                "person_key": "person_key",
                "income_kind": Const("wages"),
                "month": "period_month",
                "amount_fen": "gross_fen",
                "declared": Const(False),
            },
        ),
    ),
)
