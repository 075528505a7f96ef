"""Coverage of allowances: of those whom an edition's facts show to be entitled, how many have been paid lately.

What belongs here: counting, by allowance, street and community. Who is entitled is decided by `rules.allowances`;
whoever is paid without being entitled is no matter of coverage.
"""

from dataclasses import dataclass

import polars as pl

from editions.hits import rule_context
from registry.edition_parameters import parameters_of
from registry.queries import EditionInfo
from registry.scope import Area
from registry.stage_files import StageFiles, StaleStageError
from rules.allowances import ALLOWANCE_KINDS, READS, entitled, paid_lately
from schemas.settings import Settings

__all__ = ["COVERAGE_SCHEMA", "Covered", "coverage", "covered_within"]

COVERAGE_SCHEMA: dict[str, pl.DataType] = {
    "allowance_kind": pl.String(),
    "street_code": pl.String(),
    "community_code": pl.String(),
    "entitled": pl.Int64(),
    "paid": pl.Int64(),
}
_STAGES = {"members": "members"}


@dataclass(frozen=True, slots=True)
class Covered:
    """People entitled to an allowance, and those of them who were paid; with `street` None within all of the scope."""

    kind: str
    street: str | None
    entitled: int
    paid: int

    @property
    def missing(self) -> int:
        """Entitled people without a payment."""
        return self.entitled - self.paid

    @property
    def percent(self) -> float | None:
        """The share of the paid; None where nobody is entitled."""
        return None if not self.entitled else 100 * self.paid / self.entitled


def coverage(settings: Settings, edition: EditionInfo) -> pl.DataFrame | None:
    """Counts by `COVERAGE_SCHEMA`, a row an allowance and community, as the edition knew it.

    None where the tables of its month were made anew for a later edition.
    """
    files = StageFiles(settings, f"{edition.as_of:%Y-%m}", edition.input_hash)
    try:
        tables = {name: files.scan(_STAGES.get(name, "facts"), name) for name in READS}
    except StaleStageError:
        return None
    context = rule_context(tables, edition.as_of, parameters_of(settings, edition).at)
    places = tables["members"].select("person_key", "street_code", "community_code").unique("person_key", keep="any")
    found = []
    for kind in ALLOWANCE_KINDS:
        due: pl.LazyFrame = entitled(context, kind).to_native()
        paid: pl.LazyFrame = paid_lately(context, kind).to_native()
        found.append(
            due.select("person_key")
            .unique()
            .join(paid.select("person_key", paid=pl.lit(1)).unique("person_key"), on="person_key", how="left")
            .join(places, on="person_key", how="left")
            .group_by("street_code", "community_code")
            .agg(pl.len().alias("entitled"), pl.col("paid").count())
            .with_columns(allowance_kind=pl.lit(kind))
            .select([pl.col(name).cast(dtype) for name, dtype in COVERAGE_SCHEMA.items()])
            .collect(engine="streaming")
        )
    return pl.concat(found)


def covered_within(rows: pl.DataFrame, area: Area) -> list[Covered]:
    """By allowance the whole of an area, then each of its streets."""
    if area.community is not None:
        seen = rows.filter(pl.col("community_code") == area.community)
    elif area.street is not None:
        seen = rows.filter(pl.col("street_code") == area.street)
    else:
        seen = rows
    counted = {
        (kind, street): (entitled_, paid)
        for kind, street, entitled_, paid in seen.group_by("allowance_kind", "street_code")
        .agg(pl.col("entitled", "paid").sum())
        .iter_rows()
    }
    found = []
    for kind in ALLOWANCE_KINDS:
        parts = [numbers for (each, _), numbers in counted.items() if each == kind]
        found.append(Covered(kind, None, sum(each[0] for each in parts), sum(each[1] for each in parts)))
        found += [Covered(kind, street, *counted.get((kind, street), (0, 0))) for street in area.streets]
    return found
