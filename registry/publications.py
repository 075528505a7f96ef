"""The acts of publishing: which edition became the list of which month, when, and by whom."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, select

from registry.models import Edition, Publication

__all__ = ["PROGRAM", "Published", "publications"]

PROGRAM = "system"
"""Who publishes when no person does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One act of publishing; `holds` says that no later one took its place for the month."""

    edition_id: str
    as_of: date
    published_at: datetime
    published_by: str
    content_hash: str
    input_hash: str
    code_version: str
    holds: bool


def publications(engine: Engine, edition_id: str | None = None) -> list[Published]:
    """All acts, or those about one edition; the newest month first, and within it the latest act first."""
    columns = (Edition.content_hash, Edition.input_hash, Edition.code_version)
    query = (
        select(Publication.edition_id, Publication.as_of, Publication.published_at, Publication.published_by, *columns)
        .join(Edition, Edition.edition_id == Publication.edition_id)
        .order_by(Publication.as_of.desc(), Publication.publication_id.desc())
    )
    seen: set[date] = set()
    found: list[Published] = []
    with engine.connect() as connection:
        for row in connection.execute(query).mappings():
            found.append(Published(**row, holds=row["as_of"] not in seen))
            seen.add(row["as_of"])
    return [each for each in found if edition_id in {None, each.edition_id}]
