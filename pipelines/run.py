"""The driver of `doudi run`: take in what is new, then publish what has changed.

What belongs here: the order of runs and their report. Every run goes through Dagster's instance, in this
process, one month at a time; what a run does stands in `assets/`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from assets.workspace import Workspace
from editions.compute import DECISIONS, STAGES
from pipelines.ending import ends_when_told
from pipelines.errors import UsageError
from pipelines.progress import Progress, Silent
from schemas.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

    from registry.landing import LandedFile
    from registry.queries import EditionInfo
    from schemas.receipts import Receipt

__all__ = ["Outcome", "RunReport", "StepFailure", "run"]

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class StepFailure:
    """One step that failed, in words that carry no data."""

    job: str
    month: str
    step: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The edition of one month after a run."""

    month: str
    as_of: date
    edition_id: str
    new: bool


@dataclass(slots=True)
class RunReport:
    """What one call of `run` did."""

    receipts: list["Receipt"] = field(default_factory=list)
    editions: list[Outcome] = field(default_factory=list)
    failures: list[StepFailure] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)  # lineage that a catalogue did not take; the editions stand
    seconds: float = 0.0

    @property
    def refused(self) -> "list[Receipt]":
        """Files of this run that were not taken."""
        return [each for each in self.receipts if each.status == "refused"]

    @property
    def good(self) -> bool:
        """Whether every file was taken and every step succeeded."""
        return not self.failures and not self.refused


def run(
    settings: Settings, *, as_of: date | None = None, today: date | None = None, progress: Progress | None = None
) -> RunReport:
    """Ingest the landing directory and publish the editions that something new concerns.

    Without `as_of` these are the months whose deliveries have changed since they were published, and the
    newest month when parameters or code have; with `as_of` that day alone. What-ifs past their term are removed.

    Raises:
        UsageError: `as_of` lies outside the months that editions can be computed for.
        LockedError: another process is writing.
        RunEndedError: the process was told to end.
    """
    from registry.lock import writer_lock  # noqa: PLC0415  # slow to import
    from registry.whatif_jobs import forget_expired  # noqa: PLC0415  # slow to import

    today = today or datetime.now(ZoneInfo(settings.timezone)).date()
    _check_day(settings, as_of, today)
    started = perf_counter()
    with (
        ends_when_told() as check_not_ended,
        writer_lock(settings),
        _driver(settings, today, progress or Silent(), check_not_ended) as driver,
    ):
        driver.ingest()
        driver.publish_all([as_of] if as_of else driver.days())
    forget_expired(settings)
    driver.report.untold = _tell_lineage(settings, driver.report)
    driver.report.seconds = perf_counter() - started
    return driver.report


def _tell_lineage(settings: Settings, report: RunReport) -> list[str]:
    """Send the lineage of new editions, with no lock held; what a catalogue did not take, in words."""
    new = [each.as_of for each in report.editions if each.new]
    if not settings.openlineage or not new:
        return []
    from registry.engine import make_engine  # noqa: PLC0415  # slow to import
    from registry.errors import LineageNotSentError  # noqa: PLC0415
    from registry.openlineage import send_lineage  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415

    engine = make_engine(settings)
    try:
        for day in new:
            send_lineage(require_edition(engine, day), settings)
    except LineageNotSentError as error:  # a catalogue that did not answer is not asked for every month
        return [str(error)]
    finally:
        engine.dispose()
    return []


def _check_day(settings: Settings, as_of: date | None, today: date) -> None:
    if as_of is None:
        return
    if as_of > today:
        raise UsageError(f"--as-of {as_of} lies in the future; today is {today}")
    if as_of.strftime("%Y-%m") < settings.first_month:
        raise UsageError(f"--as-of {as_of} is before {settings.first_month}; set DOUDI_FIRST_MONTH to begin earlier")


@contextmanager
def _driver(
    settings: Settings, today: date, progress: Progress, check_not_ended: Callable[[], None]
) -> Iterator["_Driver"]:
    from pipelines.instance import open_instance  # noqa: PLC0415  # slow to import

    base = Workspace(settings, today=today, report=progress.step, lineage_later=True)
    try:
        with open_instance(settings) as instance:
            yield _Driver(base, instance, progress, check_not_ended)
    finally:
        base.close()


