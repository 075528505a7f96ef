"""What the actions and details of audit events are called; what has no name here is shown by its own word."""

from collections.abc import Mapping

from editions.grounds import GROUNDS
from registry.casework import codes as work
from registry.decisions import DECISION_REASONS
from registry.roles import PURPOSES, ROLES
from registry.scope import DISTRICT
from schemas.codes import CODE_LISTS, CodeList
from schemas.contract import DEPARTMENTS
from schemas.receipts import STATUSES
from schemas.told import Told

__all__ = ["ACTIONS", "DETAILS", "action_title", "coded"]

_STEPS: Mapping[str, tuple[str, CodeList]] = {
    "case": ("核查任务", work.CASE_EVENTS),
    "exit": ("拟退出", work.EXIT_EVENTS),
    "measure": (work.FOLLOW_UPS.title_of("measure"), work.FOLLOW_STATES),
    "objection": ("异议", work.OBJECTION_STATES),
    "protection": ("地址保护", work.PROTECTION_EVENTS),
    "wish": (work.FOLLOW_UPS.title_of("wish"), work.FOLLOW_STATES),
}
"""What casework calls the actions of each kind: "exit_agreed" is a step of an exit."""

ACTIONS = {
    f"{kind}_{step}": Told("%(what)s：%(how)s", what=what, how=steps.title_of(step))
    for kind, (what, steps) in _STEPS.items()
    for step in steps.codes
} | {
    "account_add": "建立账号", "account_area": "更换账号范围", "account_disable": "停用账号",
    "account_enable": "恢复账号", "account_end_sessions": "结束账号的登录", "account_password": "修改密码",
    "account_password_reset": "重置密码", "account_role": "更换账号角色", "account_try_again": "解除登录等待",
    "audit_papers": "审计底稿", "audit_redraw": "重新抽样", "audit_report": "审计报告",
    "audit_sample": "审计抽样", "audit_tests": "全量测试", "backup": "备份", "cases_follow": "任务随名单更新",
    "correct_identity": "更正身份证号", "decide": "人工决定", "deliver": "接收报送", "erase": "删除数据",
    "explain": "查阅一户依据", "export": "导出", "export_chain": "导出审计链",
    "export_quarantine": "导出隔离行", "export_receipt": "下载回执", "letter": "出具告知书",
    "model_approved": "批准模型", "model_proposed": "提议模型", "model_registered": "登记模型",
    "model_refused": "模型未通过闸门", "model_shadowed": "模型并行试算", "model_withdrawn": "撤下模型",
    "move": "数据库迁移", "parameters": "参数变更", "prune": "到期清理", "publish": "发布名单",
    "purpose": "更换工作目的", "share_view": "共享名单视图", "sign_in": "登录",
    "sign_in_failed": "登录失败", "sign_out": "退出",
    "token_end": "停用接口令牌", "token_make": "建立接口令牌", "view": "查阅", "visit_plan": "制订走访计划",
    "visit_sheets": "收回走访单", "whatif": "参数测算", "whatif_end": "结束参数测算",
}  # fmt: skip

DETAILS = {
    "account": "账号", "answer": "答复", "approved_by": "批准人", "area": "范围", "as_of": "名单截至",
    "assignee": "承办人", "by": "方式", "case_id": "任务", "changed": "变更", "content_hash": "内容哈希",
    "decided_on": "决定日期", "decision_id": "决定", "deliveries": "批次数", "delivery": "批次",
    "department": "来源部门", "due_on": "期限", "edition_id": "版本", "events": "事件", "exit_id": "拟退出件",
    "expires_on": "有效至", "feed": "数据源", "filters": "条件", "follow_up_id": "跟进件", "for": "工作目的",
    "format": "格式", "ground": "列入依据", "identities": "显示姓名", "masked": "已遮掩", "model_id": "模型",
    "objection_id": "异议", "outcome": "结果", "overlays": "参数文件", "owner": "跟进人",
    "protection_id": "保护件", "questions": "问题数", "reason": "原因", "receiver": "去向",
    "record": "登记哈希", "replaces": "替换", "reports": "报告", "role": "角色", "rows": "行数",
    "rows_accepted": "入库行数", "rows_quarantined": "隔离行数", "rows_read": "读取行数",
    "rows_to_mend": "待修正行数", "rule_id": "规则", "state": "状态", "subject": "对象代码",
    "subject_id": "对应记录", "tests": "测试", "version": "版次", "what": "内容",
}  # fmt: skip


