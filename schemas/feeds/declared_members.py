"""共同生活家庭成员复核申报 — one row a co-living member declared at a yearly review."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="declared_members",
    title="共同生活家庭成员复核申报",
    department="civil_affairs",
    mode=DeliveryMode.CHANGES,
    description="one row a co-living member declared at a yearly review",
    absence_means="no change of the record",
    legal_basis="社会救助暂行办法(国务院令第649号); 最低生活保障审核确认办法(民发〔2021〕57号)",
    population="applicants and recipients, with their authorisation",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("family_no"),
        field("declared_on"),
        field("relation_to_applicant"),
        field("livelihood", required=False),
        field("street_code"),
        field("community_code", required=False),
    ),
    business_key=(
        "family_no",
        "declared_on",
        "person_id",
    ),
    facts=(
        FactMap(
            "declarations",
            {
                "family_no": "family_no",
                "declared_on": "declared_on",
                "person_key": "person_key",
                "relation_to_applicant": "relation_to_applicant",
                "livelihood": "livelihood",
                "street_code": "street_code",
                "community_code": "community_code",
            },
        ),
    ),
)
