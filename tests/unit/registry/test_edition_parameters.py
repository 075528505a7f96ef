"""An edition keeps the parameters that it was made with, and is told and recomputed by them after an upgrade."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from registry.archive import sha256_of
from registry.edition_parameters import completed, keep_parameters, parameters_of, recorded_parameters
from registry.errors import ReplayError
from registry.exports.difference import _points
from registry.keeping import check_parameters
from registry.publish import publish, write_candidate
from registry.queries import EditionInfo, require_edition
from rules.parameters import Parameters, load_parameters
from schemas.settings import Settings
from tests.shipping import shipped_with
from tests.unit.registry.examples import input_set, two_families

_WINDOW = "temporary_assistance.window_months"


@pytest.fixture
def made(settings: Settings, engine: Engine) -> EditionInfo:
    """An edition of the shipped parameters, which are kept with it."""
    parameters = load_parameters()
    keep_parameters(settings, parameters, {})
    inputs = replace(input_set(), parameters_digest=parameters.digest)
    publish(engine, write_candidate(engine, inputs, two_families()), actor="tester")
    return require_edition(engine)


@pytest.fixture
def upgraded(made: EditionInfo, tmp_path: Path) -> Iterator[EditionInfo]:
    """The same after an upgrade that ships half the window."""
    with shipped_with(tmp_path / "shipped", {"temporary_assistance.yaml": ("value: 12", "value: 6")}):
        yield made


def _recorded(settings: Settings, edition: EditionInfo) -> Parameters:
    return recorded_parameters(settings, edition.edition_id, edition.manifest["inputs"]["parameters"])


def _kept(settings: Settings) -> Path:
    (found,) = (settings.raw_dir / "parameters").iterdir()
    return found


def test_an_upgrade_leaves_an_edition_its_parameters(settings: Settings, upgraded: EditionInfo) -> None:
    """If this fails, an auditor cannot recompute a list of last year, or is told the standard of this year."""
    assert load_parameters().as_of(upgraded.as_of).integer(_WINDOW) == 6
    recorded = _recorded(settings, upgraded)
    assert recorded.as_of(upgraded.as_of).integer(_WINDOW) == 12
    told = parameters_of(settings, upgraded)
    assert (told.at.integer(_WINDOW), told.own, told.unchanged) == (12, True, False)
    assert _points(settings, upgraded)


def test_without_an_upgrade_nothing_is_said_of_one(settings: Settings, made: EditionInfo) -> None:
    """If this fails, every explanation warns of a change that never was."""
    told = parameters_of(settings, made)
    assert (told.at.parameters, told.own, told.unchanged) == (load_parameters(), True, True)


def test_a_rule_that_came_later_has_its_parameter(settings: Settings, made: EditionInfo) -> None:
    """If this fails, the first new rule makes every earlier edition crash."""
    recorded = _recorded(settings, made)
    earlier = Parameters({name: each for name, each in recorded.by_name.items() if name != _WINDOW})
    whole, added = completed(earlier)
    assert added == (_WINDOW,)
    assert whole.as_of(made.as_of).integer(_WINDOW) == 12
    assert completed(recorded) == (recorded, ())


def test_verify_finds_parameters_that_were_changed_or_lost(
    settings: Settings, upgraded: EditionInfo, engine: Engine
) -> None:
    """If this fails, a forged standard stands behind a list, and nobody is told."""
    assert (check_parameters(settings, engine).checked, check_parameters(settings, engine).faults) == (1, ())
    kept = _kept(settings)
    kept.write_text(kept.read_text(encoding="utf-8").replace('"value": 12', '"value": 24', 1), encoding="utf-8")
    (fault,) = check_parameters(settings, engine).faults
    assert kept.name in fault
    kept.write_text("{", encoding="utf-8")
    (fault,) = check_parameters(settings, engine).faults
    assert upgraded.edition_id in fault
    kept.unlink()
    (fault,) = check_parameters(settings, engine).faults
    assert upgraded.edition_id in fault
    with pytest.raises(ReplayError, match="raw archive"):
        _recorded(settings, upgraded)


def test_an_edition_of_an_earlier_version_is_told_as_such(
    settings: Settings, made: EditionInfo, tmp_path: Path
) -> None:
    """If this fails, today's standard is told as that of an edition whose own is not known."""
    _kept(settings).unlink()
    assert _recorded(settings, made) == load_parameters()
    with shipped_with(tmp_path / "shipped", {"temporary_assistance.yaml": ("value: 12", "value: 6")}):
        told = parameters_of(settings, made)
        assert (told.at.integer(_WINDOW), told.own, told.unchanged) == (6, False, False)


def test_overlays_are_kept_as_they_were(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """If this fails, a local standard that was taken back can never be shown again."""
    shipped = Path(load_parameters.__code__.co_filename).parent / "temporary_assistance.yaml"
    settings.parameters_dir.mkdir(parents=True)
    own = settings.parameters_dir / shipped.name
    own.write_text(shipped.read_text(encoding="utf-8").replace("value: 12", "value: 18"), encoding="utf-8")
    overlays = {own.name: sha256_of(own)}
    parameters = load_parameters(settings.parameters_dir)
    keep_parameters(settings, parameters, overlays)
    keep_parameters(settings, parameters, overlays)
    inputs = replace(input_set(), parameters_digest=parameters.digest, overlays=overlays)
    publish(engine, write_candidate(engine, inputs, two_families()), actor="tester")
    edition = require_edition(engine)
    own.unlink()
    with shipped_with(tmp_path / "shipped", {"temporary_assistance.yaml": ("value: 12", "value: 6")}):
        assert _recorded(settings, edition).as_of(edition.as_of).integer(_WINDOW) == 18
        assert _recorded(settings, edition).overlaid == tuple(sorted(parameters.overlaid))
    (overlay,) = (settings.raw_dir / "parameters").glob("*.yaml")
    overlay.write_text("{}", encoding="utf-8")
    (fault,) = check_parameters(settings, engine).faults
    assert own.name in fault
    overlay.unlink()
    assert own.name in check_parameters(settings, engine).faults[0]
