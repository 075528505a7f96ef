"""Any table of households with a feature spec: public data that anybody can fit and evaluate the same way.

What belongs here: the spec as a YAML file, reading a CSV or Parquet file by it, and the evaluation of what was read. An
example with public data stands in `docs/public-data.md`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rules.errors import ParameterError
from rules.parameters.loader import read_mapping
from scoring.errors import FeatureSpecError, TrainingError
from scoring.evaluation import TRIGGERS, CutOff, evaluate, held_out
from scoring.spec import Direction, Feature, check_features

__all__ = ["ForeignTable", "TableSpec", "cut_offs_of", "read_spec", "read_table"]

_ROW = "row"
_READERS: Mapping[str, Callable[[Path], pl.DataFrame]] = {
    ".csv": partial(pl.read_csv, infer_schema_length=None),
    ".parquet": pl.read_parquet,
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FeatureSpec(_Strict):
    """One feature: the column it is read from, and how its values become whole numbers (`codes`, or times `scale`)."""

    name: str
    title: str
    column: str
    direction: Direction = "more"
    codes: dict[str, int] = Field(default_factory=dict)
    scale: Annotated[int, Field(ge=1)] = 1
    missing: str = ""
    unit: str = ""


class Trigger(_Strict):
    """A single-trigger rule: met from `at_least` of a feature on, or up to `at_most` of it."""

    feature: str
    at_least: int | None = None
    at_most: int | None = None


class Outcome(_Strict):
    """The column of the outcome, and the values that are a case; a row without a value is left out."""

    column: str
    cases: tuple[str, ...]


class Dates(_Strict):
    """The column of `as_of`: dates, or numbers of years after `years_from` (each year by its last day)."""

    column: str
    years_from: int | None = None


class TableSpec(_Strict):
    """What a table is and how it is read.

    Without `household` each row is a household of its own; without `as_of` households are kept apart by fifths instead
    of by date. `horizon` is how long after `as_of` the outcome is waited for, as Polars writes durations.
    """

    title: str
    source: str
    outcome: Outcome
    features: Annotated[tuple[FeatureSpec, ...], Field(min_length=1)]
    household: str | None = None
    as_of: Dates | None = None
    horizon: str = "12mo"
    triggers: tuple[Trigger, ...] = ()

    @property
    def declared(self) -> tuple[Feature, ...]:
        """The features as `scoring.training.fit` takes them."""
        return tuple(
            Feature(
                each.name, each.title, (each.column,), direction=each.direction, missing=each.missing, unit=each.unit
            )
            for each in self.features
        )


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """A table read by its spec: the household, `needed`, every feature as Int64, `as_of` and `triggers` if declared."""

    spec: TableSpec
    rows: pl.DataFrame
    left_out: int

    @property
    def dates(self) -> list[date]:
        """The dates of the table, in order."""
        return self.rows["as_of"].unique().sort().to_list() if self.spec.as_of else []


def read_spec(path: Path) -> TableSpec:
    """The spec in a YAML file.

    Raises:
        FeatureSpecError: the file is no spec; what is wrong is named by its place.
        ForbiddenFeatureError: a feature is, or reads, what no score may know.
    """
    try:
        spec = TableSpec.model_validate(read_mapping(path))
    except ParameterError as error:
        raise FeatureSpecError(f"{path.name}: {error}") from error
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise FeatureSpecError(f"{path.name} is no spec of a table: {found}") from None
    check_features(spec.declared)
    known = {each.name for each in spec.features}
    for each in spec.triggers:
        if each.feature not in known or (each.at_least is None) == (each.at_most is None):
            raise FeatureSpecError(f"{path.name}: a trigger names one feature of the spec, and at_least or at_most")
    return spec


def read_table(path: Path, spec: TableSpec) -> ForeignTable:
    """The table in a CSV or Parquet file as `spec` says; rows without an outcome are left out and counted.

    Raises:
        TrainingError: the file cannot be read, a column is missing, or a value is none that the spec declares.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise TrainingError(f"{path.name}: a table is a file that ends in {' or '.join(_READERS)}")
    try:
        raw = reader(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TrainingError(f"{path.name} cannot be read as a table ({type(error).__name__})") from None
    wanted = [spec.outcome.column, *(each.column for each in spec.features)]
    wanted += [each for each in (spec.household, spec.as_of.column if spec.as_of else None) if each]
    if unknown := sorted({*wanted} - {*raw.columns}):
        raise TrainingError(
            f"{path.name} has no column {', '.join(map(repr, unknown))}; it has {', '.join(raw.columns)}"
        )
    told = raw.filter(pl.col(spec.outcome.column).is_not_null()).with_row_index(_ROW)
    outcome = pl.col(spec.outcome.column).cast(pl.String)
    if absent := sorted({*spec.outcome.cases} - {*told.select(outcome).to_series().unique()}):
        raise TrainingError(f"{path.name}: no row has the outcome {', '.join(absent)} in {spec.outcome.column!r}")
    rows = told.select(
        pl.col(spec.household or _ROW).cast(pl.String).alias("household"),
        outcome.is_in(spec.outcome.cases).alias("needed"),
        *([_date(told, spec.as_of)] if spec.as_of else []),
        *(_whole(told, each) for each in spec.features),
    )
    if spec.triggers:
        rows = rows.with_columns(pl.sum_horizontal(_met(each) for each in spec.triggers).alias(TRIGGERS))
    return ForeignTable(spec, rows, raw.height - rows.height)


def cut_offs_of(table: ForeignTable, dates: Sequence[date] = (), *, seed: int = 0) -> list[CutOff]:
    """The evaluation of the table at `dates` (by default: the latest three with a history), or by fifths without dates.

    Raises:
        TrainingError: there is too little to learn from, or a date is none of the table.
    """
    spec = table.spec
    given: dict[str, str] = {TRIGGERS: TRIGGERS} if spec.triggers else {}
    common: dict[str, Any] = {"household": "household", "given": given, "seed": seed}
    if spec.as_of is None:
        if dates:
            raise TrainingError("the spec declares no as_of: there are no dates to evaluate at")
        return held_out(table.rows, spec.declared, **common)
    chosen = list(dates) or table.dates[1:][-_LATEST:]
    return evaluate(table.rows, spec.declared, chosen, horizon=spec.horizon, **common)


_LATEST = 3


def _date(raw: pl.DataFrame, dates: Dates) -> pl.Expr:
    column = pl.col(dates.column)
    if dates.years_from is not None:
        if not raw.schema[dates.column].is_integer():
            raise TrainingError(f"column {dates.column!r} holds no whole numbers of years")
        return pl.date(column + dates.years_from, 12, 31).alias("as_of")
    try:
        found = raw[dates.column].cast(pl.String).str.to_date()
    except pl.exceptions.PolarsError:
        raise TrainingError(f"column {dates.column!r} holds something that is no date like 2026-06-30") from None
    return pl.lit(found).alias("as_of")


def _whole(raw: pl.DataFrame, feature: FeatureSpec) -> pl.Expr:
    """The feature as whole numbers, null where the table has nothing."""
    column = pl.col(feature.column)
    if feature.codes:
        values = raw[feature.column].cast(pl.String)
        if unknown := sorted({*values.drop_nulls().unique()} - {*feature.codes}):
            raise TrainingError(f"feature {feature.name!r}: {len(unknown)} values have no code; declare them all")
        return column.cast(pl.String).replace_strict(feature.codes, return_dtype=pl.Int64).alias(feature.name)
    if not raw.schema[feature.column].is_numeric():
        raise TrainingError(f"feature {feature.name!r}: column {feature.column!r} holds no numbers; give its codes")
    return (column * feature.scale).round().cast(pl.Int64).alias(feature.name)


def _met(trigger: Trigger) -> pl.Expr:
    value = pl.col(trigger.feature)
    met = value >= trigger.at_least if trigger.at_least is not None else value <= trigger.at_most
    return met.fill_null(value=False).cast(pl.Int64)
