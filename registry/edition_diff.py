"""Two published editions compared: which families and which persons entered, left or moved, by which ground and why.

What belongs here: finding the two editions and gathering what they say. What a change of families is stands in
`editions.changes`; the workbook stands in `registry.exports.difference`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from sqlalchemy import Engine, select

from registry.errors import NoEditionError
from registry.models import Edition, EditionAlias
from registry.queries import EditionInfo, changes, current_edition, edition_of, edition_rows

__all__ = ["PEOPLE_CHANGES", "EditionDiff", "before_of", "diff", "find_edition"]

PEOPLE_CHANGES: Mapping[str, str] = {
    "entered": "新进入",
    "left": "退出",
    "family_changed": "换家庭",
    "grounds_changed": "依据变动",
}
_LATEST = "latest"
_MARK = ";"
_GROUNDS = ["person_key", "ground"]


@dataclass(frozen=True, slots=True)
class EditionDiff:
    """What changed from one edition to another.

    `families` has one row a change and family or family and group (`editions.changes.CHANGE_SCHEMA`), and which points
    a tier gained and lost. `people` has one row a person who differs: `change` (`PEOPLE_CHANGES`), families and streets
    before and after, `grounds_gained`, `grounds_lost`, and the reason of the family's change.
    """

    before: EditionInfo
    after: EditionInfo
    families: pl.DataFrame
    people: pl.DataFrame

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Families as a whole, families in one group, and persons, by kind of change."""
        whole = pl.col("scope") == "list"
        parts = {"families": self.families.filter(whole), "groups": self.families.filter(~whole), "people": self.people}
        return {name: dict(rows.group_by("change").len().sort("change").iter_rows()) for name, rows in parts.items()}


def find_edition(engine: Engine, text: str) -> EditionInfo:
    """The published edition of that id (or its only beginning), that answers for a day, or `latest`.

    Raises `NoEditionError`.
    """
    found = current_edition(engine) if text == _LATEST else None
    try:
        found = found or current_edition(engine, date.fromisoformat(text))
    except ValueError:
        found = found or _by_id(engine, text)
    if found is None:
        raise NoEditionError(
            f"no published edition is {text!r}; give its id or the beginning of it (`doudi list --json` shows it), "
            "a day such as 2026-06-30, or latest"
        )
    return found


def before_of(engine: Engine, edition: EditionInfo) -> EditionInfo:
    """The published edition of the latest day before that of `edition`; raises `NoEditionError`."""
    found = current_edition(engine, edition.as_of - timedelta(days=1))
    if found is None:
        raise NoEditionError(
            f"no edition was published for a day before {edition.as_of}; name the two that are to be compared"
        )
    return found


def _by_id(engine: Engine, text: str) -> EditionInfo | None:
    if not text:
        return None
    query = select(Edition.edition_id).where(Edition.edition_id.startswith(text, autoescape=True))
    with engine.connect() as connection:
        held = [edition_of(engine, each) for each in connection.scalars(query)]
    published = [each for each in held if each is not None]
    if len(published) > 1:
        raise NoEditionError(f"{len(published)} published editions begin with {text!r}; give more of the id")
    return published[0] if published else None


def diff(engine: Engine, before: EditionInfo, after: EditionInfo) -> EditionDiff:
    """Compare any two published editions, in either order of time."""
    families = changes(engine, before.edition_id, after.edition_id)
    lists = [edition_rows(engine, each.edition_id, "list") for each in (before, after)]
    return EditionDiff(before, after, _with_points(families, *lists), _people(engine, before, after, families))


