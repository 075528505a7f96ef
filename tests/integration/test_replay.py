"""An edition is had again from the raw archive, the registry and the identity key, on another machine as well."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, create_engine, text

from registry.comparing import differences
from registry.engine import make_engine
from registry.erasing import erase_person
from registry.erasures import Erased, erased_since
from registry.errors import ReplayError
from registry.keys import destroy_key
from registry.queries import edition_rows
from registry.replay import Replay, replay, replayed_edition
from registry.versions import code_version
from schemas.settings import Settings
from schemas.tables import EDITION_TABLES

from .conftest import Installation

_SHORTEST_NAME = 3  # two characters occur in titles as well
_NOBODY = Erased(frozenset(), frozenset(), frozenset())


@pytest.fixture
def elsewhere(dirty: Installation, tmp_path: Path) -> Settings:
    """Another machine: registry, raw archive and its keys, and nothing else."""
    home = tmp_path / "elsewhere"
    shutil.copytree(dirty.settings.raw_dir, home / "raw")
    if dirty.settings.keys_dir.is_dir():
        shutil.copytree(dirty.settings.keys_dir, home / "keys")
    with create_engine(dirty.settings.registry_url).connect() as connection:
        connection.execute(text("VACUUM INTO :path"), {"path": str(home / "registry.db")})
    return dirty.settings.model_copy(update={"home": home, "landing": None})


def _replayed(settings: Settings, engine: Engine, *, quick: bool = False) -> Replay:
    return replay(settings, engine, replayed_edition(engine, "latest"), code_version=code_version(), quick=quick)


@pytest.mark.parametrize("quick", [False, True])
def test_another_machine_gets_the_same_edition(elsewhere: Settings, quick: bool) -> None:  # noqa: FBT001
    """If this fails, nobody can show where the list came from once the lake is gone."""
    engine = create_engine(elsewhere.registry_url)
    found = _replayed(elsewhere, engine, quick=quick)
    assert (found.outcome, found.tables, found.changed) == ("identical", (), ())
    assert found.recorded_hash == found.replayed_hash
    assert found.months == (1 if quick else 2)
    assert not (elsewhere.home / "lake").exists()
    engine.dispose()


def test_another_identity_key_is_refused(elsewhere: Settings) -> None:
    """If this fails, everything differs and nobody is told why."""
    engine = create_engine(elsewhere.registry_url)
    with pytest.raises(ReplayError, match="identity key"):
        _replayed(elsewhere.model_copy(update={"identity_key": "4d" * 32}), engine)
    engine.dispose()


def test_what_differs_is_named_and_counted(dirty: Installation) -> None:
    """If this fails, a changed table is told as identical, or as different without a place to look."""
    engine = create_engine(dirty.settings.registry_url)
    edition = replayed_edition(engine, "latest")
    frames = {name: edition_rows(engine, edition.edition_id, name) for name in EDITION_TABLES}
    assert differences(engine, edition, frames, _NOBODY) == ()
    changed = frames["list"].with_columns(
        score=pl.when(pl.int_range(pl.len()) == 0).then(pl.col("score").fill_null(0) + 1).otherwise("score")
    )
    (found,) = differences(engine, edition, {**frames, "list": changed}, _NOBODY)
    assert (found.table, found.only_recorded, found.only_replayed, found.explained) == ("list", 1, 1, False)
    engine.dispose()


def test_what_has_expired_is_said(elsewhere: Settings) -> None:
    """If this fails, a pruned delivery makes a replay crash, or the edition look wrong."""
    engine = create_engine(elsewhere.registry_url)
    deliveries = replayed_edition(engine, "latest").manifest["inputs"]["deliveries"]
    names = [each["delivery_id"] for each in deliveries]
    assert sum(destroy_key(elsewhere, each) for each in names) > 0
    found = _replayed(elsewhere, engine)
    assert (found.outcome, found.good) == ("inputs expired", False)
    engine.dispose()


def test_an_erased_person_accounts_for_what_differs(elsewhere: Settings, dirty: Installation) -> None:
    """If this fails, a lawful erasure makes a published edition look forged, or hides another difference."""
    engine = make_engine(elsewhere)
    edition = replayed_edition(engine, "latest")
    members = edition_rows(engine, edition.edition_id, "members")
    family = members.group_by("family_id").len().filter(pl.col("len") > 1)["family_id"].sort()[0]
    person = members.filter(pl.col("family_id") == family)["person_key"].sort()[0]
    for folder in ("lake", "vault", "quarantine"):
        shutil.copytree(dirty.settings.home / folder, elsewhere.home / folder)
    erase_person(elsewhere, engine, person, reason="unlawful", by="one", approved_by="two")
    found = _replayed(elsewhere, engine)
    assert (found.outcome, found.good, found.erased) == ("identical except 1 erased", True, 1)
    frames = {name: edition_rows(engine, edition.edition_id, name) for name in EDITION_TABLES}
    others = frames["hits"].filter(pl.col("family_id") != family)
    (told,) = differences(
        engine, edition, {**frames, "hits": others.slice(1)}, erased_since(engine, edition.created_at)
    )
    assert not told.explained
    engine.dispose()


def test_the_registry_names_nobody(dirty: Installation) -> None:
    """If this fails, what can never be changed or erased tells who somebody is."""
    people = pl.read_parquet(sorted(dirty.settings.vault_dir.rglob("*.parquet")))
    told = [people[name].drop_nulls().unique() for name in ("id_number", "person_name", "phone", "address")]
    patterns = [each for values in told for each in values.to_list() if len(each) >= _SHORTEST_NAME]
    assert len(patterns) > people["person_key"].n_unique()
    database = str(create_engine(dirty.settings.registry_url).url.database)
    with closing(sqlite3.connect(database)) as connection:
        lines = pl.Series([_unescaped(line) for line in connection.iterdump()])
    assert _found(pl.Series([f"x{patterns[0]}x"]), patterns) >= 1
    assert _found(lines, patterns) == 0


def _found(lines: pl.Series, patterns: list[str]) -> int:
    return lines.str.extract_many(patterns, overlapping=True).explode().drop_nulls().len()


def _unescaped(line: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), line)
