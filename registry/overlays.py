"""The local overlays of the parameters, kept by hash when an edition is made from them.

What belongs here: keeping and finding them. They hold values of policy and nobody's data, so they are kept as they are.
"""

from collections.abc import Mapping
from pathlib import Path

from registry.archive import copy_hashed, sha256_of
from registry.errors import ReplayError
from registry.files import keep, private_dir, work_dir
from rules.parameters import Parameters, load_parameters
from schemas.settings import Settings

__all__ = ["keep_overlays", "kept_parameters"]


def keep_overlays(settings: Settings, overlays: Mapping[str, str]) -> None:
    """Keep each overlay file of an input set (name and SHA-256) beside the raw archive; known ones are not copied."""
    for name, sha256 in overlays.items():
        final = _path(settings, sha256)
        if final.exists():
            continue
        with work_dir(settings.home) as work:
            staged = work / "overlay"
            if copy_hashed(settings.parameters_dir / name, staged) == sha256:
                keep(staged, final)


def kept_parameters(settings: Settings, overlays: Mapping[str, str], folder: Path) -> Parameters:
    """The shipped parameters with the overlays as they were recorded, laid out in `folder`; raises `ReplayError`."""
    if not overlays:
        return load_parameters(None)
    private_dir(folder)
    for name, sha256 in overlays.items():
        if not _path(settings, sha256).is_file():
            raise ReplayError(
                f"the overlay {name} with SHA-256 {sha256} is not in {_path(settings, sha256).parent}; copy the "
                "installation's raw archive as a whole"
            )
        copy_hashed(_path(settings, sha256), folder / name)
        if sha256_of(folder / name) != sha256:
            raise ReplayError(f"the kept overlay {name} has other bytes than its SHA-256 {sha256}; restore a backup")
    return load_parameters(folder)


def _path(settings: Settings, sha256: str) -> Path:
    return settings.raw_dir / "parameters" / f"{sha256}.yaml"
