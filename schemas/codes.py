"""Code lists: which labels departments use, and which code each of them means.

What belongs here: the `CodeList` type and every list. A label that is in no list is unknown: its row
is quarantined and the feed is warned, never read as "other". `ignored` labels mean "no value".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from unicodedata import normalize

from schemas.errors import ContractError, UnknownNameError

__all__ = ["CODE_LISTS", "CodeList", "label_key"]


def label_key(label: str) -> str:
    """What labels are compared by: half-width, without space, in small letters."""
    return "".join(normalize("NFKC", label).split()).lower()


@dataclass(frozen=True)
class CodeList:
    """Codes of one kind: `labels` maps a code to its title followed by the accepted synonyms."""

    name: str
    title: str
    labels: Mapping[str, tuple[str, ...]]
    ignored: frozenset[str] = frozenset({"", "无", "-", "—", "/", "null", "NULL"})

    @cached_property
    def by_label(self) -> dict[str, str]:
        """Every accepted label, and each code itself, to its code."""
        lookup: dict[str, str] = {}
        for code, labels in self.labels.items():
            for label in (code, *labels):
                if lookup.setdefault(label, code) != code:
                    raise ContractError(f"code list {self.name}: label {label!r} has two codes")
        return lookup

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in declared order."""
        return tuple(self.labels)

    def title_of(self, code: str) -> str:
        """The Chinese title of `code`; raises `UnknownNameError`."""
        if code not in self.labels:
            raise UnknownNameError(f"{self.name} code", code, self.labels)
        return self.labels[code][0]

    def only(self, codes: Iterable[str]) -> "CodeList":
        """The list with no other codes than these; raises `UnknownNameError` for one that it does not have."""
        wanted = set(codes)
        for each in wanted - set(self.labels):
            self.title_of(each)
        return replace(self, labels={code: labels for code, labels in self.labels.items() if code in wanted})


def _lists(*lists: CodeList) -> dict[str, CodeList]:
    return {each.name: each for each in lists}


_STREETS = {
    "330108001": ("西兴街道", "西兴"),
    "330108002": ("长河街道", "长河"),
    "330108003": ("浦沿街道", "浦沿"),
}
_COMMUNITY_COUNT = {"330108001": 14, "330108002": 20, "330108003": 18}


def _communities() -> dict[str, tuple[str, ...]]:
    """Numbered stand-ins for the communities (社区) of the sample district."""
    return {
        f"{street}{number:03d}": (f"{_STREETS[street][1]}第{number}社区",)
        for street, count in _COMMUNITY_COUNT.items()
        for number in range(1, count + 1)
    }


