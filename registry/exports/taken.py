"""Who took a file, when, for what, and until when it may be kept: said in one way by every file that tells of people.

What belongs here: the words. Where they stand in a file is decided where it is written.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from registry.roles import ROLES, Actor
from schemas.settings import Settings

__all__ = ["Taken"]


@dataclass(frozen=True, slots=True)
class Taken:
    """One taking of a file; `at` is the bureau's time."""

    actor: Actor
    purpose: str
    at: datetime
    expires: date

    @classmethod
    def now(cls, settings: Settings, actor: Actor, purpose: str, at: datetime | None = None) -> "Taken":
        """By somebody, now or `at` a time, to be destroyed when the term of exports has ended."""
        zone = ZoneInfo(settings.timezone)
        taken_at = at.astimezone(zone) if at else datetime.now(zone)
        return cls(actor, purpose, taken_at, taken_at.date() + timedelta(days=settings.export_days))

    @property
    def mark(self) -> str:
        """In one line: above each sheet that is printed, and on each row of a text."""
        taken = f"{self.actor.name} {self.at:%Y-%m-%d %H:%M:%S}"
        return f"{taken} 用途：{self.purpose} 有效期至 {self.expires}，到期销毁"

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Label and value, for a sheet that says what the file is."""
        return [
            ("导出人", f"{self.actor.name}（{ROLES.title_of(self.actor.role)}）"),
            ("范围", self.actor.area.title),
            ("导出时间", f"{self.at:%Y-%m-%d %H:%M:%S}"),
            ("用途", self.purpose),
            ("有效期至", f"{self.expires}，到期销毁"),
        ]
