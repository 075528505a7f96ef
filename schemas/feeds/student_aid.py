"""学生资助 — one row a payment of student aid."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="student_aid",
    title="学生资助",
    department="education",
    mode=DeliveryMode.EVENTS,
    description="one row a payment of student aid",
    absence_means="nothing happened, or it was not sent",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("payment_no", required=False),
        field("aid_kind"),
        field("amount_fen"),
        field("granted_on"),
        field("paid_on", required=False),
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
                "aid_kind": "aid_kind",
            },
        ),
    ),
)
