"""困难职工 — one row a hardship worker on the union file."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="hardship_workers",
    title="困难职工",
    department="union",
    mode=DeliveryMode.CHANGES,
    description="one row a hardship worker on the union file",
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
                "kind": Const("hardship_worker"),
                "started_on": "listed_on",
                "ended_on": "delisted_on",
            },
        ),
    ),
)
