"""The conditions of a group as a listed family met them: what was found, beside what the rule asks for.

What belongs here: putting values that the edition holds beside the parameters of the rule. That a condition is met is
the rule's own result (there is a hit); nothing is decided again here.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from registry.explanation import PredicateLine
from registry.filters import EVIDENCE
from registry.wording import told_value, yuan
from rules import get_rule
from rules.frames import FEN_PER_YUAN
from rules.parameters import ParametersAt
from schemas.told import Told

__all__ = ["predicate_lines"]

_LOW_INCOME, _OBLIGOR = "low_income_family", "obligor_family"
_LIMIT = "low_income_family.annual_income_yuan"
_SIZE = "low_income_family.counted_members"
_SCOPE = "low_income_family.scope"
_LEVELS = "low_income_family.evidence_levels"
_OFF_REGISTER = ("exited_assistance", "rejected_application")


def predicate_lines(
    rule_id: str,
    hits: Sequence[Mapping[str, Any]],
    entry: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    parameters: ParametersAt,
    as_of: date,
) -> list[PredicateLine]:
    """The named conditions of the rule with the values found; of an obligor's ward nothing is told."""
    if rule_id == _LOW_INCOME:
        return _income(entry, members, parameters)
    if rule_id == _OBLIGOR:
        return []
    lines = _windows(rule_id, hits, parameters, as_of)
    if rule_id in _OFF_REGISTER:
        lines.append(PredicateLine(name="not_on_register", title="在册情况", found="目前不在册", required="目前不在册"))
    return lines


def _income(
    entry: Mapping[str, Any], members: Sequence[Mapping[str, Any]], parameters: ParametersAt
) -> list[PredicateLine]:
    counted = sum(bool(each["counted"]) for each in members)
    level = EVIDENCE.labels.get(entry["income_evidence"] or "", ("不明",))[0]
    found = "无法核算" if entry["income_fen"] is None else yuan(entry["income_fen"])
    asked = {each: _told(each, parameters) for each in (_SIZE, _SCOPE, _LIMIT, _LEVELS)}
    heads, limit = asked[_SIZE], asked[_LIMIT]
    by_head = parameters.text(_SCOPE) == "per_head"
    if by_head:  # the whole fen that the rule still takes
        share = counted * parameters.integer(_LIMIT) * FEN_PER_YUAN // parameters.integer(_SIZE)
        heads, limit = (
            asked[_SCOPE],
            Told(
                "%(share)s，即%(heads)s%(limit)s按人均折算为%(counted)s人",
                share=yuan(share),
                heads=heads,
                limit=limit,
                counted=counted,
            ),
        )
    return [
        PredicateLine(
            name="counted_members",
            title="计入成员",
            found=Told("%(number)s%(unit)s", number=counted, unit="人"),
            required=heads,
            parameter=_SCOPE if by_head else _SIZE,
        ),
        PredicateLine(
            name="income_at_most",
            title="十二个月计入收入",
            found=found,
            required=Told("不超过 %(limit)s（含本数）", limit=limit),
            parameter=_LIMIT,
        ),
        PredicateLine(
            name="income_evidence", title="收入佐证", found=level, required=asked[_LEVELS], parameter=_LEVELS
        ),
    ]


def _windows(
    rule_id: str, hits: Sequence[Mapping[str, Any]], parameters: ParametersAt, as_of: date
) -> list[PredicateLine]:
    """The day of each fact within its window, the latest first; one line a day."""
    window = next((each for each in get_rule(rule_id).parameters if ".window_" in each), "")
    length = _told(window, parameters) if window else ""
    once = {(each["evidence_on"], each["valid_until"]) for each in hits if each["evidence_on"]}
    days = sorted(once, key=lambda pair: (pair[0], pair[1] or date.max), reverse=True)
    return [
        PredicateLine(
            name="inside_window",
            title="监测期",
            found=_window(on, until, as_of),
            required=Told("事实发生后%(length)s内（首尾两日均算）", length=length),
            parameter=window,
        )
        for on, until in days
    ]


def _window(on: date, until: date | None, as_of: date) -> str:
    if until is None:
        return Told("%(day)s 起，至今未终止", day=on)
    return Told("%(day)s 起至 %(until)s 止，统计截止日 %(as_of)s 在内", day=on, until=until, as_of=as_of)


def _told(name: str, parameters: ParametersAt) -> str:
    return told_value(parameters.dated(name).value, parameters.parameters[name].unit)