def _with_points(families: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Which points a family's tier gained and lost, as `reason=points`, where the tier changed."""

    def points(frame: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
        parts = pl.col("tier_reasons").fill_null("").str.split(_MARK)
        return frame.select(pl.col("family_id").alias(key), parts.alias(name))

    former = pl.coalesce("previous_family_id", "family_id")
    joined = (
        families.with_columns(former=former)
        .join(points(before, "former", "had"), on="former", how="left", maintain_order="left")
        .join(points(after, "family_id", "has"), on="family_id", how="left", maintain_order="left")
    )
    changed = (pl.col("change") == "tier_changed") & (pl.col("scope") == "list")
    gained, lost = pl.col("has").list.set_difference("had"), pl.col("had").list.set_difference("has")
    told = {
        name: pl.when(changed).then(parts.list.sort().list.join(_MARK))
        for name, parts in {"points_gained": gained, "points_lost": lost}.items()
    }
    return joined.with_columns(**told).drop("former", "had", "has")


def _people(engine: Engine, before: EditionInfo, after: EditionInfo, families: pl.DataFrame) -> pl.DataFrame:
    """Persons whose place or grounds differ, by the keys of the later edition."""
    aliases = _aliases(engine, after)
    old = _current(edition_rows(engine, before.edition_id, "members"), aliases)
    new = edition_rows(engine, after.edition_id, "members")
    places = ["person_key", "family_id", "street_code"]
    joined = old.select(places).join(new.select(places), on="person_key", how="full", coalesce=True, suffix="_after")
    grounds = _grounds(
        _current(edition_rows(engine, before.edition_id, "standings"), aliases),
        edition_rows(engine, after.edition_id, "standings"),
    )
    change = (
        pl.when(pl.col("family_id").is_null())
        .then(pl.lit("entered"))
        .when(pl.col("family_id_after").is_null())
        .then(pl.lit("left"))
        .when(pl.col("family_id") != pl.col("family_id_after"))
        .then(pl.lit("family_changed"))
        .when((pl.col("grounds_gained") != "") | (pl.col("grounds_lost") != ""))
        .then(pl.lit("grounds_changed"))
    )
    told = joined.join(grounds, on="person_key", how="left").with_columns(pl.col("^grounds_.*$").fill_null(""))
    return (
        told.with_columns(change=change)
        .filter(pl.col("change").is_not_null())
        .with_columns(at=pl.coalesce("family_id_after", "family_id"))
        .join(_reasons(families), on="at", how="left")
        .select(
            "change",
            "person_key",
            family_before="family_id",
            family_after="family_id_after",
            street_before="street_code",
            street_after="street_code_after",
            grounds_gained="grounds_gained",
            grounds_lost="grounds_lost",
            reason="reason",
        )
        .sort("change", "family_before", "family_after", "person_key", nulls_last=True)
    )


def _reasons(families: pl.DataFrame) -> pl.DataFrame:
    """Why the family entered, left or is proposed to leave: one reason a family."""
    whole = (pl.col("scope") == "list") & pl.col("change").is_in(["entered", "left", "proposed"])
    return (
        families.filter(whole).select(at="family_id", reason="reason").unique("at", keep="first", maintain_order=True)
    )


def _grounds(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Grounds on which a person stands now and did not then, and the reverse, as `a;b`."""

    def told(rows: pl.DataFrame, others: pl.DataFrame, name: str) -> pl.DataFrame:
        only = rows.select(_GROUNDS).unique().join(others, on=_GROUNDS, how="anti")
        return only.group_by("person_key").agg(pl.col("ground").sort().str.join(_MARK).alias(name))

    gained = told(after, before, "grounds_gained")
    return gained.join(told(before, after, "grounds_lost"), on="person_key", how="full", coalesce=True)


def _aliases(engine: Engine, edition: EditionInfo) -> pl.DataFrame:
    query = select(EditionAlias.old_key, EditionAlias.person_key).where(EditionAlias.edition_id == edition.edition_id)
    with engine.connect() as connection:
        pairs = [tuple(each) for each in connection.execute(query)]
    return pl.DataFrame(pairs, schema={"person_key": pl.String, "current": pl.String}, orient="row")


def _current(rows: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    joined = rows.join(aliases, on="person_key", how="left", maintain_order="left")
    return joined.with_columns(person_key=pl.coalesce("current", "person_key")).drop("current")
