"""困难线索 — one row a lead from self-report, grid worker or hotline."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="leads",
    title="困难线索",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a lead from self-report, grid worker or hotline",
    absence_means="nothing happened, or it was not sent",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="residents of the district",
    from_street=True,
    dropped=("诉求内容", "备注"),
    columns=(
        field("person_id"),
        field("person_name"),
        field("phone", required=False),
        field("lead_no"),
        field("lead_source"),
        field("reported_on"),
        field("difficulty"),
        field("street_code"),
        field("community_code", required=False),
    ),
    business_key=(),
    facts=(
        FactMap(
            "leads",
            {
                "person_key": "person_key",
                "lead_no": "lead_no",
                "lead_source": "lead_source",
                "reported_on": "reported_on",
                "difficulty": "difficulty",
                "street_code": "street_code",
            },
        ),
        FactMap(
            "residences",
            {
                "person_key": "person_key",
                "street_code": "street_code",
                "community_code": "community_code",
                "basis": Const("street"),
                "started_on": "reported_on",
            },
        ),
    ),
)
