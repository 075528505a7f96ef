"""重大疾病登记 — one row a person and severe illness."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="severe_illnesses",
    title="重大疾病登记",
    department="health",
    mode=DeliveryMode.CHANGES,
    description="one row a person and severe illness",
    absence_means="no change of the record",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("illness"),
        field("diagnosed_on"),
    ),
    business_key=(
        "person_id",
        "illness",
    ),
    facts=(
        FactMap(
            "conditions",
            {
                "person_key": "person_key",
                "kind": Const("severe_illness"),
                "category": "illness",
                "started_on": "diagnosed_on",
            },
        ),
    ),
)
