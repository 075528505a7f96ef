"""The closed words of casework.

What belongs here: states, events, means, answers and reasons, with their Chinese titles. Outcomes of visits are
delivered by departments too, so they stand in `schemas.codes`.
"""

from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError

__all__ = [
    "ANSWERS",
    "AUDIENCE",
    "CASE_EVENTS",
    "CASE_STATES",
    "CHANNELS",
    "CONTACTS",
    "MEANS",
    "OPEN",
    "OUTCOMES",
    "REASONS",
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
MEANS = CodeList(
    "means of contact",
    "联系方式",
    {
        "home": ("入户",),
        "phone": ("电话",),
        "message": ("短信或网络",),
        "neighbour": ("邻里或社区",),
        "letter": ("信函",),
        "desk": ("系统或书面核对",),
    },
)
CONTACTS = CodeList(
    "contact", "联系情况", {"reached": ("见到本人或家属",), "nobody": ("未联系上",), "refused": ("拒绝",)}
)
ANSWERS = CodeList(
    "answer", "核查答复", {"yes": ("属实", "是"), "no": ("不属实", "否"), "unclear": ("无法判断", "不清楚")}
)
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


def known(words: CodeList, code: str) -> str:
    """The code itself; raises `UnknownNameError` for one that is not in the list."""
    if code not in words.labels:
        raise UnknownNameError(words.name, code, words.labels)
    return code
