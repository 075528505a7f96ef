"""The canonical tables below the feeds: facts, families, hits, and what an edition publishes.

What belongs here: names, grain, columns and types of every table that one room hands to another.
All of them know persons by key only. Each fact row carries where it came from (`source_*`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.columns import Sensitivity
from schemas.errors import UnknownNameError

__all__ = [
    "EDITION_TABLES",
    "FACTS",
    "HEALTH",
    "MATURED",
    "PROFILES",
    "SOURCE",
    "STAGES",
    "TABLES",
    "Table",
    "TableColumn",
    "get_table",
]

_DATE = pl.Date()
_TEXT = pl.String()
_INT = pl.Int64()
_BOOL = pl.Boolean()
_S = Sensitivity


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a canonical table."""

    dtype: pl.DataType
    title: str
    description: str
    sensitivity: Sensitivity = Sensitivity.PERSONAL


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table: its grain in one sentence, and its columns in order."""

    name: str
    title: str
    grain: str
    columns: Mapping[str, TableColumn]

    @property
    def schema(self) -> pl.Schema:
        """Column names and Polars types."""
        return pl.Schema({name: column.dtype for name, column in self.columns.items()})

    def empty(self) -> pl.LazyFrame:
        """A frame of this shape without rows."""
        return pl.LazyFrame(schema=self.schema)


SOURCE: dict[str, TableColumn] = {
    "source_feed": TableColumn(_TEXT, "来源", "Feed of the row", _S.INTERNAL),
    "source_delivery": TableColumn(_TEXT, "交付批次", "Id of the delivery", _S.INTERNAL),
    "source_sheet": TableColumn(_TEXT, "工作表", "Sheet in the file, empty for formats without", _S.INTERNAL),
    "source_row": TableColumn(_INT, "行号", "Row in the file, the header counted", _S.INTERNAL),
}

_COMMON: dict[str, TableColumn] = {
    "person_key": TableColumn(_TEXT, "人员", "Keyed hash of the identity number"),
    "family_no": TableColumn(_TEXT, "户编号", "Number of the family in the assistance register"),
    "household_no": TableColumn(_TEXT, "户号", "Number of the registered household"),
    "street_code": TableColumn(_TEXT, "街道", "Street", _S.INTERNAL),
    "community_code": TableColumn(_TEXT, "社区", "Community", _S.INTERNAL),
    "started_on": TableColumn(_DATE, "开始", "First day"),
    "ended_on": TableColumn(_DATE, "结束", "First day after the end; null while open"),
    "kind": TableColumn(_TEXT, "类别", "Kind of the row", _S.SENSITIVE),
    "month": TableColumn(_DATE, "所属期", "First day of the month that the amount is for"),
    "amount_fen": TableColumn(_INT, "金额(分)", "Amount in fen"),
}


def _fact(name: str, title: str, grain: str, columns: str, **extra: TableColumn) -> Table:
    picked = {each: extra.get(each) or _COMMON[each] for each in columns.split()}
    return Table(name, title, grain, picked | SOURCE)


def _text(title: str, description: str, sensitivity: Sensitivity = Sensitivity.PERSONAL) -> TableColumn:
    return TableColumn(_TEXT, title, description, sensitivity)


def _date(title: str, description: str) -> TableColumn:
    return TableColumn(_DATE, title, description)


def _int(title: str, description: str) -> TableColumn:
    return TableColumn(_INT, title, description)


def _tables(*tables: Table) -> dict[str, Table]:
    return {each.name: each for each in tables}


FACTS: dict[str, Table] = _tables(
    _fact(
        "registrations",
        "户籍登记",
        "one row a person and spell of registration in a household of the district",
        "person_key household_no household_type relation_to_head father_key mother_key street_code"
        " community_code started_on ended_on registration_status cancel_reason",
        household_type=_text("户别", "ordinary or collective"),
        relation_to_head=_text("与户主关系", "Relation to the head"),
        father_key=_text("父亲", "Person key of the father"),
        mother_key=_text("母亲", "Person key of the mother"),
        registration_status=_text("状态", "normal, moved_out or cancelled"),
        cancel_reason=_text("注销原因", "Why it was cancelled"),
    ),
    _fact(
        "residences",
        "居住",
        "one row a residence permit, or an event delivered by a street of the district",
        "person_key basis street_code community_code started_on ended_on",
        basis=_text("依据", "permit or street"),
    ),
    _fact(
        "deaths",
        "死亡",
        "one row a dated record of a death",
        "person_key died_on",
        died_on=_date("死亡日期", "Day of death"),
    ),
    _fact(
        "marriages",
        "婚姻登记",
        "one row a marriage or divorce",
        "spouse_a_key spouse_b_key marriage_event registered_on",
        spouse_a_key=_text("甲方", "Person key of one spouse"),
        spouse_b_key=_text("乙方", "Person key of the other"),
        marriage_event=_text("类别", "marriage or divorce"),
        registered_on=_date("登记日期", "Day of registration"),
    ),
    _fact(
        "declarations",
        "共同生活申报",
        "one row a family, day of declaration and declared member",
        "family_no declared_on person_key relation_to_applicant livelihood application_no street_code community_code",
        declared_on=_date("申报日期", "Day of declaration"),
        relation_to_applicant=_text("与申请人关系", "Relation to the applicant"),
        livelihood=_text("就业状况", "Declared livelihood"),
        application_no=_text("申请编号", "Application that declared them"),
    ),
    _fact(
        "spells",
        "救助在册",
        "one row a person and spell of assistance",
        "person_key family_no programme started_on ended_on exit_reason monthly_amount_fen application_no street_code community_code",
        programme=_text("救助类别", "Programme"),
        exit_reason=_text("退出原因", "Why it ended"),
        monthly_amount_fen=_int("月保障金额(分)", "Monthly benefit"),
        application_no=_text("申请编号", "Application that led to it"),
    ),
    _fact(
        "applications",
        "救助申请",
        "one row an application and member that it names",
        "application_no family_no person_key relation_to_applicant application_programme applied_on decision"
        " decided_on refusal_reason reconsiders_no street_code",
        application_no=_text("申请编号", "Number of the application"),
        relation_to_applicant=_text("与申请人关系", "Relation to the applicant"),
        application_programme=_text("申请事项", "What was applied for"),
        applied_on=_date("申请日期", "Day of application"),
        decision=_text("结果", "pending, approved, refused or withdrawn"),
        decided_on=_date("确认日期", "Day of decision"),
        refusal_reason=_text("不予确认原因", "Why it was refused"),
        reconsiders_no=_text("原申请", "Application whose decision it replaces"),
    ),
    _fact(
        "aid",
        "救助帮扶",
        "one row a delivered payment, grant or reversal of aid",
        "person_key aid_kind payment_no amount_fen granted_on paid_on street_code",
        aid_kind=_text("类别", "Kind of aid"),
        payment_no=_text("业务编号", "Business number"),
        granted_on=_date("批准日期", "Day of grant"),
        paid_on=_date("发放日期", "Day of payment"),
    ),
    _fact(
        "listings",
        "部门名册",
        "one row a person and spell on a department's hardship list",
        "person_key kind started_on ended_on",
    ),
    _fact(
        "support_relations",
        "赡(扶、抚)养关系",
        "one row a recorded duty of support",
        "obligor_key ward_key support_relation started_on ended_on",
        obligor_key=_text("义务人", "Who owes support"),
        ward_key=_text("被赡(扶、抚)养人", "To whom it is owed"),
        support_relation=_text("关系", "What the obligor is to the ward"),
    ),
    _fact(
        "incomes",
        "收入",
        "one row a person, kind of income and month (or year) from one feed",
        "person_key income_kind month period amount_fen basic_fen declared",
        income_kind=_text("收入类别", "Kind of income"),
        period=_text("期间", "YYYY-MM, or YYYY for an annual figure"),
        basic_fen=_int("其中基础养老金(分)", "Basic part of a resident pension"),
        declared=TableColumn(_BOOL, "申报", "Declared by the family, not recorded by a department"),
    ),
    _fact(
        "work_evidence",
        "就业佐证",
        "one row a person and month with a contribution or deposit: evidence, never income",
        "person_key kind month amount_fen",
    ),
    _fact(
        "expenses",
        "医疗支出",
        "one row a medical settlement",
        "person_key kind settlement_no spent_on total_fen fund_paid_fen out_of_pocket_fen",
        settlement_no=_text("结算编号", "Business number"),
        spent_on=_date("结算日期", "Day of settlement"),
        total_fen=_int("总额(分)", "Total cost"),
        fund_paid_fen=_int("基金支付(分)", "Paid by the fund"),
        out_of_pocket_fen=_int("自付(分)", "Out of pocket"),
    ),
    _fact(
        "holdings",
        "财产",
        "one row a person and vehicle, real-estate unit or business",
        "person_key kind detail holding_no value_fen started_on ended_on",
        detail=_text("明细", "Vehicle kind, use or status"),
        holding_no=_text("编号", "Plate, unit or credit code"),
        value_fen=_int("价值(分)", "Price or capital"),
    ),
    _fact(
        "conditions",
        "状态",
        "one row a person and spell of a condition: disability, severe_illness, study, detoxification, missing,"
        " clergy, prison, outside_prison, medical_bail",
        "person_key kind category detail grade started_on ended_on",
        category=_text("类别", "Category of disability, illness or school stage", _S.SENSITIVE),
        detail=_text("明细", "Study mode"),
        grade=_int("等级", "Grade of disability, 1 the most severe"),
    ),
    _fact(
        "allowances",
        "津补贴",
        "one row a person, allowance and month, paid or returned",
        "person_key allowance_kind month amount_fen paid_on payment_status payment_no",
        allowance_kind=_text("类别", "Kind of allowance"),
        paid_on=_date("发放日期", "Day of payment"),
        payment_status=_text("发放状态", "paid or returned"),
        payment_no=_text("业务编号", "Business number"),
    ),
    _fact(
        "visits",
        "走访",
        "one row a home visit",
        "person_key visit_no visited_on visit_outcome street_code",
        visit_no=_text("走访编号", "Number of the visit"),
        visited_on=_date("走访日期", "Day of the visit"),
        visit_outcome=_text("走访结果", "Outcome"),
    ),
    _fact(
        "leads",
        "线索",
        "one row a lead",
        "person_key lead_no lead_source reported_on difficulty street_code",
        lead_no=_text("线索编号", "Number of the lead"),
        lead_source=_text("来源", "Who reported"),
        reported_on=_date("上报日期", "Day of report"),
        difficulty=_text("困难类型", "Kind of difficulty", _S.SENSITIVE),
    ),
    _fact(
        "aliases",
        "身份更正",
        "one row a corrected identity number",
        "old_key person_key corrected_on",
        old_key=_text("原人员", "Key of the old number"),
        corrected_on=_date("变更日期", "Day of the correction"),
    ),
    Table(
        "identities",
        "人员",
        "one row a person key, from the identity number itself (GB 11643)",
        {
            "person_key": _COMMON["person_key"],
            "birth_on": _date("出生日期", "Day of birth"),
            "sex": _text("性别", "male or female; for fairness reports only"),
        },
    ),
)

STAGES: dict[str, Table] = _tables(
    Table(
        "members",
        "家庭成员",
        "one row a living person in scope at as_of and the family that the person belongs to",
        {
            "person_key": _COMMON["person_key"],
            "family_id": _text("家庭", "Family at as_of"),
            "family_basis": _text("依据", "declared, registered, joined or single", _S.INTERNAL),
            "relation": _text("关系", "Relation to the applicant or head"),
            "birth_on": _date("出生日期", "Day of birth"),
            "sex": _text("性别", "male or female; for fairness reports only"),
            "on_register": TableColumn(_BOOL, "在册", "On the register of assistance at as_of"),
            "counted": TableColumn(_BOOL, "计入", "Counted as a member (民发〔2021〕57号)"),
            "in_scope": TableColumn(_BOOL, "辖区内", "Registered in the district, or living there by domain line 5"),
            "street_code": _COMMON["street_code"],
            "community_code": _COMMON["community_code"],
        },
    ),
    Table(
        "families",
        "家庭情况",
        "one row a family at as_of, with what is known of it and what is not",
        {
            "family_id": _text("家庭", "Family at as_of"),
            "head_key": _text("户主", "Person key of the applicant or head, else of the eldest member"),
            "street_code": _COMMON["street_code"],
            "community_code": _COMMON["community_code"],
            "members": _int("人数", "Living members"),
            "counted_members": _int("计入人数", "Counted members"),
            "income_evidence": _text("收入依据", "full, partial, none or not_computable"),
            "income_fen": _int(
                "年收入(分)", "Income of the counted members in the twelve months; null when evidence is none"
            ),
            "medical_fen": _int("医疗自付(分)", "Out-of-pocket cost in the twelve months to as_of"),
            "severe_disabilities": _int("重残人数", "Members with a grade 1-2 disability"),
            "severe_illnesses": _int("重病人数", "Members with a severe illness"),
            "aged_80": _int("高龄人数", "Members of 80 and over"),
            "minors": _int("未成年人数", "Members under 18"),
            "students": _int("在校人数", "Members in full-time study past 18"),
            "unemployed": _int("失业人数", "Members with unemployment benefit in the last three months"),
            "working": _int("就业人数", "Members with wages or contributions in the latest income month"),
        },
    ),
    Table(
        "register_spells",
        "在册时段",
        "one row a person and merged spell on the register (domain line 2), with the source of its last spell",
        {
            "person_key": _COMMON["person_key"],
            "started_on": _COMMON["started_on"],
            "ended_on": _date("结束", "Effective end: the first day without entitlement; null while open"),
            "on_register": TableColumn(_BOOL, "在册", "On the register of assistance at as_of"),
        }
        | SOURCE,
    ),
    Table(
        "aid_payments",
        "救助帮扶支付",
        "one row a net payment or grant of aid (domain line 8), reversals netted, with the source of its first row",
        {
            "person_key": _COMMON["person_key"],
            "aid_kind": _text("类别", "Kind of aid"),
            "dated_on": _date("日期", "Day of payment, else of grant"),
            "amount_fen": _int("净额(分)", "Net amount; null when the aid has no sum"),
            "payment_no": _text("业务编号", "Business number"),
        }
        | SOURCE,
    ),
    Table(
        "aid_beneficiaries",
        "救助帮扶受益人",
        "one row a payment of a kind that counts and a person of the recipient's family on its day, living then",
        {
            "person_key": _text("受益人", "Person who belonged to the recipient's family on that day"),
            "recipient_key": _text("领取人", "Person key of the recipient"),
            "aid_kind": _text("类别", "Kind of aid"),
            "dated_on": _date("日期", "Day of payment, else of grant"),
            "amount_fen": _int("净额(分)", "Net amount; null when the aid has no sum"),
        }
        | SOURCE,
    ),
    Table(
        "income_window",
        "收入期间",
        "one row: the latest twelve months that every required income feed has delivered",
        {
            "first_month": _date("起始月", "First of the months; null when not computable"),
            "last_month": _date("末月", "Last of the months; null when not computable"),
            "computable": TableColumn(_BOOL, "可计算", "Whether there are such months, late enough", _S.INTERNAL),
        },
    ),
    Table(
        "income_rows",
        "收入记录",
        "one row a record of income, contribution or deposit that bears on the months of the window",
        {
            "person_key": _COMMON["person_key"],
            "income_kind": _text("收入类别", "Kind of income, or contribution or housing_fund"),
            "month": _COMMON["month"],
            "period": _text("期间", "YYYY-MM, or YYYY for an annual figure"),
            "counted_fen": _int("计入金额(分)", "What enters the sum; 0 for evidence alone"),
            "counted": TableColumn(_BOOL, "计入", "Whether the record enters the sum"),
        }
        | SOURCE,
    ),
    Table(
        "obligations",
        "赡(扶、抚)养义务",
        "one row a living person who owes support to a living ward on the register, and the record it follows from",
        {
            "obligor_key": _text("义务人", "Who owes support"),
            "ward_key": _text("被赡(扶、抚)养人", "To whom it is owed"),
            "relation": _text("关系", "What the obligor is to the ward"),
            "basis": _text("依据", "registration, marriage or recorded", _S.INTERNAL),
        }
        | SOURCE,
    ),
)

_HIT = {
    "rule_id": _text("规则", "Group or warning", _S.INTERNAL),
    "family_id": _text("家庭", "Family at as_of"),
    "person_key": _COMMON["person_key"],
    "basis": _text("依据", "Named predicate that the evidence satisfied", _S.INTERNAL),
    "evidence_on": _date("事实日期", "Day of the fact"),
    "valid_until": _date("有效至", "Last day on which the fact supports the hit; null while open"),
    "evidence_fen": _int("金额(分)", "Amount that matters, if any"),
    "evidence_key": _text("事实编号", "What is the same fact at another date: deduplication of warnings"),
}

TABLES: dict[str, Table] = (
    FACTS
    | STAGES
    | _tables(
        Table("hits", "命中", "one row a rule, person and evidence row (domain: Precisely)", _HIT | SOURCE),
        Table(
            "features",
            "评分因素",
            "one row a family at as_of: what a score may know, null where it is not known",
            {
                "family_id": _text("家庭", "Family at as_of"),
                "income_per_head": _int("人均年收入", "Income of twelve months per counted member, in yuan"),
                "medical_share": _int("医疗自付占收入", "Out-of-pocket cost over income of twelve months, in percent"),
                "medical_cost": _int("医疗自付", "Out-of-pocket cost of twelve months, in yuan"),
                "severe_disabilities": _int("重残人数", "Members with a severe disability"),
                "severe_illnesses": _int("重病人数", "Members with a severe illness"),
                "aged_80": _int("高龄人数", "Members of 80 and over"),
                "minors": _int("未成年人数", "Members under 18"),
                "students": _int("在校人数", "Members in full-time study past 18"),
                "unemployed": _int("失业人数", "Members with unemployment benefit"),
                "no_earner": _int("无人就业", "1 when a family with minors has no working member"),
                "exits": _int("退出救助人数", "Members who left assistance within the window"),
                "refusals": _int("申请未通过人数", "Members refused within the window"),
                "temporary_aid": _int("临时救助次数", "Payments of temporary assistance within the window"),
                "department_aid": _int(
                    "其他部门救助次数", "Payments and listings of other departments within the window"
                ),
                "leads": _int("困难线索数", "Recent leads about members"),
                "months_since_exit": _int("退出救助至今", "Months since a member last left the register"),
                "past_spells": _int("曾享受救助次数", "Ended spells of members on the register"),
                "months_since_refusal": _int("申请未通过至今", "Months since an application was last refused"),
                "open_applications": _int("在办申请数", "Applications that are pending"),
                "income_change": _int(
                    "收入较上年同期", "Recorded income of twelve months over that of the twelve before, in percent"
                ),
                "income_recent": _int(
                    "近期收入水平", "Recorded income of three months over that of twelve, by the month, in percent"
                ),
                "months_without_contribution": _int("断缴月数", "Months since the last contribution or deposit"),
                "medical_recent": _int("近期医疗自付", "Out-of-pocket cost of three months, in yuan"),
                "medical_trend": _int(
                    "近期医疗自付占比", "Out-of-pocket cost of three months over that of twelve, in percent"
                ),
                "months_since_illness": _int("患重病至今", "Months since a severe illness was last recorded"),
                "household_size": _int("家庭人数", "Living members"),
            },
        ),
        Table(
            "scores",
            "风险评分",
            "one row a family at as_of: need only, never suspected error",
            {
                "family_id": _text("家庭", "Family at as_of"),
                "score": _int("评分", "Need, in points per ten thousand"),
                "model": _text("模型", "Which scorecard or model", _S.INTERNAL),
            },
        ),
        Table(
            "score_reasons",
            "评分理由",
            "one row a family and feature that says something",
            {
                "family_id": _text("家庭", "Family at as_of"),
                "feature": _text("因素", "Feature of the scorecard", _S.INTERNAL),
                "value": _int("数值", "Value of the feature"),
                "points": _int("分值", "Points per ten thousand"),
            },
        ),
        Table(
            "score_drift",
            "评分漂移",
            "one row a feature and one of the score: how far the families lie from those of the model's training",
            {
                "feature": _text("因素", "Feature of the model, or score", _S.INTERNAL),
                "psi": TableColumn(_INT, "分布偏移", "Population stability index in hundredths", _S.INTERNAL),
                "rows": TableColumn(_INT, "户数", "Families compared", _S.INTERNAL),
                "breached": TableColumn(_BOOL, "超过限值", "Whether the scorecard scores instead", _S.INTERNAL),
            },
        ),
        Table(
            "score_calibration",
            "评分校准",
            "one row for all families of a year ago and one for those with the highest scores; none without a model",
            {
                "part": _text("范围", "all, or highest: the share that can be visited", _S.INTERNAL),
                "rows": TableColumn(_INT, "户数", "Families compared", _S.INTERNAL),
                "expected": TableColumn(
                    _INT, "预计困难户", "Families expected in need, in cases per ten thousand", _S.INTERNAL
                ),
                "cases": TableColumn(_INT, "实际困难户", "Families that came into need", _S.INTERNAL),
                "breached": TableColumn(_BOOL, "超过限值", "Whether the scorecard scores instead", _S.INTERNAL),
            },
        ),
        Table(
            "shadow_scores",
            "试运行评分",
            "one row a family at as_of: the score of a model on trial, without effect; none when there is no such model",
            {
                "family_id": _text("家庭", "Family at as_of"),
                "score": _int("试运行评分", "Need by the model on trial, in cases per ten thousand"),
                "model": _text("模型", "Hash of the model on trial", _S.INTERNAL),
                "current_score": _int("现行评分", "Score of the model in force"),
            },
        ),
        Table(
            "list",
            "监测名单",
            "one row a family on the monitoring list of an edition",
            {
                "family_id": _text("家庭", "Family at as_of"),
                "layer": _text("层次", "registered or extended", _S.INTERNAL),
                "head_key": _text("户主", "Person key of the applicant or head"),
                "street_code": _COMMON["street_code"],
                "community_code": _COMMON["community_code"],
                "members": _int("人数", "Living members"),
                "groups": _text("群体", "Group ids, sorted, separated by ';'", _S.INTERNAL),
                "tier": _text("等级", "red, orange, yellow", _S.INTERNAL),
                "tier_points": _int("等级分", "Points that made the tier"),
                "tier_reasons": _text("等级理由", "Reasons with their points, as 'reason=points', separated by ';'"),
                "classes": _text("困难类型", "Difficulty classes, sorted, separated by ';'", _S.SENSITIVE),
                "score": _int("评分", "Need, in points per ten thousand"),
                "income_evidence": _text("收入依据", "full, partial, none or not_computable"),
                "income_fen": _int("年收入(分)", "Income of the twelve months"),
                "status": _text("状态", "listed, proposed_exit or grace", _S.INTERNAL),
                "proposed_groups": _text(
                    "拟退出群体", "Those of the groups that are only proposed to leave", _S.INTERNAL
                ),
            },
        ),
        Table(
            "warnings",
            "预警",
            "one row a warning: rule, family, person and evidence key",
            {
                "warning_id": _text(
                    "预警编号", "Stable over editions: hash of rule, person and evidence key", _S.INTERNAL
                ),
                "rule_id": _text("规则", "Warning rule", _S.INTERNAL),
                "kind": _text("性质", "need, verify or feed", _S.INTERNAL),
                "family_id": _text("家庭", "Family at as_of; null for feed warnings"),
                "person_key": _COMMON["person_key"],
                "subject": _text("对象", "Feed for feed warnings, else null", _S.INTERNAL),
                "street_code": _COMMON["street_code"],
                "evidence_on": _date("事实日期", "Day of the fact"),
                "evidence_fen": _int("金额(分)", "Amount that matters, if any"),
                "basis": _text("依据", "Named predicate", _S.INTERNAL),
                "community_code": _COMMON["community_code"],
                "evidence_key": _text("事实编号", "What is the same fact at another date"),
                "raised_on": _date("提出日期", "as_of of the first edition that raised it without interruption"),
                "due_on": _date("办理期限", "Day by which the question is to be answered; null for feed warnings"),
            }
            | SOURCE,
        ),
        Table(
            "standings",
            "编入依据",
            "one row a person and ground on which the person's family stands on the list at as_of",
            {
                "ground": _text(
                    "依据",
                    "Group id, register (on the register) or verified_inclusion (a person's decision)",
                    _S.INTERNAL,
                ),
                "family_id": _text("家庭", "Family at as_of; of a person no longer in scope the last one"),
                "person_key": _COMMON["person_key"],
                "street_code": _COMMON["street_code"],
                "community_code": _COMMON["community_code"],
                "status": _text("状态", "listed, proposed_exit or grace", _S.INTERNAL),
                "since": _date("编入日期", "as_of from which the ground stands without interruption"),
                "proposed_since": _date(
                    "拟退出日期", "as_of from which it is proposed to leave or in grace; null otherwise"
                ),
                "reason": _text("原因", "Why it is proposed to leave or in grace; null otherwise", _S.INTERNAL),
                "basis": _text("依据", "Named predicate that the evidence satisfied", _S.INTERNAL),
                "evidence_on": _date("事实日期", "Day of the fact"),
                "valid_until": _date("有效至", "Last day on which the fact supports the ground; null while open"),
                "evidence_key": _text("事实编号", "What is the same fact at another date"),
                "parameters_version": _text("参数版本", "The values of the rule's parameters in force", _S.INTERNAL),
                "decision_id": _text("决定", "The decision that bears on it; null when there is none", _S.INTERNAL),
            }
            | SOURCE,
        ),
        Table(
            "carried",
            "沿列成员",
            "one row a living person who is in no family at as_of and stands on the list by the month before",
            dict(STAGES["members"].columns),
        ),
        Table(
            "exits",
            "退出",
            "one row a person and ground that stood at the month before and stands no longer at as_of",
            {
                "ground": _text("依据", "Group id, register or verified_inclusion", _S.INTERNAL),
                "family_id": _text("家庭", "Family while it stood"),
                "person_key": _COMMON["person_key"],
                "street_code": _COMMON["street_code"],
                "community_code": _COMMON["community_code"],
                "manner": _text("退出方式", "by_rule or confirmed", _S.INTERNAL),
                "reason": _text("原因", "Why it ended", _S.INTERNAL),
                "basis": _text("依据", "Named predicate that the evidence had satisfied", _S.INTERNAL),
                "evidence_on": _date("事实日期", "Day of the fact on which it stood"),
                "valid_until": _date("有效至", "Last day on which the fact supported the ground; null if open"),
                "evidence_key": _text("事实编号", "What is the same fact at another date"),
                "parameters_version": _text("参数版本", "The values of the rule's parameters in force", _S.INTERNAL),
                "decision_id": _text("决定", "The decision that confirmed it; null when by rule", _S.INTERNAL),
            }
            | SOURCE,
        ),
        Table(
            "tasks",
            "核查任务",
            "one row a family and audience: its open questions merged into one task",
            {
                "task_id": _text("任务编号", "Stable over editions: hash of family and audience", _S.INTERNAL),
                "family_id": _text("家庭", "Family at as_of"),
                "audience": _text("对象", "need (visit) or verify (desk, seen only by those who may)", _S.INTERNAL),
                "street_code": _COMMON["street_code"],
                "community_code": _COMMON["community_code"],
                "urgency": _text("紧急程度", "red, orange, yellow, or none when the family is not listed", _S.INTERNAL),
                "warnings": _int("预警数", "Warnings merged in the task"),
                "rules": _text("规则", "Ids of their rules, sorted, separated by ';': their questions are put once"),
                "raised_on": _date("提出日期", "Earliest day on which one of them was raised"),
                "due_on": _date("办理期限", "Earliest day by which one of them is to be answered"),
            },
        ),
        Table(
            "measures",
            "建议措施",
            "one row a listed family, suggested measure and reason",
            {
                "family_id": _text("家庭", "Family at as_of"),
                "measure": _text("措施", "Suggested measure", _S.INTERNAL),
                "reason": _text("理由", "Named condition that suggests it", _S.SENSITIVE),
            },
        ),
        Table(
            "decisions",
            "人工决定",
            "one row a decision of a person about a person and rule, known at as_of",
            {
                "decision_id": _text("决定", "Id of the decision", _S.INTERNAL),
                "person_key": _COMMON["person_key"],
                "rule_id": _text("规则", "Group, warning, register or verified_inclusion", _S.INTERNAL),
                "evidence_key": _text("事实编号", "The fact that was judged; null where none was"),
                "outcome": _text("结论", "Of the code list decision_outcome", _S.INTERNAL),
                "decided_on": _date("决定日期", "Day of the decision"),
                "expires_on": _date("失效日期", "Last day on which it binds; null while open"),
            },
        ),
    )
)

HEALTH = Table(
    "health",
    "交付情况",
    "one row a delivery known at as_of; and one a feed and month without delivery, with status missing",
    {
        "feed": _text("来源", "Feed", _S.INTERNAL),
        "month": _text("交付月份", "Folder month, YYYY-MM", _S.INTERNAL),
        "status": _text("状态", "accepted, partial, refused or missing", _S.INTERNAL),
        "rows_read": TableColumn(_INT, "读取行数", "Rows read; null when missing", _S.INTERNAL),
        "rows_accepted": TableColumn(_INT, "接收行数", "Rows accepted; null when missing", _S.INTERNAL),
        "rows_quarantined": TableColumn(_INT, "隔离行数", "Rows set aside; null when missing", _S.INTERNAL),
        "unknown_codes": TableColumn(
            _INT, "未知代码数", "Cells with a code of no list; null when missing", _S.INTERNAL
        ),
        "sha256": _text("摘要", "SHA-256 of the file; null when missing", _S.INTERNAL),
        "duplicate_of": _text("重复文件", "Delivery whose bytes were delivered again; null otherwise", _S.INTERNAL),
        "rows_repeated": TableColumn(
            _INT, "重复行数", "Rows whose business key another sender's delivery of the month has too", _S.INTERNAL
        ),
        "asked_from": TableColumn(
            _DATE, "催报起始", "First as_of at which a delivery that has not come is asked for", _S.INTERNAL
        ),
        "late_days": TableColumn(
            _INT,
            "晚到天数",
            "Days by which the sender's first file of the month came after the expected one; null when missing",
            _S.INTERNAL,
        ),
        "agreed_until": TableColumn(
            _DATE, "约定有效期末日", "Last day of the sharing agreement of the feed; null without one", _S.INTERNAL
        ),
    },
)

MATURED = Table(
    "matured",
    "一年前的评分与结果",
    "one row a family off the register a year ago, scored by the model in force as it was known then; none without one",
    {
        "chance": _int("所说可能性", "Expected cases per ten thousand families like this one"),
        "needed": TableColumn(_BOOL, "出现困难", "Whether need came within the twelve months since", _S.PERSONAL),
    },
)

PROFILES = Table(
    "profiles",
    "交付画像",
    "one row a feed, month, column and bin of the accepted rows known at as_of, over all senders",
    {
        "feed": _text("来源", "Feed", _S.INTERNAL),
        "month": _text("交付月份", "Folder month, YYYY-MM", _S.INTERNAL),
        "column": _text("列", "Column of the contract", _S.INTERNAL),
        "measure": _text("统计项", "empty (cells), code or band", _S.INTERNAL),
        "bin": _text(
            "取值", "The code, or the lower end of the band of money in yuan; empty for empty cells", _S.INTERNAL
        ),
        "cells": TableColumn(_INT, "单元格数", "Cells in the bin", _S.INTERNAL),
        "rows": TableColumn(_INT, "行数", "Accepted rows of the feed in the month that were profiled", _S.INTERNAL),
    },
)

EDITION_TABLES: tuple[str, ...] = (
    "list",
    "members",
    "hits",
    "standings",
    "exits",
    "warnings",
    "score_reasons",
    "tasks",
    "measures",
)


def get_table(name: str) -> Table:
    """The canonical table called `name`; raises `UnknownNameError`."""
    if name not in TABLES:
        raise UnknownNameError("table", name, TABLES)
    return TABLES[name]
