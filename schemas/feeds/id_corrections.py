"""身份证号更正 — one row a corrected identity number."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="id_corrections",
    title="身份证号更正",
    department="police",
    mode=DeliveryMode.EVENTS,
    description="one row a corrected identity number",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    columns=(
        field("old_id"),
        field("new_id"),
        field("person_name", required=False),
        field("corrected_on"),
    ),
    business_key=(),
    facts=(
        FactMap(
            "aliases",
            {
                "old_key": "old_key",
                "person_key": "person_key",
                "corrected_on": "corrected_on",
            },
        ),
    ),
)
