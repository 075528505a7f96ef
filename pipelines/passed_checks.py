"""Which runs evaluated checks that all passed, as Dagster recorded it.

What belongs here: reading Dagster's event log for the auditor's workbench.
"""

from collections.abc import Iterable

import dagster as dg

from pipelines.instance import open_instance
from schemas.settings import Settings

__all__ = ["passed_runs"]


def passed_runs(settings: Settings, run_ids: Iterable[str]) -> frozenset[str] | None:
    """Of these runs those with at least one evaluated check and none that failed; None without Dagster's record."""
    if not settings.dagster_database_url and not settings.dagster_home.is_dir():
        return None
    with open_instance(settings) as instance:
        return frozenset(each for each in run_ids if _all_passed(instance, each))


def _all_passed(instance: dg.DagsterInstance, run_id: str) -> bool:
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [each.dagster_event.asset_check_evaluation_data.passed for each in entries if each.dagster_event]
    return bool(found) and all(found)
