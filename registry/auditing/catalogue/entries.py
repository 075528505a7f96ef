"""Tests of what stands on the list: grounds, deaths, windows, families, points, counts.

What belongs here: declarations. Each names its exceptions by key; none when the list is as it must be.
"""

import polars as pl
from sqlalchemy import select

from editions.chain import broken_links
from editions.grounds import REGISTER
from editions.ledger import imbalances
from editions.standing import LISTED
from linkage.aliases import current_keys
from registry.auditing.examining import Examined, PopulationTest, frames, sql
from registry.chain import links_of
from registry.models import PUBLISHED, Decision
from rules.tiers import TIERS

__all__ = ["ENTRY_TESTS"]

_LOW = "low_income_family"
_FEN = 100


@frames(
    "ground_without_source",
    title="编入依据可追溯",
    proves="名单上每一项编入依据都能追溯到一份交付文件的一行，或一项人工决定",
)
def ground_without_source(examined: Examined) -> pl.DataFrame:
    """Grounds and hits of listed families that lead nowhere, with where they break off."""
    tables = {name: examined.rows(name).lazy() for name in ("list", "standings", "hits")}
    return broken_links(tables, **links_of(examined.engine, examined.settings, examined.edition, examined.parameters))


listed_without_ground = sql(
    "listed_without_ground",
    title="在列家庭均有依据",
    proves="名单上没有无依据的家庭",
    statement="""
        SELECT l.family_id, l.layer, l.groups FROM list_entry l
        WHERE l.edition_id = :edition AND NOT EXISTS (
            SELECT 1 FROM standing s WHERE s.edition_id = l.edition_id AND s.family_id = l.family_id)
        ORDER BY l.family_id
    """,
)

dead_on_the_list = sql(
    "dead_on_the_list",
    title="已故人员不在列",
    proves="确认死亡的人员既不是成员，也不是命中或依据（其后有生存记录的死亡不算，见领域说明第14条）",
    statement="""
        SELECT 'member' AS found_as, m.family_id, m.person_key, d.died_on FROM list_member m
        JOIN edition_death d ON d.edition_id = m.edition_id AND d.person_key = m.person_key
        WHERE m.edition_id = :edition
        UNION SELECT 'hit', h.family_id, h.person_key, d.died_on FROM hit h
        JOIN edition_death d ON d.edition_id = h.edition_id AND d.person_key = h.person_key
        WHERE h.edition_id = :edition
        UNION SELECT 'standing', s.family_id, s.person_key, d.died_on FROM standing s
        JOIN edition_death d ON d.edition_id = s.edition_id AND d.person_key = s.person_key
        WHERE s.edition_id = :edition
        ORDER BY 1, 2, 3
    """,
)

window_over = sql(
    "window_over",
    title="期限届满后无人滞留",
    proves="事实的有效期已过而没有人工决定的，不再作为在列依据",
    statement="""
        SELECT s.family_id, s.person_key, s.ground, s.valid_until FROM standing s
        WHERE s.edition_id = :edition AND s.status = 'listed' AND s.valid_until < :as_of AND s.decision_id IS NULL
        UNION SELECT h.family_id, h.person_key, h.rule_id, h.valid_until FROM hit h
        WHERE h.edition_id = :edition AND h.valid_until < :as_of
        ORDER BY 1, 2, 3
    """,
)

expired_in_force = sql(
    "expired_in_force",
    title="失效决定不再起作用",
    proves="没有依据仍以已失效的人工决定在列",
    statement="""
        SELECT s.family_id, s.person_key, s.ground, s.decision_id, d.expires_on FROM standing s
        JOIN decision d ON d.decision_id = s.decision_id
        WHERE s.edition_id = :edition AND s.status = 'listed' AND d.expires_on < :as_of
        ORDER BY 1, 2, 3
    """,
)

leaving_without_rule = sql(
    "leaving_without_rule",
    title="退出均有规则或决定",
    proves="没有人在既无规则、又无人工决定的情况下退出；按规则退出的只有期满、死亡和在册变化",
    statement="""
        SELECT e.family_id, e.person_key, e.ground, e.manner, e.reason, e.decision_id FROM list_exit e
        WHERE e.edition_id = :edition AND (
            e.reason IS NULL OR e.parameters_version IS NULL
            OR e.manner NOT IN ('by_rule', 'confirmed')
            OR (e.manner = 'confirmed' AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.decision_id = e.decision_id))
            OR (e.manner = 'by_rule' AND e.reason NOT IN ('died', 'window_ended', 'register_ended', 'on_register',
                'approved', 'ward_left_register', 'ward_died')))
        ORDER BY 1, 2, 3
    """,
)

in_two_families = sql(
    "in_two_families",
    title="一人不在两户",
    proves="同一人不是名单上两个家庭的成员",
    statement="""
        SELECT person_key, COUNT(*) AS families, MIN(family_id) AS one, MAX(family_id) AS another FROM list_member
        WHERE edition_id = :edition GROUP BY person_key HAVING COUNT(*) > 1 ORDER BY person_key
    """,
)

