"""社会救助在册与退出 — one row a person and spell on the register of assistance."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="assistance_register",
    title="社会救助在册与退出",
    department="civil_affairs",
    mode=DeliveryMode.CHANGES,
    description="one row a person and spell on the register of assistance",
    absence_means="no change of the record",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="applicants and recipients, with their authorisation",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("family_no"),
        field("relation_to_applicant"),
        field("programme"),
        field("started_on"),
        field("ended_on", required=False, synonyms=("退出日期", "停发日期")),
        field("exit_reason", required=False),
        field("monthly_amount_fen", required=False),
        field("application_no", required=False),
        field("street_code"),
        field("community_code", required=False),
    ),
    business_key=(
        "family_no",
        "person_id",
        "programme",
        "started_on",
    ),
    facts=(
        FactMap(
            "spells",
            {
                "person_key": "person_key",
                "family_no": "family_no",
                "programme": "programme",
                "started_on": "started_on",
                "ended_on": "ended_on",
                "exit_reason": "exit_reason",
                "monthly_amount_fen": "monthly_amount_fen",
                "application_no": "application_no",
                "street_code": "street_code",
                "community_code": "community_code",
            },
        ),
    ),
)
