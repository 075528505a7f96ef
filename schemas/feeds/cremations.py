"""殡葬火化 — one row a cremation."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="cremations",
    title="殡葬火化",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a cremation",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("cremation_no"),
        field("died_on"),
        field("cremated_on"),
    ),
    business_key=(),
    facts=(
        FactMap(
            "deaths",
            {
                "person_key": "person_key",
                "died_on": "died_on",
            },
        ),
    ),
)
