"""入户走访 — one row a home visit."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="home_visits",
    title="入户走访",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a home visit",
    absence_means="nothing happened, or it was not sent",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="residents of the district",
    from_street=True,
    dropped=("走访记录", "备注"),
    columns=(
        field("person_id"),
        field("person_name"),
        field("visit_no"),
        field("visited_on"),
        field("visit_outcome"),
        field("street_code"),
        field("community_code", required=False),
    ),
    business_key=(),
    facts=(
        FactMap(
            "visits",
            {
                "person_key": "person_key",
                "visit_no": "visit_no",
                "visited_on": "visited_on",
                "visit_outcome": "visit_outcome",
                "street_code": "street_code",
            },
        ),
    ),
)
