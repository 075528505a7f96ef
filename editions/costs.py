"""What allowances would cost under other parameters: who is entitled on each side, and the difference in money.

What belongs here: asking `rules.allowances` who is entitled, and comparing two answers. Entitled is not paid: the cost
is what the law owes as far as the facts tell. It is pure, and amounts are whole fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from editions.hits import rule_context
from rules.allowances import ALLOWANCE_KINDS, entitled
from rules.parameters import ParametersAt

__all__ = ["COST_SCHEMA", "ENTITLED_SCHEMA", "EVERYWHERE", "TURN_SCHEMA", "Costs", "compare_costs", "entitled_persons"]

MONTHS_A_YEAR = 12
EVERYWHERE = ""

ENTITLED_SCHEMA: dict[str, pl.DataType] = {
    "allowance_kind": pl.String(),
    "person_key": pl.String(),
    "family_id": pl.String(),
    "street_code": pl.String(),
    "monthly_fen": pl.Int64(),
}
COST_SCHEMA: dict[str, pl.DataType] = {
    "allowance_kind": pl.String(),
    "street_code": pl.String(),  # "" for the whole district, null where no street is known
    "people_before": pl.Int64(),
    "people_in": pl.Int64(),
    "people_out": pl.Int64(),
    "people_after": pl.Int64(),
    "monthly_fen_before": pl.Int64(),
    "monthly_fen_after": pl.Int64(),
    "monthly_fen_more": pl.Int64(),
    "yearly_fen_more": pl.Int64(),
}
TURN_SCHEMA: dict[str, pl.DataType] = {
    "allowance_kind": pl.String(),
    "turn": pl.String(),  # in, out, or rate where only the amount differs
    "person_key": pl.String(),
    "family_id": pl.String(),
    "street_code": pl.String(),
    "monthly_fen_before": pl.Int64(),
    "monthly_fen_after": pl.Int64(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The entitled and their monthly amounts on both sides.

    `balance` (`COST_SCHEMA`): a row an allowance for the district and one for each street; people before + in - out =
    after, monthly before + more = after. `turns` (`TURN_SCHEMA`): a row a person and allowance that differs.
    """

    balance: pl.DataFrame
    turns: pl.DataFrame

    @property
    def touched(self) -> tuple[str, ...]:
        """The allowances of which anything differs."""
        return tuple(kind for kind in ALLOWANCE_KINDS if kind in set(self.turns["allowance_kind"]))


def entitled_persons(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.DataFrame:
    """Everybody entitled at `as_of` (`ENTITLED_SCHEMA`), a row a person and allowance.

    Args:
        tables: facts, register spells and `members`, of whom all in scope are needed and not the listed alone.
        as_of: the day.
        parameters: those in force.
    """
    context = rule_context(tables, as_of, parameters)
    streets = tables["members"].select("person_key", "street_code").unique("person_key", keep="any")
    found = []
    for kind in ALLOWANCE_KINDS:
        rows: pl.LazyFrame = entitled(context, kind).to_native()
        named = rows.join(streets, on="person_key", how="left").with_columns(allowance_kind=pl.lit(kind))
        found.append(named.select(_cast(ENTITLED_SCHEMA)).collect(engine="streaming"))
    return pl.concat(found)


def compare_costs(before: pl.DataFrame, after: pl.DataFrame) -> Costs:
    """What differs from the entitled `before` to those `after`."""
    key = ["allowance_kind", "person_key"]
    paired = before.join(after, on=key, how="full", coalesce=True, suffix="_after").select(
        *key,
        pl.coalesce("family_id_after", "family_id").alias("family_id"),
        pl.coalesce("street_code_after", "street_code").alias("street_code"),
        pl.col("monthly_fen").alias("monthly_fen_before"),
        pl.col("monthly_fen_after"),
    )
    here = paired.with_columns(pl.lit(EVERYWHERE).alias("street_code"))
    rows = pl.concat([here, paired]).group_by("allowance_kind", "street_code").agg(*_sums())
    order = pl.col("allowance_kind").replace_strict({kind: place for place, kind in enumerate(ALLOWANCE_KINDS)})
    more = pl.col("monthly_fen_after") - pl.col("monthly_fen_before")
    balance = rows.with_columns(monthly_fen_more=more, yearly_fen_more=more * MONTHS_A_YEAR)
    turns = paired.with_columns(turn=_turn()).filter(pl.col("turn").is_not_null())
    return Costs(
        balance=balance.sort(order, "street_code", nulls_last=True).select(_cast(COST_SCHEMA)),
        turns=turns.sort(order, "turn", "street_code", "person_key", nulls_last=True).select(_cast(TURN_SCHEMA)),
    )


def _sums() -> list[pl.Expr]:
    old, new = pl.col("monthly_fen_before"), pl.col("monthly_fen_after")
    return [
        old.count().alias("people_before"),
        (old.is_null() & new.is_not_null()).sum().alias("people_in"),
        (old.is_not_null() & new.is_null()).sum().alias("people_out"),
        new.count().alias("people_after"),
        old.sum().alias("monthly_fen_before"),
        new.sum().alias("monthly_fen_after"),
    ]


def _turn() -> pl.Expr:
    old, new = pl.col("monthly_fen_before"), pl.col("monthly_fen_after")
    return (
        pl.when(old.is_null())
        .then(pl.lit("in"))
        .when(new.is_null())
        .then(pl.lit("out"))
        .when(old != new)
        .then(pl.lit("rate"))
    )


def _cast(schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    return [pl.col(name).cast(dtype) for name, dtype in schema.items()]
