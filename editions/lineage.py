"""From a column of the list back to the departments' columns: lineage derived from the functions themselves.

What belongs here: letting every stage of `editions.compute` run on empty tables, reading off the plans what each column
is made from, and following that from stage to stage. Nothing is declared twice: a rename or a new join in a stage shows
here at once. Columns whose values flow into another are told apart from those that only influence it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from editions.compute import DECISIONS, FEEDS, IDENTITIES, PREVIOUS, STAGES, Stage, StageInput
from editions.plan_columns import Cell, Column, Columns, columns_of
from linkage.frames import watched
from rules.parameters import ParametersAt, load_parameters
from schemas.contract import Feed, all_feeds
from schemas.errors import UnknownNameError
from schemas.tables import FACTS, HEALTH, MATURED, PROFILES, get_table

__all__ = ["BEFORE", "FEED", "Lineage", "Upstream", "edition_lineage", "stages_lineage"]

FEED = "feed:"
"""Before the name of a feed, where a table of ours could be called the same."""

BEFORE = "before:"
"""Before the name of a table as the month before left it."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Columns of feeds, and of the month before, that a column goes back to; `steps` are those in between."""

    value: tuple[Column, ...]
    influence: tuple[Column, ...]
    steps: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What each column of each table of an edition is made from, one step back."""

    cells: Mapping[Column, Cell]

    @property
    def sources(self) -> frozenset[Column]:
        """Where lineage ends: columns of feeds, used or not, and other inputs of an edition."""
        feeds = {(FEED + name, column) for name, feed in all_feeds().items() for column in feed.keyed_schema}
        return frozenset(feeds.union(*(cell.all for cell in self.cells.values()))) - self.cells.keys()

    def direct(self, table: str, column: str) -> Cell:
        """The columns that a column is made from; raises `UnknownNameError`."""
        found = self.cells.get((table, column))
        if found is None:
            names = [f"{each}.{name}" for each, name in self.cells]
            raise UnknownNameError("column", f"{table}.{column}", names)
        return found

    def upstream(self, table: str, column: str) -> Upstream:
        """Where a column comes from in the end; raises `UnknownNameError`."""
        self.direct(table, column)
        value = self._reached([(table, column)], lambda cell: cell.value)
        whole = self._reached([(table, column)], lambda cell: cell.all)
        return Upstream(
            value=self._ends(value), influence=self._ends(whole - value), steps=tuple(sorted(value & self.cells.keys()))
        )

    def downstream(self, table: str, column: str) -> tuple[Column, ...]:
        """Columns of tables into which a column flows, at any distance; raises `UnknownNameError`."""
        if (table, column) not in self.cells and (table, column) not in self.sources:
            names = [f"{each}.{name}" for each, name in (*self.sources, *self.cells)]
            raise UnknownNameError("column", f"{table}.{column}", names)
        found: set[Column] = set()
        front = {(table, column)}
        while front:
            front = {made for made, cell in self.cells.items() if cell.value & front} - found
            found |= front
        return tuple(sorted(found))

    def _reached(self, start: Iterable[Column], back: Callable[[Cell], frozenset[Column]]) -> frozenset[Column]:
        found: set[Column] = set()
        front = set(start)
        while front:
            found |= front
            front = {each for column in front if column in self.cells for each in back(self.cells[column])} - found
        return frozenset(found - set(start))

    def _ends(self, columns: Iterable[Column]) -> tuple[Column, ...]:
        return tuple(sorted(each for each in columns if each not in self.cells))


@cache
def edition_lineage(as_of: date | None = None) -> Lineage:
    """The lineage of all stages under the shipped parameters in force at `as_of`; by default the newest."""
    shipped = load_parameters()
    day = as_of or max(parameter.values[-1].since for parameter in shipped.by_name.values())
    return stages_lineage(STAGES, shipped.as_of(day), day)


def stages_lineage(stages: Iterable[Stage], parameters: ParametersAt, as_of: date) -> Lineage:
    """The lineage of `stages`, in order."""
    cells: dict[Column, Cell] = {}
    for stage in stages:
        with TemporaryDirectory(prefix="doudi-") as folder:
            for column, cell in _Stage(stage, Path(folder)).lineage(parameters, as_of).items():
                cells[column] = cells.get(column, Cell()) | cell  # the last stage hands on tables of earlier ones
    return Lineage(cells)


class _Stage:
    """One stage on empty tables; what it settles is read off there and goes on as a new scan."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder
        self._known: dict[str, Columns] = {}
        self._looked_at = Cell()

    def lineage(self, parameters: ParametersAt, as_of: date) -> dict[Column, Cell]:
        """The cells of every column that the stage makes."""
        with watched(self):
            made = self._stage.run(self._given(parameters, as_of))
        found: dict[Column, Cell] = {}
        for table, frame in made.items():
            columns = columns_of(frame, self._columns)
            rows = columns.rows | self._looked_at.all
            for name, cell in columns.cells.items():
                own = (table, name)
                found[own] = Cell(cell.value - {own}, (cell.influence | rows) - cell.value - {own})
        return found

    def settled(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """A scan that stands for what was settled."""
        return self._scan(columns_of(frame, self._columns), frame.collect_schema())

    def looked_at(self, frame: pl.LazyFrame) -> None:
        """What decides on further steps influences every column of the stage."""
        columns = columns_of(frame, self._columns)
        self._looked_at = self._looked_at | columns.any | Cell(influence=columns.rows)

    def _given(self, parameters: ParametersAt, as_of: date) -> StageInput:
        needs = set(self._stage.needs)
        raw = {HEALTH.name, PROFILES.name, MATURED.name, DECISIONS, FEEDS, *PREVIOUS}
        raw |= {IDENTITIES} if FEEDS in needs else set()  # a table of that name is made of the delivered one
        given = StageInput(as_of=as_of, parameters=parameters, tables={}).complete()
        return replace(
            given,
            tables={each: self._table(each, get_table(each).schema) for each in needs - raw},
            feed_tables={name: self._table(FEED + name, pl.Schema(feed.keyed_schema)) for name, feed in _feeds(needs)},
            identities=self._table(FEED + IDENTITIES, FACTS["identities"].schema) if IDENTITIES in raw else None,
            health=self._table(HEALTH.name, HEALTH.schema),
            profiles=self._table(PROFILES.name, PROFILES.schema),
            matured=self._table(MATURED.name, MATURED.schema),
            decisions=self._table(DECISIONS, get_table(DECISIONS).schema),
            previous={name: self._table(BEFORE + table, get_table(table).schema) for name, table in PREVIOUS.items()},
        )

    def _table(self, name: str, schema: pl.Schema) -> pl.LazyFrame:
        return self._scan(Columns({each: Cell(frozenset({(name, each)})) for each in schema}), schema)

    def _scan(self, columns: Columns, schema: pl.Schema) -> pl.LazyFrame:
        path = self._folder / f"{len(self._known)}.parquet"
        pl.DataFrame(schema=schema).write_parquet(path)
        self._known[str(path)] = columns
        return pl.scan_parquet(path)

    def _columns(self, path: str) -> Columns | None:
        return self._known.get(path)


def _feeds(needs: set[str]) -> list[tuple[str, Feed]]:
    return sorted(all_feeds().items()) if FEEDS in needs else []
