"""The import rules cover every room and hold."""

import configparser
import tomllib
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest
from importlinter.cli import lint_imports

from tests.house.files import ROOT, named, tracked

_OUTSIDE = {"tests", "bench", "docs"}


def _rooms() -> set[str]:
    return {parts[0] for path in tracked() if len(parts := named(path).split("/")) > 1 and parts[-1] == "__init__.py"}


def _linted() -> configparser.ConfigParser:
    found = configparser.ConfigParser()
    found.read(ROOT / ".importlinter", encoding="utf-8")
    return found


def test_every_room_is_under_the_import_rules() -> None:
    """Otherwise a new folder could import anything unseen."""
    rooms = _rooms() - _OUTSIDE
    assert set(_linted()["importlinter"]["root_packages"].split()) == rooms


def test_every_room_is_type_checked_and_shipped() -> None:
    """Otherwise mistakes of a room go unnoticed, or an installation lacks it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    rooms = _rooms() - _OUTSIDE
    assert set(project["mypy"]["packages"]) == rooms
    assert set(project["hatch"]["build"]["targets"]["wheel"]["packages"]) == rooms


def test_imports_point_down() -> None:
    """Otherwise a lower room comes to depend on a higher one and cannot be used or read alone."""
    assert lint_imports(config_filename=str(ROOT / ".importlinter")) == 0


def _in_order(imported: Mapping[str, set[str]]) -> list[str]:
    return list(TopologicalSorter(imported).static_order())


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Otherwise files can only be read, moved and tested together; an import for the type checker alone counts."""
    graph = grimp.build_graph(*sorted(_rooms() - _OUTSIDE), include_external_packages=False)
    imported = {each: graph.find_modules_directly_imported_by(each) for each in graph.modules}
    assert "schemas.delivery" in _in_order(imported)
    first, second = "schemas.delivery", "schemas.taking"
    assert first in imported[second]
    with pytest.raises(CycleError):
        _in_order({**imported, first: {*imported[first], second}})
