"""Every delivered column, once: the same name means the same everywhere.

What belongs here: the shared declarations. A feed takes a field by name and may only narrow it
(`field("ended_on", required=False)`, another title, more synonyms); the meaning stays.
"""

from schemas.codes import CODE_LISTS
from schemas.columns import Column, Kind, Sensitivity
from schemas.errors import UnknownNameError

__all__ = ["FIELDS", "field"]

_PERSONAL = Sensitivity.PERSONAL
_SENSITIVE = Sensitivity.SENSITIVE

_ID_SYNONYMS = ("公民身份号码", "证件号码", "身份证件号码", "身份证", "身份号码")
_NAME_SYNONYMS = ("人员姓名", "名字")


def _identifier(name: str, title: str, keyed_as: str, description: str, *synonyms: str) -> Column:
    return Column(
        name=name,
        title=title,
        kind=Kind.ID_NUMBER,
        description=description,
        sensitivity=Sensitivity.IDENTIFIER,
        synonyms=synonyms,
        keyed_as=keyed_as,
    )


def _name(name: str, title: str, description: str, *synonyms: str) -> Column:
    return Column(
        name=name,
        title=title,
        kind=Kind.NAME,
        description=description,
        sensitivity=Sensitivity.IDENTIFIER,
        synonyms=synonyms,
        required=False,
    )


def _code(
    name: str,
    title: str,
    codes: str,
    description: str,
    *synonyms: str,
    sensitivity: Sensitivity = Sensitivity.INTERNAL,
) -> Column:
    return Column(
        name=name,
        title=title,
        kind=Kind.CODE,
        description=description,
        sensitivity=sensitivity,
        synonyms=synonyms,
        codes=CODE_LISTS[codes],
    )


def _plain(
    name: str,
    title: str,
    kind: Kind,
    description: str,
    *synonyms: str,
    sensitivity: Sensitivity = Sensitivity.PERSONAL,
    minimum: int | None = None,
    maximum: int | None = None,
    future: bool = False,
) -> Column:
    return Column(
        name=name,
        title=title,
        kind=kind,
        description=description,
        sensitivity=sensitivity,
        synonyms=synonyms,
        minimum=minimum,
        maximum=maximum,
        future=future,
    )


