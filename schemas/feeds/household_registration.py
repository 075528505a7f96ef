"""户籍人口 — one row a person and spell of registration in a household of the district."""

from schemas.contract import DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="household_registration",
    title="户籍人口",
    department="police",
    mode=DeliveryMode.CHANGES,
    description="one row a person and spell of registration in a household of the district",
    absence_means="no change of the record",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    dropped=("民族", "籍贯", "文化程度"),
    columns=(
        field("person_id"),
        field("person_name"),
        field("birth_on"),
        field("household_no"),
        field("household_type"),
        field("relation_to_head"),
        field("father_id", required=False),
        field("mother_id", required=False),
        field("street_code"),
        field("community_code"),
        field("address"),
        field("phone", required=False),
        field("registered_on"),
        field("ended_on", required=False, synonyms=("迁出(注销)日期", "终止日期")),
        field("registration_status"),
        field("cancel_reason", required=False),
    ),
    business_key=(
        "person_id",
        "household_no",
        "registered_on",
    ),
    facts=(
        FactMap(
            "registrations",
            {
                "person_key": "person_key",
                "household_no": "household_no",
                "household_type": "household_type",
                "relation_to_head": "relation_to_head",
                "father_key": "father_key",
                "mother_key": "mother_key",
                "street_code": "street_code",
                "community_code": "community_code",
                "registration_status": "registration_status",
                "cancel_reason": "cancel_reason",
                "ended_on": "ended_on",
                "started_on": "registered_on",
            },
        ),
        FactMap(
            "deaths",
            {
                "person_key": "person_key",
                "died_on": "ended_on",
            },
            where={"registration_status": ("cancelled",), "cancel_reason": ("death",)},
        ),
    ),
)
