"""What departments delivered of a family's members, as an edition knew it: the rows of the fact tables, by person.

What belongs here: finding those rows. How they are told stands in `registry.timeline`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from registry.queries import EditionInfo
from registry.stage_files import StageFiles, StaleStageError
from schemas.settings import Settings

__all__ = ["FamilyFacts", "family_facts"]

_PERSON = ("person_key",)
_TABLES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("facts", "spells"): _PERSON,
    ("facts", "applications"): _PERSON,
    ("facts", "aid"): _PERSON,
    ("facts", "listings"): _PERSON,
    ("facts", "allowances"): _PERSON,
    ("facts", "conditions"): _PERSON,
    ("facts", "expenses"): _PERSON,
    ("facts", "holdings"): _PERSON,
    ("facts", "registrations"): _PERSON,
    ("facts", "residences"): _PERSON,
    ("facts", "deaths"): _PERSON,
    ("facts", "marriages"): ("spouse_a_key", "spouse_b_key"),
    ("facts", "visits"): _PERSON,
    ("facts", "leads"): _PERSON,
    ("incomes", "income_rows"): _PERSON,
}
"""Which stage made a table, and which of its columns say whom a row is about."""


@dataclass(frozen=True, slots=True)
class FamilyFacts:
    """Rows about some persons by table, each with `person_key`, and the twelve months of income."""

    tables: Mapping[str, pl.DataFrame]
    first_month: date | None
    last_month: date | None


def family_facts(settings: Settings, edition: EditionInfo, person_keys: Iterable[str]) -> FamilyFacts | None:
    """The facts of these persons; None where the tables of the edition's month were made anew for a later edition."""
    files = StageFiles(settings, f"{edition.as_of:%Y-%m}", edition.input_hash)
    wanted = pl.Series(sorted(set(person_keys)), dtype=pl.String)
    try:
        frames = [
            _about(files.scan(stage, table), columns, wanted.implode()) for (stage, table), columns in _TABLES.items()
        ]
        window = files.scan("incomes", "income_window")
    except StaleStageError:
        return None
    *rows, months = pl.collect_all([*frames, window], engine="streaming")
    tables = {table: found for (_, table), found in zip(_TABLES, rows, strict=True)}
    first, last = months.select("first_month", "last_month").row(0) if months.height else (None, None)
    return FamilyFacts(tables, first, last)


def _about(table: pl.LazyFrame, columns: tuple[str, ...], wanted: pl.Series) -> pl.LazyFrame:
    """The rows about the persons; a row about two of them stands twice."""
    if columns == _PERSON:
        return table.filter(pl.col("person_key").is_in(wanted))
    return pl.concat(
        [table.filter(pl.col(each).is_in(wanted)).with_columns(person_key=pl.col(each)) for each in columns]
    )
