"""Why somebody is not listed, in sentences: the model, its text, and the words for each condition that is missed.

What belongs here: words. What is missed, and by whom, is found by `registry.why_not`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from editions.why_not import Finding
from registry.evidence import Sources
from registry.explanation import PredicateLine, SourceLine
from registry.filters import EVIDENCE
from registry.wording import parameter_lines, told_value, yuan
from rules import get_rule
from rules.parameters import ParametersAt
from schemas.codes import CODE_LISTS
from schemas.contract import all_feeds

__all__ = ["Told", "WhyNot", "WhyNotGroup", "presence_sentence", "told_group"]

_LOW = "low_income_family"
_LIMIT, _SIZE, _LEVELS = f"{_LOW}.annual_income_yuan", f"{_LOW}.counted_members", f"{_LOW}.evidence_levels"
_SCOPE = f"{_LOW}.scope"
_REQUIRED = f"{_LOW}.required_feeds"
_ABSENT = {
    "exited_assistance": "没有退出低保、特困、低边或刚性支出困难救助的记录",
    "rejected_application": "没有提出救助申请的记录",
    "temporary_assistance": "没有领取临时救助的记录",
    "other_department_aid": "没有得到其他部门救助或列入部门名册的记录",
    "obligor_family": "没有对其他家庭在册人员负有赡(扶、抚)养义务的有效记录",
    _LOW: "没有可以计入的家庭成员",
}
_FACTS = {
    "exited_assistance": {"spells"},
    "rejected_application": {"applications"},
    "temporary_assistance": {"aid"},
    "other_department_aid": {"aid", "listings"},
    "obligor_family": {"support_relations"},
    _LOW: {"incomes"},
}
_OBJECTIONS = [
    "认为记录不全或有误的，可以向所在街道或区民政部门提出，请提供数据的部门核对更正；更正交付后重新计算。",
    "生活困难的，不论是否列入本名单，都可以随时向街道提出救助申请或求助。",
]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class WhyNotGroup(_Line):
    """One group: how far it is, the conditions that were not met with their values, and what was not there to judge by.

    `distance` is the number of conditions that are missed together; None when there is no fact that they could bear on.
    """

    rule_id: str
    title: str
    legal_basis: str
    distance: int | None
    failed: list[PredicateLine]
    missing: list[str]
    citations: list[str]
    source: SourceLine | None

    def text(self) -> str:
        """The group in lines of words."""
        lines = [f"{self.title}（{self.legal_basis}）"]
        lines += [f"  · 不满足　{each.text()}" for each in self.failed]
        lines += [f"  · 缺少　{each}" for each in self.missing]
        lines += [f"  标准：{each}" for each in self.citations]
        lines += [f"  来源：{self.source.text()}"] if self.source else []
        return "\n".join(lines)


class WhyNot(_Line):
    """Why a family or a person is not on the list of an edition; of a person: by that person's rows alone."""

    subject: str
    edition_id: str
    as_of: date
    family_id: str
    known: bool
    in_scope: bool
    presence: str
    parameters_in_force: bool
    parameters_own: bool
    groups: list[WhyNotGroup]
    objections: list[str] = _OBJECTIONS

    def text(self) -> str:
        """The answer as plain text in Chinese, the nearest group first."""
        lines = [
            f"未列入监测名单的理由（{self.subject}）",
            f"统计截止日 {self.as_of}，版本 {self.edition_id}",
            "",
            self.presence,
        ]
        if not self.parameters_in_force:
            by = "本版本当时所用的值" if self.parameters_own else "现行值"
            lines.append(f"注意：参数在本版本之后有改动，以下按{by}核对")
        for place, each in enumerate(self.groups):
            lines += ["", ("最接近的群体：" if not place and each.distance is not None else "群体：") + each.text()]
        lines += ["", "如有异议", *[f"  · {each}" for each in self.objections]]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the words are made of; `alone` says whether sums of the family may be told to who asks."""

    as_of: date
    parameters: ParametersAt
    family: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = True
    applications: Sequence[Mapping[str, Any]] = ()
    window: Mapping[str, Any] = field(default_factory=dict)
    judged: Mapping[str, str] = field(default_factory=dict)
    sources: Sources | None = None
    delivered: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def nobody(cls, as_of: date, parameters: ParametersAt) -> "Told":
        """Of somebody of whom nothing is known."""
        return cls(as_of=as_of, parameters=parameters)

    def value(self, name: str) -> str:
        """A parameter in force, in words."""
        return told_value(self.parameters.dated(name).value, self.parameters.parameters[name].unit)


def presence_sentence(
    tables: Mapping[str, pl.LazyFrame], person_key: str | None, as_of: date, *, in_scope: bool
) -> str:
    """Whether the subject is known to the deliveries and belongs to the district at `as_of`, and if not, since when."""
    if in_scope:
        return "各部门交付的数据中有记录，属于监测范围；下列群体的条件均未全部满足。"

    def last(table: str, day: str) -> date | None:
        rows = tables[table].filter(pl.col("person_key") == person_key, pl.col(day) <= as_of)
        found = rows.select(pl.col(day).max()).collect().item()
        return found if isinstance(found, date) else None

    known = tables["identities"].filter(pl.col("person_key") == person_key).select(pl.len()).collect().item()
    if not known:
        return "各部门截至统计日交付的数据中没有此人的记录；请核对证件号码，或由街道登记后补充交付。"
    if died := last("deaths", "died_on"):
        return f"交付的数据中有 {died} 的死亡记录；如与事实不符，请立即联系街道核对更正。"
    if left := last("registrations", "ended_on"):
        return f"本区户籍登记已于 {left} 终止，其后没有居住证、共同生活申报或街道服务记录，不在监测范围。"
    return "有记录，但没有本区户籍、有效居住证、共同生活申报或近期街道服务记录，不在监测范围。"


def told_group(finding: Finding, told: Told) -> WhyNotGroup:
    """A finding in words, with the values of the fact that comes nearest."""
    rule = get_rule(finding.rule_id)
    fact = finding.hits.row(0, named=True) if finding.hits.height else {}
    missed = finding.missed or ()
    failed = [_LINES[each](fact, told, rule.id) for each in missed if each in _LINES]
    if finding.missed == ():
        failed.append(_judged(rule.id, told))
    names = [each.parameter for each in failed if each.parameter]
    cited = parameter_lines(dict.fromkeys(names), told.parameters)
    return WhyNotGroup(
        rule_id=rule.id,
        title=rule.title,
        legal_basis=rule.legal_basis,
        distance=None if finding.missed is None else max(len(missed), 1),
        failed=failed,
        missing=_missing(finding, told),
        citations=[f"{each.title} {each.value}（{each.since} 起；{each.citation}）" for each in cited],
        source=told.sources.of(fact) if fact and told.sources and rule.id != _LOW else None,
    )


def _missing(finding: Finding, told: Told) -> list[str]:
    if finding.missed is None:
        return [_ABSENT[finding.rule_id], *_undelivered(finding.rule_id, told)]
    return _unrecorded(told) if "income_record" in finding.missed else []


def _undelivered(rule_id: str, told: Told) -> list[str]:
    """The feeds that could have shown such a fact and were never delivered."""
    able = [each for each in all_feeds().values() if _FACTS[rule_id] & {one.table for one in each.facts}]
    absent = [f"《{each.title}》" for each in able if each.name not in told.delivered]
    return [f"数据来源从未交付：{'、'.join(absent)}"] if absent else []


def _unrecorded(told: Told) -> list[str]:
    """No record of income is not zero income: what is lacking is said, and who has not delivered it."""
    required = told.parameters.texts(_REQUIRED)
    months = "；".join(f"《{all_feeds()[each].title}》最近交付 {told.delivered.get(each, '无')}" for each in required)
    if told.family.get("income_evidence") == "not_computable":
        return [f"必需的收入来源没有交齐连续十二个月的数据，收入无法核算（{months}）；不因此列入，也不因此退出"]
    first, last = told.window["first_month"], told.window["last_month"]
    silent = f"计入的成员在 {first:%Y-%m} 至 {last:%Y-%m} 没有任何收入、缴费或缴存记录（{months}）"
    return [f"{silent}；没有记录不等于没有收入，列入低优先级核实，可由家庭申报收入"]


def _window(fact: Mapping[str, Any], told: Told, rule_id: str) -> PredicateLine:
    name = next(each for each in get_rule(rule_id).parameters if ".window_" in each)
    until = fact["valid_until"]
    end = f"，监测期已于 {until} 届满" if until else ""
    return PredicateLine(
        name="inside_window",
        title="监测期",
        found=f"最近的事实在 {fact['evidence_on']}{end}",
        required=f"{told.as_of} 在事实发生后{told.value(name)}内（首尾两日均算）",
        parameter=name,
    )


def _approved(fact: Mapping[str, Any], told: Told, rule_id: str) -> PredicateLine:  # noqa: ARG001
    days = [each["decided_on"] for each in told.applications if each["decision"] == "approved" and each["decided_on"]]
    since = f"{max(days)} 已确认（通过）" if days else "已有确认（通过）的决定"
    refused = fact["evidence_on"]
    return PredicateLine(
        name="not_approved_since",
        title="其后的申请",
        found=f"{refused} 不予确认的申请，{since}",
        required="此后没有已生效的确认",
    )


def _undecided(fact: Mapping[str, Any], told: Told, rule_id: str) -> PredicateLine:  # noqa: ARG001
    decisions = CODE_LISTS["decision"].labels
    found = [each["decision"] or "pending" for each in told.applications]
    word = next((decisions[each][0] for each in found if each in decisions and each != "refused"), "尚未决定")
    return PredicateLine(name="refused", title="申请结果", found=word, required="已决定不予确认")


def _kind(fact: Mapping[str, Any], told: Told, rule_id: str) -> PredicateLine:  # noqa: ARG001
    name = "aid.counted_kinds" if str(fact["basis"]).startswith("aid_") else "other_department_aid.listing_kinds"
    lists = {**CODE_LISTS["listing_kind"].labels, **CODE_LISTS["aid_kind"].labels}
    code = str(fact["basis"]).partition("_")[2]
    return PredicateLine(
        name="kind_counts",
        title="待遇种类",
        found=f"{fact['evidence_on']} 的{lists.get(code, (code,))[0]}不属于列入监测的救助",
        required=told.value(name),
        parameter=name,
    )


def _shared(told: Told) -> str:
    """That the limit is that of a family of another size, where it is."""
    by_head = told_value("per_head", "choice")
    return f"；{told.value(_SIZE)}的标准，{by_head}" if told.value(_SCOPE) == by_head else ""


def _income(fact: Mapping[str, Any], told: Told, rule_id: str) -> PredicateLine:  # noqa: ARG001
    fen = told.family.get("income_fen")
    found = yuan(fen) if told.alone and fen is not None else "超过标准（涉及其他成员，金额可由户主查询）"
    return PredicateLine(
        name="income_at_most",
        title="家庭十二个月计入收入",
        found=found,
        required=f"不超过 {told.value(_LIMIT)}（含本数{_shared(told)}）",
        parameter=_LIMIT,
    )


def _size(fact: Mapping[str, Any], told: Told, rule_id: str) -> PredicateLine:  # noqa: ARG001
    return PredicateLine(
        name="counted_members",
        title="计入的家庭成员",
        found=f"{told.family['counted_members']}人" if told.alone else "人数不符（涉及其他成员，可由户主查询）",
        required=told.value(_SIZE),
        parameter=_SIZE,
    )


def _level(fact: Mapping[str, Any], told: Told, rule_id: str) -> PredicateLine:  # noqa: ARG001
    found = EVIDENCE.labels.get(str(told.family.get("income_evidence")), ("不明",))[0]
    return PredicateLine(
        name="income_evidence", title="收入佐证", found=found, required=told.value(_LEVELS), parameter=_LEVELS
    )


def _judged(rule_id: str, told: Told) -> PredicateLine:
    decision = told.judged.get(rule_id)
    return PredicateLine(
        name="not_judged",
        title="人工核实",
        found=f"符合规则，但经工作人员核实不属实（决定 {decision}）" if decision else "符合规则，未列入的原因待核对",
        required="没有不属实的决定",
    )


_LINES = {
    "inside_window": _window,
    "not_approved_since": _approved,
    "refused": _undecided,
    "kind_counts": _kind,
    "income_at_most": _income,
    "counted_members": _size,
    "income_evidence": _level,
}
