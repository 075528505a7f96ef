"""市场主体登记 — one row a business and its legal representative."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="business_registrations",
    title="市场主体登记",
    department="market_regulation",
    mode=DeliveryMode.CHANGES,
    description="one row a business and its legal representative",
    absence_means="no change of the record",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=600,
    columns=(
        field("person_id", title="法定代表人身份证号"),
        field("person_name", title="法定代表人", synonyms=("法定代表人姓名", "负责人")),
        field("credit_code"),
        field("capital_fen"),
        field("business_status"),
        field("established_on"),
        field("closed_on", required=False),
    ),
    business_key=(
        "credit_code",
        "person_id",
    ),
    facts=(
        FactMap(
            "holdings",
            {
                "person_key": "person_key",
                "kind": Const("business"),
                "detail": "business_status",
                "holding_no": "credit_code",
                "value_fen": "capital_fen",
                "started_on": "established_on",
                "ended_on": "closed_on",
            },
        ),
    ),
)
