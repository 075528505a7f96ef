"""不动产登记 — one row a real-estate unit and owner."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="real_estate",
    title="不动产登记",
    department="planning",
    mode=DeliveryMode.SNAPSHOT,
    description="one row a real-estate unit and owner",
    absence_means="nothing: the record may have ended or may not have been sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    columns=(
        field("person_id"),
        field("person_name"),
        field("property_no"),
        field("property_usage"),
        field("area_m2", required=False),
        field("registered_on"),
    ),
    business_key=(
        "property_no",
        "person_id",
    ),
    facts=(
        FactMap(
            "holdings",
            {
                "person_key": "person_key",
                "kind": Const("real_estate"),
                "detail": "property_usage",
                "holding_no": "property_no",
                "started_on": "registered_on",
            },
        ),
    ),
)
