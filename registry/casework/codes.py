"""The closed words of casework.

What belongs here: states, events, means, answers and reasons, with their Chinese titles. Outcomes of visits are
delivered by departments too, so they stand in `schemas.codes`.
"""

from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError

__all__ = [
    "AGAINST",
    "ANSWERS",
    "AUDIENCE",
    "CASE_EVENTS",
    "CASE_STATES",
    "CHANNELS",
    "CONTACTS",
    "DEPARTMENT_ANSWERS",
    "EXIT_EVENTS",
    "FILED_BY",
    "FOLLOW_REASONS",
    "FOLLOW_STATES",
    "FOLLOW_UPS",
    "MEANS",
    "OBJECTION_STATES",
    "OPEN",
    "OUTCOMES",
    "PROTECTION_EVENTS",
    "PROTECTION_REASONS",
    "REASONS",
    "RECEIVERS",
    "WISHES",
    "known",
]

OUTCOMES = CODE_LISTS["visit_outcome"]
AUDIENCE = CodeList("audience", "任务类别", {"need": ("走访核查",), "verify": ("待核实",)})
CASE_STATES = CodeList(
    "case state",
    "办理状态",
    {
        "pending": ("待派发",),
        "assigned": ("已派发",),
        "checking": ("核查中",),
        "concluded": ("待办结",),
        "closed": ("已办结",),
        "appealed": ("申诉中",),
    },
)
OPEN = ("pending", "assigned", "checking", "concluded", "appealed")
"""States of a case that somebody still has to work on."""
CASE_EVENTS = CodeList(
    "case event",
    "办理记录",
    {
        "opened": ("立案",),
        "asked": ("新增问题",),
        "reopened": ("新证据重启",),
        "resumed": ("暂缓期满重启",),
        "moved": ("地址变更",),
        "transferred": ("随家庭转出",),
        "urged": ("等级变更",),
        "assigned": ("派发",),
        "reassigned": ("改派",),
        "started": ("开始核查",),
        "visited": ("走访联系",),
        "concluded": ("提出核查结果",),
        "returned": ("退回补查",),
        "closed": ("办结",),
        "withdrawn": ("问题不再存在",),
        "objected": ("提出异议",),
        "upheld": ("异议成立，重新核查",),
        "dismissed": ("维持原结果",),
    },
)
MEANS = CODE_LISTS["contact_means"]
CONTACTS = CODE_LISTS["contact"]
ANSWERS = CODE_LISTS["visit_answer"]
CHANNELS = CodeList("channel", "记录渠道", {"portal": ("系统",), "sheet": ("走访单",), "command": ("命令行",)})
REASONS = CodeList(
    "reason of an act",
    "办理原因",
    {
        "workload": ("工作量调整",),
        "absent": ("人员变动",),
        "conflict": ("需要回避",),
        "incomplete": ("材料不全",),
        "unclear": ("情况不清",),
        "not_supported": ("结论缺乏依据",),
        "no_longer_raised": ("预警已不再提出",),
        "family_wish": ("家庭要求",),
    },
)

EXIT_EVENTS = CodeList(
    "exit event", "拟退出办理", {"agreed": ("拟同意退出",), "approved": ("同意退出",), "refused": ("不同意退出",)}
)
AGAINST = CodeList(
    "what an objection is against",
    "异议事项",
    {"case": ("核查结果",), "fact": ("来源数据",), "standing": ("未列入或退出名单",)},
)
FILED_BY = CodeList(
    "who files an objection",
    "异议提出人",
    {"self": ("本人",), "relative": ("近亲属",), "representative": ("委托代理人",), "community": ("村（居）委会",)},
)
PROTECTION_REASONS = CodeList(
    "reason of a protection",
    "保护原因",
    {
        "violence": ("家庭暴力或人身安全保护令",),
        "child": ("困境未成年人",),
        "witness": ("证人或举报人",),
        "authority": ("公安或法院要求",),
    },
)
PROTECTION_EVENTS = CodeList(
    "event of a protection",
    "地址保护办理",
    {"set": ("受保护",), "end_proposed": ("已提出解除",), "ended": ("已解除",), "kept": ("继续受保护",)},
)
OBJECTION_STATES = CodeList(
    "objection state",
    "异议状态",
    {
        "filed": ("已受理",),
        "correcting": ("来源部门核对中",),
        "answered": ("来源部门已答复",),
        "upheld": ("异议成立",),
        "dismissed": ("维持原结果",),
        "taken_back": ("已撤回",),
    },
)
DEPARTMENT_ANSWERS = CodeList(
    "answer of a department",
    "来源部门答复",
    {"right": ("数据无误",), "corrected": ("已更正并重新报送",), "unknown": ("无法核实",)},
)
FOLLOW_UPS = CodeList("kind of follow-up", "跟进事项", {"measure": ("帮扶措施",), "wish": ("微心愿",)})
FOLLOW_STATES = CodeList(
    "state of a follow-up",
    "跟进状态",
    {
        "open": ("待办理",),
        "accepted": ("已受理",),
        "done": ("已落实",),
        "not_done": ("未落实",),
        "cancelled": ("已取消",),
    },
)
FOLLOW_REASONS = CodeList(
    "reason of a follow-up",
    "未落实原因",
    {
        "not_eligible": ("不符合条件",),
        "family_wish": ("家庭不需要",),
        "no_means": ("暂无资源",),
        "duplicate": ("已由其他渠道落实",),
        "mistake": ("登记有误",),
    },
)
RECEIVERS = CodeList(
    "receiver of a referral",
    "转介去向",
    {"department": ("部门",), "station": ("街道助联体",), "charity": ("慈善组织",)},
)
WISHES = CodeList(
    "wish",
    "微心愿类别",
    {
        "goods": ("生活用品",),
        "study": ("学习用品",),
        "repair": ("居家修缮",),
        "device": ("康复辅具",),
        "company": ("陪伴探访",),
        "skills": ("就业技能",),
        "event": ("参加活动",),
        "other": ("其他",),
    },
)


def known(words: CodeList, code: str) -> str:
    """The code itself; raises `UnknownNameError` for one that is not in the list."""
    if code not in words.labels:
        raise UnknownNameError(words.name, code, words.labels)
    return code
