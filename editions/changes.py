"""What changed between two editions: who entered, left, moved or changed tier, by which rule and why.

What belongs here: telling the changes and their reasons; who continues which family stands in `editions.following`. It
is pure: frames of two editions in, one frame out, so the months may be computed in any order. Nothing is removed from a
list here: leaving by anything but a window that has ended, the register or a death is *proposed* (domain: Status).
"""

import polars as pl

from editions.changes_told import TOLD, with_told
from editions.following import LEAVING, Frames, Pair, paired
from schemas.codes import CodeList

__all__ = [
    "CHANGES",
    "CHANGE_KINDS",
    "CHANGE_MANNERS",
    "CHANGE_REASONS",
    "CHANGE_SCHEMA",
    "Frames",
    "changes",
]

CHANGE_KINDS = CodeList(
    "change",
    "变动",
    {
        "entered": ("新进入",),
        "left": ("退出",),
        "proposed": ("拟退出",),
        "moved": ("街道变动",),
        "tier_changed": ("等级变动",),
        "layer_changed": ("层次变动",),
    },
)
CHANGE_REASONS = CodeList(
    "change_reason",
    "变动原因",
    {
        "new_evidence": ("出现新的事实",),
        "registered": ("纳入在册救助",),
        "address_changed": ("住址变动",),
        "points_changed": ("等级分变动",),
        "family_split": ("由在列家庭分出",),
        "family_joined": ("并入其他在列家庭",),
        "died": ("人员已死亡",),
        "ward_died": ("被赡(扶、抚)养人已死亡",),
        "ward_left_register": ("被赡(扶、抚)养人已退出救助",),
        "window_ended": ("规定期限届满",),
        "register_ended": ("在册救助已终止",),
        "on_register": ("人员已在册",),
        "approved": ("申请已获确认",),
        "not_true": ("经核实事实不成立",),
        "income_changed": ("收入超过标准",),
        "family_changed": ("家庭成员发生变化",),
        "moved_away": ("不再在辖区内居住",),
        "evidence_withdrawn": ("来源记录撤回或更正",),
        "parameters_changed": ("标准或期限调整",),
        "facts_changed": ("事实发生变化，待人工确认",),
    },
)
CHANGE_MANNERS = CodeList(
    "change_manner", "退出方式", {"by_rule": ("依规退出",), "confirmed": ("经确认退出",), "proposed": ("拟退出",)}
)

CHANGE_SCHEMA: dict[str, pl.DataType] = {
    "scope": pl.String(),  # list: the family as a whole; group: the family in one group
    "change": pl.String(),
    "rule_id": pl.String(),
    "family_id": pl.String(),
    "previous_family_id": pl.String(),
    "street_before": pl.String(),
    "street_after": pl.String(),
    "tier_before": pl.String(),
    "tier_after": pl.String(),
    "layer_before": pl.String(),
    "layer_after": pl.String(),
    "reason": pl.String(),
    "manner": pl.String(),
    "evidence_on": pl.Date(),
    **TOLD,
}
CHANGES = tuple(CHANGE_SCHEMA)

_PROPOSED = "facts_changed"
_BY_WEIGHT = ("family_joined", "died", "ward_died", "ward_left_register", "window_ended", "on_register", _PROPOSED)
_OBLIGOR, _EXITED = "obligor_family", "exited_assistance"


def changes(before: Frames, after: Frames) -> pl.DataFrame:
    """Every change from `before` to `after`, with the columns of `CHANGE_SCHEMA`.

    One row a change and family (scope list) and one a change, family and group (scope group). In either scope, and in
    every street: before + entered - left + moved in - moved out = after.
    """
    pair = paired(before, after)
    families, grouped = pair.states()
    group_left = _group_left(pair, grouped)
    found = [
        *_entered(pair, families, grouped),
        group_left,
        _list_left(pair, families, group_left),
        *[_altered(families, scope="list", column=column, change=change) for column, change in _ALTERED.items()],
        _altered(grouped, scope="group", column="street_code", change="moved"),
        _leaving(families, scope="list"),
        _leaving(grouped, scope="group"),
    ]
    order = ["scope", "change", "family_id", "rule_id"]
    rows = pl.concat([_shaped(each) for each in found])
    if after.standings is not None and after.exits is not None:
        rows = with_told(rows, after.standings, after.exits)
    return rows.sort(order, nulls_last=True)


