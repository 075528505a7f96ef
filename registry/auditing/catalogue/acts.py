"""Tests of what people did: decisions, cases, erasures, models, exports.

What belongs here: declarations. Each asks whether the two persons, the day and the record that an act needs are there.
"""

import polars as pl
from sqlalchemy import select

from registry.auditing.examining import Examined, PopulationTest, frames, sql
from registry.models import Decision

__all__ = ["ACT_TESTS"]

adverse_by_one = sql(
    "adverse_by_one",
    title="不利决定均经第二人批准",
    proves="不属实、同意退出的决定均有批准人",
    statement="""
        SELECT decision_id, rule_id, outcome, decided_on, decided_by, approved_by FROM decision
        WHERE outcome IN ('not_true', 'exit_confirmed') AND (approved_by IS NULL OR TRIM(approved_by) = '')
        ORDER BY decision_id
    """,
)

decided_and_approved = sql(
    "decided_and_approved",
    title="决定人与批准人分离",
    proves="没有人批准自己的决定",
    statement="""
        SELECT decision_id, rule_id, outcome, decided_on, decided_by, approved_by FROM decision
        WHERE LOWER(TRIM(decided_by)) = LOWER(TRIM(approved_by)) ORDER BY decision_id
    """,
)

erased_by_one = sql(
    "erased_by_one",
    title="删除个人信息须两人",
    proves="对个人的删除均由另一人批准",
    statement="""
        SELECT erasure_id, act_id, kind, delivery_id, erased_by, approved_by FROM erasure
        WHERE person_key IS NOT NULL
        AND (approved_by IS NULL OR TRIM(approved_by) = '' OR LOWER(TRIM(approved_by)) = LOWER(TRIM(erased_by)))
        ORDER BY erasure_id
    """,
)

model_by_one = sql(
    "model_by_one",
    title="启用评分模型须两人",
    proves="没有人批准自己提议的模型",
    statement="""
        SELECT a.act_id, a.model_id, a.acted_by, a.acted_at FROM model_act a
        WHERE a.act = 'approved' AND EXISTS (
            SELECT 1 FROM model_act p WHERE p.model_id = a.model_id AND p.act = 'proposed' AND p.act_id < a.act_id
            AND p.acted_by = a.acted_by)
        ORDER BY a.act_id
    """,
)

case_overdue = sql(
    "case_overdue",
    title="核查办理未逾期",
    proves="截至今日没有逾期未办结的核查",
    statement="""
        SELECT e.case_id, e.state, e.urgency, e.street_code, e.assignee, e.due_on FROM case_event e
        WHERE e.version = (SELECT MAX(n.version) FROM case_event n WHERE n.case_id = e.case_id)
        AND e.state <> 'closed' AND e.due_on < :today ORDER BY e.due_on, e.case_id
    """,
)

case_closed_by_one = sql(
    "case_closed_by_one",
    title="不利核查结果由另一人办结",
    proves="参数规定须两人办理的核查结果，提出人与办结人不是同一人",
    statement="""
        SELECT e.case_id, e.version, e.outcome, e.concluded_by, e.closed_by FROM case_event e
        WHERE e.kind = 'closed' AND e.outcome IN :adverse
        AND (e.closed_by IS NULL OR LOWER(TRIM(e.closed_by)) = LOWER(TRIM(e.concluded_by)))
        ORDER BY e.case_id, e.version
    """,
    given={"adverse": "casework.second_person_outcomes"},
)

no_contact_untried = sql(
    "no_contact_untried",
    title="无法联系须多次多途径",
    proves="结果为无法联系的，联系次数和方式均不少于参数规定",
    statement="""
        SELECT e.case_id, e.round, COUNT(v.visit_id) AS attempts, COUNT(DISTINCT v.means) AS means FROM case_event e
        LEFT JOIN case_visit v ON v.case_id = e.case_id AND v.round = e.round
        WHERE e.kind = 'closed' AND e.outcome = 'no_contact'
        GROUP BY e.case_id, e.version, e.round
        HAVING COUNT(v.visit_id) < :attempts OR COUNT(DISTINCT v.means) < :ways ORDER BY e.case_id
    """,
    given={"attempts": "casework.no_contact_attempts", "ways": "casework.no_contact_means"},
)

export_without_purpose = sql(
    "export_without_purpose",
    title="导出和查阅均有用途",
    proves="每次导出、查阅、说明都记录了用途和人员",
    statement="""
        SELECT seq, at, actor, action FROM audit_event WHERE TRIM(purpose) = '' OR TRIM(actor) = '' ORDER BY seq
    """,
)


@frames("decision_without_event", title="决定均有审计记录", proves="登记的决定与审计链上的记录一一对应")
def decision_without_event(examined: Examined) -> pl.DataFrame:
    """Decisions that the chain does not know, or tells otherwise; and events without their decision."""
    columns = (Decision.decision_id, Decision.rule_id, Decision.outcome, Decision.decided_by, Decision.approved_by)
    with examined.engine.connect() as connection:
        kept = [tuple(each) for each in connection.execute(select(*columns))]
    names = ("decision_id", "rule_id", "outcome", "decided_by", "approved_by")
    schema = dict.fromkeys(names, pl.String())
    told = [
        (*(each["details"][name] for name in names[:3]), each["actor"], each["details"]["approved_by"])
        for each in examined.events()
        if each["action"] == "decide"
    ]
    recorded, events = (pl.DataFrame(rows, schema=schema, orient="row") for rows in (kept, told))
    unknown = recorded.join(events, on=names, how="anti", nulls_equal=True).with_columns(lacks=pl.lit("event"))
    undone = events.join(recorded, on=names, how="anti", nulls_equal=True).with_columns(lacks=pl.lit("decision"))
    return pl.concat([unknown, undone]).sort("decision_id", "lacks")


ACT_TESTS: tuple[PopulationTest, ...] = (
    adverse_by_one,
    decided_and_approved,
    erased_by_one,
    model_by_one,
    case_overdue,
    case_closed_by_one,
    no_contact_untried,
    export_without_purpose,
    decision_without_event,
)
