"""The vault by person: one line a person in a small database beside the delivered spellings, made anew from them.

The folder is looked through once a second at most, whoever asks; who adds or takes out files says so (`refresh`,
`look_again`), and then it is looked through at once.

What belongs here: keeping that line current and finding it by key, number, name or telephone. It holds nothing that the
vault's files do not hold; when one of them vanished or changed (a term that ended, an erasure) it starts from nothing.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import polars as pl

from linkage.identity import VAULT_SCHEMA
from registry.files import private_dir
from registry.kept_open import lent, read_ahead

__all__ = ["INDEX_NAME", "PeopleIndex", "look_again"]

INDEX_NAME = ".people.db"  # backups leave out what begins with a dot; it is made anew

_TRUSTED = ("household_registration", "assistance_register", "declared_members")  # whose spelling is preferred
_MASKS = "*＊×○?？"
_MONTH_FOLDER = r"([0-9]{4}-[0-9]{2})[/\\][^/\\]+$"
_NO_DAY = 99_999_999  # days count down from it as months do
_DAY_DIGITS = 8
_LATEST = 999_999  # months count down from it, so that the latest sorts first
_SPELLED = ("person_name", "phone", "address")
_BESIDE = {"address": ("community_code",)}  # what is chosen with a spelling
_PARTS = {each: (*_BESIDE.get(each, ()), each, f"{each}_rank") for each in _SPELLED}
_FOUND_AT_MOST = 500
_MANY = 5_000  # keys are spread over the whole index: so many touch much of it
_TABLES = """
CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, size INTEGER, modified_ns INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (
  person_key TEXT PRIMARY KEY, id_number TEXT,
  person_name TEXT, person_name_rank TEXT, phone TEXT, phone_rank TEXT,
  community_code TEXT, address TEXT, address_rank TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_by_number ON person (id_number);
CREATE INDEX IF NOT EXISTS person_by_name ON person (person_name);
CREATE INDEX IF NOT EXISTS person_by_phone ON person (phone);
"""

_Stamp = tuple[int, int]
_NEVER = -1
_LOOK_SECONDS = 1.0  # a folder of years is not looked through for each page
_checked: dict[Path, tuple[int, float]] = {}


class PeopleIndex:
    """The lines of one vault.

    Of several spellings of a name or address: an unmasked one, then that of the police or of the register of
    assistance, then the address that began last, since whoever moved is delivered with both, then the latest month. The
    latest telephone counts. Each spelling is kept with its rank, so that what
    comes later can be held against it in any order.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def people(self, person_keys: Iterable[str | None]) -> list[tuple[str | None, ...]]:
        """Key, number, name, telephone and address of those of the keys that are known, in the order of the keys."""
        return self._of(person_keys, "person_key, id_number, person_name, phone, address")

    def names(self, person_keys: Iterable[str | None]) -> dict[str, str | None]:
        """The names alone, by key."""
        return dict(self._of(person_keys, "person_key, person_name"))

    def communities(self, person_keys: Iterable[str | None]) -> dict[str, str | None]:
        """The communities of the addresses that `people` tells, by key; None where the delivery did not say."""
        return dict(self._of(person_keys, "person_key, nullif(community_code, '')"))

    def _of(self, person_keys: Iterable[str | None], columns: str) -> list[tuple[Any, ...]]:
        wanted = sorted({each for each in person_keys if each is not None})
        question = f"SELECT {columns} FROM json_each(?) CROSS JOIN person ON person_key = value"  # noqa: S608  # names of ours
        with self._opened() as connection:
            if len(wanted) >= _MANY:
                read_ahead(self._root / INDEX_NAME)
            return connection.execute(question, (json.dumps(wanted),)).fetchall()

    def find(self, word: str, *, most: int | None = _FOUND_AT_MOST) -> list[str]:
        """Keys of those whose number or telephone is `word`, or whose name begins with it; None sets no limit."""
        sought = word.strip()
        if not sought:
            return []
        after = sought[:-1] + chr(ord(sought[-1]) + 1)
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT person_key FROM person WHERE id_number = upper(?1) OR phone = ?1 "
                "OR (person_name >= ?1 AND person_name < ?2) ORDER BY person_key LIMIT ?3",
                (sought, after, -1 if most is None else most),
            )
            return [str(key) for (key,) in rows]

    def refresh(self) -> None:
        """Take in the vault's new files; forget everything first when one of the known ones is no longer as it was."""
        look_again(self._root)
        with self._opened():
            pass

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with lent(private_dir(self._root) / INDEX_NAME) as connection:
            if not self._is_current(connection):
                present = self._present()
                if _known(connection) != present:
                    self._take(connection, present)
                _checked[self._root] = (_taken(connection), monotonic())
            yield connection

    def _is_current(self, connection: sqlite3.Connection) -> bool:
        """Whether the vault's folder was looked through a moment ago, and nobody has changed the lines since."""
        number, at = _checked.get(self._root, (_NEVER, 0.0))
        return monotonic() - at < _LOOK_SECONDS and number == _taken(connection)

    def _present(self) -> dict[str, _Stamp]:
        found = {}
        for each in self._root.glob("*/*/*.parquet"):
            stat = each.stat()
            found[each.relative_to(self._root).as_posix()] = (stat.st_size, stat.st_mtime_ns)
        return found

    def _take(self, connection: sqlite3.Connection, present: dict[str, _Stamp]) -> None:
        connection.execute("BEGIN IMMEDIATE")  # another process may have taken the same files meanwhile
        try:
            known = _known(connection)
            if known is None:  # none yet, or one of an earlier version
                for table in ("person", "file"):
                    connection.execute(f"DROP TABLE IF EXISTS {table}")
                known = {}
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            if not known.items() <= present.items():
                connection.execute("DELETE FROM person")
                connection.execute("DELETE FROM file")
                known = {}
            new = sorted(present.keys() - known.keys())
            _merge(connection, [self._root / each for each in new])
            connection.executemany("INSERT INTO file VALUES (?, ?, ?)", [(each, *present[each]) for each in new])
            connection.execute(f"PRAGMA user_version = {_taken(connection) + 1}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def look_again(root: Path) -> None:
    """Let whoever asks next look through the vault's folder: a file came."""
    _checked.pop(root, None)


def _taken(connection: sqlite3.Connection) -> int:
    """How often files were taken in or forgotten."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _known(connection: sqlite3.Connection) -> dict[str, _Stamp] | None:
    """The files that were taken in; None before there is an index of these columns."""
    if not connection.execute("SELECT 1 FROM pragma_table_info('person') WHERE name = 'community_code'").fetchone():
        return None
    return {path: (size, modified) for path, size, modified in connection.execute("SELECT * FROM file")}


def _merge(connection: sqlite3.Connection, files: Sequence[Path]) -> None:
    """Put the best spellings of `files` beside those that are there; the better one of each stays."""
    if not files:
        return
    kept = ", ".join(
        f"{part} = CASE WHEN {name}_rank IS NULL OR excluded.{name}_rank < {name}_rank "
        f"THEN excluded.{part} ELSE person.{part} END"
        for name, parts in _PARTS.items()
        for part in parts
    )
    connection.executemany(
        f"INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person_key) DO UPDATE SET {kept}, "  # noqa: S608  # names of ours
        "id_number = min(coalesce(id_number, excluded.id_number), coalesce(excluded.id_number, id_number))",
        _best(files).iter_rows(),
    )


def _best(files: Sequence[Path]) -> pl.DataFrame:
    """One row a person of `files`: number, then each spelling with its rank (the lowest is the best)."""
    said = pl.scan_parquet(  # files of an earlier version do not say where an address lies
        list(files), schema=VAULT_SCHEMA, missing_columns="insert", include_file_paths="month"
    )
    rows = said.with_columns(pl.col("month").str.extract(_MONTH_FOLDER), pl.col("community_code").fill_null(""))
    trust = pl.col("source_feed").replace_strict(
        {feed: place for place, feed in enumerate(_TRUSTED)}, default=len(_TRUSTED), return_dtype=pl.Int64
    )
    masked = pl.col("person_name").str.contains(f"[{re.escape(_MASKS)}]").cast(pl.Int64)
    age = (_LATEST - pl.col("month").str.replace("-", "", literal=True).cast(pl.Int64)).cast(pl.String)
    ranks = {
        "person_name": pl.concat_str(masked, trust, age, pl.lit(" "), "person_name"),
        "phone": pl.concat_str(age, pl.lit(" "), "phone"),
        "address": pl.concat_str(
            trust, _before("started_on"), age, pl.lit(" "), "community_code", pl.lit(" "), "address"
        ),
    }
    ranked = rows.with_columns(
        pl.when(pl.col(name).is_not_null(), pl.col(name) != "").then(rank).alias(f"{name}_rank")
        for name, rank in ranks.items()
    )
    best = [pl.col(f"{name}_rank").min() for name in _SPELLED]
    return (
        ranked.group_by("person_key")
        .agg(pl.col("id_number").min(), *best)
        .select("person_key", "id_number", *(part for parts in _PARTS.values() for part in _spelled(*parts)))
        .sort("person_key")  # in the order of the table, millions are put there in a third of the time
        .collect(engine="streaming")
    )


def _before(day: str) -> pl.Expr:
    """Eight digits by which the latest day sorts first, and one that is not known last."""
    days = pl.lit(_NO_DAY) - pl.col(day).dt.to_string("%Y%m%d").cast(pl.Int64).fill_null(0)
    return days.cast(pl.String).str.zfill(_DAY_DIGITS)


def _spelled(*parts: str) -> list[pl.Expr]:
    """What stands behind the spaces of a rank, the last of `parts`, and the rank itself."""
    *behind, rank = parts
    split = pl.col(rank).str.splitn(" ", len(parts)).struct
    return [*(split.field(f"field_{place}").alias(name) for place, name in enumerate(behind, 1)), pl.col(rank)]
