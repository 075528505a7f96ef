"""The points scorecard: need only, explained to the point, for each family alone."""

from typing import Any

import polars as pl
import pytest

from editions.hits import rule_context
from rules.parameters import load_parameters
from schemas.tables import TABLES
from scoring.errors import FeatureSpecError, ForbiddenFeatureError
from scoring.features import FEATURES, feature_table
from scoring.model import score_reasons, scores
from scoring.reasons import LEAST
from scoring.scorecard import scorecard
from scoring.spec import FORBIDDEN, Feature, check_features
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

FAMILY: dict[str, Any] = {
    "family_id": "H:1",
    "counted_members": 3,
    "income_evidence": "none",
    "medical_fen": 0,
    "severe_disabilities": 0,
    "severe_illnesses": 0,
    "aged_80": 0,
    "minors": 0,
    "students": 0,
    "unemployed": 0,
    "working": 1,
}


def _scored(**given: list[dict[str, Any]]) -> tuple[dict[str, int], pl.DataFrame]:
    context = rule_context(all_tables(**given), AS_OF, shipped())
    features, card = feature_table(context), scorecard(shipped())
    reasons = score_reasons(features, card)
    table = scores(features, card).to_native().collect()
    return dict(table.select("family_id", "score").rows()), reasons.to_native().collect()


def test_the_score_is_the_sum_of_its_reasons() -> None:
    """A family could not be told why it has its score."""
    family = FAMILY | {"income_evidence": "full", "income_fen": 3_000_000, "medical_fen": 1_200_000, "minors": 2}
    hits = [{"rule_id": "temporary_assistance", "family_id": "H:1", "person_key": "a", "evidence_key": "t:1"}]
    score, reasons = _scored(families=[family], hits=hits, members=[member("a", "H:1")])
    assert score == {"H:1": reasons["points"].sum()}
    told = {feature: (value, points) for _, feature, value, points in reasons.rows()}
    assert told == {
        "income_per_head": (10_000, 1800),
        "medical_share": (40, 1100),
        "medical_cost": (12_000, 600),
        "minors": (2, 400),
        "temporary_aid": (1, 700),
    }


def test_what_is_not_known_has_no_points() -> None:
    """No record of income would be scored as no income."""
    score, reasons = _scored(families=[FAMILY])
    assert score == {"H:1": 0}
    assert reasons["points"].to_list() == [0] * LEAST
    assert reasons["value"].null_count() == 0
    assert not {"income_per_head", "medical_share"} & set(reasons["feature"])


def test_what_gives_no_points_completes_few_reasons() -> None:
    """A family with one reason would not be told why its score is not higher."""
    family = FAMILY | {"income_evidence": "full", "income_fen": 30_000_000, "minors": 1}
    _, reasons = _scored(families=[family])
    assert set(reasons.select("feature", "value", "points").rows()) == {
        ("minors", 1, 200),
        ("income_per_head", 100_000, 0),
        ("medical_share", 0, 0),
    }


def test_zero_income_is_known_income() -> None:
    """A family known to have nothing would be scored like one of which nothing is known."""
    score, _ = _scored(families=[FAMILY | {"income_evidence": "partial", "income_fen": 0}])
    assert score == {"H:1": 1800}


def test_a_score_depends_on_nobody_else() -> None:
    """A family's score would change because of who else is in the file."""
    family = FAMILY | {"severe_illnesses": 1, "income_evidence": "full", "income_fen": 5_000_000}
    alone, _ = _scored(families=[family])
    other = FAMILY | {"family_id": "H:2", "income_evidence": "full", "income_fen": 99_000_000, "medical_fen": 9_000_000}
    together, _ = _scored(families=[family, other])
    assert together["H:1"] == alone["H:1"]


def test_the_score_has_a_maximum() -> None:
    """Points per ten thousand above ten thousand mean nothing."""
    read = load_parameters().replacing({"scorecard.maximum": 500}).as_of(AS_OF)
    tables = all_tables(families=[FAMILY | {"severe_illnesses": 2}])
    context = rule_context(tables, AS_OF, read)
    assert scores(feature_table(context), scorecard(read)).to_native().collect()["score"].to_list() == [500]


def test_one_payment_to_many_members_counts_once() -> None:
    """A large family would score higher for the same single payment."""
    hits = [
        {"rule_id": "temporary_assistance", "family_id": "H:1", "person_key": name, "evidence_key": "temporary:x"}
        for name in "abcd"
    ]
    _, reasons = _scored(families=[FAMILY], hits=hits)
    assert reasons.filter(feature="temporary_aid")["value"].to_list() == [1]


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_forbidden_feature_is_refused(name: str) -> None:
    """What a score may not know would reach it (nationality, religion, sex, place, suspected error)."""
    with pytest.raises(ForbiddenFeatureError, match=name):
        check_features([Feature(name, "x", ("minors",))])
    with pytest.raises(ForbiddenFeatureError, match=name):
        check_features([Feature("harmless", "x", ("minors", name))])


def test_a_feature_twice_is_refused() -> None:
    """Its points would count twice."""
    with pytest.raises(FeatureSpecError):
        check_features([FEATURES[0], FEATURES[0]])


def test_features_come_only_from_what_they_declare() -> None:
    """The spec would not be the truth about what the score knows."""
    check_features(FEATURES)
    known = set(TABLES["families"].columns) | {"hits", "leads"}
    assert {name for feature in FEATURES for name in feature.reads} <= known
    table = feature_table(rule_context(all_tables(families=[FAMILY]), AS_OF, shipped())).to_native().collect()
    assert table.columns == ["family_id", *(feature.name for feature in FEATURES)]
    assert all(dtype == pl.Int64 for name, dtype in table.schema.items() if name != "family_id")


def test_verify_hits_do_not_score() -> None:
    """Suspected error would count as need."""
    hits = [{"rule_id": "paid_after_death", "family_id": "H:1", "person_key": "a", "evidence_key": "x"}]
    score, _ = _scored(families=[FAMILY], hits=hits)
    assert score == {"H:1": 0}


def test_every_feature_has_points() -> None:
    """A feature without a parameter would stop the run in the night."""
    read = shipped()
    assert all(read.bands(f"scorecard.{feature.name}") for feature in FEATURES)
