"""By when a question is to be answered: working days of China, and a day for a red family.

What belongs here: the calendar of working days, in which a Sunday may be worked and a Monday be free (调休), and the
day that a warning's parameter makes of it. The calendar is that of `chinese_calendar`, which holds the arrangements
that the State Council has announced; of a year that it does not hold, Monday to Friday are worked.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import chinese_calendar  # type: ignore[import-untyped]
import polars as pl
from chinese_calendar.constants import holidays  # type: ignore[import-untyped]

from rules import rules_of
from rules.parameters import ParametersAt

__all__ = ["CALENDAR", "announced_until", "is_working_day", "with_due", "working_days"]

CALENDAR = f"chinesecalendar {chinese_calendar.__version__}"
"""The calendar in use: part of what an edition is computed from."""

_DEFAULT = "tasks.due_working_days"
_RED = "tasks.red_hours"
_HOURS_A_DAY = 24
_YEARS_BACK, _YEARS_AHEAD = 10, 1
_SATURDAY = 5


def announced_until() -> int:
    """The last year whose arrangement of holidays is known."""
    return int(max(holidays).year)


def is_working_day(day: date) -> bool:
    """Whether offices work on `day`; Monday to Friday where the arrangement of the year is not known."""
    if min(holidays).year <= day.year <= announced_until():
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < _SATURDAY


@cache
def working_days(first_year: int, last_year: int) -> pl.DataFrame:
    """One row a day of these years: `day`, `worked`, and `nth`, how many days were worked up to it, itself counted."""
    days = pl.date_range(date(first_year, 1, 1), date(last_year, 12, 31), eager=True).alias("day")
    worked = pl.Series("worked", [is_working_day(each) for each in days.to_list()])
    return pl.DataFrame([days, worked]).with_columns(nth=pl.col("worked").cum_sum().cast(pl.Int64))


def with_due(
    warnings: pl.LazyFrame, tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt
) -> pl.LazyFrame:
    """`warnings` with the column `due_on`, from `raised_on` and the parameters of each rule.

    A need of a red family is due within the hours of `tasks.red_hours`, in whole days of the calendar. Everything else
    is due so many working days after it was raised as `<rule>.due_working_days` says, or `tasks.due_working_days` for
    a rule without its own. A question to a department about its feed has no such day.
    """
    calendar = working_days(as_of.year - _YEARS_BACK, as_of.year + _YEARS_AHEAD).lazy()
    raised = calendar.select(raised_on="day", worked_before="nth")
    worked = calendar.filter("worked").select(ordinary_due="day", nth="nth")
    red = tables["list"].filter(pl.col("tier") == "red").select("family_id", red=pl.lit(1))
    asked = (
        warnings.join(_allowed(parameters), on="rule_id", how="left")
        .join(raised, on="raised_on", how="left")
        .with_columns(nth=pl.col("worked_before") + pl.col("days"))
        .join(worked, on="nth", how="left")
        .join(red, on="family_id", how="left")
    )
    urgent = (pl.col("kind") == "need") & pl.col("red").is_not_null()
    at_once = pl.col("raised_on") + timedelta(days=-(-parameters.integer(_RED) // _HOURS_A_DAY))
    due = pl.when(urgent).then(pl.min_horizontal(at_once, "ordinary_due")).otherwise("ordinary_due")
    return asked.with_columns(due_on=pl.when(pl.col("kind") != "feed").then(due)).drop(
        "days", "worked_before", "nth", "ordinary_due", "red"
    )


def _allowed(parameters: ParametersAt) -> pl.LazyFrame:
    """One row a rule about families: `rule_id`, `days`."""
    named = parameters.parameters.by_name
    own = {rule.id: rule.due_parameter for rule in rules_of("need", "verify")}
    days = [(rule, parameters.integer(name if name in named else _DEFAULT)) for rule, name in own.items()]
    return pl.LazyFrame(days, schema={"rule_id": pl.String(), "days": pl.Int64()}, orient="row")
