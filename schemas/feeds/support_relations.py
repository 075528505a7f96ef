"""赡(扶、抚)养关系 — one row a recorded duty of support towards a person on the register."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="support_relations",
    title="赡(扶、抚)养关系",
    department="civil_affairs",
    mode=DeliveryMode.CHANGES,
    description="one row a recorded duty of support towards a person on the register",
    absence_means="no change of the record",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="applicants and recipients, with their authorisation",
    history_months=60,
    columns=(
        field("obligor_id"),
        field("obligor_name"),
        field("ward_id"),
        field("ward_name"),
        field("support_relation"),
        field("recorded_on"),
        field("ended_on", required=False),
    ),
    business_key=(
        "obligor_id",
        "ward_id",
        "support_relation",
    ),
    facts=(
        FactMap(
            "support_relations",
            {
                "obligor_key": "obligor_key",
                "ward_key": "ward_key",
                "support_relation": "support_relation",
                "ended_on": "ended_on",
                "started_on": "recorded_on",
            },
        ),
    ),
)