class _Driver:
    """Runs jobs in this process on the installation's instance; one registry connection serves all of them."""

    def __init__(
        self,
        base: Workspace,
        instance: "dg.DagsterInstance",
        progress: Progress,
        check_not_ended: Callable[[], None],
    ) -> None:
        from pipelines.build import build_definitions  # noqa: PLC0415  # slow to import

        self.report = RunReport()
        self._base = base
        self._progress = progress
        self._check_not_ended = check_not_ended
        self._instance = instance
        definitions = build_definitions(base.settings, make_workspace=base.for_run)
        self._job = partial(_job, definitions)

    def ingest(self) -> None:
        """One run of the job `ingest` a month that has new files, for the feeds that have them."""
        import dagster as dg  # noqa: PLC0415  # slow to import

        self._base.deliver_visits()
        self.report.receipts.extend(self._base.record_strays())
        before = self._known()
        months = _feeds_by_month(self._base.all_new_files())
        self._progress.begin("Taking in deliveries", sum(len(feeds) for feeds in months.values()))
        for month, feeds in months.items():
            if self._is_month(month):
                self._execute("ingest", month, asset_selection=[dg.AssetKey(each) for each in feeds])
        self.report.receipts.extend(each for key, each in self._known().items() if key not in before)

    def _is_month(self, month: str) -> bool:
        """Whether the folder lies within the months of the installation; if not, that is reported."""
        first, last = self._base.settings.first_month, self._base.today.strftime("%Y-%m")
        if first <= month <= last:
            return True
        message = f"the landing folder lies outside {first} to {last}; rename it, or set DOUDI_FIRST_MONTH"
        self.report.failures.append(StepFailure("ingest", month, "landing", message))
        return False

    def _known(self) -> "dict[str, Receipt]":
        from registry.store import receipts  # noqa: PLC0415  # slow to import

        return {each.delivery_id: each for each in receipts(self._base.engine)}

    def days(self) -> list[date]:
        """The `as_of` of every month from the first to the newest delivery."""
        months = sorted({each.month for each in self._known().values() if each.status != "refused"})
        return [self._base.as_of(each) for each in months]

    def publish_all(self, days: Sequence[date]) -> None:
        """Publish each of `days` that is outdated, in order; the last one is compared most strictly."""
        outdated = [day for day in days if self._outdated(day, strictly=day == days[-1])]
        self._progress.begin("Publishing editions", len(outdated) * (len(STAGES) + 1))
        for day in days:
            held = self._held(day)
            if day in outdated:
                config = {"resources": {"workspace": {"config": {"as_of": day.isoformat()}}}}
                self._execute("publish", day.strftime("%Y-%m"), config)
            made = self._held(day)
            if made is not None:
                new = held is None or held.edition_id != made.edition_id
                self.report.editions.append(Outcome(day.strftime("%Y-%m"), day, made.edition_id, new=new))

    def _held(self, day: date) -> "EditionInfo | None":
        from registry.queries import current_edition  # noqa: PLC0415  # slow to import

        current = current_edition(self._base.engine, day)
        return current if current is not None and current.as_of == day else None

    def _outdated(self, day: date, *, strictly: bool) -> bool:
        """Other deliveries or decisions, or a day that has passed, make any edition outdated.

        Other parameters or code only the last one.
        """
        held = self._held(day)
        if held is None:
            return True
        inputs = self._base.for_run(day).inputs(day.strftime("%Y-%m")).input_set
        if strictly:
            return inputs.input_hash != held.input_hash
        now, then = inputs.manifest(), held.manifest["inputs"]
        decided = now["extra"].get(DECISIONS) != then["extra"].get(DECISIONS)
        overdue = now.get("waiting") != then.get("waiting")
        return decided or overdue or bool(now["deliveries"] != then["deliveries"])

    def _execute(self, job: str, month: str, config: Mapping[str, Any] | None = None, **selection: Any) -> bool:
        result = self._job(job).execute_in_process(
            instance=self._instance,
            partition_key=month,
            raise_on_error=False,
            run_config={**_QUIET, **(config or {})},
            **selection,
        )
        self._check_not_ended()  # what it left undone is no failure
        failed = [each for each in result.all_events if each.is_step_failure]
        self.report.failures.extend(_failure(job, month, each) for each in failed)
        return bool(result.success)


def _job(definitions: "dg.Definitions", name: str) -> "dg.JobDefinition":
    return definitions.resolve_job_def(name)


def _feeds_by_month(files: "Sequence[LandedFile]") -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for each in files:
        found.setdefault(each.month, set()).add(each.feed)
    return {month: sorted(feeds) for month, feeds in sorted(found.items())}


def _failure(job: str, month: str, event: Any) -> StepFailure:
    told = event.step_failure_data.user_failure_data
    return StepFailure(job, month, event.step_key, told.description if told else "the step did not say why")
