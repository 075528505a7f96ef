"""The conditions that suggest a measure, each as a question that help may answer.

What belongs here: their names, words and law, and which measure each suggests. How a family is found that meets one
stands in `finding`.
"""

from collections.abc import Callable
from functools import partial

from rules.base import Frame, RuleContext
from rules.measures.base import Condition
from rules.measures.finding import (
    ADULT,
    EDUCATION_TIERS,
    HOUSED,
    INSURANCE,
    LEADS,
    MARGINAL,
    MEDICAL,
    OLD,
    RIGID_LINE,
    RIGID_MONTHS,
    RIGID_SHARE,
    SEVERE,
    STAGES,
    STANDARD,
    UNEMPLOYED,
    URGENT_WARNINGS,
    VISIT_AGE,
    WORK_FROM,
    WORK_TO,
    alone_and_aged,
    alone_and_disabled,
    below_marginal,
    below_standard,
    costly,
    minors_alone,
    rigid_above_lines,
    severely_ill,
    students_in_difficulty,
    students_of_registered,
    told_of,
    unemployed,
    urgent_families,
    warned,
    without_fund,
    without_home,
    without_support,
)
from schemas.codes import CODE_LISTS

__all__ = ["CONDITIONS", "URGENT"]

_REGISTER = ("members", "spells")
_LAW = "社会救助暂行办法"
_DISABLED = "国发〔2015〕52号 关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见"
_CHILDREN = "民发〔2019〕62号 关于进一步加强事实无人抚养儿童保障工作的意见"
_VISITS = "民发〔2022〕73号 关于开展特殊困难老年人探访关爱服务的指导意见"
_URGENT_LAW = f"{_LAW}第四十七条；国发〔2014〕47号 关于全面建立临时救助制度的通知"


def _of(  # the words of one condition
    name: str,
    measures: str,
    find: Callable[[RuleContext], Frame],
    sentence: str,
    law: str,
    *,
    reads: tuple[str, ...] = ("families",),
    parameters: tuple[str, ...] = (),
) -> Condition:
    return Condition(
        id=name,
        measures=tuple(measures.split()),
        sentence=sentence,
        legal_basis=law,
        find=find,
        reads=reads,
        parameters=parameters,
    )


def _of_warning(rule_id: str, measures: str, sentence: str, law: str) -> Condition:
    return _of(rule_id, measures, partial(warned, rule_id=rule_id), sentence, law, reads=("warnings",))


def _of_lead(difficulty: str, measures: str, law: str) -> Condition:
    title = CODE_LISTS["difficulty"].title_of(difficulty)
    return _of(
        f"told_of_{difficulty}",
        measures,
        partial(told_of, difficulty=difficulty),
        f"近期有线索反映这户的困难属于“{title}”",
        law,
        reads=("leads", "members"),
        parameters=(LEADS,),
    )


URGENT = _of(
    "urgent_without_other",
    "temporary_assistance",
    urgent_families,
    "情况紧急（红色等级或紧急预警），而没有其他对应的措施",
    _URGENT_LAW,
    reads=("list", "warnings"),
    parameters=(URGENT_WARNINGS,),
)
"""What is urgent and has no other measure; it is looked at after all others."""

