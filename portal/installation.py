"""The installation for its administrators: parameters as they are in force, and how it is.

What belongs here: looking. Parameters are changed in their files, never on a page.
"""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from fastapi import Request, Response

from portal.language import gettext
from portal.page import Page, render
from portal.parameter_words import subject_place, subject_title
from portal.rulebook import STATUSES, spoken
from registry.anchors import read_anchors
from registry.audit import verify
from registry.casework.clock import day_at
from registry.health import health
from rules.parameters import Parameter, load_parameters
from rules.parameters.loader import read_mapping
from rules.parameters.model import UNITS
from rules.parameters.overlaid import overlaid_values
from schemas.settings import Settings

__all__ = ["PAGES"]

_SETTINGS = "admin.settings"
_OLD_BACKUP_DAYS = 7  # after which the page points at it


def _parameters(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    known = load_parameters(settings.parameters_dir)
    today = day_at(settings, datetime.now(UTC))
    subjects: dict[str, list[Parameter]] = defaultdict(list)
    for name, each in known.by_name.items():
        subjects[name.partition(".")[0]].append(each)
    return render(
        request,
        "admin_parameters.html",
        title=gettext("参数一览"),
        subjects={subject_title(name): subjects[name] for name in sorted(subjects, key=subject_place)},
        overlaid=overlaid_values(known),
        files=_files_of(settings.parameters_dir),
        folder=settings.parameters_dir.name,
        today=today,
        units=UNITS,
        statuses=STATUSES,
        spoken=spoken,
    )


def _files_of(folder: Path) -> dict[str, str]:
    """The overlay file of each parameter that one replaces."""
    if not folder.is_dir():
        return {}
    return {f"{path.stem}.{key}": path.name for path in sorted(folder.glob("*.yaml")) for key in read_mapping(path)}


def _health(request: Request) -> Response:
    return _drawn(request, checked=None)


def _verify(request: Request) -> Response:
    """The chain recomputed from its first event."""
    state = request.app.state
    path = state.settings.anchors_file
    found = health(state.engine, state.settings)
    held = read_anchors(path) if path.exists() and not found.anchors_wrong else ()
    return _drawn(request, checked=verify(state.engine, held))


def _drawn(request: Request, *, checked: object) -> Response:
    state = request.app.state
    return render(
        request,
        "admin_health.html",
        title=gettext("运行状况"),
        health=health(state.engine, state.settings),
        checked=checked,
        now=datetime.now(UTC),
        old_days=_OLD_BACKUP_DAYS,
    )


PAGES = (
    Page("/admin/parameters", _parameters, _SETTINGS),
    Page("/admin/health", _health, _SETTINGS),
    Page("/admin/health/verify", _verify, _SETTINGS, methods=("POST",), body_kilobytes=8),
)
