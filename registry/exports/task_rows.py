"""The tasks in words: one row a family, with its questions once each.

What belongs here: merging the questions of a task and naming whom they concern. A frame made here holds people's data
and goes into an export only.
"""

import polars as pl

from registry.exports.words import code_titles, family_number, people_of, titled, titles_of
from registry.filters import TIERS
from registry.vault import Vault
from rules import all_rules

__all__ = ["task_rows"]

_LAST = "9"


def task_rows(
    tasks: pl.DataFrame, warnings: pl.DataFrame, listed: pl.DataFrame, vault: Vault, *, unmask: bool
) -> pl.DataFrame:
    """One row a task, the most urgent first: red before the others, then by day, street and community.

    `warnings` are those of the tasks' families and audience. Each question stands once, with the members whom it
    concerns; the one that is due first comes first. Only a listed family has a known head; another is found by the
    address and phone of a person concerned.
    """
    concerned = people_of(vault, warnings["person_key"], unmask=unmask).drop("id_number")
    heads = people_of(vault, listed["head_key"], unmask=unmask)
    asked = _asked(warnings.join(concerned, on="person_key", how="left"))
    urgency = pl.col("urgency").replace_strict(
        {code: f"{place}" for place, code in enumerate(TIERS.codes)}, default=_LAST, return_dtype=pl.String
    )
    return (
        tasks.join(asked, on="family_id", how="left")
        .join(listed.select("family_id", "head_key"), on="family_id", how="left")
        .join(heads, left_on="head_key", right_on="person_key", how="left")
        .sort(urgency, "due_on", "street_code", "community_code", "family_id", nulls_last=True)
        .with_row_index("no", offset=1)
        .select(
            pl.col("no").cast(pl.Int64).alias("序号"),
            pl.col("due_on").alias("办理期限"),
            titled("urgency", {**titles_of(TIERS.labels), "none": "未列入名单"}).alias("等级"),
            family_number().alias("户号/户编号"),
            pl.col("person_name").alias("户主姓名"),
            pl.col("id_number").alias("户主身份证号"),
            pl.coalesce("phone", "phone_told").alias("联系电话"),
            titled("street_code", code_titles("street")).alias("街道"),
            titled("community_code", code_titles("community")).alias("社区"),
            pl.coalesce("address", "address_told").alias("住址"),
            pl.col("people").alias("涉及人员"),
            pl.col("questions").alias("请核实"),
            pl.col("warnings").alias("预警数"),
            pl.col("raised_on").alias("提出日期"),
            pl.col("family_id").alias("家庭标识"),
            pl.col("task_id").alias("任务编号"),
        )
    )


def _asked(warnings: pl.DataFrame) -> pl.DataFrame:
    """One row a family: `people` and `questions`, which name the members when the family has several concerned."""
    name = pl.col("person_name").fill_null("（姓名不详）")
    questions = {rule.id: rule.question for rule in all_rules().values()}
    rows = warnings.with_columns(
        name, question=pl.col("rule_id").replace_strict(questions, default=pl.col("rule_id"), return_dtype=pl.String)
    )
    everybody = (
        rows.sort("family_id", "person_key", "warning_id")
        .group_by("family_id")
        .agg(
            people=_names(),
            persons=pl.col("person_key").n_unique(),
            phone_told=pl.col("phone").drop_nulls().first(),
            address_told=pl.col("address").drop_nulls().first(),
        )
    )
    merged = (
        rows.group_by("family_id", "question")
        .agg(pl.col("due_on").min(), pl.col("rule_id").min(), names=_names())
        .sort("family_id", "due_on", "rule_id")
        .join(everybody, on="family_id")
    )
    numbered = merged.with_columns(
        place=pl.int_range(1, pl.len() + 1).over("family_id"), alone=pl.len().over("family_id") == 1
    )
    told = pl.when(pl.col("persons") > 1).then(pl.format("{}（{}）", "question", "names")).otherwise("question")
    line = pl.when("alone").then(told).otherwise(pl.format("{}. {}", "place", told))
    return numbered.group_by("family_id", maintain_order=True).agg(
        pl.col("people", "phone_told", "address_told").first(), questions=line.str.join("\n")
    )


def _names() -> pl.Expr:
    return pl.col("person_name").unique().sort().str.join("、")
