"""临时救助发放 — one row a payment of temporary assistance."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="temporary_assistance",
    title="临时救助发放",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a payment of temporary assistance",
    absence_means="nothing happened, or it was not sent",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="applicants and recipients, with their authorisation",
    history_months=60,
    from_street=True,
    columns=(
        field("person_id"),
        field("person_name"),
        field("payment_no", required=False),
        field("amount_fen"),
        field("granted_on"),
        field("paid_on", required=False),
        field("difficulty"),
        field("street_code"),
        field("community_code", required=False),
    ),
    business_key=(),
    facts=(
        FactMap(
            "aid",
            {
                "person_key": "person_key",
                "payment_no": "payment_no",
                "amount_fen": "amount_fen",
                "granted_on": "granted_on",
                "paid_on": "paid_on",
                "street_code": "street_code",
                "aid_kind": Const("temporary"),
            },
        ),
        FactMap(
            "residences",
            {
                "person_key": "person_key",
                "street_code": "street_code",
                "community_code": "community_code",
                "basis": Const("street"),
                "started_on": "granted_on",
            },
        ),
    ),
)
