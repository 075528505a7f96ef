"""The resource `workspace`, made once a run.

What belongs here: the resource definition and its configuration; what a workspace is stands in `assets.workspace`.
"""

from collections.abc import Callable, Iterator
from datetime import date

import dagster as dg

from assets.workspace import Workspace
from schemas.settings import Settings

__all__ = ["WorkspaceMaker", "workspace_resource"]

WorkspaceMaker = Callable[[date | None], Workspace]


def workspace_resource(settings: Settings, make: WorkspaceMaker | None = None) -> dg.ResourceDefinition:
    """The resource for an installation; `make` may give a workspace that shares connections between runs."""

    @dg.resource(
        config_schema={
            "as_of": dg.Field(
                dg.String,
                default_value="",
                description="Day of the edition (YYYY-MM-DD) within the partition's month; empty for its last day",
            )
        },
        description="Settings, registry and landing directory of the installation",
    )
    def workspace(context: dg.InitResourceContext) -> Iterator[Workspace]:
        text = context.resource_config["as_of"]
        as_of = date.fromisoformat(text) if text else None
        if make is not None:
            yield make(as_of)
            return
        made = Workspace(settings, as_of=as_of)
        try:
            yield made
        finally:
            made.close()

    return workspace