task_overdue = sql(
    "task_overdue",
    title="核查任务未逾期",
    proves="截至今日没有逾期未办的核查任务（名单任务）",
    statement="""
        SELECT task_id, family_id, audience, urgency, street_code, due_on FROM task
        WHERE edition_id = :edition AND due_on < :today ORDER BY due_on, task_id
    """,
)


@frames("score_not_its_reasons", title="评分等于各项分值之和", proves="每户评分可由其公示的分项核算")
def score_not_its_reasons(examined: Examined) -> pl.DataFrame:
    """Families whose score is not the sum of their reasons, up to the maximum of the scorecard in force.

    A trained model turns points into chances; of its families the order must be that of the points. Only a family of
    which nobody is there any more has no score.
    """
    here = examined.rows("members").filter("in_scope").select("family_id").unique()
    points = examined.rows("score_reasons").group_by("family_id").agg(points=pl.col("points").sum())
    told = examined.rows("list").select("family_id", "score").join(points, on="family_id", how="left")
    unscored = told.filter(pl.col("score").is_null()).join(here, on="family_id", how="semi")
    told = told.filter(pl.col("score").is_not_null()).with_columns(pl.col("points").fill_null(0))
    if "model" in examined.edition.manifest["inputs"]["extra"]:
        ranked = told.sort("points", "score").with_columns(most=pl.col("score").cum_max())
        wrong = ranked.filter(pl.col("score") < pl.col("most"))
    else:
        maximum = examined.parameters.integer("scorecard.maximum")
        wrong = told.filter(pl.col("score") != pl.min_horizontal("points", pl.lit(maximum)))
    return pl.concat([unscored, wrong.select("family_id", "score", "points")]).sort("family_id")


@frames("tier_not_its_reasons", title="等级等于各项理由", proves="每户等级分等于理由分之和，等级与分值界限一致")
def tier_not_its_reasons(examined: Examined) -> pl.DataFrame:
    """Families whose tier points are not the sum of their reasons, or whose tier is not that of their points."""
    red, orange = (examined.parameters.integer(f"tiers.{each}_points") for each in ("red", "orange"))
    parts = (
        pl.col("tier_reasons")
        .fill_null("")
        .str.extract_all(r"=(-?\d+)")
        .list.eval(pl.element().str.strip_prefix("=").cast(pl.Int64))
    )
    points = pl.col("tier_points")
    tier = pl.when(points >= red).then(pl.lit("red")).when(points >= orange).then(pl.lit("orange"))
    told = examined.rows("list").with_columns(summed=parts.list.sum(), expected=tier.otherwise(pl.lit("yellow")))
    wrong = (pl.col("summed") != points) | (pl.col("expected") != pl.col("tier")) | ~pl.col("tier").is_in(list(TIERS))
    return told.filter(wrong).select("family_id", "tier", "tier_points", "summed", "expected").sort("family_id")


@frames(
    "low_income_over_limit", title="低收入家庭未超标准", proves="以三口之家低收入命中的家庭，收入不超标准、人数相符"
)
def low_income_over_limit(examined: Examined) -> pl.DataFrame:
    """Families hit as of low income whose income or number is not what the rule asks for, by the list's own figures."""
    read = examined.parameters
    limit, size = read.integer("low_income_family.annual_income_yuan") * _FEN, read.integer(f"{_LOW}.counted_members")
    hit = examined.rows("hits").filter(rule_id=_LOW).select("family_id").unique()
    members = examined.rows("members").filter(pl.col("counted") & pl.col("in_scope"))
    counted = members.group_by("family_id").agg(counted_members=pl.len().cast(pl.Int64))
    told = examined.rows("list").join(hit, on="family_id", how="semi").join(counted, on="family_id", how="left")
    unknown = pl.col("income_evidence").is_in(["none", "not_computable"])
    heads = pl.col("counted_members").fill_null(0)
    if read.text(f"{_LOW}.scope") == "per_head":
        wrong = (pl.col("income_fen") * size > heads * limit) | (heads == 0)
    else:
        wrong = (pl.col("income_fen") > limit) | (heads != size)
    found = told.filter(wrong | pl.col("income_fen").is_null() | unknown)
    return found.select("family_id", "counted_members", "income_fen", "income_evidence").sort("family_id")