CODE_LISTS: dict[str, CodeList] = _lists(
    CodeList("street", "街道", _STREETS),
    CodeList("community", "社区", _communities()),
    CodeList("sex", "性别", {"male": ("男", "男性", "1"), "female": ("女", "女性", "2")}),
    CodeList(
        "household_type",
        "户别",
        {"ordinary": ("家庭户", "非集体户"), "collective": ("集体户", "集体")},
    ),
    CodeList(
        "relation",
        "与户主(申请人)关系",
        {
            "self": ("本人", "户主", "申请人"),
            "spouse": ("配偶", "妻", "夫", "丈夫", "妻子"),
            "child": ("子女", "子", "女", "儿子", "女儿", "长子", "长女", "次子", "次女", "独生子", "独生女"),
            "child_in_law": ("儿媳或女婿", "儿媳", "女婿"),
            "parent": ("父母", "父亲", "母亲", "父", "母"),
            "parent_in_law": ("公婆或岳父母", "岳父", "岳母", "公公", "婆婆"),
            "grandparent": ("祖父母", "祖父", "祖母", "外祖父", "外祖母"),
            "grandchild": ("孙子女", "孙子", "孙女", "外孙", "外孙女"),
            "sibling": ("兄弟姐妹", "兄", "弟", "姐", "妹"),
            "other_relative": ("其他亲属",),
            "non_relative": ("非亲属", "其他"),
        },
    ),
    CodeList(
        "registration_status",
        "户籍状态",
        {
            "normal": ("正常", "在册"),
            "moved_out": ("迁出", "已迁出"),
            "cancelled": ("注销", "已注销"),
        },
    ),
    CodeList(
        "cancel_reason",
        "注销原因",
        {
            "death": ("死亡", "死亡注销"),
            "emigration": ("出国定居", "国(境)外定居"),
            "military": ("参军", "应征入伍"),
            "duplicate": ("重复户口", "重户"),
        },
    ),
    CodeList(
        "programme",
        "救助类别",
        {
            "subsistence": ("最低生活保障", "低保", "城乡低保"),
            "destitute": ("特困人员救助供养", "特困", "特困供养"),
            "marginal": ("最低生活保障边缘家庭", "低边", "低保边缘"),
            "rigid_expense": ("刚性支出困难家庭", "刚性支出", "支出型困难"),
        },
    ),
    CodeList(
        "application_programme",
        "申请事项",
        {
            "subsistence": ("最低生活保障", "低保", "城乡低保"),
            "destitute": ("特困人员救助供养", "特困", "特困供养"),
            "marginal": ("最低生活保障边缘家庭", "低边", "低保边缘"),
            "rigid_expense": ("刚性支出困难家庭", "刚性支出", "支出型困难"),
            "temporary": ("临时救助",),
        },
    ),
    CodeList(
        "exit_reason",
        "退出原因",
        {
            "income_over": ("收入超标", "收入超过标准"),
            "property_over": ("财产超标",),
            "death": ("死亡",),
            "moved": ("迁出", "户籍迁出"),
            "term_ended": ("期满", "到期"),
            "transfer": ("转入其他类别", "类别变更"),
            "voluntary": ("自愿退出", "主动退出"),
        },
    ),
    CodeList(
        "decision",
        "审核确认结果",
        {
            "pending": ("审核中", "待确认", "办理中"),
            "approved": ("予以确认", "确认", "同意", "通过"),
            "refused": ("不予确认", "不同意", "未通过", "不予通过"),
            "withdrawn": ("撤回申请", "撤回", "主动撤回"),
        },
    ),
    CodeList(
        "refusal_reason",
        "不予确认原因",
        {
            "income_over": ("收入超标", "收入超过标准"),
            "property_over": ("财产超标",),
            "not_resident": ("不符合户籍或居住条件",),
            "no_cooperation": ("不配合核对",),
            "other": ("其他",),
        },
    ),
    CodeList(
        "difficulty",
        "困难类型",
        {
            "illness": ("因病", "重大疾病", "疾病"),
            "disability": ("因残", "残疾"),
            "unemployment": ("失业",),
            "education": ("因学", "就学"),
            "housing": ("住房",),
            "disaster": ("意外灾害", "灾害", "意外", "因灾"),
            "old_age": ("老龄", "高龄"),
            "child": ("儿童", "困境儿童"),
        },
    ),
    CodeList(
        "support_relation",
        "赡(扶、抚)养关系(义务人为)",
        {
            "child": ("子女", "赡养"),
            "parent": ("父母", "抚养"),
            "spouse": ("配偶", "扶养"),
            "sibling": ("兄弟姐妹",),
            "grandchild": ("孙子女", "外孙子女"),
            "grandparent": ("祖父母", "外祖父母"),
            "in_law": ("儿媳女婿", "儿媳", "女婿"),
        },
    ),
    CodeList("marriage_event", "婚姻登记类别", {"marriage": ("结婚", "结婚登记"), "divorce": ("离婚", "离婚登记")}),
    CodeList(
        "allowance_kind",
        "津补贴类别",
        {
            "old_age": ("高龄津贴",),
            "disability_living": ("困难残疾人生活补贴", "生活补贴"),
            "disability_care": ("重度残疾人护理补贴", "护理补贴"),
            "orphan": ("孤儿和困境儿童基本生活费", "孤儿基本生活费", "困境儿童基本生活费"),
            "work_injury_care": ("工伤保险生活护理费", "工伤生活护理费"),
        },
    ),
    CodeList(
        "payment_status",
        "发放状态",
        {"paid": ("成功", "已发放", "发放成功"), "returned": ("退回", "银行退回", "发放失败")},
    ),
    CodeList(
        "visit_outcome",
        "走访结果",
        {
            "true_include": ("属实-纳入",),
            "true_refer": ("属实-转介",),
            "not_true": ("不属实",),
            "no_contact": ("无法联系",),
            "refused_entry": ("拒绝入户",),
            "moved_or_dead": ("已搬离/死亡",),
            "duplicate": ("重复",),
            "deferred": ("暂缓",),
        },
    ),
    CodeList(
        "contact_means",
        "联系方式",
        {
            "home": ("入户",),
            "phone": ("电话",),
            "message": ("短信或网络",),
            "neighbour": ("邻里或社区",),
            "letter": ("信函",),
            "desk": ("系统或书面核对",),
        },
    ),
    CodeList(
        "contact",
        "联系情况",
        {"reached": ("见到本人或家属",), "nobody": ("未联系上",), "refused": ("拒绝",)},
    ),
    CodeList(
        "visit_answer", "核查答复", {"yes": ("属实", "是"), "no": ("不属实", "否"), "unclear": ("无法判断", "不清楚")}
    ),
    CodeList(
        "decision_outcome",
        "人工决定结论",
        {
            "included": ("属实-纳入",),
            "settled": ("已核实办结",),
            "not_true": ("不属实",),
            "exit_confirmed": ("同意退出",),
            "exit_refused": ("不同意退出",),
            "revoked": ("撤销原决定",),
        },
    ),
    CodeList(
        "measure",
        "帮扶措施",
        {
            "subsistence_application": ("低保申请",),
            "destitute_application": ("特困申请",),
            "marginal_application": ("低保边缘申请",),
            "rigid_expense_application": ("刚性支出困难家庭申请",),
            "medical_aid": ("医疗救助",),
            "temporary_assistance": ("临时救助",),
            "employment_aid": ("就业援助",),
            "education_aid": ("教育资助",),
            "housing_aid": ("住房救助",),
            "disability_allowance": ("残疾人两项补贴",),
            "old_age_allowance": ("高龄津贴",),
            "child_allowance": ("困境儿童保障",),
            "disaster_relief": ("灾害救助",),
            "insurance_subsidy": ("资助参保",),
            "care_service": ("照料护理服务",),
            "charity_aid": ("慈善帮扶",),
            "regular_visit": ("定期探访",),
        },
    ),
    CodeList(
        "lead_source",
        "线索来源",
        {"self_report": ("自主申报",), "grid": ("网格员", "网格"), "hotline": ("12345热线", "12345")},
    ),
    CodeList(
        "uncounted_reason",
        "不计入共同生活成员原因",
        {"missing": ("宣告失踪", "失踪"), "clergy": ("脱离家庭三年以上的宗教教职人员", "宗教教职人员")},
    ),
    CodeList(
        "livelihood",
        "就业状况",
        {
            "employed": ("就业", "在职"),
            "unemployed": ("登记失业", "失业"),
            "student": ("在校", "在校学生"),
            "carer": ("照护家人", "照料家庭"),
            "retired": ("退休",),
            "unable": ("无劳动能力", "丧失劳动能力"),
            "minor": ("未成年",),
        },
    ),
    CodeList(
        "income_kind",
        "收入类别",
        {
            "wages": ("工资薪金", "工资性收入", "工资薪金所得"),
            "business": ("经营净收入", "经营所得"),
            "property": ("财产净收入", "财产租赁所得", "利息股息红利所得"),
            "pension_employee": ("职工养老金",),
            "pension_resident": ("城乡居民养老金",),
            "unemployment_benefit": ("失业保险金",),
            "support_received": ("赡(抚、扶)养费", "赡养费", "抚养费", "扶养费"),
        },
    ),
    CodeList(
        "tax_income_kind",
        "所得项目",
        {"business": ("经营所得", "经营净收入"), "property": ("财产租赁所得", "利息股息红利所得", "财产净收入")},
    ),
    CodeList(
        "pension_kind",
        "养老金类别",
        {
            "pension_employee": ("职工基本养老金", "职工养老金"),
            "pension_resident": ("城乡居民基本养老金", "居民养老金", "城乡居民养老金"),
        },
    ),
    CodeList(
        "settlement_kind",
        "就医类别",
        {"inpatient": ("住院", "普通住院"), "outpatient": ("门诊", "普通门诊", "门诊慢特病")},
    ),
    CodeList(
        "disability_category",
        "残疾类别",
        {
            "visual": ("视力", "视力残疾"),
            "hearing": ("听力", "听力残疾"),
            "speech": ("言语", "言语残疾"),
            "physical": ("肢体", "肢体残疾"),
            "intellectual": ("智力", "智力残疾"),
            "mental": ("精神", "精神残疾"),
            "multiple": ("多重", "多重残疾"),
        },
    ),
    CodeList(
        "aid_kind",
        "救助帮扶类别",
        {
            "temporary": ("临时救助",),
            "medical": ("医疗救助",),
            "public_rental": ("公共租赁住房保障", "公租房保障"),
            "rent_subsidy": ("住房租赁补贴", "公租房货币补贴"),
            "talent_rent_subsidy": ("人才租房补贴", "人才补贴"),
            "education_need": ("家庭经济困难学生资助", "国家助学金", "助学金"),
            "education_merit": ("奖学金", "国家奖学金"),
            "employment": ("就业援助补贴", "就业困难人员社保补贴", "公益性岗位补贴"),
            "disaster": ("自然灾害救助", "受灾救助"),
            "legal": ("民事法律援助", "法律援助"),
            "appointed_defence": ("指派刑事辩护", "刑事指派辩护"),
            "union": ("困难职工帮扶",),
            "farm": ("防止返贫帮扶",),
            "charity": ("慈善救助", "慈善帮扶"),
        },
    ),
    CodeList(
        "listing_kind",
        "名册类别",
        {"hardship_worker": ("困难职工",), "poverty_monitoring": ("防止返贫监测对象", "防返贫监测对象")},
    ),
    CodeList(
        "veteran_benefit",
        "优抚类别",
        {"disability_pension": ("伤残抚恤金",), "living_subsidy": ("定期生活补助", "定期抚恤金")},
    ),
    CodeList(
        "custody",
        "执行方式",
        {
            "prison": ("监狱服刑", "在监", "收监"),
            "outside_prison": ("暂予监外执行", "社区矫正"),
            "medical_bail": ("保外就医",),
        },
    ),
    CodeList(
        "illness",
        "重大疾病病种",
        {
            "cancer": ("恶性肿瘤",),
            "renal_failure": ("终末期肾病", "尿毒症"),
            "stroke": ("脑卒中后遗症",),
            "other_severe": ("其他重大疾病",),
        },
    ),
    CodeList(
        "school_stage",
        "学段",
        {
            "primary": ("小学",),
            "junior_middle": ("初中",),
            "senior_middle": ("高中", "普通高中", "中职"),
            "junior_college": ("大专", "专科"),
            "bachelor": ("本科", "大学本科"),
            "postgraduate": ("研究生", "硕士", "博士"),
        },
    ),
    CodeList("study_mode", "学习形式", {"full_time": ("全日制",), "part_time": ("非全日制", "业余", "函授")}),
    CodeList(
        "business_status",
        "经营状态",
        {"open": ("存续", "在业", "开业"), "revoked": ("吊销",), "closed": ("注销", "已注销")},
    ),
    CodeList(
        "vehicle_kind",
        "车辆类型",
        {"car": ("小型汽车", "小型轿车"), "truck": ("货车", "轻型货车"), "motorcycle": ("摩托车", "普通二轮摩托车")},
    ),
    CodeList(
        "property_usage",
        "房屋用途",
        {"dwelling": ("住宅", "成套住宅"), "commercial": ("商业", "商业服务"), "garage": ("车位", "车库")},
    ),
)
