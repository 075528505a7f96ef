"""婚姻登记 — one row a marriage or divorce registered."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="marriages",
    title="婚姻登记",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a marriage or divorce registered",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=600,
    columns=(
        field("marriage_no"),
        field("marriage_event"),
        field("spouse_a_id"),
        field("spouse_a_name"),
        field("spouse_b_id"),
        field("spouse_b_name"),
        field("registered_on"),
    ),
    business_key=(),
    facts=(
        FactMap(
            "marriages",
            {
                "spouse_a_key": "spouse_a_key",
                "spouse_b_key": "spouse_b_key",
                "marriage_event": "marriage_event",
                "registered_on": "registered_on",
            },
        ),
    ),
)
