"""What was erased: reading the record of it.

What belongs here: questions to the table `erasure`. Doing it stands in `registry.retention` and `registry.erasing`.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.models import Erasure

__all__ = ["DELIVERY", "PERSON", "TERM", "WRITTEN", "Erased", "as_input", "erased_since", "erasures", "originals"]

DELIVERY, PERSON, WRITTEN = "delivery", "person", "written"
"""Kinds of erasure: an original, a person's rows, a note or photo that staff kept."""
TERM = "term"
"""The reason of an erasure at the end of a term; those of a person's are in `registry.erasing`."""

_DIGEST_BYTES = 16

_Row = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Erased:
    """Persons that were erased, by all their keys; the delivered rows that went with them."""

    acts: frozenset[str]
    persons: frozenset[str]
    rows: frozenset[_Row]


def erasures(engine: Engine, kind: str | None = None) -> list[Erasure]:
    """Every erasure on record, in order."""
    query = select(Erasure).order_by(Erasure.erasure_id)
    if kind is not None:
        query = query.where(Erasure.kind == kind)
    with Session(engine) as session:
        return list(session.scalars(query))


def erased_since(engine: Engine, instant: datetime) -> Erased:
    """The persons erased after `instant`; rows are delivery, sheet and number."""
    held = [each for each in erasures(engine, PERSON) if each.erased_at > instant]
    keys = {key for each in held for key in (each.person_key, *each.manifest.get("former_keys", ())) if key}
    rows = {(each.delivery_id, str(sheet), int(row)) for each in held for sheet, row in each.manifest.get("rows", ())}
    return Erased(frozenset(each.act_id for each in held), frozenset(keys), frozenset(rows))


def originals(engine: Engine) -> dict[str, tuple[str, str]]:
    """Deliveries whose original was replaced: what is archived instead, the accepted rows of all others, and its hash.

    An empty name says that the original was gone before.
    """
    held: dict[str, tuple[str, str]] = {}
    for each in erasures(engine, PERSON):
        held[each.delivery_id] = (each.manifest.get("reduced", ""), each.manifest.get("reduced_sha256", ""))
    return held


def as_input(engine: Engine) -> dict[str, str]:
    """What an input set records of erased persons: nothing as long as there are none."""
    acts = sorted({each.act_id for each in erasures(engine, PERSON)})
    return {"erased": blake2b("".join(acts).encode(), digest_size=_DIGEST_BYTES).hexdigest()} if acts else {}
