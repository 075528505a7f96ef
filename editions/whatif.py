"""What other parameters would change: two editions of one day, side by side.

What belongs here: the comparison of two sets of published tables that were made from the same deliveries, and which of
the changed parameters bear on each difference. It is pure, and it publishes nothing. Families are followed through
their persons, as between two months (`editions.changes`); since no fact differs, the reason of a change is always a
rule and the parameters that bear on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from editions.changes import Frames, changes
from rules import all_rules
from schemas.codes import CodeList

__all__ = [
    "BALANCE_SCHEMA",
    "DIFFERENCE_SCHEMA",
    "DIMENSIONS",
    "Comparison",
    "bearing_on",
    "compare",
]

DIMENSIONS = CodeList(
    "whatif_dimension",
    "统计口径",
    {
        "all": ("全部",),
        "layer": ("层次",),
        "group": ("群体",),
        "tier": ("等级",),
        "street": ("街道",),
    },
)

BALANCE_SCHEMA: dict[str, pl.DataType] = {
    "dimension": pl.String(),
    "value": pl.String(),
    **{f"{what}_{when}": pl.Int64() for what in ("families", "people") for when in ("before", "in", "out", "after")},
}
DIFFERENCE_SCHEMA: dict[str, pl.DataType] = {
    "change": pl.String(),  # of editions.changes.CHANGE_KINDS, or group_changed where nothing else has
    "family_id": pl.String(),
    "previous_family_id": pl.String(),
    "street_before": pl.String(),
    "street_after": pl.String(),
    "layer_before": pl.String(),
    "layer_after": pl.String(),
    "tier_before": pl.String(),
    "tier_after": pl.String(),
    "members": pl.Int64(),
    "groups_in": pl.String(),
    "groups_out": pl.String(),
    "tier_reasons_before": pl.String(),
    "tier_reasons_after": pl.String(),
    "parameters": pl.String(),
}
_WARNING_SCHEMA: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "rule_id": pl.String(),
    "before": pl.Int64(),
    "raised": pl.Int64(),
    "dropped": pl.Int64(),
    "after": pl.Int64(),
}
_STATES = {"street": "street_code", "tier": "tier", "layer": "layer"}
_WEIGHT = ("entered", "left", "tier_changed", "layer_changed", "moved")
_TIER_FILES = ("tiers", "classes")
_AFTERWARDS = ("scorecard", "feed_health", "need_warnings")  # they put nobody on the list
_MARK = ";"

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between an edition and the same one under other parameters.

    `balance` (`BALANCE_SCHEMA`): families and people before, in, out and after by all, layer, group, tier and street;
    in each row before + in - out = after. People are those of listed families. `tier_moves`: tier_before, tier_after,
    families; a null is a family that is not listed. `families` (`DIFFERENCE_SCHEMA`): one row a family that enters,
    leaves, or changes tier, layer, street or groups. `warnings`: kind, rule_id, before, raised, dropped, after.
    `rescored` and `reclassed` count families listed in both whose score or difficulty classes differ.
    """

    balance: pl.DataFrame
    tier_moves: pl.DataFrame
    families: pl.DataFrame
    warnings: pl.DataFrame
    rescored: int
    reclassed: int

    @property
    def differs(self) -> bool:
        """Whether anything at all differs."""
        moved = self.warnings.select((pl.col("raised") + pl.col("dropped")).sum()).item()
        return bool(self.families.height or moved or self.rescored or self.reclassed)


def compare(before: Tables, after: Tables, *, as_of: date, changed: Iterable[str]) -> Comparison:
    """Every difference from `before` to `after`, two editions of `as_of` from the same deliveries.

    Args:
        before: the tables list, members, hits and warnings of the published edition.
        after: the same tables under the changed parameters.
        as_of: day of both.
        changed: names of the parameters that differ.
    """
    found = changes(_frames(before, as_of), _frames(after, as_of))
    families = _families(found, before, after, sorted(set(changed)))
    return Comparison(
        balance=_balance(found, before, after),
        tier_moves=_tier_moves(families),
        families=families,
        warnings=_warnings(before["warnings"], after["warnings"]),
        rescored=_differing(before["list"], after["list"], "score"),
        reclassed=_differing(before["list"], after["list"], "classes"),
    )


def bearing_on(rule_ids: Iterable[str], changed: Iterable[str], *, tier: bool) -> tuple[str, ...]:
    """Those of the parameters `changed` that bear on a family's difference, in their order.

    These are the ones that its rules declare to read, those of tiers when it has another tier, and those that shape
    families, income or the register before any rule does. When none of these was changed, all may bear on it.
    """
    rules = all_rules()
    read = {name for each in rule_ids if each in rules for name in rules[each].parameters}
    names = tuple(changed)

    def bears(name: str) -> bool:
        file = name.partition(".")[0]
        return name in read or (tier if file in _TIER_FILES else file not in rules and file not in _AFTERWARDS)

    return tuple(each for each in names if bears(each)) or names


