"""When editions are made by themselves.

What belongs here: the two schedules. Both are off until somebody switches them on in the UI.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from schemas.settings import Settings

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

__all__ = ["schedules"]

_DAILY = "30 5 * * *"
_MONTHLY = "0 6 1 * *"


def schedules(job: "UnresolvedAssetJobDefinition", settings: Settings) -> list[dg.ScheduleDefinition]:
    """Every morning the edition of today; on the first of a month the closing edition of the month before."""

    @dg.schedule(
        name="daily_edition",
        cron_schedule=_DAILY,
        job=job,
        execution_timezone=settings.timezone,
        description="Every morning: the edition of the running month, as of today",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time
        return dg.RunRequest(run_key=f"daily:{day:%Y-%m-%d}", partition_key=f"{day:%Y-%m}")

    @dg.schedule(
        name="monthly_edition",
        cron_schedule=_MONTHLY,
        job=job,
        execution_timezone=settings.timezone,
        description="On the first of the month: the closing edition of the month before",
    )
    def monthly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        month = context.scheduled_execution_time.replace(day=1) - timedelta(days=1)
        return dg.RunRequest(run_key=f"monthly:{month:%Y-%m}", partition_key=f"{month:%Y-%m}")

    return [daily, monthly]
