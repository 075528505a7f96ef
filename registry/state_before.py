"""The state of the month before that a published edition started from: found by the inputs of that month.

What belongs here: what the input set of the month before was when the edition's own was frozen, and finding what was
made of exactly that. Computing it anew stands in `registry.refold`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from editions.compute import DECISIONS, NOTHING_BEFORE, PREVIOUS
from editions.hashing import table_hash
from editions.inputs import MODEL, input_hash_of
from registry.decisions import known_decisions
from registry.models import Edition, Publication
from registry.need_models import current_model
from registry.queries import EditionInfo, edition_rows
from registry.stage_files import StageFiles
from schemas.settings import Settings
from scoring.model import model_hash

__all__ = ["EDITION_STAGE", "STATES", "State", "kept_before", "published_before"]

State = Mapping[str, pl.LazyFrame]
"""The tables that one month hands to the next, by the names of `PREVIOUS`."""

EDITION_STAGE = "edition"
"""The stage whose tables are the state."""
STATES = "states"
"""Where states lie that no edition of their month left."""


def published_before(engine: Engine, settings: Settings, edition: EditionInfo) -> tuple[State, str] | None:
    """The state as the published edition of the month before has it, and that edition's id; None without one.

    Only an edition of the very inputs counts from which the state of `edition` was made.
    """
    query = (
        select(Edition.edition_id)
        .join(Publication, Publication.edition_id == Edition.edition_id)
        .where(Edition.input_hash == input_hash_of(_inputs_before(engine, settings, edition)))
        .order_by(Publication.publication_id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        found = connection.execute(query).scalar()
    if found is None:
        return None
    return {name: edition_rows(engine, found, table).lazy() for name, table in PREVIOUS.items()}, str(found)


def kept_before(engine: Engine, settings: Settings, edition: EditionInfo) -> tuple[State, str] | None:
    """The state that `edition` started from and where it was found; None when it is kept no longer."""
    inputs = _inputs_before(engine, settings, edition)
    if not inputs["deliveries"]:
        return NOTHING_BEFORE, "nothing before"
    published = published_before(engine, settings, edition)
    if published is not None:
        return published[0], f"edition {published[1]}"
    month, input_hash = inputs["as_of"][:7], input_hash_of(inputs)
    for files in (
        StageFiles(settings, month, input_hash),
        StageFiles(settings, month, input_hash, root=STATES),
    ):
        if all(files.holds(EDITION_STAGE, table) for table in PREVIOUS.values()):
            return {name: files.scan(EDITION_STAGE, table) for name, table in PREVIOUS.items()}, f"state of {month}"
    return None


def _inputs_before(engine: Engine, settings: Settings, edition: EditionInfo) -> dict[str, Any]:
    """The manifest of the input set of the month before, as it was when the edition's own was frozen."""
    inputs = edition.manifest["inputs"]
    as_of = edition.as_of.replace(day=1) - timedelta(days=1)
    month = f"{as_of:%Y-%m}"
    decisions = known_decisions(engine, as_of, recorded_by=edition.frozen_at)
    model = current_model(engine, settings, as_of, recorded_by=edition.frozen_at)
    extra = {name: each for name, each in inputs["extra"].items() if name != MODEL}
    named = {} if model is None else {MODEL: model_hash(model)}
    waiting = [each for each in inputs.get("waiting", ()) if each[1] <= month]
    return {
        **{name: each for name, each in inputs.items() if name != "waiting"},
        "as_of": as_of.isoformat(),
        "deliveries": [each for each in inputs["deliveries"] if each["month"] <= month],
        "extra": {**extra, DECISIONS: table_hash(decisions), **named},
        **({"waiting": waiting} if waiting else {}),
    }
