"""经营与财产所得 — one row a person, kind of income and month or year."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="tax_other_income",
    title="经营与财产所得",
    department="tax",
    mode=DeliveryMode.EVENTS,
    description="one row a person, kind of income and month or year",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    lag_months=1,
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("tax_income_kind"),
        field("period"),
        field("amount_fen", title="所得额(元)", synonyms=("应纳税所得额(元)", "金额(元)")),
    ),
    business_key=(),
    facts=(
        FactMap(
            "incomes",
            {
                "person_key": "person_key",
                "amount_fen": "amount_fen",
                "period": "period",
                "income_kind": "tax_income_kind",
                "declared": Const(False),
            },
        ),
    ),
)