def _frames(tables: Tables, as_of: date) -> Frames:
    """Without deaths and corrected keys: both editions know the same."""
    return Frames(
        as_of=as_of,
        listed=tables["list"],
        members=tables["members"],
        hits=tables["hits"],
        deaths=pl.DataFrame(schema={"person_key": pl.String, "died_on": pl.Date}),
        aliases=pl.DataFrame(schema={"old_key": pl.String, "person_key": pl.String}),
    )


def _families(found: pl.DataFrame, before: Tables, after: Tables, changed: list[str]) -> pl.DataFrame:
    """One row a family that differs: its weightiest change, its groups in and out, and the parameters behind it."""
    grouped = _moved_groups(found)
    state = [f"{name}_{when}" for name in _STATES for when in ("before", "after")]
    weight = {change: number for number, change in enumerate(_WEIGHT)}
    listed = (
        found.filter(pl.col("scope") == "list")
        .sort(pl.col("change").replace_strict(weight, return_dtype=pl.Int64))
        .unique("family_id", keep="first", maintain_order=True)
    )
    regrouped = _both_states(
        found.filter(pl.col("scope") == "group", pl.col("change").is_in(["entered", "left"]))
        .join(listed, on="family_id", how="anti")
        .select("family_id", "previous_family_id", change=pl.lit("group_changed"))
        .unique("family_id"),
        before["list"],
        after["list"],
    )
    columns = ["change", "family_id", "previous_family_id", *state]
    rows = pl.concat([listed.select(columns), regrouped.select(columns)])
    reasons = pl.col("family_id"), pl.col("members"), pl.col("tier_reasons")
    old = before["list"].select(reasons).rename({"members": "members_before", "tier_reasons": "tier_reasons_before"})
    new = after["list"].select(reasons).rename({"members": "members_after", "tier_reasons": "tier_reasons_after"})
    full = (
        rows.with_columns(earlier=pl.coalesce("previous_family_id", "family_id"))
        .join(old, left_on="earlier", right_on="family_id", how="left")
        .join(new, on="family_id", how="left")
        .join(grouped, on="family_id", how="left")
        .with_columns(pl.col("groups_in", "groups_out").fill_null(""))
        .with_columns(members=pl.coalesce("members_after", "members_before"))
    )
    return (
        full.with_columns(_parameters(full, changed))
        .select([pl.col(name).cast(dtype) for name, dtype in DIFFERENCE_SCHEMA.items()])
        .sort("change", "street_after", "street_before", "family_id", nulls_last=True)
    )


