"""What an explanation says of a family's standing: what is proposed to leave, in grace, or included by a person.

What belongs here: sentences about standings. They name grounds, reasons and days, and nobody.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from editions.changes import CHANGE_REASONS
from editions.grounds import GROUNDS, VERIFIED
from editions.standing import GRACE, PROPOSED
from registry.bulk import read_frame
from registry.models import PUBLISHED
from schemas.told import Listed, Told

__all__ = ["standing_notes"]

_OBLIGOR, _UNTOLD = "obligor_family", "facts_changed"
_SCHEMA: dict[str, pl.DataType] = {
    "ground": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "since": pl.Date(),
    "proposed_since": pl.Date(),
    "valid_until": pl.Date(),
}


def standing_notes(engine: Engine, edition_id: str, family_id: str, person_key: str | None = None) -> list[str]:
    """One sentence a ground that facts of the month do not carry alone; of a person, those of that person only."""
    columns = PUBLISHED["standings"].__table__.c
    wanted = [columns.edition_id == edition_id, columns.family_id == family_id]
    if person_key is not None:
        wanted.append(columns.person_key == person_key)
    with engine.connect() as connection:
        rows = read_frame(connection, select(*[columns[name] for name in _SCHEMA]).where(*wanted), _SCHEMA)
    notes = [_note(each) for each in rows.unique().sort(*_SCHEMA).iter_rows(named=True)]
    return list(dict.fromkeys(each for each in notes if each))


def _note(row: Mapping[str, Any]) -> str:
    title = GROUNDS.title_of(row["ground"])
    if row["status"] == PROPOSED:
        return Told(
            "%(title)s：自 %(day)s 起拟退出（%(reason)s），经工作人员核实确认前仍在列",
            title=title,
            day=row["proposed_since"],
            reason=_reason(row),
        )
    if row["status"] == GRACE:
        return Told(
            "%(title)s：%(reason)s，自 %(day)s 起处于宽限期",
            title=title,
            reason=_reason(row),
            day=row["proposed_since"],
        )
    if row["ground"] == VERIFIED:
        told = Told("%(title)s：经走访或人工核实属实，自 %(day)s 起列入", title=title, day=row["since"])
        return Listed([told, Told("有效至 %(day)s", day=row["valid_until"]) if row["valid_until"] else ""])
    return ""


def _reason(row: Mapping[str, Any]) -> str:
    """The reason; what has become of a ward is the ward's own affair, and is left out."""
    return CHANGE_REASONS.title_of(_UNTOLD if row["ground"] == _OBLIGOR else row["reason"])
