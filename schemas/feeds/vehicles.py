"""机动车 — one row a vehicle and owner."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="vehicles",
    title="机动车",
    department="police",
    mode=DeliveryMode.SNAPSHOT,
    description="one row a vehicle and owner",
    absence_means="nothing: the record may have ended or may not have been sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    columns=(
        field("person_id"),
        field("person_name"),
        field("plate_no"),
        field("vehicle_kind"),
        field("price_fen", required=False),
        field("registered_on"),
    ),
    business_key=("plate_no",),
    facts=(
        FactMap(
            "holdings",
            {
                "person_key": "person_key",
                "kind": Const("vehicle"),
                "detail": "vehicle_kind",
                "holding_no": "plate_no",
                "value_fen": "price_fen",
                "started_on": "registered_on",
            },
        ),
    ),
)
