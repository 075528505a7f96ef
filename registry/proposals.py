"""What awaits a person: families proposed to leave, and whom and what a decision is about.

What belongs here: reading the published edition for those who decide. Recording stands in `registry.decisions`.
"""

from dataclasses import dataclass

import polars as pl
from sqlalchemy import ColumnElement, Engine, or_, select

from editions.grounds import GROUNDS
from editions.standing import PROPOSED
from registry.bulk import read_frame
from registry.errors import DecisionError
from registry.explain import current_key, person_key_of
from registry.models import ListEntry
from registry.models.rows import PUBLISHED
from registry.queries import EditionInfo
from registry.scope import Area
from schemas.settings import Settings

__all__ = ["PENDING", "Subject", "facts_judged", "pending", "subject_of"]

PENDING: dict[str, pl.DataType] = {
    "family_id": pl.String(),
    "ground": pl.String(),
    "reason": pl.String(),
    "proposed_since": pl.Date(),
    "since": pl.Date(),
    "evidence_on": pl.Date(),
    "persons": pl.Int64(),
    "street_code": pl.String(),
    "community_code": pl.String(),
}
"""Columns of `pending`: families, never a person."""

_EXITS = ("exit_confirmed", "exit_refused")
_FOUND = {"person_key": pl.String(), "evidence_key": pl.String()}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a decision is about: a person, or all of a family."""

    family_ids: tuple[str, ...] = ()
    person_key: str | None = None


def pending(engine: Engine, edition: EditionInfo, area: Area) -> pl.DataFrame:
    """Families and grounds of an area that are proposed to leave, the longest waiting first (`PENDING`)."""
    columns = PUBLISHED["standings"].__table__.c
    here = area.condition(columns.street_code, columns.community_code)
    wanted = [columns.edition_id == edition.edition_id, columns.status == PROPOSED, here]
    schema = {name: dtype for name, dtype in PENDING.items() if name != "persons"}
    with engine.connect() as connection:
        rows = read_frame(connection, select(*[columns[name] for name in schema]).where(*wanted), schema)
    said = pl.col("reason").sort_by("evidence_on", "reason", descending=True, nulls_last=True).first()
    counted = rows.group_by("family_id", "ground", "street_code", "community_code").agg(
        said,
        pl.col("proposed_since", "since").min(),
        pl.col("evidence_on").max(),
        persons=pl.len().cast(pl.Int64),
    )
    return counted.select(list(PENDING)).sort("proposed_since", "family_id", "ground")


def subject_of(engine: Engine, settings: Settings, edition: EditionInfo, text: str) -> Subject:
    """The person of an identity number or person key, else the family of an id or number."""
    subject = text.strip()
    person_key = person_key_of(settings, subject)
    if person_key:
        return Subject(person_key=current_key(engine, edition, person_key))
    return Subject(family_ids=(subject, f"D:{subject}", f"H:{subject}"))


def facts_judged(
    engine: Engine,
    edition: EditionInfo,
    subject: Subject,
    *,
    rule_id: str,
    outcome: str,
    evidence_key: str | None = None,
) -> list[tuple[str, str | None]]:
    """Person key and evidence key of each fact that the decision judges.

    Raises `DecisionError` when the edition has no such fact, or has several and none was named.
    """
    if outcome == "included":
        return [(_included(engine, edition, subject), None)]
    if outcome in _EXITS:
        table, rule = PUBLISHED["standings"].__table__.c, "ground"
        wanted = [table.status == PROPOSED]
    else:
        table = PUBLISHED["hits" if rule_id in GROUNDS.labels else "warnings"].__table__.c
        rule, wanted = "rule_id", []
    wanted += [table.edition_id == edition.edition_id, table[rule] == rule_id, _about(table, subject)]
    with engine.connect() as connection:
        rows = read_frame(connection, select(table.person_key, table.evidence_key).where(*wanted), _FOUND).unique()
    if evidence_key is not None:
        rows = rows.filter(pl.col("evidence_key") == evidence_key)
    if rows.is_empty():
        what = "is proposed to leave" if outcome in _EXITS else "was found"
        raise DecisionError(
            f"nothing of {rule_id} {what} there as of {edition.as_of}; `doudi decide --pending` lists it"
        )
    if outcome not in _EXITS and rows["evidence_key"].n_unique() > 1:
        keys = ", ".join(sorted(rows["evidence_key"].unique()))
        raise DecisionError(f"there are several facts of {rule_id}; name one by --evidence: {keys}")
    return rows.sort("person_key").rows()


def _about(table: object, subject: Subject) -> ColumnElement[bool]:
    if subject.person_key is not None:
        return table.person_key == subject.person_key  # type: ignore[attr-defined, no-any-return]
    return or_(*[table.family_id == each for each in subject.family_ids])  # type: ignore[attr-defined]


def _included(engine: Engine, edition: EditionInfo, subject: Subject) -> str:
    """The person through whom a family is put on the list: the one named, else the head of a listed family."""
    if subject.person_key is not None:
        return subject.person_key
    query = select(ListEntry.head_key).where(
        ListEntry.edition_id == edition.edition_id, ListEntry.family_id.in_(subject.family_ids)
    )
    with engine.connect() as connection:
        found = [each for each in connection.scalars(query) if each]
    if len(found) != 1:
        raise DecisionError(
            "a family that is not on the list is named by one of its persons: an identity number or key"
        )
    return found[0]
