"""What other parameters would change, counted: families and people in and out, by each way of counting.

What belongs here: the balance of two editions of one day. Which family differs, and why, stands in `editions.whatif`.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.following import LEAVING, Frames, paired
from schemas.codes import CodeList

__all__ = ["BALANCE_SCHEMA", "DIMENSIONS", "FLOWS", "Tables", "balance_of", "frames_of"]

DIMENSIONS = CodeList(
    "whatif_dimension",
    "统计口径",
    {
        "all": ("全部",),
        "layer": ("层次",),
        "group": ("群体",),
        "met": ("事实符合",),
        "tier": ("等级",),
        "street": ("街道",),
    },
)
FLOWS = ("before", "in", "out", "after", "proposed", "unproposed")
BALANCE_SCHEMA: dict[str, pl.DataType] = {
    "dimension": pl.String(),
    "value": pl.String(),
    **{f"{what}_{flow}": pl.Int64() for what in ("families", "people") for flow in FLOWS},
}
_STATES = {"street": "street_code", "tier": "tier", "layer": "layer"}
_MARK = ";"

Tables = Mapping[str, pl.DataFrame]


def frames_of(tables: Tables, as_of: date) -> Frames:
    """The tables of a side, without deaths and corrected keys: both sides know the same."""
    return Frames(
        as_of=as_of,
        listed=tables["list"],
        members=tables["members"],
        hits=tables["hits"],
        deaths=pl.DataFrame(schema={"person_key": pl.String, "died_on": pl.Date}),
        aliases=pl.DataFrame(schema={"old_key": pl.String, "person_key": pl.String}),
    )


def balance_of(
    families: pl.DataFrame, grouped: pl.DataFrame, before: Tables, after: Tables, as_of: date
) -> pl.DataFrame:
    """One row a dimension and value (`BALANCE_SCHEMA`), of the states that `editions.following` gives.

    In each row before + in - out = after; people are those whom the list counts. `proposed` are families, and the
    people in them, that are proposed to leave under the changed parameters alone: they are among those after, until a
    person confirms. `unproposed` are so no longer, and listed all the same. Under `group` stand the groups in which
    families stand, under `met` those that the facts of the day meet, whatever stood before and whatever persons have
    decided.
    """
    facts = _as_met(before), _as_met(after)
    _, met = paired(frames_of(facts[0], as_of), frames_of(facts[1], as_of)).states()
    whole, grouped, met = (_with_people(each, after) for each in (families, grouped, met))
    everybody, by_group = pl.lit("all"), pl.col("groups").fill_null("").str.split(_MARK)
    one, rule = (everybody, everybody), (pl.col("rule_id"), pl.col("rule_id"))
    rows = [
        _balance("all", everybody, before, after, _flow(whole, *one, listed=True)),
        *[
            _balance(name, pl.col(column), before, after, _flow(whole, *_either(name), listed=False))
            for name, column in _STATES.items()
        ],
        _balance("group", by_group, before, after, _flow(grouped, *rule, listed=True)),
        _balance("met", by_group, *facts, _flow(met, *rule, listed=True)),
    ]
    order = {code: number for number, code in enumerate(DIMENSIONS.codes)}
    place = pl.col("dimension").replace_strict(order, return_dtype=pl.Int64)
    return pl.concat(rows).sort(place, "value", nulls_last=True)


def _as_met(tables: Tables) -> Tables:
    """The tables as if each family stood in the groups that its facts meet, and in no other."""
    rules = pl.col("rule_id").unique().sort().str.join(_MARK)
    met = tables["hits"].group_by("family_id").agg(groups=rules)
    listed = tables["list"].drop("groups").join(met, on="family_id").with_columns(proposed_groups=pl.lit(""))
    return {**tables, "list": listed}


def _with_people(rows: pl.DataFrame, after: Tables) -> pl.DataFrame:
    """`rows` with how many people each family of the later list has."""
    people = _counted(after).group_by("family_id").agg(people=pl.len().cast(pl.Int64))
    return rows.join(people, on="family_id", how="left")


def _either(name: str) -> tuple[pl.Expr, pl.Expr]:
    return pl.col(f"{name}_before"), pl.col(f"{name}_after")


def _flow(rows: pl.DataFrame, old: pl.Expr, new: pl.Expr, *, listed: bool) -> pl.DataFrame:
    """Families in and out by value, and those proposed to leave; their people beside the latter.

    With `listed` only being there or not counts, not what a family turns into.
    """
    was, now = pl.col("was"), pl.col("is_now")
    different = pl.lit(value=False) if listed else ~old.eq_missing(new)
    leaving = {when: (pl.col(f"status_{when}") == LEAVING).fill_null(value=False) for when in ("before", "after")}
    parts = {
        "families_in": (now & (~was | different), new, pl.len()),
        "families_out": (was & (~now | different), old, pl.len()),
    }
    flips = {
        "proposed": now & leaving["after"] & ~leaving["before"],
        "unproposed": was & now & leaving["before"] & ~leaving["after"],
    }
    for name, which in flips.items():
        parts[f"families_{name}"] = (which, new, pl.len())
        parts[f"people_{name}"] = (which, new, pl.col("people").sum())
    counted = [
        rows.filter(which).group_by(value=value).agg(number.cast(pl.Int64).alias(name))
        for name, (which, value, number) in parts.items()
    ]
    return _joined(counted)


def _balance(dimension: str, value: pl.Expr, before: Tables, after: Tables, flow: pl.DataFrame) -> pl.DataFrame:
    """One row a value: families by what became of them, people by who they are."""
    old, new = _placed(before, value), _placed(after, value)
    parts = [
        _count(old, "families_before", "family_id"),
        _count(new, "families_after", "family_id"),
        _count(old, "people_before", "person_key"),
        _count(new, "people_after", "person_key"),
        _count(_without(new, old), "people_in", "person_key"),
        _count(_without(old, new), "people_out", "person_key"),
        flow,
    ]
    return _joined(parts).with_columns(dimension=pl.lit(dimension)).select(
        [
            pl.col(name).cast(dtype) if dtype == pl.String else pl.col(name).fill_null(0).cast(dtype)
            for name, dtype in BALANCE_SCHEMA.items()
        ]
    )  # fmt: skip


def _joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """All columns of `parts` by value."""
    joined = parts[0]
    for each in parts[1:]:
        joined = joined.join(each, on="value", how="full", coalesce=True, nulls_equal=True)
    return joined


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The persons of `rows` who have not the same value in `others`."""
    return rows.join(others, on=["value", "person_key"], how="anti", nulls_equal=True)


def _placed(tables: Tables, value: pl.Expr) -> pl.DataFrame:
    """One row a listed family, value and member; a family without a published member has a null person."""
    listed = tables["list"].select("family_id", value=value)
    if isinstance(listed.schema["value"], pl.List):
        listed = listed.explode("value").filter(pl.col("value") != "")
    return listed.join(_counted(tables).select("family_id", "person_key"), on="family_id", how="left")


def _counted(tables: Tables) -> pl.DataFrame:
    """The members that the list counts: not who left the district, unless nobody else of the family is here."""
    here = pl.col("in_scope")
    return tables["members"].filter(here | ~here.any().over("family_id"))


def _count(rows: pl.DataFrame, name: str, column: str) -> pl.DataFrame:
    distinct = rows.select("value", column).drop_nulls(column).unique()
    return distinct.group_by("value").agg(pl.len().cast(pl.Int64).alias(name))
