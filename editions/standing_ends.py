"""Why a ground that stood is met no longer: what the facts of the month say about it.

What belongs here: telling an end by rule (death, a window that has run out, the register) from every other one, which
is only proposed and waits for a person (domain: Status). It decides nothing; `editions.standing` does.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.grounds import REGISTER
from editions.hits import rule_context
from linkage.aliases import current_keys
from linkage.persons import death_days
from rules.groups.rejected_application import effective_approvals
from rules.parameters import ParametersAt

__all__ = ["dead", "with_ends"]

_EXITED, _REJECTED = "exited_assistance", "rejected_application"
_OBLIGOR, _INCOME = "obligor_family", "low_income_family"
_FEN = 100
_NOT_COMPUTABLE = "not_computable"
_NOTHING = pl.lit(None, pl.String)

Tables = Mapping[str, pl.LazyFrame]


def dead(tables: Tables, as_of: date) -> pl.LazyFrame:
    """`person_key` of whoever has a confirmed death by `as_of` (domain line 14)."""
    return death_days(tables).filter(pl.col("died_on") <= as_of).select("person_key")


def with_ends(gone: pl.LazyFrame, tables: Tables, as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """`gone` (earlier standings that are met no longer) with why.

    New columns: `by_rule`, the reason of an end by rule, null when there is none; `proposed`, the reason for which it
    is proposed otherwise; `unknown`, whether nothing can be said this month, so that it stays as it was.
    """
    told = gone
    for facts in (_people(tables, as_of), _families(tables)):
        told = told.join(facts, on="person_key", how="left")
    told = _with_wards(told, tables, as_of)
    told = _with_approvals(told, tables, as_of, parameters)
    return told.with_columns(by_rule=_by_rule(as_of), proposed=_proposed(parameters), unknown=_unknown()).select(
        *gone.collect_schema().names(), "by_rule", "proposed", "unknown"
    )


def _by_rule(as_of: date) -> pl.Expr:
    ground = pl.col("ground")
    return (
        pl.when(pl.col("is_dead"))
        .then(pl.lit("died"))
        .when((ground == REGISTER) & pl.col("off_register"))
        .then(pl.lit("register_ended"))
        .when(ground.is_in([_EXITED, _REJECTED]) & pl.col("is_on_register"))
        .then(pl.lit("on_register"))
        .when((ground == _REJECTED) & pl.col("approved"))
        .then(pl.lit("approved"))
        .when((ground == _OBLIGOR) & pl.col("wards_gone"))
        .then(pl.when("a_ward_left").then(pl.lit("ward_left_register")).otherwise(pl.lit("ward_died")))
        .when((ground != REGISTER) & (pl.col("valid_until") < as_of))
        .then(pl.lit("window_ended"))
        .otherwise(_NOTHING)
    )


def _proposed(parameters: ParametersAt) -> pl.Expr:
    """The likeliest reason, as far as the facts tell them apart."""
    exact = parameters.text("low_income_family.scope") == "exact_three"
    size = parameters.integer("low_income_family.counted_members")
    limit = parameters.integer("low_income_family.annual_income_yuan") * _FEN
    income = pl.col("income_fen")
    over = income > limit if exact else income * size > pl.col("counted_members") * limit
    other_size = ~pl.col("is_counted") | ((pl.col("counted_members") != size) & pl.lit(exact))
    ground = pl.col("ground")
    return (
        pl.when(pl.col("family_now").is_null())
        .then(pl.lit("moved_away"))
        .when(pl.col("parameters_version") != pl.col("version_now"))
        .then(pl.lit("parameters_changed"))
        .when((ground == _INCOME) & other_size)
        .then(pl.lit("family_changed"))
        .when((ground == _INCOME) & over)
        .then(pl.lit("income_changed"))
        .when((ground == _OBLIGOR) & pl.col("with_a_ward"))
        .then(pl.lit("family_changed"))
        .when(ground.is_in([_INCOME, _OBLIGOR]))
        .then(pl.lit("facts_changed"))
        .otherwise(pl.lit("evidence_withdrawn"))
    )


def _unknown() -> pl.Expr:
    """Income that cannot be reckoned is no reason to leave (domain line 10): a feed is missing, not the need."""
    return ((pl.col("ground") == _INCOME) & (pl.col("income_evidence") == _NOT_COMPUTABLE)).fill_null(value=False)


def _people(tables: Tables, as_of: date) -> pl.LazyFrame:
    """What is known of the persons: where they live now, whether dead, and on the register or off it again."""
    here = tables["members"].select("person_key", family_now="family_id", is_counted="counted")
    register = tables["register_spells"].group_by("person_key").agg(is_on_register=pl.col("on_register").any())
    gone = dead(tables, as_of).join(here, on="person_key", how="anti").with_columns(is_dead=pl.lit(value=True))
    known = here.join(register, on="person_key", how="full", coalesce=True)
    return (
        known.join(gone, on="person_key", how="full", coalesce=True)
        .with_columns(off_register=~pl.col("is_on_register"))
        .with_columns(pl.col("is_dead", "is_on_register", "off_register").fill_null(value=False))
    )


def _families(tables: Tables) -> pl.LazyFrame:
    families = tables["families"].select("family_id", "counted_members", "income_fen", "income_evidence")
    return (
        tables["members"].select("person_key", "family_id").join(families, on="family_id", how="left").drop("family_id")
    )


def _with_wards(gone: pl.LazyFrame, tables: Tables, as_of: date) -> pl.LazyFrame:
    """`wards_gone` (each has died or left the register), `a_ward_left`, `with_a_ward` (they are one family now)."""
    key = ["person_key", "ground"]
    ward = pl.col("evidence_key").str.split(";").alias("ward_key")
    wards = (
        gone.filter(pl.col("ground") == _OBLIGOR)
        .select(*key, "family_now", ward)
        .explode("ward_key")
        .with_columns(pl.col("ward_key").str.split(":").list.first())
        .join(
            current_keys(tables["aliases"]).rename({"old_key": "ward_key", "person_key": "now"}),
            on="ward_key",
            how="left",
        )
        .with_columns(ward_key=pl.coalesce("now", "ward_key"))
    )
    fates = _people(tables, as_of).select(
        pl.col("person_key").alias("ward_key"),
        pl.col("family_now").alias("ward_family"),
        pl.col("is_dead").alias("ward_dead"),
        pl.col("off_register").alias("ward_left"),
    )
    flags = pl.col("ward_dead", "ward_left").fill_null(value=False)
    told = (
        wards.join(fates, on="ward_key", how="left")
        .with_columns(flags)
        .group_by(key)
        .agg(
            wards_gone=(pl.col("ward_dead") | pl.col("ward_left")).all(),
            a_ward_left=(pl.col("ward_left") & ~pl.col("ward_dead")).any(),
            with_a_ward=(pl.col("ward_family") == pl.col("family_now")).any(),
        )
    )
    return gone.join(told, on=key, how="left").with_columns(
        pl.col("wards_gone", "a_ward_left", "with_a_ward").fill_null(value=False)
    )


def _with_approvals(gone: pl.LazyFrame, tables: Tables, as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """`approved`: the person was approved on or after the day of the refusal, as the rule of refusals reads it."""
    approved: pl.LazyFrame = effective_approvals(rule_context(tables, as_of, parameters)).to_native()
    return gone.join(approved, on="person_key", how="left").with_columns(
        approved=(pl.col("approved_on") >= pl.col("evidence_on")).fill_null(value=False)
    )
