"""The months that feeds and editions are partitioned by.

What belongs here: the partition definition and what a month means as a date; nothing that reads data.
"""

from calendar import monthrange
from datetime import date

import dagster as dg

from schemas.settings import Settings

__all__ = ["last_day", "months"]


def months(settings: Settings) -> dg.MonthlyPartitionsDefinition:
    """One partition a landing folder (`YYYY-MM`), from the first month up to and including the current one."""
    return dg.MonthlyPartitionsDefinition(settings.first_month, fmt="%Y-%m", end_offset=1, timezone=settings.timezone)


def last_day(month: str, today: date) -> date:
    """The `as_of` of the edition of `month`: its last day, or today while the month runs."""
    year, number = (int(part) for part in month.split("-"))
    end = date(year, number, monthrange(year, number)[1])
    return min(end, today) if today >= date(year, number, 1) else end
