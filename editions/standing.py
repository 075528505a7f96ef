"""Entering and leaving the list by rule: the standing of a month, out of that of the month before (domain: Status).

What belongs here: the fold. A ground that the facts meet stands. One that they meet no longer leaves by rule (death, a
window that has run out, the register), or is only proposed to leave and stands until a person confirms it. It is pure:
the tables of the month, those of the month before and the decisions known give `standings`, `exits` and `carried`.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.decisions import binding, of_outcome
from editions.grounds import VERIFIED, parameters_versions
from editions.standing_ends import dead, with_ends
from editions.standing_met import KEY, evidence_rows, met_grounds
from linkage.aliases import current_keys, replace_keys
from linkage.frames import settled
from rules.parameters import ParametersAt
from schemas.codes import CodeList
from schemas.tables import get_table

__all__ = ["GRACE", "LISTED", "PROPOSED", "STATUSES", "standing_tables"]

LISTED, PROPOSED, GRACE = "listed", "proposed_exit", "grace"
STATUSES = CodeList("list_status", "状态", {LISTED: ("在列",), PROPOSED: ("拟退出",), GRACE: ("宽限期",)})

_DIED, _NOT_TRUE = "died", "not_true"
_PLACE = ["street_code", "community_code"]
_NO_DAY = pl.lit(None, pl.Date)
_NO_TEXT = pl.lit(None, pl.String)

Tables = Mapping[str, pl.LazyFrame]


def standing_tables(tables: Tables, as_of: date, parameters: ParametersAt) -> dict[str, pl.LazyFrame]:
    """The tables `standings`, `exits` and `carried` of the month."""
    decisions = binding(tables, as_of)
    evidence = evidence_rows(tables, decisions, as_of, parameters)
    judged = of_outcome(decisions, _NOT_TRUE).rename({"rule_id": "ground", "decision_id": "judged_by"})
    told = settled(evidence.join(judged, on=[*KEY, "evidence_key"], how="left"))
    met = settled(met_grounds(told.filter(pl.col("judged_by").is_null())))
    before = _before(tables)
    versions = parameters_versions(parameters)
    ended = _ended(before, met, told, tables, as_of, parameters, decisions)
    standing = [_met(met, before, tables, versions, as_of), _kept(ended, tables, as_of)]
    standings = settled(pl.concat(standing).select(get_table("standings").schema.names()))
    return {
        "standings": standings,
        "exits": _exits(ended, versions),
        "carried": _carried(standings, tables, as_of),
    }


def _before(tables: Tables) -> pl.LazyFrame:
    """The standings of the month before under the keys of now; of a person known twice then, the longer one.

    Such a person stood in two families: all grounds go with the one that has stood longest.
    """
    rows = replace_keys(tables["previous_standings"], ["person_key"], current_keys(tables["aliases"]))
    once = rows.sort(*KEY, "since", "family_id").unique(KEY, keep="first", maintain_order=True)
    longest = pl.col("family_id", *_PLACE).first().over("person_key", order_by=["since", "family_id"])
    return settled(once.with_columns(longest))


def _met(met: pl.LazyFrame, before: pl.LazyFrame, tables: Tables, versions: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Grounds that the facts meet, standing since they first did without interruption."""
    people = tables["members"].select("person_key", "family_id", *_PLACE)
    outside = pl.format("P:{}", "person_key")  # an obligor outside the district, as the rule names that family
    return (
        met.join(people, on="person_key", how="left")
        .join(before.select(*KEY, "since"), on=KEY, how="left")
        .join(versions, on="ground", how="left")
        .with_columns(
            pl.col("family_id").fill_null(outside),
            pl.col("since").fill_null(pl.lit(as_of)),
            status=pl.lit(LISTED),
            proposed_since=_NO_DAY,
            reason=_NO_TEXT,
        )
        .select(get_table("standings").schema.names())
    )


def _ended(
    before: pl.LazyFrame,
    met: pl.LazyFrame,
    told: pl.LazyFrame,
    tables: Tables,
    as_of: date,
    parameters: ParametersAt,
    decisions: pl.LazyFrame,
) -> pl.LazyFrame:
    """Earlier grounds met no longer, with their `fate`: confirmed, by_rule, or the status with which they stay."""
    versions = parameters_versions(parameters).rename({"parameters_version": "version_now"})
    gone = before.join(met, on=KEY, how="anti").join(versions, on="ground", how="left")
    judged = told.filter(pl.col("judged_by").is_not_null()).group_by(KEY).agg(pl.col("judged_by").max())
    ends = with_ends(gone, tables, as_of, parameters).join(judged, on=KEY, how="left")
    for outcome in ("exit_confirmed", "exit_refused"):
        by_person = of_outcome(decisions, outcome).rename({"rule_id": "ground", "decision_id": outcome})
        ends = ends.join(by_person, on=[*KEY, "evidence_key"], how="left")
    months = parameters.integer("status.grace_months")
    return settled(ends.with_columns(fate=_fate(as_of, months)))


