"""Duties of support towards people on the register (domain line 9)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage import support
from rules.parameters import ParametersAt
from schemas.tables import STAGES

__all__ = ["obligations"]


def obligations(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `obligations`: duties effective at `as_of` towards living people on the register."""
    wards = tables["register_spells"].filter(pl.col("on_register")).select("person_key").unique()
    dependents = support.dependents_at(
        tables["conditions"],
        as_of,
        disability_grades=parameters.integers("obligor_family.dependent_disability_grades"),
        study_stages=parameters.texts("obligor_family.dependent_study_stages"),
    )
    adult_age = parameters.integer("family.adult_age_years")
    found = support.obligations(tables, wards, dependents, as_of, adult_age=adult_age)
    return found.select(STAGES["obligations"].schema.names())
