"""The financial profile: what is not known stays unknown."""

from typing import Any

from editions.anomalies import PROFILE, financial_profiles
from tests.unit.rules.tables import all_tables

FAMILY: dict[str, Any] = {
    "family_id": "H:1",
    "members": 4,
    "counted_members": 3,
    "income_evidence": "full",
    "income_fen": 9_000_000,
    "medical_fen": 1_800_000,
    "working": 1,
}


def _profile(**changes: Any) -> tuple[int | None, ...]:
    families = all_tables(families=[FAMILY | changes])["families"]
    found = financial_profiles(families).collect()
    assert found.columns == ["family_id", *(each.name for each in PROFILE)]
    return found.row(0)[1:]


def test_the_profile_is_per_head_and_per_earner() -> None:
    """A large family would stand out by its size."""
    assert _profile() == (30_000, 18_000, 20, 3)


def test_no_complete_record_is_no_income() -> None:
    """A family would be unusual because a department did not deliver."""
    for evidence in ("partial", "none", "not_computable"):
        assert _profile(income_evidence=evidence) == (None, 18_000, None, 3)
    assert _profile(working=0)[3] is None
    assert _profile(income_fen=0)[2] is None
    assert _profile(counted_members=0)[0] is None
