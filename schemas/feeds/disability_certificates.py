"""残疾人证 — one row a disability certificate."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="disability_certificates",
    title="残疾人证",
    department="disabled_federation",
    mode=DeliveryMode.CHANGES,
    description="one row a disability certificate",
    absence_means="no change of the record",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=600,
    columns=(
        field("person_id"),
        field("person_name"),
        field("certificate_no"),
        field("disability_category"),
        field("disability_grade"),
        field("issued_on"),
        field("cancelled_on", required=False),
    ),
    business_key=("certificate_no",),
    facts=(
        FactMap(
            "conditions",
            {
                "person_key": "person_key",
                "kind": Const("disability"),
                "category": "disability_category",
                "grade": "disability_grade",
                "started_on": "issued_on",
                "ended_on": "cancelled_on",
            },
        ),
    ),
)