CONDITIONS: tuple[Condition, ...] = (
    _of(
        "income_below_standard",
        "subsistence_application",
        below_standard,
        "已知的人均收入低于低保标准，而家中无人享受低保或特困供养",
        f"{_LAW}第九条；民发〔2021〕57号 最低生活保障审核确认办法",
        reads=("families", *_REGISTER),
        parameters=(STANDARD, RIGID_MONTHS),
    ),
    _of(
        "unable_and_without_support",
        "destitute_application",
        without_support,
        "家中都是老年人、未成年人或重度残疾人，已知的人均收入低于低保标准，未见家庭以外的赡养、抚养、扶养人",
        f"{_LAW}第十四条；民发〔2021〕43号 特困人员认定办法",
        reads=("families", *_REGISTER, "conditions", "registrations", "support_relations", "deaths"),
        parameters=(STANDARD, OLD, ADULT, SEVERE, RIGID_MONTHS),
    ),
    _of(
        "income_below_marginal_line",
        "marginal_application",
        below_marginal,
        "已知的人均收入不低于低保标准而低于低边收入线，家中无人享受低保、特困供养或低边待遇",
        "民发〔2021〕57号 最低生活保障审核确认办法；国办发〔2023〕39号",
        reads=("families", *_REGISTER),
        parameters=(STANDARD, MARGINAL, RIGID_MONTHS),
    ),
    _of(
        "rigid_spending_above_lines",
        "charity_aid",
        rigid_above_lines,
        "人均收入高于各类救助的标准，而医疗自付占收入超过规定比例",
        "国办发〔2023〕39号；中华人民共和国慈善法",
        parameters=(RIGID_LINE, RIGID_SHARE),
    ),
    _of(
        "medical_cost_high",
        "medical_aid",
        costly,
        "十二个月医疗自付达到规定金额",
        f"{_LAW}第二十八条；国办发〔2021〕42号",
        parameters=(MEDICAL,),
    ),
    _of(
        "severe_illness",
        "medical_aid",
        severely_ill,
        "家中有人患重大疾病",
        f"{_LAW}第二十八条；国办发〔2021〕42号",
    ),
    _of(
        "treated_without_insurance",
        "insurance_subsidy",
        without_fund,
        "近期就医结算没有医保基金支付，可能没有参保",
        f"{_LAW}第二十八条；国办发〔2021〕42号",
        reads=("expenses", "members"),
        parameters=(INSURANCE,),
    ),
    _of(
        "unemployed_of_working_age",
        "employment_aid",
        unemployed,
        "家中有劳动年龄的成员近期领取失业金",
        f"{_LAW}第四十二条；中华人民共和国就业促进法第五十二条",
        reads=("incomes", "members"),
        parameters=(WORK_FROM, WORK_TO, UNEMPLOYED),
    ),
    _of(
        "student_of_registered_family",
        "education_aid",
        students_of_registered,
        "在册救助家庭有成员在高中、大专或本科阶段全日制就读",
        f"{_LAW}第三十三条",
        reads=("conditions", "members", "list"),
        parameters=(STAGES,),
    ),
    _of(
        "student_of_family_in_difficulty",
        "education_aid",
        students_in_difficulty,
        "家庭困难等级较高，有成员在高中、大专或本科阶段全日制就读",
        f"{_LAW}第三十三条；国办发〔2023〕39号",
        reads=("conditions", "members", "list"),
        parameters=(STAGES, EDUCATION_TIERS),
    ),
    _of(
        "no_home_known",
        "housing_aid",
        without_home,
        "低保或特困家庭，不动产登记中未见成员名下有住房",
        f"{_LAW}第三十七条",
        reads=("holdings", *_REGISTER),
        parameters=(HOUSED, RIGID_MONTHS),
    ),
    _of(
        "aged_and_alone",
        "regular_visit care_service",
        alone_and_aged,
        "高龄老人一人生活",
        _VISITS,
        reads=("families", "members"),
        parameters=(VISIT_AGE,),
    ),
    _of(
        "severely_disabled_and_alone",
        "care_service",
        alone_and_disabled,
        "重度残疾人一人生活",
        "中华人民共和国残疾人保障法第四十八条",
        reads=("families", "members", "conditions"),
        parameters=(SEVERE,),
    ),
    _of(
        "minors_without_adult",
        "regular_visit child_allowance",
        minors_alone,
        "家中只有未成年人，没有成年人一起生活",
        f"{_CHILDREN}；中华人民共和国未成年人保护法第四十三条",
    ),
    _of_warning("disability_living_missing", "disability_allowance", "符合困难残疾人生活补贴条件而未见发放", _DISABLED),
    _of_warning("disability_care_missing", "disability_allowance", "符合重度残疾人护理补贴条件而未见发放", _DISABLED),
    _of_warning(
        "old_age_allowance_missing",
        "old_age_allowance",
        "符合高龄津贴条件而未见发放",
        "中华人民共和国老年人权益保障法第三十三条",
    ),
    _of_warning("child_allowance_missing", "child_allowance", "符合孤儿或困境儿童保障条件而未见发放", _CHILDREN),
    _of_warning(
        "rigid_expense_share",
        "rigid_expense_application",
        "家庭不在册，医疗、教育、残疾等必需支出超过收入的规定比例",
        "民发〔2024〕57号",
    ),
    _of_warning(
        "insurance_lapsed", "insurance_subsidy", "此前参保的成员近期中断缴费", f"{_LAW}第二十八条；国办发〔2021〕42号"
    ),
    _of_warning(
        "disaster_struck",
        "disaster_relief temporary_assistance",
        "家庭近期遭受灾害或意外",
        f"{_LAW}第二十条；{_URGENT_LAW}",
    ),
    _of_warning("university_entry", "education_aid", "困难家庭的孩子新考入高等学校", f"{_LAW}第三十三条"),
    _of_lead("illness", "medical_aid", f"{_LAW}第二十八条"),
    _of_lead("disability", "disability_allowance", _DISABLED),
    _of_lead("unemployment", "employment_aid", f"{_LAW}第四十二条"),
    _of_lead("education", "education_aid", f"{_LAW}第三十三条"),
    _of_lead("housing", "housing_aid", f"{_LAW}第三十七条"),
    _of_lead("old_age", "regular_visit", _VISITS),
    _of_lead("child", "regular_visit", _CHILDREN),
)
