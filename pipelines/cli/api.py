"""`doudi api`: the interface for programs, described.

What belongs here: printing the description. Serving it is `doudi serve`.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.common import Json, emit, out

__all__ = ["app"]

app = typer.Typer(help="The API for programs: its description.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """One command so far, and it keeps its name when there are more."""


@app.command("openapi")
def openapi(
    target: Annotated[Path | None, typer.Option("-o", metavar="FILE", help="Write it there.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """The OpenAPI 3.1 document, from which clients are generated; the same for every installation."""
    from portal.api.description import as_text, document  # noqa: PLC0415
    from registry.files import writing  # noqa: PLC0415

    if target is None:
        emit(document())
        return
    with writing(target) as temporary:
        temporary.write_text(as_text(), encoding="utf-8")
    if json:
        emit({"path": target, "operations": sum(len(each) for each in document()["paths"].values())})
    else:
        out.print(f"{target} written", soft_wrap=True)
