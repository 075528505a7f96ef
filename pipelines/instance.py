"""Dagster's own storage of an installation.

What belongs here: preparing `<home>/dagster` and opening it. Its configuration is the repository's
`dagster.yaml`, linked there, so that storage follows the installation and not the working directory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from pipelines.errors import InstanceConfigError
from schemas.settings import Settings

__all__ = ["open_instance", "prepare_instance"]

_CONFIG = Path(__file__).resolve().parent.parent / "dagster.yaml"


def prepare_instance(settings: Settings) -> Path:
    """Make the directory of Dagster's storage with its configuration; a file of the installation's own stays."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    link = home / _CONFIG.name
    if link.is_symlink() and link.resolve() != _CONFIG:
        link.unlink()
    if not link.exists():
        if not _CONFIG.is_file():
            raise InstanceConfigError(f"{_CONFIG} is missing; restore it from the repository")
        link.symlink_to(_CONFIG)
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The installation's Dagster instance, which records runs, events and checks."""
    with dg.DagsterInstance.from_config(str(prepare_instance(settings))) as instance:
        yield instance
