"""Compares published editions with the truth of a sample district.

What belongs here: recall and precision by household-group, and the stricter comparison of single
persons and of families. The truth comes from the simulated world alone; it is read here and nowhere
else in the product.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from linkage.identity import IdentityKey, person_keys
from registry.queries import current_edition, edition_rows
from schemas.settings import Settings

__all__ = ["Comparison", "FamilyDifferences", "compare", "compare_families", "totals", "truth_dir"]

_GROUPS = "groups.parquet"
_FAMILIES = "families.parquet"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One month and group against the truth.

    `truth` and `listed` count household-groups, `found` those of the truth that the edition has and
    `right` those of the edition that the truth has. `missed` and `wrong` count persons.
    """

    as_of: date
    group: str
    truth: int
    found: int
    listed: int
    right: int
    missed: int
    wrong: int

    @property
    def recall(self) -> float:
        """Share of the truth's household-groups that the edition has; 1 when there are none."""
        return self.found / self.truth if self.truth else 1.0

    @property
    def precision(self) -> float:
        """Share of the edition's household-groups that are true; 1 when there are none."""
        return self.right / self.listed if self.listed else 1.0

    @property
    def exact(self) -> bool:
        """Whether exactly the same persons have the hit."""
        return not (self.missed or self.wrong)


@dataclass(frozen=True, slots=True)
class FamilyDifferences:
    """Listed families of one month against the truth: how many have other members, or count other members."""

    as_of: date
    families: int
    other_members: int
    other_counted: int


def truth_dir(settings: Settings) -> Path | None:
    """The truth beside the landing directory; None for a real installation, which has none."""
    folder = settings.landing_dir.parent / "truth"
    return folder if (folder / _GROUPS).is_file() else None


def compare(settings: Settings, engine: Engine, truth: Path) -> list[Comparison]:
    """Every month of the truth that has an edition, by group, in order."""
    groups = _keyed(pl.read_parquet(truth / _GROUPS), settings)
    found: list[Comparison] = []
    for as_of, hits in _editions(engine, groups["as_of"].unique().sort()):
        truly = groups.filter(pl.col("as_of") == as_of)
        names = sorted({*truly["group"].unique(), *hits["group"].unique()})
        found.extend(
            _compare(as_of, name, truly.filter(pl.col("group") == name), hits.filter(pl.col("group") == name))
            for name in names
        )
    return found


def totals(comparisons: Iterable[Comparison]) -> tuple[float, float]:
    """Recall and precision over all months and groups."""
    rows = list(comparisons)
    truth, listed = sum(each.truth for each in rows), sum(each.listed for each in rows)
    recall = sum(each.found for each in rows) / truth if truth else 1.0
    return recall, (sum(each.right for each in rows) / listed if listed else 1.0)


def compare_families(settings: Settings, engine: Engine, truth: Path) -> list[FamilyDifferences]:
    """Members of the listed families, and which of them count, against the truth."""
    families = _keyed(pl.read_parquet(truth / _FAMILIES), settings)
    differences = []
    for as_of in families["as_of"].unique().sort():
        edition = current_edition(engine, as_of)
        if edition is None or edition.as_of != as_of:
            continue
        members = _members_by_rule(engine, edition.edition_id)
        truly = families.filter(pl.col("as_of") == as_of)
        differences.append(_family_differences(as_of, members, truly))
    return differences


def _members_by_rule(engine: Engine, edition_id: str) -> pl.DataFrame:
    """Members of families that the facts alone put on the list: the truth knows of no decision and no proposed exit."""
    members = edition_rows(engine, edition_id, "members").filter(pl.col("in_scope"))
    hit = edition_rows(engine, edition_id, "hits").select("family_id")
    registered = members.filter(pl.col("on_register")).select("family_id")
    return members.join(pl.concat([hit, registered]), on="family_id", how="semi")


def _keyed(frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    key = IdentityKey.from_settings(settings)
    return frame.with_columns(person_keys(frame["person_id"], key).alias("person_key")).drop("person_id")


def _editions(engine: Engine, days: pl.Series) -> Iterable[tuple[date, pl.DataFrame]]:
    for as_of in days:
        edition = current_edition(engine, as_of)
        if edition is not None and edition.as_of == as_of:
            hits = edition_rows(engine, edition.edition_id, "hits")
            yield as_of, hits.select(group="rule_id", family="family_id", person_key="person_key").unique()


def _compare(as_of: date, group: str, truth: pl.DataFrame, hits: pl.DataFrame) -> Comparison:
    found = truth.join(hits, on="person_key", how="semi")
    right = hits.join(truth, on="person_key", how="semi")
    return Comparison(
        as_of=as_of,
        group=group,
        truth=truth["family"].n_unique(),
        found=found["family"].n_unique(),
        listed=hits["family"].n_unique(),
        right=right["family"].n_unique(),
        missed=truth["person_key"].n_unique() - found["person_key"].n_unique(),
        wrong=hits["person_key"].n_unique() - right["person_key"].n_unique(),
    )


def _family_differences(as_of: date, members: pl.DataFrame, truth: pl.DataFrame) -> FamilyDifferences:
    """A family differs when its set of members is no family of the truth."""
    ours = _member_sets(members, "family_id")
    theirs = _member_sets(truth, "family")
    other = ours.join(theirs, on="people", how="anti")
    same = ours.join(theirs, on="people", suffix="_truth")
    return FamilyDifferences(
        as_of=as_of,
        families=ours.height,
        other_members=other.height,
        other_counted=same.filter(pl.col("counting") != pl.col("counting_truth")).height,
    )


def _member_sets(frame: pl.DataFrame, family: str) -> pl.DataFrame:
    people = pl.col("person_key")
    return (
        frame.group_by(family)
        .agg(
            people.sort().str.join(" ").alias("people"),
            people.filter(pl.col("counted")).sort().str.join(" ").alias("counting"),
        )
        .select("people", "counting")
    )