_ALTERED = {"street_code": "moved", "tier": "tier_changed", "layer": "layer_changed"}


def _entered(pair: Pair, families: pl.DataFrame, grouped: pl.DataFrame) -> list[pl.DataFrame]:
    """Families new to the list, and families new to a group, with the latest fact that brought them."""
    latest = pair.after.hits.group_by("family_id", "rule_id").agg(evidence_on=pl.col("evidence_on").max())
    split = (
        pair.after.members.join(
            pair.before.members.join(pair.before.listed, on="family_id", how="semi"), on="person_key", how="semi"
        )
        .select("family_id")
        .unique()
        .with_columns(split=pl.lit(value=True))
    )
    new_families = families.filter(~pl.col("was")).join(split, on="family_id", how="left")
    of_list = new_families.join(
        latest.group_by("family_id").agg(pl.col("evidence_on").max()), on="family_id", how="left"
    )
    registered = (pl.col("layer_after") == "registered") & pl.col("evidence_on").is_null()
    reason = pl.when("split").then(pl.lit("family_split")).when(registered).then(pl.lit("registered"))
    of_group = grouped.filter(~pl.col("was")).join(latest, on=["family_id", "rule_id"], how="left")
    return [
        of_list.with_columns(
            scope=pl.lit("list"), change=pl.lit("entered"), reason=reason.otherwise(pl.lit("new_evidence"))
        ),
        of_group.with_columns(
            scope=pl.lit("group"),
            change=pl.lit("entered"),
            reason=pl.lit("new_evidence"),
            previous_family_id=pl.coalesce("previous_family_id", "ancestor"),
        ),
    ]


def _group_left(pair: Pair, grouped: pl.DataFrame) -> pl.DataFrame:
    """Families no longer in a group; the reason is the weightiest one of their earlier evidence rows."""
    gone = grouped.filter(~pl.col("is_now"))
    rows = pair.before.hits.join(
        gone.select("previous_family_id", "rule_id"),
        left_on=["family_id", "rule_id"],
        right_on=["previous_family_id", "rule_id"],
        how="semi",
    )
    weight = {reason: number for number, reason in enumerate(_BY_WEIGHT)}
    reasons = (
        _reasons(pair, rows)
        .with_columns(weight=pl.col("reason").replace_strict(weight, return_dtype=pl.Int64))
        .sort("weight", "evidence_on", descending=True, nulls_last=True)
        .unique(["family_id", "rule_id"], keep="first", maintain_order=True)
        .select("rule_id", "reason", "evidence_on", previous_family_id="family_id")
    )
    return gone.join(reasons, on=["previous_family_id", "rule_id"], how="left").with_columns(
        scope=pl.lit("group"), change=pl.lit("left"), reason=pl.col("reason").fill_null(_PROPOSED)
    )


def _reasons(pair: Pair, rows: pl.DataFrame) -> pl.DataFrame:
    """Each earlier evidence row with the reason why it supports the group no longer."""
    after = pair.after
    dead = _flag(_dead(after), "dead")
    register = _flag(after.members.filter("on_register").select("person_key"), "on_register")
    still = _flag(after.hits.select("person_key", "rule_id"), "still")
    wards_dead = _flag(_dead(after).rename({"person_key": "ward_key"}), "ward_dead")
    exits = after.hits.filter(pl.col("rule_id") == _EXITED).select(ward_key="person_key")
    ward = pl.when(pl.col("rule_id") == _OBLIGOR).then(pl.col("evidence_key").str.split(":").list.first())
    return (
        rows.with_columns(ward_key=ward)
        .join(dead, on="person_key", how="left")
        .join(register, on="person_key", how="left")
        .join(still, on=["person_key", "rule_id"], how="left")
        .join(wards_dead, on="ward_key", how="left")
        .join(_flag(exits, "ward_left"), on="ward_key", how="left")
        .with_columns(
            reason=pl.when("still")
            .then(pl.lit("family_joined"))
            .when("dead")
            .then(pl.lit("died"))
            .when(pl.col("valid_until") < after.as_of)
            .then(pl.lit("window_ended"))
            .when("ward_dead")
            .then(pl.lit("ward_died"))
            .when("ward_left")
            .then(pl.lit("ward_left_register"))
            .when("on_register")
            .then(pl.lit("on_register"))
            .otherwise(pl.lit(_PROPOSED))
        )
    )


