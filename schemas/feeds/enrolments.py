"""在校学籍 — one row a student and enrolment."""

from schemas.contract import Const, DeliveryMode, FactMap, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="enrolments",
    title="在校学籍",
    department="education",
    mode=DeliveryMode.CHANGES,
    description="one row a student and enrolment",
    absence_means="no change of the record",
    legal_basis="国办发〔2023〕39号(低收入人口动态监测); 政务数据共享条例(2025-08-01施行)",
    population="residents of the district",
    history_months=60,
    columns=(
        field("person_id"),
        field("person_name"),
        field("school_no"),
        field("school_stage"),
        field("study_mode"),
        field("enrolled_on"),
        field("left_on", required=False),
    ),
    business_key=(
        "person_id",
        "school_no",
        "enrolled_on",
    ),
    facts=(
        FactMap(
            "conditions",
            {
                "person_key": "person_key",
                "kind": Const("study"),
                "category": "school_stage",
                "detail": "study_mode",
                "started_on": "enrolled_on",
                "ended_on": "left_on",
            },
        ),
    ),
)
