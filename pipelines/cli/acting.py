"""In which role, area and for which purpose a command acts, and the desk that it acts at.

What belongs here: options that commands of casework share. What a role may do stands in `registry.roles`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import actor, home

if TYPE_CHECKING:
    from registry.casework.desk import Desk
    from registry.roles import Actor

__all__ = ["AreaOf", "By", "Purpose", "Role", "acting_as", "desk_here"]

Role = Annotated[str, typer.Option(help="Role in which you act: district_staff, street_staff, supervisor …")]
AreaOf = Annotated[str, typer.Option("--as-area", help="Area for which you act: district, a street or a community.")]
By = Annotated[str, typer.Option("--by", help="Who acts; default: the account you are signed in with.")]
Purpose = Annotated[str, typer.Option(help="For which purpose; default: the usual one of the role.")]


@contextmanager
def desk_here() -> Iterator["Desk"]:
    """The desk of the installation, closed at the end."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.casework.desk import Desk  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        yield Desk(workspace.engine, workspace.settings, workspace.parameters)
    finally:
        workspace.close()


def acting_as(role: str, area: str, by: str, purpose: str) -> "Actor":
    """Who acts; raises `UnknownNameError` and `NotPermittedError` as `registry.roles.Actor` does."""
    from registry.roles import Actor  # noqa: PLC0415
    from registry.scope import Area  # noqa: PLC0415

    return Actor(by or actor(), role, Area.of(area), purpose)
