"""The score and the tier in sentences."""

from datetime import date
from typing import Any

from registry.explanation import PointsLine
from registry.score_sentences import sentence_of
from registry.score_wording import score_heading, score_lines, tier_changes, unknown_lines
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
        "近12个月全家医疗自付 12,000 元（截至 2026-06-30），计 600 分",
        "家中有未成年人，而最近一个月没有人有工资或缴费记录（截至 2026-06-30），计 500 分",
        "家中有 2 名未成年人（截至 2026-06-30），计 400 分",
    ]
    assert len(score_lines([_row(each.name, 1, 10) for each in MODEL_FEATURES], DAY)) == 5


def test_few_reasons_are_completed_by_what_lowers_or_holds_the_score() -> None:
    """A family with one reason would not learn what keeps its score down, or would take that for a reason of need."""
    rows = [_row("minors", 1, 200), _row("income_per_head", 98_000, 0), _row("leads", 0, -30), _row("exits", 0, 0)]
    assert score_lines([*rows, _row("refusals", None, 90), _row(BASE, None, -4000)], DAY) == [
        "家中有 1 名未成年人（截至 2026-06-30），计 200 分",
        "近期没有收到关于这家人的困难线索（截至 2026-06-30），计 -30 分（使评分降低）",
        "近12个月家庭人均收入 98,000 元（截至 2026-06-30），计 0 分（没有使评分升高）",
    ]
    enough = [_row(each, 1, 10) for each in ("minors", "exits", "refusals")]
    assert not any("使评分" in each for each in score_lines([*enough, *rows[1:3]], DAY))
    assert score_lines([_row("minors", None, 200), _row(BASE, None, -4000)], DAY) == []


def test_what_is_not_known_is_said() -> None:
    """No record would be read as nothing there."""
    assert unknown_lines([], "none") == ["尚不清楚：收入不明，不等于没有收入（“人均年收入”不计分）"]
    assert unknown_lines([_row("income_per_head", None, 30)], "none") == [
        "尚不清楚：收入不明，不等于没有收入（“人均年收入”按不明处理，计 30 分）"
    ]
    assert unknown_lines([_row(BASE, None, -4000), _row("minors", 1, 3)], "full") == []
    assert "实际收入可能更高" in unknown_lines([_row("minors", 1, 3)], "partial")[0]


def test_what_never_happened_is_not_called_unclear() -> None:
    """A worker would ask a family for a refusal that there never was."""
    rows = [_row("months_since_exit", None, -40), _row("months_since_illness", None, -1200)]
    assert unknown_lines(rows, "full") == ["没有退出救助的记录，没有重病登记（合计 -1,240 分）"]


def test_a_fact_is_told_with_its_date() -> None:
    """Whoever visits could not tell a family which payment or which exit is meant."""
    rows = [_row("temporary_aid", 2, 700), _row("months_since_exit", 18, 90), _row("months_since_refusal", 0, 80)]
    assert score_lines(rows, DAY, {"temporary_aid": date(2026, 3, 2)}) == [
        "监测期内领取临时救助 2 次，最近一次 2026-03-02（截至 2026-06-30），计 700 分",
        "2024 年 12 月有家人退出救助，至今 18 个月（截至 2026-06-30），计 90 分",
        "2026 年 6 月有家人的救助申请未通过，就在本月（截至 2026-06-30），计 80 分",
    ]


def test_every_feature_has_a_sentence() -> None:
    """A worker would read a code instead of what is meant."""
    for each in MODEL_FEATURES:
        for value in (0, 1, 1234):
            said = sentence_of(each.name, value, DAY)
            assert each.name not in said
            assert "：" not in said, f"{each.name} has no sentence of its own"


def test_the_number_says_what_it_means() -> None:
    """Points by hand would be read as a chance, or a chance as points."""
    assert "评分卡" in score_heading(3700, [_row("minors", 2, 400)])
    told = score_heading(372, [_row("minors", 2, 400), _row(BASE, None, -4000)])
    assert "约为 3.7%" in told
    assert "起点 -4,000 分" in told
    assert "得 -3,600 分" in told


def test_a_feature_of_an_old_edition_stays_readable() -> None:
    """An edition of last year could not be explained."""
    assert score_lines([_row("bygone", 7, 10)], DAY) == ["bygone：7（截至 2026-06-30），计 10 分"]
    assert unknown_lines([_row("bygone", None, 10)], "full") == ["尚不清楚：没有记录（“bygone”按不明处理，计 10 分）"]


def test_what_would_change_the_tier() -> None:
    """A family could not be told what would put it into another tier."""
    limits = [shipped().integer(f"tiers.{each}_points") for each in ("orange", "red")]
    one, other = PointsLine(reason="a", title="甲", points=3), PointsLine(reason="b", title="乙", points=1)
    found = tier_changes(limits[0] + 1, [one, other], shipped())
    assert found == [
        f"等级分再增加 {limits[1] - limits[0] - 1} 分（达到 {limits[1]} 分）将列为红色",
        "“甲”（3 分）：这一项不再成立时，等级由橙色变为黄色",
    ]
    assert tier_changes(limits[1], [one, other], shipped()) == [
        "“甲”（3 分）、“乙”（1 分）：其中任何一项不再成立时，等级由红色变为橙色"
    ]


def test_where_no_single_reason_decides_the_tier() -> None:
    """If this fails, a family far above the limit of its tier is told nothing of what would change it."""
    orange, red = (shipped().integer(f"tiers.{each}_points") for each in ("orange", "red"))
    small = [PointsLine(reason=each, title=each, points=2) for each in ("a", "b")]
    told = "没有哪一项单独决定等级；各项合计减少 4 分（含）以上时，等级由"
    assert tier_changes(red + 3, small, shipped()) == [f"{told}红色变为橙色"]
    assert tier_changes(orange + 3, small, shipped())[1:] == [f"{told}橙色变为黄色"]
    assert len(tier_changes(orange - 1, small, shipped())) == 1, "nothing is below the lowest tier"
