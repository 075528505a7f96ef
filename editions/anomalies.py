"""The financial profile of families, and which of them and of the deliveries are unusual.

What belongs here: which columns are compared, with the declared limits. What is found is a hint for a person to look,
and enters no list, tier or score.
"""

from collections.abc import Mapping

import polars as pl

from rules.parameters import ParametersAt
from schemas.contract import DeliveryMode, all_feeds
from scoring.anomalies import unusual_deliveries, unusual_households
from scoring.spec import Feature, check_features

__all__ = ["PROFILE", "comparable_profiles", "financial_profiles", "unusual_families", "unusual_feeds"]

_PERCENT = 100
_FEN = 100

PROFILE: tuple[Feature, ...] = (
    Feature(
        "income_per_head", "人均年收入(元)", ("income_fen", "counted_members", "income_evidence"), direction="less"
    ),
    Feature("medical_cost", "医疗自付(元)", ("medical_fen",)),
    Feature("medical_share", "医疗自付占收入(%)", ("medical_fen", "income_fen", "income_evidence")),
    Feature("dependants", "每名就业者供养人数", ("members", "working")),
)


def financial_profiles(families: pl.LazyFrame) -> pl.LazyFrame:
    """One row a family of the table `families`: `family_id` and the whole numbers of `PROFILE`, null where not known.

    Without a complete record of income there is no income to compare: no record is not zero income.
    """
    check_features(PROFILE)
    full = pl.col("income_evidence") == "full"
    income, heads = pl.when(full).then(pl.col("income_fen")), pl.col("counted_members")
    return families.select(
        "family_id",
        income_per_head=pl.when(heads > 0).then(income // heads // _FEN),
        medical_cost=pl.col("medical_fen") // _FEN,
        medical_share=pl.when(income > 0).then(pl.col("medical_fen") * _PERCENT // income),
        dependants=pl.when(pl.col("working") > 0).then((pl.col("members") - pl.col("working")) // pl.col("working")),
    )


def unusual_families(tables: Mapping[str, pl.LazyFrame], parameters: ParametersAt) -> pl.DataFrame:
    """What stands out of unusual families that are not on the register, as `scoring.anomalies` gives it."""
    registered = tables["members"].filter("on_register").select("family_id")
    families = tables["families"].join(registered, on="family_id", how="anti")
    return unusual_households(
        financial_profiles(families).collect().sort("family_id"),
        PROFILE,
        share=parameters.integer("anomalies.families_percent") / _PERCENT,
        deviations=parameters.integer("anomalies.family_deviations"),
    )


def comparable_profiles(profiles: pl.LazyFrame) -> pl.LazyFrame:
    """The table `profiles` without first deliveries that hold what there was before: years, or all that is known.

    Those of feeds whose contract asks for history, and of feeds of changes.
    """
    reaching = [each.name for each in all_feeds().values() if each.history_months or each.mode is DeliveryMode.CHANGES]
    first = pl.col("month") == pl.col("month").min().over("feed")
    return profiles.filter(~(first & pl.col("feed").is_in(reaching)))


def unusual_feeds(profiles: pl.LazyFrame, parameters: ParametersAt) -> pl.DataFrame:
    """What stands out of the deliveries of a month, as `scoring.anomalies` gives it; `profiles` are comparable ones."""
    return unusual_deliveries(
        profiles,
        deviations=parameters.integer("anomalies.delivery_deviations"),
        least_months=parameters.integer("anomalies.delivery_months"),
    ).collect()
