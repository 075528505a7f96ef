"""家庭申报收入 — one row a person, kind of income and month declared by the family."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="declared_incomes",
    title="家庭申报收入",
    department="civil_affairs",
    mode=DeliveryMode.CHANGES,
    description="one row a person, kind of income and month declared by the family",
    absence_means="no change of the record",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="applicants and recipients, with their authorisation",
    history_months=15,
    columns=(
        field("person_id"),
        field("person_name"),
        field("income_kind"),
        field("period_month", synonyms=("所属月份",)),
        field("amount_fen", title="申报金额(元)", synonyms=("金额(元)", "金额"), minimum=0),
    ),
    business_key=(
        "person_id",
        "income_kind",
        "period_month",
    ),
    facts=(
        FactMap(
            "incomes",
            {
                "person_key": "person_key",
                "income_kind": "income_kind",
                "amount_fen": "amount_fen",
                "month": "period_month",
                "declared": Const(True),
            },
        ),
    ),
)
