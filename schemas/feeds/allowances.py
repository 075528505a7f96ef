"""津补贴发放 — one row a person, allowance and month paid."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="allowances",
    title="津补贴发放",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a person, allowance and month paid",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国发〔2015〕52号(残疾人两项补贴); 高龄津贴的地方规定",
    population="residents of the district",
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("payment_no", required=False),
        field("allowance_kind"),
        field("period_month", synonyms=("所属月份", "发放月份")),
        field("amount_fen"),
        field("paid_on", required=False),
        field("payment_status"),
    ),
    business_key=(),
    facts=(
        FactMap(
            "allowances",
            {
                "person_key": "person_key",
                "allowance_kind": "allowance_kind",
                "amount_fen": "amount_fen",
                "paid_on": "paid_on",
                "payment_status": "payment_status",
                "payment_no": "payment_no",
                "month": "period_month",
            },
        ),
    ),
)