_ALL = (
    # who
    _identifier(
        "person_id", "身份证号", "person_key", "Citizen identity number of the person (GB 11643)", *_ID_SYNONYMS
    ),
    _name("person_name", "姓名", "Name of the person", *_NAME_SYNONYMS),
    _identifier("father_id", "父亲身份证号", "father_key", "Father of the person", "父亲公民身份号码"),
    _identifier("mother_id", "母亲身份证号", "mother_key", "Mother of the person", "母亲公民身份号码"),
    _identifier(
        "spouse_a_id", "男方身份证号", "spouse_a_key", "First spouse of the marriage record", "男方公民身份号码"
    ),
    _identifier(
        "spouse_b_id", "女方身份证号", "spouse_b_key", "Second spouse of the marriage record", "女方公民身份号码"
    ),
    _name("spouse_a_name", "男方姓名", "Name of the first spouse"),
    _name("spouse_b_name", "女方姓名", "Name of the second spouse"),
    _identifier(
        "obligor_id", "义务人身份证号", "obligor_key", "Person who owes support", "赡养人身份证号", "义务人证件号码"
    ),
    _identifier("ward_id", "被赡(扶、抚)养人身份证号", "ward_key", "Person to whom support is owed", "权利人身份证号"),
    _name("obligor_name", "义务人姓名", "Name of the obligor"),
    _name("ward_name", "被赡(扶、抚)养人姓名", "Name of the ward", "权利人姓名"),
    _identifier("old_id", "原身份证号", "old_key", "Identity number before correction", "变更前身份证号"),
    _identifier("new_id", "现身份证号", "person_key", "Identity number after correction", "变更后身份证号"),
    Column(
        name="phone",
        title="联系电话",
        kind=Kind.PHONE,
        description="Telephone of the person",
        sensitivity=Sensitivity.IDENTIFIER,
        synonyms=("手机号", "手机号码", "电话"),
        required=False,
    ),
    Column(
        name="address",
        title="住址",
        kind=Kind.ADDRESS,
        description="Address of residence",
        sensitivity=Sensitivity.IDENTIFIER,
        synonyms=("家庭住址", "户籍地址", "居住地址", "地址"),
        required=False,
    ),
    _plain("birth_on", "出生日期", Kind.DATE, "Date of birth", "出生年月日"),
    # where
    _code("street_code", "街道", "street", "Street (GB/T 2260 prefix, nine digits)", "街道名称", "所属街道"),
    _code("community_code", "社区", "community", "Community (twelve digits)", "社区名称", "村(社区)"),
    _plain("household_no", "户号", Kind.NUMBER, "Number of the registered household", "户籍号", "户口簿号"),
    _code("household_type", "户别", "household_type", "Ordinary or collective household", "户口类型"),
    _code("relation_to_head", "与户主关系", "relation", "Relation to the head of the household", "户主关系"),
    _code("registration_status", "户籍状态", "registration_status", "Normal, moved out or cancelled", "状态"),
    _code("cancel_reason", "注销原因", "cancel_reason", "Why a registration was cancelled"),
    _plain("registered_on", "登记日期", Kind.DATE, "Day of registration", "登记时间", "办理日期"),
    _plain("corrected_on", "变更日期", Kind.DATE, "Day of the correction", "更正日期"),
    # spells
    _plain("started_on", "开始日期", Kind.DATE, "First day of the spell", "起始日期", "开始时间", future=True),
    _plain(
        "ended_on",
        "结束日期",
        Kind.DATE,
        "End of the spell: the first day after it",
        "终止日期",
        "结束时间",
        future=True,
    ),
    # assistance
    _plain(
        "family_no", "户编号", Kind.NUMBER, "Number of the family in the assistance register", "家庭编号", "低保证号"
    ),
    _code("relation_to_applicant", "与申请人关系", "relation", "Relation to the applicant", "与户主关系"),
    _code("programme", "救助类别", "programme", "Programme of assistance", "救助类型", "对象类别"),
    _code("exit_reason", "退出原因", "exit_reason", "Why assistance ended"),
    _plain(
        "monthly_amount_fen", "月保障金额(元)", Kind.MONEY, "Monthly benefit", "月救助金额(元)", "月金额", minimum=0
    ),
    _plain("application_no", "申请编号", Kind.NUMBER, "Number of the application", "受理编号", "申请单号"),
    _plain(
        "reconsiders_no", "复核原申请编号", Kind.NUMBER, "Application whose decision this one replaces", "原申请编号"
    ),
    _code("application_programme", "申请事项", "application_programme", "What was applied for", "申请类别"),
    _plain("applied_on", "申请日期", Kind.DATE, "Day of application", "受理日期"),
    _code("decision", "审核确认结果", "decision", "Outcome of the application", "审批结果", "确认结果"),
    _plain("decided_on", "确认日期", Kind.DATE, "Day of the decision", "审批日期", "决定日期"),
    _code("refusal_reason", "不予确认原因", "refusal_reason", "Why it was refused"),
    _plain("declared_on", "申报日期", Kind.DATE, "Day on which the co-living members were declared", "复核日期"),
    _code("livelihood", "就业状况", "livelihood", "Declared livelihood of the member", "职业状况"),
    # aid and payments
    _plain("payment_no", "业务编号", Kind.NUMBER, "Business number of the payment", "业务流水号", "发放编号", "流水号"),
    _code("aid_kind", "帮扶类别", "aid_kind", "Kind of aid", "救助类别", "资助类别", "补贴类别", "项目名称"),
    _plain(
        "amount_fen",
        "金额(元)",
        Kind.MONEY,
        "Amount; a negative amount reverses a payment",
        "发放金额(元)",
        "救助金额(元)",
        "金额",
        "发放金额",
    ),
    _plain("granted_on", "批准日期", Kind.DATE, "Day on which the aid was granted", "核准日期", "审批日期"),
    _plain("paid_on", "发放日期", Kind.DATE, "Day on which it was paid", "支付日期", "拨付日期"),
    _code("difficulty", "困难类型", "difficulty", "Kind of difficulty", "致困原因", sensitivity=_SENSITIVE),
    _code("allowance_kind", "津补贴类别", "allowance_kind", "Kind of allowance", "补贴名称"),
    _code("payment_status", "发放状态", "payment_status", "Paid or returned by the bank", "发放结果"),
    _plain("listed_on", "认定日期", Kind.DATE, "Day of entry on a department's list", "纳入日期", "建档日期"),
    _plain(
        "delisted_on", "退出日期", Kind.DATE, "First day no longer on the list", "解除日期", "脱困日期", future=True
    ),
    _code("veteran_benefit", "优抚类别", "veteran_benefit", "Kind of benefit for veterans"),
    # kin
    _code("support_relation", "赡(扶、抚)养关系", "support_relation", "What the obligor is to the ward", "关系类型"),
    _plain("recorded_on", "登记时间", Kind.DATE, "Day of recording", "登记日期"),
    _plain("marriage_no", "登记字号", Kind.NUMBER, "Number of the marriage record", "证书字号"),
    _code("marriage_event", "业务类别", "marriage_event", "Marriage or divorce", "登记类别"),
    _plain("died_on", "死亡日期", Kind.DATE, "Day of death", "去世日期"),
    _plain("cremated_on", "火化日期", Kind.DATE, "Day of cremation"),
    _plain("cremation_no", "火化证编号", Kind.NUMBER, "Number of the cremation record", "业务编号"),
    _code("uncounted_reason", "不计入原因", "uncounted_reason", "Why a member is not counted", sensitivity=_SENSITIVE),
    # visits and leads
    _plain("visit_no", "走访编号", Kind.NUMBER, "Number of the visit"),
    _plain("visited_on", "走访日期", Kind.DATE, "Day of the visit"),
    _code("visit_outcome", "走访结果", "visit_outcome", "Outcome of the visit", "核查结果"),
    _plain("lead_no", "线索编号", Kind.NUMBER, "Number of the lead"),
    _code("lead_source", "线索来源", "lead_source", "Who reported", "来源"),
    _plain("reported_on", "上报日期", Kind.DATE, "Day of the report", "登记日期"),
    # income and work
    _plain("period_month", "所属期", Kind.MONTH, "Month that the amount is for", "所属月份", "缴费月份", "费款所属期"),
    _plain("period", "所属期", Kind.PERIOD, "Month or year that the amount is for", "税款所属期"),
    _code("income_kind", "收入类别", "income_kind", "Kind of income", "收入项目"),
    _code("tax_income_kind", "所得项目", "tax_income_kind", "Taxed income other than wages", "征收品目"),
    _plain(
        "employer_no",
        "扣缴义务人编号",
        Kind.NUMBER,
        "Employer that withholds the tax",
        "扣缴单位编号",
        sensitivity=Sensitivity.INTERNAL,
    ),
    _plain("gross_fen", "收入额(元)", Kind.MONEY, "Gross wages", "本期收入(元)", "工资收入", minimum=0),
    _plain("base_fen", "缴费基数(元)", Kind.MONEY, "Contribution base: evidence, never income", "缴费工资", minimum=0),
    _code("pension_kind", "养老金类别", "pension_kind", "Employee or resident pension", "险种"),
    _plain("basic_fen", "其中基础养老金(元)", Kind.MONEY, "Basic part of a resident pension", "基础养老金", minimum=0),
    _plain("deposit_fen", "月缴存额(元)", Kind.MONEY, "Housing-fund deposit of the month", "缴存金额", minimum=0),
    # health
    _plain("settlement_no", "结算编号", Kind.NUMBER, "Number of the settlement", "结算流水号"),
    _code(
        "settlement_kind", "就医类别", "settlement_kind", "Inpatient or outpatient", "医疗类别", sensitivity=_SENSITIVE
    ),
    _plain("admitted_on", "入院日期", Kind.DATE, "Day of admission", sensitivity=_SENSITIVE),
    _plain("settled_on", "结算日期", Kind.DATE, "Day of settlement", sensitivity=_SENSITIVE),
    _plain("total_fen", "医疗费总额(元)", Kind.MONEY, "Total cost", "总费用", sensitivity=_SENSITIVE, minimum=0),
    _plain(
        "fund_paid_fen",
        "基金支付(元)",
        Kind.MONEY,
        "Paid by the insurance fund",
        "统筹支付",
        sensitivity=_SENSITIVE,
        minimum=0,
    ),
    _plain(
        "out_of_pocket_fen",
        "个人自付(元)",
        Kind.MONEY,
        "Out-of-pocket part",
        "自付金额",
        sensitivity=_SENSITIVE,
        minimum=0,
    ),
    _plain(
        "certificate_no",
        "残疾人证号",
        Kind.NUMBER,
        "Number of the disability certificate, without the identity number in it",
        "证件编号",
        sensitivity=_SENSITIVE,
    ),
    _code(
        "disability_category",
        "残疾类别",
        "disability_category",
        "Category of disability",
        "残疾类型",
        sensitivity=_SENSITIVE,
    ),
    _plain(
        "disability_grade",
        "残疾等级",
        Kind.INTEGER,
        "Grade, 1 (most severe) to 4",
        "等级",
        sensitivity=_SENSITIVE,
        minimum=1,
        maximum=4,
    ),
    _plain("issued_on", "发证日期", Kind.DATE, "Day of issue", "签发日期", sensitivity=_SENSITIVE),
    _plain("cancelled_on", "注销日期", Kind.DATE, "First day without validity", "失效日期", future=True),
    _code("illness", "病种", "illness", "Severe illness", "疾病名称", sensitivity=_SENSITIVE),
    _plain("diagnosed_on", "确诊日期", Kind.DATE, "Day of diagnosis", sensitivity=_SENSITIVE),
    # things owned
    _plain("plate_no", "号牌号码", Kind.NUMBER, "Number plate", "车牌号"),
    _code("vehicle_kind", "车辆类型", "vehicle_kind", "Kind of vehicle", "车型"),
    _plain("price_fen", "购置价格(元)", Kind.MONEY, "Purchase price", "车价", minimum=0),
    _plain("property_no", "不动产单元号", Kind.NUMBER, "Number of the real-estate unit", "产权证号"),
    _code("property_usage", "房屋用途", "property_usage", "Use of the property", "用途"),
    _plain("area_m2", "建筑面积(平方米)", Kind.INTEGER, "Floor area in whole square metres", "面积", minimum=0),
    _plain(
        "credit_code",
        "统一社会信用代码",
        Kind.NUMBER,
        "Credit code of the business",
        "信用代码",
        sensitivity=Sensitivity.INTERNAL,
    ),
    _plain(
        "capital_fen",
        "注册资本(万元)",
        Kind.MONEY,
        "Registered capital, delivered in 10,000 yuan",
        "注册资金(万元)",
        minimum=0,
    ),
    _code("business_status", "经营状态", "business_status", "Status of the business", "登记状态"),
    _plain("established_on", "成立日期", Kind.DATE, "Day of establishment", "注册日期"),
    _plain("closed_on", "注销(吊销)日期", Kind.DATE, "Day on which the business closed", "吊销日期", future=True),
    _plain("permit_no", "居住证编号", Kind.NUMBER, "Number of the residence permit"),
    # study and custody
    _plain(
        "school_no", "学校标识码", Kind.NUMBER, "Number of the school", "学校代码", sensitivity=Sensitivity.INTERNAL
    ),
    _code("school_stage", "学段", "school_stage", "Stage of education"),
    _code("study_mode", "学习形式", "study_mode", "Full or part time"),
    _plain("enrolled_on", "入学日期", Kind.DATE, "Day of enrolment", future=True),
    _plain("left_on", "离校日期", Kind.DATE, "First day after leaving", "毕业日期", future=True),
    _code("custody", "执行方式", "custody", "Where the sentence is served", sensitivity=_SENSITIVE),
)

FIELDS: dict[str, Column] = {each.name: each for each in _ALL}


def field(name: str, **changes: object) -> Column:
    """The shared declaration of `name`, narrowed by `changes`; raises `UnknownNameError`."""
    if name not in FIELDS:
        raise UnknownNameError("field", name, FIELDS)
    return FIELDS[name].but(**changes) if changes else FIELDS[name]
