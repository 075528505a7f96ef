"""Tax, labour and housing fund: the monthly amounts, each one month late."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from samples.departments.slices import Builder, Slice, take
from samples.world.base import Ints, month_end

__all__ = ["BUILDERS"]

_LAG = 1


def _ends(months: Ints) -> Ints:
    """Last day of each month."""
    known, index = np.unique(months, return_inverse=True)
    return np.array([month_end(int(each)) for each in known], dtype=np.int64)[index]


def tax_wages(view: Slice) -> pl.DataFrame:
    """Gross wages by employer."""
    table = view.world.wages
    rows = view.periods(table["month"], _LAG)
    person, employer, month, amount = take(table, rows, "person", "employer", "month", "amount")
    return pl.DataFrame(
        view.person(person, _ends(month))
        | {
            "employer_no": view.number(employer, "9133010800", 8),
            "period_month": view.first_of(month),
            "gross_fen": view.fen(amount),
        }
    )


def tax_other_income(view: Slice) -> pl.DataFrame:
    """Business and property income by month or year."""
    table = view.world.other_income
    rows = view.periods(table["month"], _LAG)
    person, kind, month, annual, amount = take(table, rows, "person", "kind", "month", "annual", "amount")
    written = view.first_of(month).dt.strftime("%Y-%m")
    period = written.str.head(4).zip_with(pl.Series(annual == 1), written)
    return pl.DataFrame(
        view.person(person, _ends(month))
        | {"tax_income_kind": view.code("tax_income_kind", kind), "period": period, "amount_fen": view.fen(amount)}
    )


def contributions(view: Slice) -> pl.DataFrame:
    """Contribution bases."""
    table = view.world.contributions
    rows = view.periods(table["month"], _LAG)
    person, month, base = take(table, rows, "person", "month", "base")
    return pl.DataFrame(
        view.person(person, _ends(month)) | {"period_month": view.first_of(month), "base_fen": view.fen(base)}
    )


def housing_fund(view: Slice) -> pl.DataFrame:
    """Deposits."""
    table = view.world.deposits
    rows = view.periods(table["month"], _LAG)
    person, month, amount = take(table, rows, "person", "month", "amount")
    return pl.DataFrame(
        view.person(person, _ends(month)) | {"period_month": view.first_of(month), "deposit_fen": view.fen(amount)}
    )


def pensions(view: Slice) -> pl.DataFrame:
    """Pensions paid."""
    table = view.world.pensions
    rows = view.periods(table["month"], _LAG)
    person, kind, month, amount, basic = take(table, rows, "person", "kind", "month", "amount", "basic")
    return pl.DataFrame(
        view.person(person, _ends(month))
        | {
            "pension_kind": view.code("pension_kind", kind),
            "period_month": view.first_of(month),
            "amount_fen": view.fen(amount),
            "basic_fen": view.fen(basic),
        }
    )


def unemployment_benefits(view: Slice) -> pl.DataFrame:
    """Unemployment benefit paid."""
    table = view.world.benefits
    rows = view.periods(table["month"], _LAG)
    person, month, amount = take(table, rows, "person", "month", "amount")
    return pl.DataFrame(
        view.person(person, _ends(month)) | {"period_month": view.first_of(month), "amount_fen": view.fen(amount)}
    )


BUILDERS: Mapping[str, Builder] = {
    each.__name__: each
    for each in (tax_wages, tax_other_income, contributions, housing_fund, pensions, unemployment_benefits)
}
