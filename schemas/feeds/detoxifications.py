"""强制隔离戒毒 — one row a term of compulsory detoxification."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="detoxifications",
    title="强制隔离戒毒",
    department="police",
    mode=DeliveryMode.CHANGES,
    description="one row a term of compulsory detoxification",
    absence_means="no change of the record",
    retention_months=24,
    retention_basis="本区选择；《个人信息保护法》第十九条、第二十八条（敏感个人信息，最短必要保存期限）",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("started_on"),
        field("ended_on", required=False),
    ),
    business_key=(
        "person_id",
        "started_on",
    ),
    facts=(
        FactMap(
            "conditions",
            {
                "person_key": "person_key",
                "started_on": "started_on",
                "ended_on": "ended_on",
                "kind": Const("detoxification"),
            },
        ),
    ),
)
