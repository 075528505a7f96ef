"""居住证 — one row a residence permit."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="residence_permits",
    title="居住证",
    department="police",
    mode=DeliveryMode.CHANGES,
    description="one row a residence permit",
    absence_means="no change of the record",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("permit_no"),
        field("street_code"),
        field("community_code"),
        field("address"),
        field("started_on", title="签发日期", synonyms=("起始日期",)),
        field("ended_on", required=False, title="有效期止", synonyms=("截止日期",)),
    ),
    business_key=("permit_no",),
    facts=(
        FactMap(
            "residences",
            {
                "person_key": "person_key",
                "street_code": "street_code",
                "community_code": "community_code",
                "started_on": "started_on",
                "ended_on": "ended_on",
                "basis": Const("permit"),
            },
        ),
    ),
)
