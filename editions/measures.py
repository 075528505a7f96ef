"""The measures of an edition.

What belongs here: the table of what the rules suggest to listed families (`rules.measures`).
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.hits import as_polars, rule_context
from rules.measures import measures
from rules.parameters import ParametersAt

__all__ = ["suggested_measures"]


def suggested_measures(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `measures`, one row a listed family, measure and reason."""
    return as_polars(measures(rule_context(tables, as_of, parameters)), "measures")
