"""Where casework is done: the registry, the settings and the parameters, in one hand.

What belongs here: what every act needs, and the day at the bureau.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from registry.casework.clock import day_at
from rules.parameters import Parameters, ParametersAt
from schemas.settings import Settings

__all__ = ["Desk", "instant"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every act of casework needs."""

    engine: Engine
    settings: Settings
    parameters: Parameters

    def day(self, now: datetime) -> date:
        """The day of an instant at the bureau."""
        return day_at(self.settings, now)

    def limits(self, now: datetime) -> ParametersAt:
        """The parameters in force on the day of an instant."""
        return self.parameters.as_of(self.day(now))


def instant(now: datetime | None) -> datetime:
    """The instant of an act: the one given, else this one."""
    return now or datetime.now(UTC)