def _titles(*lists: CodeList) -> dict[str, str]:
    return {code: codes.title_of(code) for codes in lists for code in codes.codes}


_PLACES = _titles(CODE_LISTS["street"], CODE_LISTS["community"])
_CODED: Mapping[str, Mapping[str, str]] = {
    "role": _titles(ROLES),
    "for": _titles(PURPOSES),
    "area": {DISTRICT.code: DISTRICT.title, **_PLACES},
    "street": _PLACES,
    "community": _PLACES,
    "filters": {
        "change": "变动", "class": "困难类型", "community": "社区", "group": "群体", "page": "页码",
        "score": "评分不低于", "sort": "排序", "street": "街道", "tier": "等级",
    },
}  # fmt: skip
_FOLLOWED = {"reason": _titles(work.FOLLOW_REASONS), "receiver": {**_PLACES, **DEPARTMENTS}}
_OF_KIND: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "audit": {
        "reports": {
            "overrides": "与规则建议不一致的决定", "alone": "一人单独作出的决定", "pairs": "决定人与批准人组合",
            "outside_area": "查阅本人辖区以外的数据", "odd_hours": "非工作时间的查阅", "volumes": "每人每日查阅量",
        },
    },
    "account": {"before": {**_titles(ROLES), DISTRICT.code: DISTRICT.title, **_PLACES}},
    "case": {
        "outcome": _titles(work.OUTCOMES),
        "reason": _titles(work.REASONS),
        "state": _titles(work.CASE_STATES),
    },
    "cases": {"events": _titles(work.CASE_EVENTS)},
    "decide": {
        "outcome": _titles(CODE_LISTS["decision_outcome"]),
        "rule_id": _titles(GROUNDS),
    },
    "deliver": {"state": STATUSES},
    "exit": {"ground": _titles(GROUNDS), "reason": _titles(DECISION_REASONS)},
    "measure": {"what": _titles(CODE_LISTS["measure"]), **_FOLLOWED},
    "objection": {
        "answer": _titles(work.DEPARTMENT_ANSWERS),
        "department": DEPARTMENTS,
        "state": _titles(work.OBJECTION_STATES),
    },
    "purpose": {"before": _titles(PURPOSES)},
    "share": {"with_role": _titles(ROLES), "with_area": {DISTRICT.code: DISTRICT.title, **_PLACES}},
    "sign": {"by": {"password": "密码", "oidc": "统一身份认证"}},
    "view": {
        "what": {
            "case page": "核查任务页面", "cases": "家庭的核查任务", "cases page": "核查任务列表",
            "exits page": "拟退出", "family desk page": "跟进和异议", "family page": "一户一档",
            "follow-ups page": "措施和微心愿",
            "list page": "监测名单", "objection page": "异议页面", "objections page": "异议列表",
            "protections page": "地址保护", "quarantine": "隔离行",
        },
    },
    "wish": {"what": _titles(work.WISHES), **_FOLLOWED},
}  # fmt: skip
"""Of the actions of a kind, what the codes are called that stand as details."""


def action_title(action: str) -> str:
    """What an action is called."""
    return ACTIONS.get(action, action)


def coded(action: str, key: str) -> Mapping[str, str]:
    """What the codes are called that an event of the action has as the detail `key`; empty where it has none."""
    return _OF_KIND.get(action.partition("_")[0], {}).get(key) or _CODED.get(key, {})
