"""Made-up people as the identity vault of a test knows them."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from linkage.identity import VAULT_SCHEMA
from registry.files import private_dir
from schemas.settings import Settings
from tests.unit.registry.examples import key

__all__ = ["deliver_people", "name_people"]

_TOLD = ("person_key", "id_number", "person_name", "phone", "address")


def deliver_people(  # one a part of the path, or of the row
    root: Path,
    rows: Iterable[tuple[str | None, ...]],
    *,
    feed: str = "any",
    month: str = "2026-06",
    name: str = "d",
    community: str | None = None,
    since: date | None = None,
) -> Path:
    """A delivery of key, number, name, telephone and address, in `community` and since a day; where it is kept."""
    path = private_dir(root / feed / month) / f"{name}.parquet"
    given = {"community_code": community, "started_on": since, "source_feed": feed, "source_delivery": name}
    told = [dict(zip(_TOLD, row, strict=True)) | given for row in rows]
    pl.DataFrame(told, schema=VAULT_SCHEMA).write_parquet(path)
    return path


def name_people(
    settings: Settings,
    numbers: Iterable[int],
    *,
    month: str = "2026-06",
    home: str = "{}号",
    community: str | None = None,
) -> None:
    """Name the people of those numbers; `home` is the address, in which the number may stand."""
    rows = [(key(n), f"33010819800229{n:04d}", f"张{n}", f"138{n:08d}", home.format(n)) for n in numbers]
    deliver_people(settings.vault_dir, rows, month=month, community=community)