def _flag(keys: pl.DataFrame, name: str) -> pl.DataFrame:
    return keys.unique().with_columns(pl.lit(value=True).alias(name))


def _dead(frames: Frames) -> pl.DataFrame:
    """Persons with a dated death by `as_of` who are not among the living members."""
    died = frames.deaths.filter(pl.col("died_on") <= frames.as_of).select("person_key")
    return died.join(frames.members, on="person_key", how="anti")


def _list_left(pair: Pair, families: pl.DataFrame, group_left: pl.DataFrame) -> pl.DataFrame:
    """Families no longer listed: with the weightiest reason of their groups, or, without groups, of their persons."""
    gone = families.filter(~pl.col("is_now"))
    listed_now = pair.after.members.join(pair.after.listed, on="family_id", how="semi").select("person_key").unique()
    persons = pair.before.members.join(gone, left_on="family_id", right_on="previous_family_id", how="semi")
    fates = (
        persons.join(_flag(listed_now, "listed"), on="person_key", how="left")
        .join(_flag(_dead(pair.after), "dead"), on="person_key", how="left")
        .with_columns(pl.col("listed", "dead").fill_null(value=False))
        .group_by(previous_family_id="family_id")
        .agg(joined=pl.col("listed").any(), gone=(pl.col("listed") | pl.col("dead")).all())
    )
    weight = {reason: number for number, reason in enumerate(_BY_WEIGHT)}
    weighed = pl.col("reason").replace_strict(weight, return_dtype=pl.Int64)
    by_groups = (
        group_left.sort(weighed, descending=True)
        .unique("previous_family_id", keep="first", maintain_order=True)
        .select("previous_family_id", "reason", "evidence_on")
    )
    by_persons = (
        pl.when(pl.col("joined") & pl.col("gone"))
        .then(pl.lit("family_joined"))
        .when("gone")
        .then(pl.lit("died"))
        .otherwise(pl.lit(_PROPOSED))
    )
    return (
        gone.join(by_groups, on="previous_family_id", how="left")
        .join(fates, on="previous_family_id", how="left")
        .with_columns(
            scope=pl.lit("list"),
            change=pl.lit("left"),
            rule_id=pl.lit(None, pl.String),
            reason=pl.coalesce("reason", by_persons),
        )
    )


def _altered(rows: pl.DataFrame, *, scope: str, column: str, change: str) -> pl.DataFrame:
    """Families of both editions whose street, tier or layer is another one now."""
    name = "street" if column == "street_code" else column
    different = ~pl.col(f"{name}_before").eq_missing(pl.col(f"{name}_after"))
    ended = (
        pl.when(pl.col("layer_after") == "registered").then(pl.lit("registered")).otherwise(pl.lit("register_ended"))
    )
    reason = {"moved": pl.lit("address_changed"), "tier_changed": pl.lit("points_changed")}.get(change, ended)
    return rows.filter(pl.col("was"), pl.col("is_now"), different).with_columns(
        scope=pl.lit(scope), change=pl.lit(change), reason=reason
    )


def _leaving(rows: pl.DataFrame, *, scope: str) -> pl.DataFrame:
    """Families that are proposed to leave now, and were not before: they are on the list all the same."""
    before = (pl.col("status_before") == LEAVING).fill_null(value=False)
    return rows.filter(pl.col("was"), pl.col("is_now"), ~before, pl.col("status_after") == LEAVING).with_columns(
        scope=pl.lit(scope), change=pl.lit("proposed"), reason=pl.lit(_PROPOSED)
    )


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of `CHANGE_SCHEMA`; a family that is gone keeps its earlier id, and leaving says its manner."""
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in CHANGE_SCHEMA.items() if name not in rows.columns]
    leaving = pl.when(pl.col("change").is_in(["left", "proposed"])).then(
        pl.when(pl.col("reason") == _PROPOSED).then(pl.lit("proposed")).otherwise(pl.lit("by_rule"))
    )
    return (
        rows.with_columns(missing)
        .with_columns(family_id=pl.coalesce("family_id", "previous_family_id"), manner=leaving)
        .select([pl.col(name).cast(dtype) for name, dtype in CHANGE_SCHEMA.items()])
    )
