"""Comparing the tables of a recomputed edition with those on record.

What belongs here: which rows differ, how many, and whether the lawful erasure of persons accounts for them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Engine

from editions.hashing import table_hash
from registry.erasures import Erased
from registry.queries import EditionInfo, edition_rows

__all__ = ["TableDifference", "differences"]

_KEYED = ("members", "standings", "exits", "hits")


@dataclass(frozen=True, slots=True)
class TableDifference:
    """A table that is not as it was; `explained` when all differing rows are about erased persons' families."""

    table: str
    recorded: int
    replayed: int
    only_recorded: int
    only_replayed: int
    explained: bool


def differences(
    engine: Engine, edition: EditionInfo, frames: Mapping[str, pl.DataFrame], erased: Erased
) -> tuple[TableDifference, ...]:
    """The tables of `frames` whose hashes are not those of the edition's manifest."""
    recorded = edition.manifest["tables"]
    other = [name for name, frame in sorted(frames.items()) if table_hash(frame) != recorded[name]["hash"]]
    if not other:
        return ()
    names = {*other, *(_KEYED if erased.persons else ())}
    then = {name: edition_rows(engine, edition.edition_id, name) for name in sorted(names)}
    families = _families(then, frames, erased) if erased.persons else frozenset()
    return tuple(_difference(name, then[name], frames[name], families) for name in other)


def _difference(name: str, then: pl.DataFrame, now: pl.DataFrame, families: frozenset[str]) -> TableDifference:
    lost, gained = _beyond(then, now), _beyond(now, then)
    return TableDifference(
        table=name,
        recorded=then.height,
        replayed=now.height,
        only_recorded=int(lost["n"].sum()),
        only_replayed=int(gained["n"].sum()),
        explained=_only_of(lost, families) and _only_of(gained, families),
    )


def _beyond(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Rows that stand more often in `rows` than in `others`, with how often more as `n`."""
    columns = rows.columns
    counted = rows.group_by(columns).agg(n=pl.len().cast(pl.Int64))
    other = others.group_by(columns).agg(m=pl.len().cast(pl.Int64))
    joined = counted.join(other, on=columns, how="left", nulls_equal=True)
    return joined.with_columns(n=pl.col("n") - pl.col("m").fill_null(0)).filter(pl.col("n") > 0).drop("m")


def _only_of(rows: pl.DataFrame, families: frozenset[str]) -> bool:
    if rows.is_empty():
        return True
    return "family_id" in rows.columns and bool(rows["family_id"].is_in(sorted(families)).fill_null(value=False).all())


def _families(then: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame], erased: Erased) -> frozenset[str]:
    """Families, on any side, of an erased person or row, and those that their members are in."""
    frames = [side[name] for side in (then, now) for name in _KEYED]
    found = _of_persons(frames, erased.persons) | _of_rows(frames, erased)
    persons = {
        each
        for frame in frames
        for each in frame.filter(pl.col("family_id").is_in(sorted(found)))["person_key"].to_list()
    }
    return frozenset(found | _of_persons(frames, persons))


def _of_persons(frames: Iterable[pl.DataFrame], persons: Iterable[str]) -> set[str]:
    wanted = sorted(persons)
    return {
        each for frame in frames for each in frame.filter(pl.col("person_key").is_in(wanted))["family_id"].to_list()
    }


def _of_rows(frames: Iterable[pl.DataFrame], erased: Erased) -> set[str]:
    rows = pl.DataFrame(
        sorted(erased.rows),
        schema={"source_delivery": pl.String, "source_sheet": pl.String, "source_row": pl.Int64},
        orient="row",
    )
    sourced = [frame for frame in frames if "source_row" in frame.columns]
    return {each for frame in sourced for each in frame.join(rows, on=rows.columns, how="semi")["family_id"].to_list()}
