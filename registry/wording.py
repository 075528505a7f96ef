"""Values in Chinese words: parameters with their units, amounts, points.

What belongs here: the words that explanations use and no rule or code list has.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from registry.explanation import MeasureLine, ParameterLine, PointsLine
from registry.filters import EVIDENCE
from rules.measures import CONDITIONS, MEASURES
from rules.parameters.model import UNITS, Band, ParametersAt, ParameterValue
from schemas.codes import CODE_LISTS
from schemas.contract import all_feeds
from schemas.told import Listed, Told

__all__ = ["measure_lines", "parameter_lines", "tier_lines", "told_value", "yuan"]

_STATUS = {"seed": "本项目确定", "regulation": "法规规定", "local": "本区选择"}
_WORDS = {
    "detoxification": "强制隔离戒毒",
    "exact_three": "仅限三人家庭",
    "per_head": "按人均折算",
    "nuclear_joined": "户籍登记并合并夫妻",
    "registration_only": "仅按户籍登记",
    "severe_illness": "重大疾病",
}
_FEN = 100


def yuan(fen: int) -> str:
    """An amount in yuan with two decimals, exactly."""
    sign = "-" if fen < 0 else ""
    return Told("%(yuan)s 元", yuan=f"{sign}{abs(fen) // _FEN:,}.{abs(fen) % _FEN:02d}")


def parameter_lines(names: Iterable[str], parameters: ParametersAt) -> list[ParameterLine]:
    """The parameters called `names` as they are in force."""
    lines = []
    for name in names:
        declared, held = parameters.parameters[name], parameters.dated(name)
        lines.append(
            ParameterLine(
                name=name,
                title=declared.title,
                value=told_value(held.value, declared.unit),
                since=held.since,
                citation=held.citation,
                status=_STATUS[declared.status],
            )
        )
    return lines


def tier_lines(reasons: str | None, parameters: ParametersAt) -> list[PointsLine]:
    """'reason=points' of the list, each with the title of its parameter."""
    lines = []
    for part in (reasons or "").split(";"):
        reason, _, points = part.partition("=")
        if reason:
            name = f"tiers.points_{reason}"
            known = parameters.parameters.by_name.get(name)
            lines.append(PointsLine(reason=reason, title=known.title if known else reason, points=int(points or 0)))
    return lines


def measure_lines(rows: Iterable[Mapping[str, Any]]) -> list[MeasureLine]:
    """Rows of the table `measures` in sentences, in the order of the code list and of the conditions."""
    places = {code: place for place, code in enumerate([*MEASURES, *CONDITIONS])}
    ordered = sorted(rows, key=lambda each: [places.get(each[name], len(places)) for name in ("measure", "reason")])
    return [_measure(each["measure"], each["reason"]) for each in ordered]


def _measure(measure: str, reason: str) -> MeasureLine:
    """What an old edition suggests for a reason that is told no more stays visible as its code."""
    condition = CONDITIONS.get(reason)
    return MeasureLine(
        measure=measure,
        title=CODE_LISTS["measure"].labels.get(measure, (measure,))[0],
        reason=reason,
        sentence=condition.sentence if condition else reason,
        legal_basis=condition.legal_basis if condition else "",
    )


def told_value(value: ParameterValue, unit: str) -> str:
    """A value of a parameter with its unit, in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return _word(value, unit)
    if isinstance(value, int):
        return _counted(value, unit)
    return Listed((_part(each, unit) for each in value), "、") or "无"


def _counted(number: int, unit: str) -> str:
    return Told("%(number)s%(unit)s", number=f"{number:,}", unit=UNITS[unit]) if UNITS[unit] else f"{number:,}"


def _part(part: object, unit: str) -> str:
    if isinstance(part, Band):
        return Told("%(limit)s 起 %(points)s 分", limit=part.at_least, points=part.points)
    if isinstance(part, tuple):
        return "→".join(str(each) for each in part)
    if isinstance(part, int):
        return _counted(part, unit)
    return _word(str(part), unit)


def _word(code: str, unit: str) -> str:
    """A code in the words of its list or feed; of several lists the one of aid prevails."""
    if unit == "feed" and code in all_feeds():
        return all_feeds()[code].title
    lists = (CODE_LISTS["aid_kind"], EVIDENCE, *CODE_LISTS.values())
    return next((each.title_of(code) for each in lists if code in each.labels), _WORDS.get(code, code))
