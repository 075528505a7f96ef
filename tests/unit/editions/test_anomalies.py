"""The financial profile: what is not known stays unknown."""

from typing import Any

import numpy as np
import polars as pl

from editions.anomalies import PROFILE, comparable_profiles, financial_profiles, unusual_feeds
from editions.anomalies_measured import measured_families, measured_feeds
from schemas.tables import PROFILES
from tests.unit.rules.tables import all_tables, shipped

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


def _district(rows: int = 2000) -> dict[str, pl.LazyFrame]:
    random = np.random.default_rng(4)
    families = [
        FAMILY
        | {"family_id": f"H:{place}", "income_fen": int(random.lognormal(16, 0.4)), "medical_fen": int(cost)}
        | {"working": int(random.integers(1, 3))}
        for place, cost in enumerate(random.lognormal(11, 0.8, rows))
    ]
    return all_tables(families=families)


def test_what_is_found_of_families_made_unusual_is_measured() -> None:
    """Nobody could say how many families in trouble the hints pass over."""
    found = measured_families(_district(), shipped())
    assert found is not None
    assert found.injected == 10
    assert found.recall.value >= 0.9
    assert found.precision.value >= 0.9
    assert found.recall.low < found.recall.value <= found.recall.high
    assert measured_families(_district(2000), shipped()) == found


def test_what_is_found_of_spoilt_deliveries_is_measured() -> None:
    """Nobody could say how many broken files the hints pass over."""
    random = np.random.default_rng(5)
    rows = [
        (f"feed{feed}", f"2025-{month:02}", "kind", "code", code, int(random.binomial(2000, share)), 2000)
        for feed in range(6)
        for month in range(1, 13)
        for code, share in (("a", 0.6), ("b", 0.4))
    ]
    profiles = pl.DataFrame(rows, schema=PROFILES.schema, orient="row")
    found = measured_feeds(profiles.lazy(), shipped())
    assert found is not None
    assert (found.injected, found.told, found.recall.value, found.precision.value) == (8, 0, 1.0, 1.0)
    assert measured_feeds(profiles.filter(pl.col("month") <= "2025-03").lazy(), shipped()) is None


def test_a_first_delivery_that_reaches_back_is_not_compared() -> None:
    """The years that every feed begins with would be called unusual in each edition for good."""
    counts = {"2025-01": 9_000} | {f"2025-{month:02}": 1_000 for month in range(2, 10)}
    rows = [
        (feed, month, "kind", "code", "a", count, count)
        for feed in ("contributions", "enrolments", "vehicles")
        for month, count in counts.items()
    ]
    profiles = pl.LazyFrame(rows, schema=PROFILES.schema, orient="row")
    found = unusual_feeds(comparable_profiles(profiles), shipped())
    assert found.select("feed", "month").rows() == [("vehicles", "2025-01")]  # a snapshot: it holds what is now
    assert comparable_profiles(profiles).select("feed", "month").unique().collect().height == 3 * 8 + 1
