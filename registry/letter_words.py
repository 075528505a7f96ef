"""What a letter to a listed person says of each ground: in plain words, and nothing that is another's affair.

What belongs here: sentences. They name no other person, no score, tier or group, no sum of the family, no illness, no
custody and no address; of a duty of support they say who owes it, never what the other receives.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from editions.grounds import GROUNDS
from registry.explanation import Evidence, Explanation, GroundLine, GroupReason, SourceLine
from registry.wording import told_value
from rules import get_rule
from schemas.codes import CODE_LISTS

__all__ = ["LetterReason", "reasons", "would_change"]

_OBLIGOR, _LOW, _REGISTER, _VERIFIED = "obligor_family", "low_income_family", "register", "verified_inclusion"
_LIMIT, _SIZE, _SCOPE = (f"{_LOW}.{name}" for name in ("annual_income_yuan", "counted_members", "scope"))
_OWES = {
    "owes_as_child": "您依法负有赡养父母的义务",
    "owes_as_parent": "您依法负有抚养子女的义务",
    "owes_as_spouse": "您依法负有扶养配偶的义务",
    "owes_as_sibling": "您依法负有扶养兄弟姐妹的义务",
    "owes_as_grandchild": "您依法负有赡养祖父母、外祖父母的义务",
    "owes_as_grandparent": "您依法负有抚养孙子女、外孙子女的义务",
}
_ENDS = {
    "exited_assistance": "退出救助后",
    "rejected_application": "申请未获确认后",
    "temporary_assistance": "领取临时救助后",
    "other_department_aid": "得到部门救助后",
}
_CARE = "我们想了解您的家庭是否因此有困难"
_LAWS = {
    _REGISTER: "社会救助暂行办法（国务院令第649号）",
    _VERIFIED: "国办发〔2023〕39号",
    _OBLIGOR: "中华人民共和国民法典 第二十六条、第一千零五十九条、第一千零六十七条",
}
_SHOWN = 3


class LetterReason(BaseModel):
    """One reason in a sentence, its law, and which departments' data of which months say so."""

    model_config = ConfigDict(frozen=True)

    sentence: str
    law: str
    sources: list[str]


def reasons(explanation: Explanation) -> list[LetterReason]:
    """The reader's own reasons; when all facts are those of other members, only that."""
    found = [_of_group(each) for each in explanation.groups]
    if explanation.register_evidence:
        found.append(_registered(explanation.register_evidence))
    told = {each.rule_id for each in explanation.groups} | {_REGISTER}
    found += [_of_ground(each) for each in _first(explanation.grounds) if each.ground not in told]
    return found or [
        LetterReason(
            sentence="您的家庭因其他家庭成员的情况列入；具体事实可由该成员本人查询。",
            law="国办发〔2023〕39号",
            sources=[],
        )
    ]


def would_change(explanation: Explanation) -> list[str]:
    """Until when, and by what, each reason ends; and that nobody leaves without being asked."""
    lines = [_ending(each) for each in explanation.groups]
    if any(each.ground == _VERIFIED for each in explanation.grounds):
        lines.append("走访核实的情况到期或重新核实后，按新的情况处理。")
    if any(each.status != "listed" for each in explanation.grounds):
        lines.append("其中有的依据目前已不再符合，列为拟退出；经工作人员与您核实确认前仍在名单上。")
    lines.append("除规定期限届满外，退出均须经工作人员核实确认，不由计算机单独决定。")
    return list(dict.fromkeys(lines))


def _of_group(group: GroupReason) -> LetterReason:
    sentence = _SENTENCES.get(group.rule_id, _window_sentence)(group)
    return LetterReason(
        sentence=sentence, law=_LAWS.get(group.rule_id, group.legal_basis), sources=_sources(group.evidence)
    )


def _sources(evidence: Iterable[Evidence]) -> list[str]:
    lines = [_place(each.source) for each in evidence if each.source]
    lines += [_searched(each.searched) for each in evidence if each.searched]
    once = list(dict.fromkeys(lines))
    return once[:_SHOWN] + ([f"等 {len(once)} 份"] if len(once) > _SHOWN else [])


def _place(source: SourceLine) -> str:
    return f"{source.department}《{source.feed_title}》{_month(source.month)}数据"


def _searched(searched: Sequence[SourceLine]) -> str:
    titles = "、".join(dict.fromkeys(f"{each.department}《{each.feed_title}》" for each in searched))
    return f"{titles}（没有您的记录）"


def _month(month: str) -> str:
    year, _, number = month.partition("-")
    return f"{year}年{int(number)}月" if number else ""


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "此前"


