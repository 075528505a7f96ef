"""All operations of the API in one place, in the order in which they are described."""

from portal.api import (
    audit,
    audit_work,
    cases,
    deliveries,
    editions,
    exits,
    families,
    feed_warnings,
    follow_ups,
    ledgers,
    lineage,
    listing,
    models,
    objections,
    overview,
    quarantine,
    rulebook,
    sheets,
    trends,
    views,
    visit_plans,
    what_ifs,
    written,
)
from portal.page import Page

__all__ = ["OPERATIONS", "TAGS"]

TAGS = {
    "overview": "监测概览: Counts of the reader's area; code lists",
    "list": "监测名单: The list of an edition, saved views, its files and forms",
    "families": "一户一档: One family, why it is listed, and the proof",
    "cases": "核查任务: The queue, one case, visits and results; adverse ones by two persons",
    "exits": "拟退出: Families proposed to leave, by two persons, one by one",
    "follow-ups": "措施和微心愿: Measures and small wishes, followed to their end",
    "objections": "异议: Objections, with the clock of each",
    "deliveries": "数据交付: Who delivered what, receipts, rows set aside",
    "rules": "规则手册: Rules, parameters, what was counted with them; lineage",
    "what-ifs": "参数测算: An edition under other values of parameters, never published",
    "models": "评分模型: Kept models and the figures of their reports",
    "editions": "名单版本: Hashes, inputs, differences",
    "audit": "审计: The chain, its check, tests over whole populations, samples, reports, papers",
}
"""What the operations are about, with a description each."""

OPERATIONS: tuple[Page, ...] = (
    *overview.OPERATIONS,
    *trends.OPERATIONS,
    *listing.OPERATIONS,
    *views.OPERATIONS,
    *ledgers.OPERATIONS,
    *families.OPERATIONS,
    *cases.OPERATIONS,
    *visit_plans.OPERATIONS,
    *sheets.OPERATIONS,
    *written.OPERATIONS,
    *exits.OPERATIONS,
    *follow_ups.OPERATIONS,
    *objections.OPERATIONS,
    *feed_warnings.OPERATIONS,
    *deliveries.OPERATIONS,
    *quarantine.OPERATIONS,
    *rulebook.OPERATIONS,
    *lineage.OPERATIONS,
    *what_ifs.OPERATIONS,
    *models.OPERATIONS,
    *editions.OPERATIONS,
    *audit.OPERATIONS,
    *audit_work.OPERATIONS,
)
