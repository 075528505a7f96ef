"""The score and the tier in sentences: the strongest reasons, what is not known, what another tier would take.

What belongs here: wording from published rows alone. Which points a feature has stands in the model, the limits of the
tiers in the parameters, how each feature is said in `registry.score_sentences`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from registry.explanation import PointsLine
from registry.filters import TIERS
from registry.score_sentences import name_of, sentence_of, was_never
from rules.parameters import ParametersAt
from schemas.told import Listed, Told
from scoring.features import MODEL_FEATURES
from scoring.model import BASE
from scoring.reasons import LEAST, MOST
from scoring.spec import Feature

__all__ = ["score_heading", "score_lines", "tier_changes", "unknown_lines"]

_PERCENT = 100
_FEATURES: Mapping[str, Feature] = {each.name: each for each in MODEL_FEATURES}
_KNOWN = frozenset({"full", "partial"})
_INCOME = "income_per_head"
_PARTLY = "partial"
_ORDER = [*_FEATURES]
_HOLDS = {True: "（使评分降低）", False: "（没有使评分升高）"}


def score_heading(score: int | None, reasons: Sequence[Mapping[str, Any]]) -> str:
    """What the number means: points by a card, or a chance that a trained model tells and how it comes about."""
    base = next((each["points"] or 0 for each in reasons if each["feature"] == BASE), None)
    if base is None or score is None:
        return Told("困难评分 %(score)s（万分制，由评分卡按下列各项累加，只反映需要帮助的程度）", score=_number(score))
    total = sum(each["points"] or 0 for each in reasons)
    return Told(
        "困难评分 %(score)s（万分制）：模型估计今后十二个月内需要基本救助的可能性约为 %(chance)s%%；"
        "由一般家庭的起点 %(base)s 分与各项分值相加得 %(total)s 分，再对应到可能性",
        score=f"{score:,}",
        chance=f"{score / _PERCENT:.1f}",
        base=f"{base:,}",
        total=f"{total:,}",
    )


def score_lines(
    reasons: Iterable[Mapping[str, Any]], as_of: date, dated: Mapping[str, date] | None = None
) -> list[str]:
    """The three to five strongest known reasons with their values: rows of the table `score_reasons`.

    Those that raise the score, up to five. Where fewer than three do, the strongest of those that lower or hold it
    complete the list, and are told as such. `dated` says of features when the latest fact behind them happened, where
    a published row says so.
    """
    known = [each for each in reasons if each["value"] is not None]
    raising = sorted((each for each in known if _of(each) > 0), key=lambda each: (-_of(each), each["feature"]))[:MOST]
    others = sorted((each for each in known if _of(each) <= 0), key=lambda each: (_of(each), _place(each["feature"])))
    told = [*raising, *others[: max(0, LEAST - len(raising))]]
    return [_sentence(each, as_of, (dated or {}).get(each["feature"])) for each in told]


def unknown_lines(reasons: Iterable[Mapping[str, Any]], income_evidence: str | None) -> list[str]:
    """What the score does not know, and what that means for it; what never happened is told apart, in one line."""
    empty = [each for each in reasons if each["value"] is None and each["feature"] != BASE]
    never = [each for each in empty if was_never(each["feature"])]
    lines: list[str] = [
        Told(
            "尚不清楚：%(missing)s（“%(feature)s”按不明处理，计 %(points)s）",
            missing=_missing(each["feature"]),
            feature=name_of(each["feature"]),
            points=_points(_of(each)),
        )
        for each in empty
        if not was_never(each["feature"])
    ]
    if income_evidence not in _KNOWN and not any(each["feature"] == _INCOME for each in empty):
        told = {"missing": _missing(_INCOME), "feature": name_of(_INCOME)}
        lines.append(Told("尚不清楚：%(missing)s（“%(feature)s”不计分）", **told))
    if income_evidence == _PARTLY:
        lines.append("收入记录不完整：按已有的记录计算，有的成员有的月份没有记录，实际收入可能更高")
    if never:
        total = _points(sum(each["points"] or 0 for each in never))
        what = Listed(_missing(each["feature"]) for each in never)
        lines.append(Told("%(what)s（合计 %(points)s）", what=what, points=total))
    return lines


def tier_changes(points: int | None, reasons: Iterable[PointsLine], parameters: ParametersAt) -> list[str]:
    """How far the next tier is, and without which single reason the family would be in another one.

    Where no single reason decides it, how many points would have to fall away together.
    """
    total = points or 0
    now = _tier(total, parameters)
    higher = [(tier, limit) for tier, limit in reversed(_limits(parameters)) if limit > total]
    lines: list[str] = [
        Told(
            "等级分再增加 %(more)s 分（达到 %(limit)s 分）将列为%(tier)s",
            more=limit - total,
            limit=limit,
            tier=_title(tier),
        )
        for tier, limit in higher[:1]
    ]
    falling: dict[str, list[str]] = {}
    for each in reasons:
        without = _tier(total - each.points, parameters)
        if without != now:
            falling.setdefault(without, []).append(
                Told("“%(title)s”（%(points)s 分）", title=each.title, points=each.points)
            )
    for without, titles in falling.items():
        lines.append(
            Told(
                "%(titles)s：这一项不再成立时，等级由%(now)s变为%(without)s"
                if len(titles) == 1
                else "%(titles)s：其中任何一项不再成立时，等级由%(now)s变为%(without)s",
                titles=Listed(titles, "、"),
                now=_title(now),
                without=_title(without),
            )
        )
    held = [limit for _, limit in _limits(parameters) if limit <= total]
    if held and not falling:
        least = total - held[0] + 1
        lines.append(
            Told(
                "没有哪一项单独决定等级；各项合计减少 %(less)s 分（含）以上时，等级由%(now)s变为%(without)s",
                less=least,
                now=_title(now),
                without=_title(_tier(total - least, parameters)),
            )
        )
    return lines


def _limits(parameters: ParametersAt) -> list[tuple[str, int]]:
    """The highest tier first."""
    return [(tier, parameters.integer(f"tiers.{tier}_points")) for tier in ("red", "orange")]


def _tier(points: int, parameters: ParametersAt) -> str:
    return next((tier for tier, limit in _limits(parameters) if points >= limit), "yellow")


def _title(tier: str) -> str:
    return Told("%(tier)s色", tier=TIERS.title_of(tier))


def _sentence(row: Mapping[str, Any], as_of: date, latest: date | None) -> str:
    said = sentence_of(row["feature"], row["value"], as_of)
    when = Told("最近一次 %(day)s", day=latest) if latest else ""
    told = Told(
        "%(fact)s（截至 %(as_of)s），计 %(points)s",
        fact=Listed([said, when]),
        as_of=as_of,
        points=_points(_of(row)),
    )
    holds = "" if _of(row) > 0 else _HOLDS[_of(row) < 0]
    return Listed((told, holds), "") if holds else told


def _of(row: Mapping[str, Any]) -> int:
    return row["points"] or 0


def _place(feature: str) -> int:
    """Features in the order of their declaration; what an old edition scored by comes last."""
    return _ORDER.index(feature) if feature in _FEATURES else len(_ORDER)


def _points(points: int) -> str:
    return Told("%(points)s 分", points=f"{points:,}")


def _number(score: int | None) -> str:
    return "—" if score is None else f"{score:,}"


def _missing(feature: str) -> str:
    known = _FEATURES.get(feature)
    return known.missing if known else "没有记录"
