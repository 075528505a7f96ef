"""Each feature of the score as an assistance worker would say it: one sentence with its value.

What belongs here: sentences by feature. Which of them are told, and with how many points, stands in
`registry.score_wording`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeAlias

from schemas.told import Told
from scoring.features import MODEL_FEATURES

__all__ = ["name_of", "sentence_of", "was_never"]

_Sentence: TypeAlias = Callable[[int, date], str]

_TITLES: Mapping[str, str] = {each.name: each.title.split("(")[0] for each in MODEL_FEATURES}
_NEVER = frozenset({"months_since_exit", "months_since_refusal", "months_since_illness", "medical_trend"})
_YEAR = 12


def sentence_of(feature: str, value: int, as_of: date) -> str:
    """The value of a feature in a sentence; what an old edition scored by stays visible as its code."""
    if value == 0 and feature in _NONE:
        return _NONE[feature]
    said = _SENTENCES.get(feature)
    if said:
        return said(value, as_of)
    return Told("%(feature)s：%(value)s", feature=name_of(feature), value=f"{value:,}")


def name_of(feature: str) -> str:
    """The title without its unit."""
    return _TITLES.get(feature, feature)


def was_never(feature: str) -> bool:
    """Whether no value of the feature means that it never happened; of others it means that nobody knows."""
    return feature in _NEVER


def _plain(words: str) -> _Sentence:
    return lambda value, _: Told(words, value=f"{value:,}")


def _since(words: str) -> _Sentence:
    """`words` after the month that lies so many months back."""

    def said(value: int, as_of: date) -> str:
        number = as_of.year * _YEAR + as_of.month - 1 - value
        when = {"year": number // _YEAR, "month": number % _YEAR + 1}
        if value:
            return Told("%(year)s 年 %(month)s 月%(what)s，至今 %(ago)s 个月", what=words, ago=value, **when)
        return Told("%(year)s 年 %(month)s 月%(what)s，就在本月", what=words, **when)

    return said


_SENTENCES: Mapping[str, _Sentence] = {
    "income_per_head": _plain("近12个月家庭人均收入 %(value)s 元"),
    "medical_share": _plain("近12个月医疗自付相当于家庭收入的 %(value)s%%"),
    "medical_cost": _plain("近12个月全家医疗自付 %(value)s 元"),
    "severe_disabilities": _plain("家中有 %(value)s 人持重度残疾证"),
    "severe_illnesses": _plain("家中有 %(value)s 人登记患有重大疾病"),
    "aged_80": _plain("家中有 %(value)s 位高龄老人"),
    "minors": _plain("家中有 %(value)s 名未成年人"),
    "students": _plain("家中有 %(value)s 名成年后仍在全日制就读的学生"),
    "unemployed": _plain("家中有 %(value)s 人近期领取失业保险待遇"),
    "no_earner": lambda value, _: (
        "家中有未成年人，而最近一个月没有人有工资或缴费记录" if value else "家中没有未成年人，或有人就业"
    ),
    "exits": _plain("监测期内家中有 %(value)s 人退出救助"),
    "refusals": _plain("监测期内家中有 %(value)s 人的救助申请未通过"),
    "temporary_aid": _plain("监测期内领取临时救助 %(value)s 次"),
    "department_aid": _plain("监测期内获得其他部门救助帮扶 %(value)s 次"),
    "leads": _plain("近期收到关于这家人的困难线索 %(value)s 条"),
    "months_since_exit": _since("有家人退出救助"),
    "past_spells": _plain("家人过去共享受过 %(value)s 段救助，均已结束"),
    "months_since_refusal": _since("有家人的救助申请未通过"),
    "open_applications": _plain("有 %(value)s 件救助申请尚未办结"),
    "income_change": _plain("近12个月有记录的收入是上年同期的 %(value)s%%"),
    "income_recent": _plain("近3个月的月均收入是近12个月月均的 %(value)s%%"),
    "months_without_contribution": lambda value, _: (
        Told("全家已有 %(value)s 个月没有社保或公积金缴费记录", value=value)
        if value
        else "家中有人的社保或公积金缴费没有中断"
    ),
    "medical_recent": _plain("近3个月全家医疗自付 %(value)s 元"),
    "medical_trend": _plain("近3个月的医疗自付占近12个月的 %(value)s%%"),
    "months_since_illness": _since("有家人新登记重大疾病"),
    "household_size": _plain("全家共 %(value)s 人"),
}

_NONE: Mapping[str, str] = {
    "medical_share": Told("近12个月没有医疗自付，或不到家庭收入的 1%"),
    "medical_cost": Told("近12个月全家医疗自付不到 1 元，或没有记录"),
    "severe_disabilities": Told("家中没有人持重度残疾证"),
    "severe_illnesses": Told("家中没有人登记患有重大疾病"),
    "aged_80": Told("家中没有高龄老人"),
    "minors": Told("家中没有未成年人"),
    "students": Told("家中没有成年后仍在全日制就读的学生"),
    "unemployed": Told("家中没有人近期领取失业保险待遇"),
    "exits": Told("监测期内家中没有人退出救助"),
    "refusals": Told("监测期内家中没有人的救助申请未通过"),
    "temporary_aid": Told("监测期内没有领取临时救助"),
    "department_aid": Told("监测期内没有获得其他部门救助帮扶"),
    "leads": Told("近期没有收到关于这家人的困难线索"),
    "past_spells": Told("家人过去没有享受过已经结束的救助"),
    "open_applications": Told("没有尚未办结的救助申请"),
    "medical_recent": Told("近3个月全家医疗自付不到 1 元，或没有记录"),
}
