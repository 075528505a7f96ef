"""Sample districts and the installations that took them in; each is made once a worker."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pipelines.run import RunReport, run
from samples.generate import generate
from schemas.settings import Settings

TODAY = date(2026, 7, 15)


@dataclass(frozen=True, slots=True)
class District:
    """A sample district in a folder."""

    folder: Path

    @property
    def landing(self) -> Path:
        """What its departments delivered."""
        return self.folder / "landing"

    @property
    def truth(self) -> Path:
        """Who truly belongs to which group."""
        return self.folder / "truth"

    def settings(self, home: Path) -> Settings:
        """An installation in `home` to which it delivers."""
        return Settings(home=home, landing=self.landing, database_url="", identity_key="3c" * 32)


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation after its first run."""

    settings: Settings
    district: District
    report: RunReport


def make_district(folder: Path, *, people: int, months: int, seed: int, dirt: float) -> District:
    """A district in `folder`."""
    generate(people=people, months=months, seed=seed, dirt=dirt, out=folder)
    return District(folder)


def install(home: Path, district: District) -> Installation:
    """Take the district in, through Dagster."""
    settings = district.settings(home)
    return Installation(settings, district, run(settings, today=TODAY))


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A district whose departments make no mistakes."""
    root = tmp_path_factory.mktemp("clean")
    return install(root / "home", make_district(root / "district", people=3000, months=3, seed=11, dirt=0.0))


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A district with the usual share of mistakes."""
    root = tmp_path_factory.mktemp("dirty")
    return install(root / "home", make_district(root / "district", people=5000, months=2, seed=7, dirt=0.02))
