"""社会救助申请 — one row an application and member that it names."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="applications",
    title="社会救助申请",
    department="civil_affairs",
    mode=DeliveryMode.CHANGES,
    description="one row an application and member that it names",
    absence_means="no change of the record",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="applicants and recipients, with their authorisation",
    history_months=60,
    from_street=True,
    columns=(
        field("person_id"),
        field("person_name"),
        field("application_no"),
        field("family_no"),
        field("relation_to_applicant"),
        field("application_programme"),
        field("applied_on"),
        field("decision"),
        field("decided_on", required=False),
        field("refusal_reason", required=False),
        field("reconsiders_no", required=False),
        field("street_code"),
        field("community_code", required=False),
    ),
    business_key=(
        "application_no",
        "person_id",
    ),
    facts=(
        FactMap(
            "applications",
            {
                "application_no": "application_no",
                "family_no": "family_no",
                "person_key": "person_key",
                "relation_to_applicant": "relation_to_applicant",
                "application_programme": "application_programme",
                "applied_on": "applied_on",
                "decision": "decision",
                "decided_on": "decided_on",
                "refusal_reason": "refusal_reason",
                "reconsiders_no": "reconsiders_no",
                "street_code": "street_code",
            },
        ),
        FactMap(
            "declarations",
            {
                "family_no": "family_no",
                "person_key": "person_key",
                "relation_to_applicant": "relation_to_applicant",
                "application_no": "application_no",
                "street_code": "street_code",
                "community_code": "community_code",
                "declared_on": "applied_on",
            },
        ),
        FactMap(
            "residences",
            {
                "person_key": "person_key",
                "street_code": "street_code",
                "community_code": "community_code",
                "basis": Const("street"),
                "started_on": "applied_on",
            },
        ),
    ),
)
