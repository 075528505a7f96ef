"""Days by which something is to be done: counted in working days from the day that somebody can begin.

What belongs here: arithmetic of days. The calendar is that of `editions.deadlines`; how many days are allowed stands in
the parameters.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from editions.deadlines import working_days
from rules.parameters import ParametersAt
from schemas.settings import Settings

__all__ = [
    "case_due",
    "correction_due",
    "day_at",
    "has_come",
    "objection_due",
    "red_due",
    "referral_due",
    "resume_day",
    "returned_due",
    "wish_due",
    "working_day_after",
    "working_days_between",
]

_FEWEST_A_YEAR = 200
"""No year has fewer working days."""
_HOURS_A_DAY = 24
_RED = "red"


def day_at(settings: Settings, now: datetime) -> date:
    """The day that an instant belongs to at the bureau."""
    return now.astimezone(ZoneInfo(settings.timezone)).date()


@lru_cache(maxsize=4096)
def working_day_after(day: date, days: int) -> date:
    """The last of `days` working days after `day`."""
    calendar = working_days(day.year, day.year + 1 + days // _FEWEST_A_YEAR)
    after = calendar.filter((calendar["day"] > day) & calendar["worked"])["day"]
    return after[days - 1]  # type: ignore[no-any-return]


@lru_cache(maxsize=4096)
def working_days_between(first: date, last: date) -> int:
    """Working days after `first` up to `last`; 0 when it is not later."""
    calendar = working_days(min(first, last).year, max(first, last).year)
    inside = calendar.filter((calendar["day"] > first) & (calendar["day"] <= last) & calendar["worked"])
    return inside.height


def red_due(today: date, parameters: ParametersAt) -> date:
    """By when somebody has to be with a family that is red today (先行救助)."""
    return today + timedelta(days=-(-parameters.integer("tasks.red_hours") // _HOURS_A_DAY))


def returned_due(today: date, parameters: ParametersAt) -> date:
    """By when is checked again what is sent back today, or reopened by an objection."""
    return working_day_after(today, parameters.integer("casework.returned_working_days"))


def objection_due(filed_on: date, parameters: ParametersAt) -> date:
    """By when an objection is decided."""
    return working_day_after(filed_on, parameters.integer("casework.objection_working_days"))


def correction_due(today: date, parameters: ParametersAt) -> date:
    """By when a department answers that is asked today whether its row is right."""
    return working_day_after(today, parameters.integer("casework.correction_working_days"))


def referral_due(today: date, parameters: ParametersAt) -> date:
    """By when a measure is done that is referred today, unless a day is agreed."""
    return working_day_after(today, parameters.integer("casework.referral_working_days"))


def wish_due(today: date, parameters: ParametersAt) -> date:
    """By when a small wish is met that is recorded today, unless a day is agreed."""
    return working_day_after(today, parameters.integer("casework.wish_working_days"))


def resume_day(today: date, parameters: ParametersAt) -> date:
    """The day from which a case that is deferred (暂缓) today is opened again, if its question still stands."""
    return today + timedelta(days=parameters.integer("casework.deferred_days"))


def has_come(resume_on: date | None, today: date) -> bool:
    """Whether the day has come from which a deferred case is opened again; of a case without one it never does."""
    return resume_on is not None and resume_on <= today


def case_due(
    raised_on: date | None, due_on: date | None, *, urgency: str, audience: str, today: date, parameters: ParametersAt
) -> date:
    """By when a question that reaches the staff today is to be answered.

    The rule allows so many working days; they are counted from today, since nobody can work on a case before it is
    there. A need of a red family is due within the hours of `tasks.red_hours`.
    """
    if raised_on is not None and due_on is not None:
        allowed = max(working_days_between(raised_on, due_on), 1)
    else:
        allowed = parameters.integer("tasks.due_working_days")
    ordinary = working_day_after(today, allowed)
    return min(ordinary, red_due(today, parameters)) if urgency == _RED and audience == "need" else ordinary
