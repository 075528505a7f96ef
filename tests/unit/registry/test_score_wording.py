"""The score and the tier in sentences."""

from datetime import date
from typing import Any

from registry.explanation import PointsLine
from registry.score_wording import score_lines, tier_changes, unknown_lines
from scoring.features import MODEL_FEATURES
from scoring.model import BASE
from tests.unit.rules.tables import shipped

DAY = date(2026, 6, 30)


def _row(feature: str, value: int | None, points: int) -> dict[str, Any]:
    return {"feature": feature, "value": value, "points": points}


def test_the_strongest_reasons_come_first_with_their_values() -> None:
    """A family would be told a number without what it is made of."""
    rows = [_row("minors", 2, 400), _row("medical_cost", 12_000, 600), _row("no_earner", 1, 500), _row("leads", 1, -3)]
    assert score_lines([*rows, _row(BASE, None, -4000)], DAY) == [
        "医疗自付：12,000 元（截至 2026-06-30，近12个月医疗自付合计），计 600 分",
        "有未成年人而无人就业：是（截至 2026-06-30，有未成年人，且末月无人有工资或缴费），计 500 分",
        "未成年人数：2 人（截至 2026-06-30，未满18周岁的成员），计 400 分",
    ]
    assert len(score_lines([_row(each.name, 1, 10) for each in MODEL_FEATURES], DAY)) == 5


def test_what_is_not_known_is_said() -> None:
    """No record would be read as nothing there."""
    assert unknown_lines([], "none") == ["人均年收入不明：收入不明，不等于没有收入；不计分"]
    assert unknown_lines([_row("income_per_head", None, 30)], "none") == [
        "人均年收入不明：收入不明，不等于没有收入；按不明计 30 分"
    ]
    assert unknown_lines([_row(BASE, None, -4000), _row("minors", 1, 3)], "full") == []


def test_a_feature_of_an_old_edition_stays_readable() -> None:
    """An edition of last year could not be explained."""
    assert score_lines([_row("bygone", 7, 10)], DAY) == ["bygone：7（截至 2026-06-30），计 10 分"]
    assert unknown_lines([_row("bygone", None, 10)], "full") == ["bygone不明：没有记录；按不明计 10 分"]


def test_what_would_change_the_tier() -> None:
    """A family could not be told what would put it into another tier."""
    limits = [shipped().integer(f"tiers.{each}_points") for each in ("orange", "red")]
    one, other = PointsLine(reason="a", title="甲", points=3), PointsLine(reason="b", title="乙", points=1)
    found = tier_changes(limits[0] + 1, [one, other], shipped())
    assert found == [
        f"等级分再增加 {limits[1] - limits[0] - 1} 分（达到 {limits[1]} 分）将列为红色",
        "“甲”（3 分）不再成立时，等级由橙色变为黄色",
    ]
    assert tier_changes(limits[1], [], shipped()) == []