def _latest(group: GroupReason) -> Evidence:
    return max(group.evidence, key=lambda each: (each.valid_until or date.max, each.evidence_on or date.min))


def _window(group: GroupReason) -> str:
    return next((each.value for each in group.parameters if ".window_" in each.name), "")


def _window_sentence(group: GroupReason) -> str:
    latest = _latest(group)
    days = _day(latest.evidence_on)
    length = _window(group)
    sentences = {
        "exited_assistance": f"您于{days}退出低保、特困、低边或刚性支出困难救助，至今未满{length}。",
        "rejected_application": f"您本人或家庭提出的救助申请于{days}未获确认，至今未满{length}。",
        "temporary_assistance": f"您的家庭于{days}领取过临时救助，至今未满{length}。",
    }
    return sentences.get(group.rule_id, f"{group.title}：{days}的事实，仍在规定期限内。")


def _aid(group: GroupReason) -> str:
    latest = _latest(group)
    place, _, code = latest.basis.partition("_")
    names = CODE_LISTS["listing_kind" if place == "listed" else "aid_kind"].labels
    name = names.get(code, ("救助帮扶",))[0]
    if place == "listed":
        return f"您自{_day(latest.evidence_on)}起列为{name}。"
    return f"您的家庭于{_day(latest.evidence_on)}得到{name}，至今未满{_window(group)}。"


def _duty(group: GroupReason) -> str:
    owed = list(dict.fromkeys(_OWES.get(each.basis, "您依法负有赡养、扶养或抚养义务") for each in group.evidence))
    return f"{'；'.join(owed)}。{_CARE}。"


def _poor(group: GroupReason) -> str:
    told = {each.name: each.value for each in group.parameters}
    limit = f"不超过 {told.get(_LIMIT, '')}"
    if told.get(_SCOPE) == told_value("per_head", "choice"):
        limit = f"按人均折算，{limit}（{told.get(_SIZE, '')}）的水平"
    kinds = CODE_LISTS["income_kind"].labels
    own = [each.basis.partition("_")[2] for each in group.evidence if each.basis.startswith("income_")]
    named = "、".join(dict.fromkeys(kinds[each][0] for each in own if each in kinds))
    own_sentence = f"其中您本人有{named}记录。" if named else "各部门没有您本人的收入记录（没有记录不等于没有收入）。"
    return f"各部门的数据显示，您的家庭最近十二个月的收入合计{limit}。{own_sentence}"


def _registered(spells: Sequence[Evidence]) -> LetterReason:
    latest = max(spells, key=lambda each: each.evidence_on or date.min)
    programme = latest.sentence.partition("：")[2].partition("，")[0]
    return LetterReason(
        sentence=f"您自{_day(latest.evidence_on)}起在册（{programme}）。",
        law=_LAWS[_REGISTER],
        sources=_sources([latest]),
    )


def _first(grounds: Iterable[GroundLine]) -> list[GroundLine]:
    once: dict[str, GroundLine] = {}
    for each in grounds:
        once.setdefault(each.ground, each)
    return list(once.values())


def _of_ground(line: GroundLine) -> LetterReason:
    """A ground that is kept, or that a person has decided."""
    if line.ground == _VERIFIED:
        sentence = f"工作人员于{_day(line.evidence_on)}走访或核实，认为您的家庭确有困难。"
    elif line.ground == _OBLIGOR:
        sentence = f"{_OWES.get(line.basis, '您依法负有赡养、扶养或抚养义务')}。{_CARE}。"
    else:
        sentence = f"您此前作为“{GROUNDS.title_of(line.ground)}”列入名单，现依据已有变化，核实确认前仍保留。"
    law = _LAWS.get(line.ground) or get_rule(line.ground).legal_basis
    return LetterReason(sentence=sentence, law=law, sources=[_place(line.source)] if line.source else [])


def _ending(group: GroupReason) -> str:
    if group.rule_id == _OBLIGOR:
        return "上述义务依法终止，或登记有误并更正的，不再因此列入。"
    if group.rule_id == _LOW:
        return "家庭成员或收入发生变化、收入记录补充更正的，重新计算；不再符合的经核实确认后退出。"
    until = [each.valid_until for each in group.evidence]
    if None in until:
        return "部门名册上的记录终止并满规定期限的，不再因此列入。"
    title = _ENDS[group.rule_id]
    return f"{title}的期限至{_day(max(each for each in until if each))}届满，次日起不再因此列入，有新的事实除外。"


_SENTENCES: Mapping[str, Callable[[GroupReason], str]] = {
    "other_department_aid": _aid,
    _OBLIGOR: _duty,
    _LOW: _poor,
}
