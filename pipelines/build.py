"""Assembles everything Dagster knows of an installation.

What belongs here: `build_definitions`, the one function that production and tests use. The module that
Dagster loads is `pipelines.definitions`.
"""

import logging
import os
from collections.abc import Mapping, Sequence

import dagster as dg

from assets.edition import edition_assets
from assets.feeds import feed_assets
from assets.partitions import months
from editions.compute import STAGES, Stage
from pipelines.anchoring import anchor_job, anchor_schedule
from pipelines.fetching import fetch_job, fetch_schedule, fetch_sensor
from pipelines.jobs import ingest_job, publish_job
from pipelines.resources import WorkspaceMaker, workspace_resource
from pipelines.schedules import schedules
from pipelines.sensors import landing_sensor
from schemas.contract import all_feeds
from schemas.settings import Settings

__all__ = ["build_definitions"]


def build_definitions(
    settings: Settings,
    *,
    make_workspace: WorkspaceMaker | None = None,
    stages: Sequence[Stage] = STAGES,
    resources: Mapping[str, object] | None = None,
) -> dg.Definitions:
    """Assets, jobs, schedules, sensors and resources.

    `make_workspace` lets a driver share connections between runs, `stages` may be others than those of
    an edition, and `resources` overrides by name.
    """
    os.environ["DAGSTER_REDACT_USER_CODE_ERRORS"] = "1"  # exceptions of libraries quote data
    logging.getLogger("dagster.redacted_errors").setLevel(logging.CRITICAL)  # it would print what is redacted
    partitions = months(settings)
    feeds = list(all_feeds().values())
    ingest, publish, fetch = ingest_job(feeds), publish_job(), fetch_job(settings)
    return dg.Definitions(
        assets=[
            *feed_assets(feeds, partitions=partitions),
            *edition_assets(stages, [each.name for each in feeds], partitions=partitions),
        ],
        jobs=[ingest, publish, fetch, anchor_job],
        schedules=[*schedules(publish, settings), anchor_schedule(settings), fetch_schedule(fetch, settings)],
        sensors=[landing_sensor(ingest), fetch_sensor()],
        resources={"workspace": workspace_resource(settings, make_workspace), **(resources or {})},
        executor=dg.in_process_executor,
    )
