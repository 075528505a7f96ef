"""The two jobs. What belongs here: which assets run together.

`ingest` runs feeds, `publish` everything that makes an edition: were they one job, a feed without a
delivery would skip all that follows.
"""

from typing import TYPE_CHECKING

import dagster as dg

from assets.edition import GROUP
from schemas.contract import Feed

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

__all__ = ["INGEST", "PUBLISH", "ingest_job", "publish_job"]

INGEST = "ingest"
PUBLISH = "publish"


def ingest_job(feeds: list[Feed]) -> "UnresolvedAssetJobDefinition":
    """Take in what is new of the chosen feeds and month."""
    return dg.define_asset_job(
        INGEST,
        selection=dg.AssetSelection.assets(*(each.name for each in feeds)),
        description="Take in what a month's landing folders hold: archive, read, set aside, pseudonymise, record.",
    )


def publish_job() -> "UnresolvedAssetJobDefinition":
    """Compute, check and publish the edition of a month."""
    return dg.define_asset_job(
        PUBLISH,
        selection=dg.AssetSelection.groups(GROUP),
        description="Compute the edition of a month from all that is known, check it and publish it.",
    )
