"""What the actions and details of audit events are called; what has no name here is shown by its own word."""

from collections.abc import Mapping

from registry.roles import PURPOSES, ROLES
from registry.scope import DISTRICT
from schemas.codes import CODE_LISTS, CodeList

__all__ = ["ACTIONS", "CODED", "DETAILS", "action_title"]

ACTIONS = {
    "account_add": "建立账号", "audit_papers": "审计底稿", "audit_redraw": "重新抽样", "audit_report": "审计报告",
    "audit_sample": "审计抽样", "audit_tests": "全量测试", "backup": "备份", "cases_follow": "任务随名单更新",
    "case_assigned": "派发任务", "decide": "人工决定", "correct_identity": "更正身份证号", "deliver": "接收报送",
    "erase": "删除数据", "explain": "查阅一户依据", "export": "导出",
    "export_chain": "导出审计链", "export_quarantine": "导出隔离行", "export_receipt": "下载回执",
    "letter": "出具告知书",
    "model_approved": "批准模型", "model_proposed": "提议模型", "model_registered": "登记模型",
    "model_shadowed": "模型并行试算", "model_withdrawn": "撤下模型", "move": "数据库迁移", "parameters": "参数变更",
    "prune": "到期清理", "publish": "发布名单", "purpose": "更换工作目的", "share_view": "共享名单视图",
    "sign_in": "登录",
    "sign_in_failed": "登录失败",
    "sign_out": "退出", "view": "查阅", "visit_plan": "制订走访计划", "visit_sheets": "收回走访单",
    "whatif": "参数测算",
    "whatif_end": "结束参数测算",
}  # fmt: skip

DETAILS = {
    "account": "账号", "area": "范围", "as_of": "名单截至", "assignee": "承办人", "by": "方式", "case_id": "任务",
    "changed": "变更", "content_hash": "内容哈希", "delivery": "批次", "deliveries": "批次数", "edition_id": "版本",
    "events": "事件", "feed": "数据源", "filters": "条件", "for": "工作目的", "format": "格式", "masked": "已遮掩",
    "model_id": "模型", "outcome": "结果", "overlays": "参数文件", "questions": "问题数", "reason": "原因",
    "replaces": "替换", "role": "角色",
    "record": "登记哈希", "rows": "行数", "rows_accepted": "入库行数", "rows_quarantined": "隔离行数",
    "rows_read": "读取行数", "rows_to_mend": "待修正行数", "state": "状态",
    "subject": "对象代码",
    "tests": "测试", "version": "版次", "what": "内容",
}  # fmt: skip


def _titles(codes: CodeList) -> dict[str, str]:
    return {code: codes.title_of(code) for code in codes.codes}


CODED: Mapping[str, Mapping[str, str]] = {
    "role": _titles(ROLES),
    "for": _titles(PURPOSES),
    "area": {DISTRICT.code: DISTRICT.title, **_titles(CODE_LISTS["street"]), **_titles(CODE_LISTS["community"])},
}
"""What the codes are called that stand as details."""


def action_title(action: str) -> str:
    """What an action is called."""
    return ACTIONS.get(action, action)
