"""What starts a run when departments deliver.

What belongs here: the landing sensor. A landing directory that cannot be read is an outage and fails
the tick; it is never taken for a day without files.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

import dagster as dg

from assets.guard import guarded
from assets.workspace import Workspace
from pipelines.errors import LandingUnavailableError

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    from registry.landing import LandedFile

__all__ = ["landing_sensor"]

_EVERY_SECONDS = 60
_DIGEST_BYTES = 8


def landing_sensor(job: "UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
    """One run a month that has new files, for the feeds that have them.

    The cursor holds the run key last asked for by month: files that lie unchanged ask for nothing twice.
    """

    @dg.sensor(
        name="landing",
        job=job,
        minimum_interval_seconds=_EVERY_SECONDS,
        description="Takes in what lands; files whose place or name makes no sense are refused with a receipt",
    )
    def landing(context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]) -> dg.SensorResult:
        with guarded("landing"):
            _must_be_there(workspace)
            workspace.record_strays()
            waiting = _by_month(workspace.all_new_files())
        asked: dict[str, str] = json.loads(context.cursor or "{}")
        keys = {month: f"{month}:{_digest(files)}" for month, files in waiting.items()}
        requests = [
            dg.RunRequest(
                run_key=keys[month],
                partition_key=month,
                asset_selection=sorted({dg.AssetKey(each.feed) for each in files}, key=str),
            )
            for month, files in sorted(waiting.items())
            if asked.get(month) != keys[month]
        ]
        return dg.SensorResult(
            run_requests=requests,
            cursor=json.dumps(asked | keys, sort_keys=True),
            skip_reason=None if requests else dg.SkipReason("nothing new in the landing directory"),
        )

    return landing


def _must_be_there(workspace: Workspace) -> None:
    root = workspace.settings.landing_dir
    try:
        next(iter(root.iterdir()), None)
    except OSError as error:
        raise LandingUnavailableError(
            f"the landing directory {root} cannot be read ({type(error).__name__}); mount it or set DOUDI_LANDING"
        ) from None


def _by_month(files: "Iterable[LandedFile]") -> dict[str, list["LandedFile"]]:
    found: dict[str, list[LandedFile]] = defaultdict(list)
    for each in files:
        found[each.month].append(each)
    return found


def _digest(files: "Iterable[LandedFile]") -> str:
    """Of names, sizes and times of change: a file that is replaced asks for a run again."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for each in sorted(files, key=lambda one: (one.feed, one.file_name)):
        status = each.path.stat()
        digest.update(f"{each.feed}/{each.file_name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()