def _both_states(rows: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the state of their families before and after."""
    old = before.select("family_id", **{f"{name}_before": pl.col(column) for name, column in _STATES.items()})
    new = after.select("family_id", **{f"{name}_after": pl.col(column) for name, column in _STATES.items()})
    earlier = rows.join(old, left_on="previous_family_id", right_on="family_id", how="left")
    return earlier.join(new, on="family_id", how="left")


def _moved_groups(found: pl.DataFrame) -> pl.DataFrame:
    """Per family the groups it enters and those it leaves, each in one text."""
    moved = found.filter(pl.col("scope") == "group", pl.col("change").is_in(["entered", "left"])).sort("rule_id")
    groups = pl.col("rule_id")
    return moved.group_by("family_id").agg(
        groups_in=groups.filter(pl.col("change") == "entered").str.join(_MARK),
        groups_out=groups.filter(pl.col("change") == "left").str.join(_MARK),
    )


def _parameters(rows: pl.DataFrame, changed: list[str]) -> pl.Series:
    """The parameters behind each row; there are few kinds of rows, and each kind is looked up once."""
    tier = (pl.col("tier_before") != pl.col("tier_after")).fill_null(value=False)  # entering is no matter of tiers
    keyed = rows.select("groups_in", "groups_out", tier=tier)
    kinds = keyed.unique(maintain_order=True)
    told: list[str] = [
        _MARK.join(bearing_on([*groups_in.split(_MARK), *groups_out.split(_MARK)], changed, tier=differs))
        for groups_in, groups_out, differs in kinds.iter_rows()
    ]
    named = kinds.with_columns(pl.Series("parameters", told, dtype=pl.String))
    joined = keyed.join(named, on=["groups_in", "groups_out", "tier"], how="left", maintain_order="left")
    return joined["parameters"]


def _balance(found: pl.DataFrame, before: Tables, after: Tables) -> pl.DataFrame:
    """Families and people in and out, by each dimension and value."""
    one_each = found.filter(pl.col("scope") == "list").unique(["previous_family_id", "family_id"])
    grouped = found.filter(pl.col("scope") == "group", pl.col("change").is_in(["entered", "left"]))
    rows = [
        _balance_of("all", pl.lit("all"), before, after, _flow(one_each, pl.lit("all"), pl.lit("all"), listed=True)),
        *[
            _balance_of(name, pl.col(column), before, after, _flow(one_each, *_either(name), listed=False))
            for name, column in _STATES.items()
        ],
        _balance_of(
            "group",
            pl.col("groups").fill_null("").str.split(_MARK),
            before,
            after,
            _flow(grouped, pl.col("rule_id"), pl.col("rule_id"), listed=True),
        ),
    ]
    order = {code: number for number, code in enumerate(DIMENSIONS.codes)}
    place = pl.col("dimension").replace_strict(order, return_dtype=pl.Int64)
    return pl.concat(rows).sort(place, "value", nulls_last=True)


def _either(name: str) -> tuple[pl.Expr, pl.Expr]:
    return pl.col(f"{name}_before"), pl.col(f"{name}_after")


def _flow(rows: pl.DataFrame, old: pl.Expr, new: pl.Expr, *, listed: bool) -> pl.DataFrame:
    """Families in and out by value; with `listed` only entering and leaving counts, not what a family turns into."""
    present = pl.col("layer_before").is_not_null(), pl.col("layer_after").is_not_null()
    if listed:
        came, went = pl.col("change") == "entered", pl.col("change") == "left"
    else:
        different = ~old.eq_missing(new)
        came, went = present[1] & (different | ~present[0]), present[0] & (different | ~present[1])
    into = rows.filter(came).group_by(value=new).agg(families_in=pl.len().cast(pl.Int64))
    out_of = rows.filter(went).group_by(value=old).agg(families_out=pl.len().cast(pl.Int64))
    return into.join(out_of, on="value", how="full", coalesce=True, nulls_equal=True)


def _balance_of(dimension: str, value: pl.Expr, before: Tables, after: Tables, flow: pl.DataFrame) -> pl.DataFrame:
    """One row a value: families by what became of them, people by who they are."""
    old, new = _placed(before, value), _placed(after, value)
    parts: list[pl.DataFrame] = [
        _count(old, "families_before", "family_id"),
        _count(new, "families_after", "family_id"),
        _count(old, "people_before", "person_key"),
        _count(new, "people_after", "person_key"),
        _count(_without(new, old), "people_in", "person_key"),
        _count(_without(old, new), "people_out", "person_key"),
        flow,
    ]
    joined = parts[0]
    for each in parts[1:]:
        joined = joined.join(each, on="value", how="full", coalesce=True, nulls_equal=True)
    return joined.with_columns(dimension=pl.lit(dimension)).select(
        [
            pl.col(name).cast(dtype) if dtype == pl.String else pl.col(name).fill_null(0).cast(dtype)
            for name, dtype in BALANCE_SCHEMA.items()
        ]
    )


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The persons of `rows` who have not the same value in `others`."""
    return rows.join(others, on=["value", "person_key"], how="anti", nulls_equal=True)


def _placed(tables: Tables, value: pl.Expr) -> pl.DataFrame:
    """One row a listed family, value and member; a family without a published member has a null person."""
    listed = tables["list"].select("family_id", value=value)
    if isinstance(listed.schema["value"], pl.List):
        listed = listed.explode("value").filter(pl.col("value") != "")
    return listed.join(tables["members"].select("family_id", "person_key"), on="family_id", how="left")


def _count(rows: pl.DataFrame, name: str, column: str) -> pl.DataFrame:
    distinct = rows.select("value", column).drop_nulls(column).unique()
    return distinct.group_by("value").agg(pl.len().cast(pl.Int64).alias(name))


def _tier_moves(families: pl.DataFrame) -> pl.DataFrame:
    different = ~pl.col("tier_before").eq_missing(pl.col("tier_after"))
    return (
        families.filter(different)
        .group_by("tier_before", "tier_after")
        .agg(families=pl.len().cast(pl.Int64))
        .sort("tier_before", "tier_after", nulls_last=True)
    )


def _warnings(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    joined = _by_rule(before, "before")
    for rows, name in (
        (after.join(before, on="warning_id", how="anti"), "raised"),
        (before.join(after, on="warning_id", how="anti"), "dropped"),
        (after, "after"),
    ):
        joined = joined.join(_by_rule(rows, name), on=["kind", "rule_id"], how="full", coalesce=True)
    columns = [
        pl.col(name).cast(dtype) if dtype == pl.String else pl.col(name).fill_null(0).cast(dtype)
        for name, dtype in _WARNING_SCHEMA.items()
    ]
    return joined.select(columns).sort("kind", "rule_id")


def _by_rule(warnings: pl.DataFrame, name: str) -> pl.DataFrame:
    return warnings.group_by("kind", "rule_id").agg(pl.len().cast(pl.Int64).alias(name))


def _differing(before: pl.DataFrame, after: pl.DataFrame, column: str) -> int:
    """Families of one id in both whose value of `column` differs."""
    both = before.select("family_id", old=column).join(after.select("family_id", new=column), on="family_id")
    return both.filter(~pl.col("old").eq_missing(pl.col("new"))).height