def _fate(as_of: date, grace_months: int) -> pl.Expr:
    by_rule, died = pl.col("by_rule").is_not_null(), pl.col("by_rule") == _DIED
    in_grace = pl.col("status") == GRACE
    over = in_grace & (pl.col("proposed_since").dt.offset_by(f"{grace_months}mo") <= as_of)
    return (
        pl.when(died)
        .then(pl.lit("by_rule"))
        .when(pl.col("judged_by").is_not_null())
        .then(pl.lit("confirmed"))
        .when(by_rule & (over | pl.lit(grace_months == 0)))
        .then(pl.lit("by_rule"))
        .when(by_rule)
        .then(pl.lit(GRACE))
        .when(pl.col("exit_confirmed").is_not_null())
        .then(pl.lit("confirmed"))
        .when(pl.col("exit_refused").is_not_null())
        .then(pl.lit(LISTED))
        .when("unknown")
        .then("status")
        .otherwise(pl.lit(PROPOSED))
    )


def _kept(ended: pl.LazyFrame, tables: Tables, as_of: date) -> pl.LazyFrame:
    """Grounds met no longer that stand all the same; a person out of scope keeps the family, and the place of it."""
    people = tables["members"].select("person_key", family_now="family_id")
    places = tables["families"].select(
        "family_id", here=pl.lit(value=True), **{f"{name}_now": pl.col(name) for name in _PLACE}
    )
    fate = pl.col("fate")
    listed = fate == LISTED
    included = pl.when(pl.col("ground") == VERIFIED).then("decision_id")
    stays = pl.when(fate == pl.col("status")).then("proposed_since")
    return (
        ended.filter(fate.is_in([LISTED, PROPOSED, GRACE]))
        .join(people, on="person_key", how="left")
        .with_columns(family_id=pl.coalesce("family_now", "family_id"))
        .join(places, on="family_id", how="left")
        .with_columns(
            **{name: pl.when("here").then(f"{name}_now").otherwise(name) for name in _PLACE},
            proposed_since=pl.when(~listed).then(pl.coalesce(stays, pl.lit(as_of))),
            reason=pl.when(listed)
            .then(_NO_TEXT)
            .when("unknown")
            .then("reason")
            .otherwise(pl.coalesce("by_rule", "proposed")),
            decision_id=pl.when(listed).then(pl.coalesce("exit_refused", included)).otherwise(included),
            status=fate,
        )
        .select(get_table("standings").schema.names())
    )


def _exits(ended: pl.LazyFrame, versions: pl.LazyFrame) -> pl.LazyFrame:
    """What stood and stands no longer: by rule, or because a person has confirmed it."""
    confirmed = pl.col("fate") == "confirmed"
    judged = pl.col("judged_by").is_not_null()
    return (
        ended.filter(pl.col("fate").is_in(["by_rule", "confirmed"]))
        .drop("parameters_version")
        .join(versions, on="ground", how="left")
        .with_columns(
            manner="fate",
            reason=pl.when(confirmed & judged)
            .then(pl.lit(_NOT_TRUE))
            .otherwise(pl.when(confirmed).then("proposed").otherwise("by_rule")),
            decision_id=pl.when(confirmed).then(pl.coalesce("judged_by", "exit_confirmed")),
        )
        .select(get_table("exits").schema.names())
    )


def _carried(standings: pl.LazyFrame, tables: Tables, as_of: date) -> pl.LazyFrame:
    """Members of the month before who are in no family now, and whose own or whose family's ground still stands."""
    register = tables["register_spells"].filter("on_register").select("person_key", on_it=pl.lit(value=True)).unique()
    former = replace_keys(tables["previous_members"], ["person_key"], current_keys(tables["aliases"]))
    living = (
        former.sort("person_key", "family_id")
        .unique("person_key", keep="first", maintain_order=True)
        .join(tables["members"], on="person_key", how="anti")
        .join(dead(tables, as_of), on="person_key", how="anti")
    )
    gone = standings.select("family_id").unique().join(tables["families"], on="family_id", how="anti")
    stood = standings.select("person_key", stood_in="family_id").unique("person_key")
    own = living.join(stood, on="person_key").with_columns(family_id="stood_in").drop("stood_in")
    beside = living.join(gone, on="family_id", how="semi").join(standings, on="person_key", how="anti")
    return (
        pl.concat([own, beside])
        .join(register, on="person_key", how="left")
        .with_columns(on_register=pl.col("on_it").fill_null(value=False), in_scope=pl.lit(value=False))
        .select(get_table("carried").schema.names())
    )
