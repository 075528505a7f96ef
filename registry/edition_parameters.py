"""The parameters that an edition was made with: kept by digest when it is made, and had again from there.

What belongs here: keeping and finding them, all in one file and the overlays among them as they were. They hold values
of policy and nobody's data, so they are kept as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.archive import copy_hashed, sha256_of
from registry.errors import ReplayError
from registry.files import keep, private_dir, work_dir
from registry.queries import EditionInfo
from rules.errors import ParameterError
from rules.parameters import Parameters, ParametersAt, load_parameters
from rules.parameters.whole import read_whole, whole_text
from schemas.settings import Settings

__all__ = [
    "EditionParameters",
    "changed_overlays",
    "completed",
    "keep_parameters",
    "parameters_of",
    "recorded_parameters",
]


@dataclass(frozen=True, slots=True)
class EditionParameters:
    """Parameters by which an edition is told.

    `own` says that they are those it was made with, `unchanged` that these are in force still.
    """

    at: ParametersAt
    own: bool
    unchanged: bool


def keep_parameters(settings: Settings, parameters: Parameters, overlays: Mapping[str, str]) -> None:
    """Keep all parameters, and each overlay file of an input set (name and SHA-256), beside the raw archive.

    What is there already is not written again.
    """
    whole = _whole_path(settings, parameters.digest)
    if not whole.exists():
        with work_dir(settings.home) as work:
            staged = work / "parameters"
            staged.write_text(whole_text(parameters), encoding="utf-8")
            keep(staged, whole)
    for name, sha256 in overlays.items():
        final = _overlay_path(settings, sha256)
        if final.exists():
            continue
        with work_dir(settings.home) as work:
            staged = work / "overlay"
            if copy_hashed(settings.parameters_dir / name, staged) == sha256:
                keep(staged, final)


def recorded_parameters(settings: Settings, edition_id: str, recorded: Mapping[str, Any]) -> Parameters:
    """The parameters of an input set, whatever is shipped or overlaid now.

    `recorded` is what the input set says of them. An edition of a version that did not keep them is served while the
    shipped ones with its overlays have its digest. Raises `ReplayError`.
    """
    digest = recorded["digest"]
    path = _whole_path(settings, digest)
    try:
        if path.is_file():
            found = read_whole(path.read_text(encoding="utf-8"), path.name)
        else:
            found = _shipped_with(settings, recorded["overlays"])
    except (ParameterError, UnicodeDecodeError) as error:
        raise ReplayError(f"edition {edition_id}: its parameters cannot be read ({error}); restore a backup") from None
    if found.digest == digest:
        return found
    if path.is_file():
        raise ReplayError(f"the kept parameters {path.name} are not those of their digest; restore a backup")
    raise ReplayError(
        f"edition {edition_id}: its parameters are not in {path.parent}, and those at hand have another digest; copy "
        "the installation's raw archive as a whole, or check out the code of its version and replay there"
    )


def changed_overlays(settings: Settings, recorded: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of overlays of an input set whose kept bytes are no more, or are others."""
    kept = {name: (_overlay_path(settings, sha256), sha256) for name, sha256 in recorded["overlays"].items()}
    return tuple(name for name, (path, sha256) in kept.items() if not path.is_file() or sha256_of(path) != sha256)


def completed(recorded: Parameters) -> tuple[Parameters, tuple[str, ...]]:
    """The recorded parameters with those of later rules as they are shipped now, and the names of these."""
    shipped = load_parameters().by_name
    added = tuple(sorted({*shipped} - {*recorded.by_name}))
    return Parameters({**{name: shipped[name] for name in added}, **recorded.by_name}, recorded.overlaid), added


def parameters_of(settings: Settings, edition: EditionInfo) -> EditionParameters:
    """The parameters that an edition was made with; where they were not kept, those in force now."""
    current = load_parameters(settings.parameters_dir)
    recorded = edition.manifest["inputs"]["parameters"]
    if current.digest == recorded["digest"]:
        return EditionParameters(current.as_of(edition.as_of), own=True, unchanged=True)
    if not _whole_path(settings, recorded["digest"]).is_file():
        return EditionParameters(current.as_of(edition.as_of), own=False, unchanged=False)
    whole, _ = completed(recorded_parameters(settings, edition.edition_id, recorded))
    return EditionParameters(whole.as_of(edition.as_of), own=True, unchanged=False)


def _shipped_with(settings: Settings, overlays: Mapping[str, str]) -> Parameters:
    """The shipped parameters with the overlays as they were recorded."""
    if not overlays:
        return load_parameters(None)
    with work_dir(settings.home) as work:
        folder = private_dir(work / "parameters.d")
        for name, sha256 in overlays.items():
            kept = _overlay_path(settings, sha256)
            if not kept.is_file():
                raise ReplayError(
                    f"the overlay {name} with SHA-256 {sha256} is not in {kept.parent}; copy the installation's raw "
                    "archive as a whole"
                )
            copy_hashed(kept, folder / name)
            if sha256_of(folder / name) != sha256:
                raise ReplayError(
                    f"the kept overlay {name} has other bytes than its SHA-256 {sha256}; restore a backup"
                )
        return load_parameters(folder)


def _whole_path(settings: Settings, digest: str) -> Path:
    return settings.raw_dir / "parameters" / f"{digest}.json"


def _overlay_path(settings: Settings, sha256: str) -> Path:
    return settings.raw_dir / "parameters" / f"{sha256}.yaml"
