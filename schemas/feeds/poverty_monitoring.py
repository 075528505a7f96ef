"""防止返贫监测对象 — one row a person monitored against falling back into poverty."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="poverty_monitoring",
    title="防止返贫监测对象",
    department="agriculture",
    mode=DeliveryMode.CHANGES,
    description="one row a person monitored against falling back into poverty",
    absence_means="no change of the record",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("listed_on"),
        field("delisted_on", required=False),
    ),
    business_key=(
        "person_id",
        "listed_on",
    ),
    facts=(
        FactMap(
            "listings",
            {
                "person_key": "person_key",
                "kind": Const("poverty_monitoring"),
                "started_on": "listed_on",
                "ended_on": "delisted_on",
            },
        ),
    ),
)
