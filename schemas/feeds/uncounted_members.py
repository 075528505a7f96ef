"""不计入共同生活成员登记 — one row a person declared missing or clergy living apart for three years."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="uncounted_members",
    title="不计入共同生活成员登记",
    department="civil_affairs",
    mode=DeliveryMode.CHANGES,
    description="one row a person declared missing or clergy living apart for three years",
    absence_means="no change of the record",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="applicants and recipients, with their authorisation",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("uncounted_reason"),
        field("started_on"),
        field("ended_on", required=False),
    ),
    business_key=(
        "person_id",
        "uncounted_reason",
        "started_on",
    ),
    facts=(
        FactMap(
            "conditions",
            {
                "person_key": "person_key",
                "started_on": "started_on",
                "ended_on": "ended_on",
                "kind": "uncounted_reason",
            },
        ),
    ),
)
