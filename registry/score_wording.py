"""The score and the tier in sentences: the strongest reasons, what is not known, what another tier would take.

What belongs here: wording from published rows alone. Which points a feature has stands in the model, the limits of the
tiers in the parameters.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from registry.explanation import PointsLine
from registry.filters import TIERS
from rules.parameters import ParametersAt
from scoring.features import MODEL_FEATURES
from scoring.model import BASE
from scoring.spec import Feature

__all__ = ["score_lines", "tier_changes", "unknown_lines"]

_MOST = 5
_FEATURES: Mapping[str, Feature] = {each.name: each for each in MODEL_FEATURES}
_KNOWN = frozenset({"full", "partial"})
_INCOME = "income_per_head"


def score_lines(reasons: Iterable[Mapping[str, Any]], as_of: date) -> list[str]:
    """The strongest known reasons for need, up to five, with their values: rows of the table `score_reasons`."""
    raising = [each for each in reasons if (each["points"] or 0) > 0 and each["value"] is not None]
    raising.sort(key=lambda each: (-each["points"], each["feature"]))
    return [_sentence(each, as_of) for each in raising[:_MOST]]


def unknown_lines(reasons: Iterable[Mapping[str, Any]], income_evidence: str | None) -> list[str]:
    """What the score does not know, and what that means for it."""
    lines = [
        f"{_name(each['feature'])}不明：{_missing(each['feature'])}；按不明计 {each['points']} 分"
        for each in reasons
        if each["value"] is None and each["feature"] != BASE
    ]
    if income_evidence not in _KNOWN and not any(line.startswith(_name(_INCOME)) for line in lines):
        lines.append(f"{_name(_INCOME)}不明：{_missing(_INCOME)}；不计分")
    return lines


def tier_changes(points: int | None, reasons: Iterable[PointsLine], parameters: ParametersAt) -> list[str]:
    """How far the next tier is, and without which single reason the family would be in another one."""
    total = points or 0
    now = _tier(total, parameters)
    lines = [
        f"等级分再增加 {limit - total} 分（达到 {limit} 分）将列为{_title(tier)}"
        for tier, limit in reversed(_limits(parameters))
        if limit > total
    ][:1]
    for each in reasons:
        without = _tier(total - each.points, parameters)
        if without != now:
            lines.append(f"“{each.title}”（{each.points} 分）不再成立时，等级由{_title(now)}变为{_title(without)}")
    return lines


def _limits(parameters: ParametersAt) -> list[tuple[str, int]]:
    """The highest tier first."""
    return [(tier, parameters.integer(f"tiers.{tier}_points")) for tier in ("red", "orange")]


def _tier(points: int, parameters: ParametersAt) -> str:
    return next((tier for tier, limit in _limits(parameters) if points >= limit), "yellow")


def _title(tier: str) -> str:
    return f"{TIERS.title_of(tier)}色"


def _sentence(row: Mapping[str, Any], as_of: date) -> str:
    feature = _FEATURES.get(row["feature"])
    unit = feature.unit if feature else ""
    counted = f"，{feature.meaning}" if feature and feature.meaning else ""
    value = "是" if feature and not unit else f"{row['value']:,} {unit}".strip()
    return f"{_name(row['feature'])}：{value}（截至 {as_of}{counted}），计 {row['points']} 分"


def _name(feature: str) -> str:
    """The title without its unit; what an old edition scored by stays visible as its code."""
    known = _FEATURES.get(feature)
    return known.title.split("(")[0] if known else feature


def _missing(feature: str) -> str:
    known = _FEATURES.get(feature)
    return known.missing if known else "没有记录"