@frames("counts_not_rows", title="统计数等于明细", proves="公布的汇总数与名单、预警明细一致")
def counts_not_rows(examined: Examined) -> pl.DataFrame:
    """Aggregates that are not what their rows count to: all families and members, and warnings by rule."""
    stored = PUBLISHED["aggregates"].__table__.c
    query = select(stored.measure, stored.topic, stored.amount).where(stored.edition_id == examined.edition.edition_id)
    with examined.engine.connect() as connection:
        kept = [tuple(each) for each in connection.execute(query)]
    schema = {"measure": pl.String(), "topic": pl.String(), "amount": pl.Int64()}
    told = pl.DataFrame(kept, schema=schema, orient="row").group_by("measure", "topic").agg(pl.col("amount").sum())
    listed = examined.rows("list")
    groups = listed.select("members", topic=pl.col("groups").fill_null("").str.split(";")).explode("topic")
    topics = pl.concat([listed.select("members", topic=pl.lit("")), groups.filter(pl.col("topic") != "")])
    warned = examined.rows("warnings").select(measure=pl.lit("warnings"), topic="rule_id")
    counted = pl.concat(
        [
            topics.select(measure=pl.lit("families"), topic="topic", counted=pl.lit(1, pl.Int64)),
            topics.select(measure=pl.lit("members"), topic="topic", counted=pl.col("members").cast(pl.Int64)),
            warned.with_columns(counted=pl.lit(1, pl.Int64)),
        ]
    )
    found = counted.group_by("measure", "topic").agg(pl.col("counted").sum())
    both = told.join(found, on=["measure", "topic"], how="full", coalesce=True)
    return both.filter(~pl.col("amount").eq_missing(pl.col("counted"))).sort("measure", "topic")


@frames(
    "ledger_imbalance",
    title="进出台账平衡",
    proves="上月 + 新增 − 退出 ± 迁移 = 本月，按群体和街道逐一相等",
    needs=("previous",),
)
def ledger_imbalance(examined: Examined) -> pl.DataFrame:
    """Breaches of the ledger between the state of the month before and the edition."""
    now = {name: examined.rows(name).lazy() for name in ("list", "standings", "exits")}
    aliases = PUBLISHED["aliases"].__table__.c
    query = select(aliases.old_key, aliases.person_key).where(aliases.edition_id == examined.edition.edition_id)
    with examined.engine.connect() as connection:
        corrected = [(*each, examined.edition.as_of) for each in connection.execute(query)]
    schema = {"old_key": pl.String(), "person_key": pl.String(), "corrected_on": pl.Date()}
    current = current_keys(pl.LazyFrame(corrected, schema=schema, orient="row"))
    found = imbalances(examined.previous or {}, now, current, examined.edition.as_of)
    return pl.DataFrame(list(found.items()), schema={"breach": pl.String(), "number": pl.Int64()}, orient="row")


@frames(
    "found_and_not_listed",
    title="应列尽列",
    proves="在册人员和规则命中的家庭都在名单上，没有决定而被遗漏的为零",
    needs=("computed",),
)
def found_and_not_listed(examined: Examined) -> pl.DataFrame:
    """Families with a person on the register, or with a hit, that are not on the list and have no decision on it."""
    computed = examined.computed or {}
    on_register = computed["members"].filter("on_register").select("family_id", "person_key", rule_id=pl.lit(REGISTER))
    hits = computed["hits"].select("family_id", "person_key", "rule_id")
    listed = examined.rows("list").lazy().select("family_id")
    missing = pl.concat([on_register, hits]).unique().join(listed, on="family_id", how="anti").collect()
    decided = Decision
    with examined.engine.connect() as connection:
        judged = [tuple(each) for each in connection.execute(select(decided.person_key, decided.rule_id))]
    known = pl.DataFrame(judged, schema={"person_key": pl.String(), "rule_id": pl.String()}, orient="row").unique()
    return missing.join(known, on=["person_key", "rule_id"], how="anti").sort("family_id", "person_key", "rule_id")


@frames(
    "standing_without_hit",
    title="在列依据与规则命中一致",
    proves="以事实在列的依据均有本期规则命中或在册记录",
    needs=("computed",),
)
def standing_without_hit(examined: Examined) -> pl.DataFrame:
    """Grounds that stand by facts alone, and that no rule finds."""
    computed = examined.computed or {}
    hits = computed["hits"].select("person_key", ground="rule_id")
    register = computed["members"].filter("on_register").select("person_key", ground=pl.lit(REGISTER))
    met = pl.concat([hits, register]).unique().collect()
    facts = examined.rows("standings").filter(pl.col("status") == LISTED, pl.col("decision_id").is_null())
    undecided = facts.filter(pl.col("ground") != "verified_inclusion")
    return undecided.join(met, on=["person_key", "ground"], how="anti").select("family_id", "person_key", "ground")


ENTRY_TESTS: tuple[PopulationTest, ...] = (
    ground_without_source,
    listed_without_ground,
    dead_on_the_list,
    window_over,
    expired_in_force,
    leaving_without_rule,
    in_two_families,
    score_not_its_reasons,
    tier_not_its_reasons,
    low_income_over_limit,
    counts_not_rows,
    ledger_imbalance,
    found_and_not_listed,
    standing_without_hit,
    task_overdue,
)
