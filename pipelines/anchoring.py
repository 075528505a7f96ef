"""The job that anchors the audit chain every night.

What belongs here: one operation and its schedule. What an anchor is stands in `registry.anchors`.
"""

from typing import Any

import dagster as dg

from schemas.settings import Settings

__all__ = ["anchor_job", "anchor_schedule"]

_NIGHTLY = "50 23 * * *"


@dg.op(required_resource_keys={"workspace"}, description="Write the head of the audit chain to the file of anchors.")
def anchor_chain(context: dg.OpExecutionContext) -> None:
    """Append one anchor."""
    from registry.anchors import anchor  # noqa: PLC0415  # slow to import

    workspace: Any = context.resources.workspace
    made = anchor(workspace.engine, workspace.settings.anchors_file)
    context.log.info(f"anchored event {made.seq}" if made else "the chain has no event yet")


@dg.job(name="anchor", description="Anchor the audit chain, so that a changed or shortened one is found out.")
def anchor_job() -> None:
    """One anchor."""
    anchor_chain()


def anchor_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Every night, before the day's file of anchors is copied away."""
    return dg.ScheduleDefinition(
        name="nightly_anchor",
        cron_schedule=_NIGHTLY,
        job=anchor_job,
        execution_timezone=settings.timezone,
        description="Every night: the head of the audit chain goes to the file of anchors",
    )
