"""Published editions for programs: hashes, inputs, and what changed from one to another."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import HTTPException, Query, Request, status
from pydantic import BaseModel, Field

from editions.changes import CHANGE_SCHEMA
from portal.access import Reader
from portal.api.operation import Paged, Rows, Said, Telling, Word, next_page, operation, told
from portal.api.shapes import frame_shape
from portal.editions import table_counts
from registry.edition_diff import EditionDiff, diff, find_edition
from registry.publications import publications
from registry.queries import edition_of
from registry.views import record_view
from schemas.tables import get_table

__all__ = ["OPERATIONS"]

_TAG = "editions"


class Publication(Telling):
    """One act of publishing; `holds` says that no later one took its place for the month."""

    edition_id: str
    as_of: date
    published_at: datetime
    published_by: str
    content_hash: str
    input_hash: str
    code_version: str
    holds: bool


class TableOut(Telling):
    """One table of an edition; rows are told to those alone who may know of all families and warnings."""

    table: str
    title: Said
    rows: int | None
    hash: str


class Delivered(Telling):
    """One file that the edition was computed from."""

    feed: str
    month: str
    sender: str
    revision: int
    sha256: str


class Overlaid(Telling):
    """A parameter that the installation has set otherwise than it is shipped."""

    parameter: str
    since: str
    value: Any
    shipped: Any
    citation: str


class EditionOut(Telling):
    """One edition: what it is a pure function of, and the hashes by which it can be compared when computed again."""

    edition_id: str
    as_of: date
    content_hash: str
    input_hash: str
    code_version: str
    created_at: datetime
    parameters_digest: str
    overlays: dict[str, str]
    overlaid: list[Overlaid]
    extra: dict[str, str]
    tables: list[TableOut]
    deliveries: list[Delivered] = Field(description="For readers of the whole district")
    publications: list[Publication]


ChangeRow: type[BaseModel] = frame_shape(
    "ChangeRow", "Family or family and group: what changed, by which ground and why", CHANGE_SCHEMA,
    points_gained=(str | None, Field(default=None, description="Points of the tier, as 'reason=points'")),
    points_lost=(str | None, Field(default=None, description="Points of the tier, as 'reason=points'")),
)  # fmt: skip


class Changes(Rows[ChangeRow]):  # type: ignore[valid-type]  # made from the contract
    """What changed between two editions: counts by kind, and a page of the changed families."""

    before: str
    after: str
    counts: dict[str, dict[str, int]] = Field(description="Families, families in one group, and persons, by change")


class _Two(Paged):
    before: Word = Field(min_length=1, description="Edition id, a day such as 2026-06-30, or latest")
    after: Word = Field(default="latest", description="Edition id, a day, or latest")


def list_editions(request: Request) -> Any:
    """Every act of publishing, the newest month first."""
    return publications(request.app.state.engine)


def get_edition(request: Request, reader: Reader, edition_id: str) -> Any:
    """One published edition with its inputs and hashes."""
    engine = request.app.state.engine
    edition = edition_of(engine, edition_id)
    if edition is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    inputs = edition.manifest["inputs"]
    parameters = inputs["parameters"]
    return told(
        EditionOut,
        edition,
        parameters_digest=parameters["digest"],
        overlays=parameters["overlays"],
        overlaid=[{**each, "since": str(each["since"])} for each in parameters.get("overlaid", [])],
        extra={name: str(value) for name, value in inputs["extra"].items()},
        tables=[
            {"table": name, "title": get_table(name).title, "rows": rows, "hash": content}
            for name, rows, content in table_counts(edition.manifest, reader)
        ],
        deliveries=inputs["deliveries"] if reader.area.is_district else [],
        publications=publications(engine, edition_id),
    )


def compare_editions(request: Request, reader: Reader, asked: Annotated[_Two, Query()]) -> Any:
    """Which families entered, left or moved between any two editions, by which ground and why (for auditors)."""
    engine = request.app.state.engine
    before, after = (find_edition(engine, each) for each in (asked.before, asked.after))
    kept: dict[tuple[str, str], EditionDiff] = request.app.state.differences
    key = (before.edition_id, after.edition_id)
    if key not in kept:
        kept.clear()
        kept[key] = diff(engine, before, after)
    found = kept[key]
    rows = found.families.slice(asked.offset, asked.size).to_dicts()
    record_view(
        engine, reader, "edition difference API", edition_id=after.edition_id, rows=len(rows),
        filters={"before": before.edition_id},
    )  # fmt: skip
    total = found.families.height
    return {
        "before": before.edition_id,
        "after": after.edition_id,
        "counts": found.counts,
        "total": total,
        "page": asked.page,
        "size": asked.size,
        "next": next_page(request, asked.page, asked.size, total, before=before.edition_id, after=after.edition_id),
        "items": rows,
    }


OPERATIONS = (
    operation("/editions", list_editions, "proof.read", "名单版本", tag=_TAG, answer=list[Publication]),
    operation("/editions/difference", compare_editions, "audit.read", "两版名单的差异", tag=_TAG, answer=Changes),
    operation("/editions/{edition_id}", get_edition, "proof.read", "一个名单版本", tag=_TAG, answer=EditionOut),
)
