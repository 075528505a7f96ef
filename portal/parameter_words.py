"""What the files of parameters are called: those of a rule by its title, the others by what they are about."""

from portal.language import gettext
from portal.words import rule_title
from rules import all_rules

__all__ = ["SUBJECTS", "subject_place", "subject_title"]

_KINDS = ("group", "", "need", "verify", "feed")

SUBJECTS = {
    "aid": "救助种类", "allowances": "津贴标准", "anomalies": "异常发现", "audit": "审计测试",
    "casework": "核查办理",
    "classes": "困难分类", "drift": "数据漂移", "fairness": "公平性", "family": "家庭认定",
    "feed_health": "数据质量预警", "gate": "模型准入", "income_evidence": "收入依据", "leads": "线索",
    "measures": "帮扶措施",
    "need_warnings": "困难发现预警", "register": "在册认定", "residence": "居住认定", "retention": "保存期限",
    "rulebook": "规则手册", "scorecard": "需求评分表", "status": "名单进出", "tasks": "任务期限", "tiers": "困难等级",
    "visits": "走访安排",
}  # fmt: skip


def subject_title(subject: str) -> str:
    """The title of a file of parameters in the reader's language; a file without one stays visible as itself."""
    rules = all_rules()
    return rule_title(rules[subject]) if subject in rules else gettext(SUBJECTS.get(subject, subject))


def subject_place(subject: str) -> tuple[int, str]:
    """By what files of parameters are sorted: the groups, what is shared, then the rules of warnings."""
    rules = all_rules()
    return _KINDS.index(rules[subject].kind if subject in rules else ""), subject
