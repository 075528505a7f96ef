"""What every asset of a run shares: settings, the registry and one look at the landing directory.

What belongs here: the per-run object that assets ask for as the resource `workspace`. One instance
lives as long as a run, so the landing directory is read once a run and not once an asset.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from assets.inputs import Inputs, freeze
from assets.partitions import last_day
from registry.archive import seal_plain
from registry.casework.desk import Desk
from registry.casework.feed import deliver_visits
from registry.engine import make_engine, migrate
from registry.intake import new_files, record_strays
from registry.landing import LandedFile
from registry.visits_taken import deliver_plan_visits
from rules.parameters import Parameters, load_parameters
from schemas.receipts import Receipt
from schemas.settings import Settings

__all__ = ["Reporter", "Workspace"]

Reporter = Callable[[str], object]
"""Told in a few words what is being worked on."""


def _say_nothing(_: str) -> None:
    """Nobody is watching."""


class Workspace:
    """Settings, registry and time of one run.

    `as_of` overrides the day of the edition (it must lie in the partition's month); `today` is the
    day that a run takes for today, by default today in the bureau's time zone; `report` is told which
    asset works. With `lineage_later` whoever runs sends the lineage of editions, once no lock is held.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        as_of: date | None = None,
        today: date | None = None,
        report: Reporter = _say_nothing,
        lineage_later: bool = False,
    ) -> None:
        self.settings = settings
        self.today = today or datetime.now(ZoneInfo(settings.timezone)).date()
        self.report = report
        self.lineage_later = lineage_later
        self._as_of = as_of
        self._inputs: dict[str, Inputs] = {}

    def as_of(self, month: str) -> date:
        """The day of the edition of `month`."""
        if self._as_of is not None and self._as_of.strftime("%Y-%m") == month:
            return self._as_of
        return last_day(month, self.today)

    def instant(self) -> datetime:
        """Now; on a day that was given instead of this one, its noon."""
        now = datetime.now(ZoneInfo(self.settings.timezone))
        return now if now.date() == self.today else datetime.combine(self.today, time(12), now.tzinfo)

    @cached_property
    def engine(self) -> Engine:
        """The registry, migrated to the current schema; a raw archive of earlier versions is sealed."""
        engine = make_engine(self.settings)
        migrate(engine)
        seal_plain(self.settings, engine)
        return engine

    def for_run(self, as_of: date | None) -> "Workspace":
        """A workspace for one run that shares this one's registry and parameters, and looks anew at all else."""
        made = Workspace(
            self.settings, as_of=as_of, today=self.today, report=self.report, lineage_later=self.lineage_later
        )
        made.__dict__.update(engine=self.engine, parameters=self.parameters)
        return made

    @cached_property
    def parameters(self) -> Parameters:
        """The dated parameters with the installation's overlays."""
        overlays = self.settings.parameters_dir
        return load_parameters(overlays if overlays.is_dir() else None)

    @cached_property
    def _landed(self) -> list[LandedFile]:
        found = new_files(self.settings, self.engine)
        return sorted(found, key=lambda each: (each.month, each.feed, each.sender, each.revision))

    def all_new_files(self) -> Sequence[LandedFile]:
        """Files that were not taken yet, in order of month, feed, sender and revision; looked up once."""
        return self._landed

    def new_files(self, feed: str, month: str) -> Sequence[LandedFile]:
        """Those of `feed` in the folder `month`."""
        return [each for each in self._landed if (each.feed, each.month) == (feed, month)]

    def deliver_visits(self) -> None:
        """Put what cases and plans of visits have come to into the landing directory, before anybody looks there."""
        desk = Desk(self.engine, self.settings, self.parameters)
        deliver_visits(desk)
        deliver_plan_visits(desk)

    def record_strays(self) -> Sequence[Receipt]:
        """Refuse new files whose place or name cannot be understood; their receipts."""
        return record_strays(self.settings, self.engine)

    def inputs(self, month: str) -> Inputs:
        """The input set of the month's edition, frozen at the first call of the run."""
        if month not in self._inputs:
            self._inputs[month] = freeze(self.settings, self.engine, self.parameters, self.as_of(month), self.today)
        return self._inputs[month]

    def close(self) -> None:
        """Give back the registry's connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()
