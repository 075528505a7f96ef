"""The job that fetches departments' tables and views, and what starts it.

What belongs here: one operation, its job, its schedule and its sensor. How a source is read stands in
`registry.fetch`. A source that cannot be read fails the run by name; it is never taken for a month without rows.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.guard import guarded
from assets.metadata import records
from assets.partitions import months
from assets.workspace import Workspace
from schemas.settings import Settings

if TYPE_CHECKING:
    from registry.fetch import Fetched
    from registry.sources import Source

__all__ = ["FETCH", "fetch_job", "fetch_schedule", "fetch_sensor"]

FETCH = "fetch"

_OP = "fetch_sources"
_WEEKLY = "30 4 * * 1"
_EVERY_SECONDS = 3600
_LOCK_SECONDS = 3600


@dg.op(
    name=_OP,
    required_resource_keys={"workspace"},
    config_schema={
        "feed": dg.Field(dg.String, default_value="", description="Only the sources of this feed; empty for all")
    },
    description="Write the rows of a month from every declared table or view as deliveries into the landing folder.",
)
def _fetch_sources(context: dg.OpExecutionContext) -> None:
    workspace: Workspace = context.resources.workspace
    month = context.partition_key
    with guarded(f"fetch of {month}"):
        results = _fetched(workspace, month, context.op_config["feed"])
    for each in results:
        context.log_event(dg.AssetObservation(each.feed, partition=month, metadata=_line(each)))
    context.add_output_metadata({"sources": records([_line(each) for each in results])})
    failed = [each.message for each in results if each.state == "failed"]
    if failed:
        raise dg.Failure(
            description=f"{len(failed)} of {len(results)} sources failed: {'; '.join(failed)}",
            metadata={"sources": records([_line(each) for each in results])},
            allow_retries=False,
        )


def fetch_job(settings: Settings) -> dg.JobDefinition:
    """Fetch the sources for a month; the landing sensor then takes in what is new."""

    @dg.job(
        name=FETCH,
        partitions_def=months(settings),
        description="Fetch departments' tables and views for a month; equal rows are no new delivery.",
    )
    def job() -> None:
        _fetch_sources()

    return job


def fetch_schedule(job: dg.JobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """Every week each source once more, for what its department corrected since."""

    @dg.schedule(
        name="weekly_fetch",
        cron_schedule=_WEEKLY,
        job=job,
        execution_timezone=settings.timezone,
        description="Every Monday: all sources for the months that they are due for; corrected rows are a revision",
    )
    def weekly(
        context: dg.ScheduleEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> list[dg.RunRequest] | dg.SkipReason:
        day = context.scheduled_execution_time.date()
        with guarded("sources"):
            due = {month for _, month in _due(workspace, day)}
        requests = [dg.RunRequest(run_key=f"weekly:{day}:{month}", partition_key=month) for month in sorted(due)]
        return requests or dg.SkipReason("no sources are declared in sources.d")

    return weekly


def fetch_sensor() -> dg.SensorDefinition:
    """A run for each feed whose source is due and has not delivered; after an outage one more on the next day."""

    @dg.sensor(
        name="sources",
        job_name=FETCH,  # by name: Dagster warns when it binds resources to a sensor's job
        minimum_interval_seconds=_EVERY_SECONDS,
        description="Fetches a source on the day it is due for, and every day again until its rows are there",
    )
    def due_sources(
        context: dg.SensorEvaluationContext,  # noqa: ARG001 - how Dagster knows a sensor
        workspace: dg.ResourceParam[Workspace],
    ) -> dg.SensorResult:
        from registry.fetch import delivered  # noqa: PLC0415  # slow to import

        with guarded("sources"):
            lacking = {
                (source.feed, month)
                for source, month in _due(workspace, workspace.today)
                if not delivered(source, month, workspace.settings, workspace.engine)
            }
        requests = [
            dg.RunRequest(
                run_key=f"{feed}:{month}:{workspace.today}",
                partition_key=month,
                run_config={"ops": {_OP: {"config": {"feed": feed}}}},
            )
            for feed, month in sorted(lacking)
        ]
        nothing = dg.SkipReason("every declared source has delivered the month it is due for")
        return dg.SensorResult(run_requests=requests, skip_reason=None if requests else nothing)

    return due_sources


def _fetched(workspace: Workspace, month: str, feed: str) -> "list[Fetched]":
    """What became of the sources; those that say what holds now have nothing to say of another month."""
    from registry.fetch import fetch_each  # noqa: PLC0415  # slow to import
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.sources import sources  # noqa: PLC0415

    today = workspace.today
    wanted = [each for each in sources(workspace.settings, feed) if each.period == "month" or month == f"{today:%Y-%m}"]
    with writer_lock(workspace.settings, wait_seconds=_LOCK_SECONDS):
        return fetch_each(wanted, month, workspace.settings, workspace.engine, today=today)


def _due(workspace: Workspace, day: date) -> "list[tuple[Source, str]]":
    from registry.sources import due_month, sources  # noqa: PLC0415  # slow to import

    return [(each, due_month(each, day)) for each in sources(workspace.settings)]


def _line(result: "Fetched") -> dict[str, Any]:
    return {name: value for name, value in result.as_dict().items() if name != "path"}
