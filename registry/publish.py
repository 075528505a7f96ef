"""From computed tables to a published edition: write a candidate, then one insert makes it the current one.

What belongs here: that order and its idempotence. A candidate is written in one transaction, so a crash leaves no part
of one, and the edition before stays current until `publish`. What is published, triggers keep as it is.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import blake2b

import polars as pl
from sqlalchemy import Connection, Engine, delete, insert, select

from editions.hashing import content_hash, table_hash
from editions.inputs import InputSet
from linkage.aliases import current_keys
from linkage.persons import SIGNS_OF_LIFE, death_days
from registry.aggregates import aggregates
from registry.audit import append_within
from registry.bulk import insert_frame
from registry.engine import write_transaction
from registry.errors import EditionConflictError, NoEditionError
from registry.models import PUBLISHED, Edition, Publication
from registry.publications import PROGRAM
from registry.scoring_told import scored
from schemas.tables import EDITION_TABLES, FACTS, get_table

__all__ = ["edition_id_of", "publish", "write_candidate"]

_ID_BYTES = 8


def edition_id_of(input_set: InputSet) -> str:
    """The id of the edition of an input set: equal inputs, equal id."""
    text = f"{input_set.as_of.isoformat()}|{input_set.input_hash}"
    return blake2b(text.encode(), digest_size=_ID_BYTES).hexdigest()


def write_candidate(
    engine: Engine,
    input_set: InputSet,
    tables: Mapping[str, pl.DataFrame | pl.LazyFrame],
    *,
    run_id: str | None = None,
    frozen_at: datetime | None = None,
) -> str:
    """Write what was computed from `input_set` as a candidate and return its edition id.

    `run_id` is the run that computed it, `frozen_at` the instant up to which the record was looked at; they are told in
    the manifest and have no part in any hash.

    `tables` holds at least the `EDITION_TABLES`; the facts `deaths` and `aliases`, when there, tell later why a person
    is gone, or known by another key; beside `deaths` stand the facts that refute one (`SIGNS_OF_LIFE`). `scores` with
    `score_drift` tell what scored. When the edition is published already nothing is written. Raises
    `EditionConflictError` for tables of another shape, and when equal inputs gave different content.
    """
    edition_id = edition_id_of(input_set)
    frames = {name: _collected(name, tables) for name in EDITION_TABLES}
    content = content_hash(frames)
    rows = dict(frames)
    rows |= _fates(tables, input_set.as_of)
    rows["aggregates"] = aggregates(frames)
    with write_transaction(engine, _edition_of(input_set.as_of)) as connection:
        known = connection.execute(select(Edition.content_hash).where(Edition.edition_id == edition_id)).scalar()
        if known is not None and _is_published(connection, edition_id):
            if known != content:
                raise EditionConflictError(
                    f"edition {edition_id} as of {input_set.as_of} is published with content {known}, but the same "
                    f"inputs now gave {content}; the computation is not repeatable"
                )
            return edition_id
        connection.execute(delete(Edition).where(Edition.edition_id == edition_id))
        connection.execute(
            insert(Edition).values(
                edition_id=edition_id,
                as_of=input_set.as_of,
                input_hash=input_set.input_hash,
                content_hash=content,
                manifest=_manifest(input_set, frames, run_id, frozen_at) | scored(input_set, tables),
                code_version=input_set.code_version,
                created_at=datetime.now(UTC),
            )
        )
        for name, frame in rows.items():
            insert_frame(connection, PUBLISHED[name], _as_stored(name, frame, edition_id))
    return edition_id


def publish(engine: Engine, edition_id: str, *, actor: str = PROGRAM, purpose: str = "monthly edition") -> bool:
    """Make the edition the current one for its `as_of`; False when it is that already.

    Raises `NoEditionError` when there is no such edition.
    """
    found = select(Edition.as_of, Edition.content_hash).where(Edition.edition_id == edition_id)
    with engine.connect() as reading:
        as_of = reading.execute(found.with_only_columns(Edition.as_of)).scalar()
    with write_transaction(engine, _edition_of(as_of)) as connection:
        edition = connection.execute(found).one_or_none()
        if edition is None:
            raise NoEditionError(f"there is no edition {edition_id!r}; write the candidate first")
        current = connection.execute(
            select(Publication.edition_id)
            .where(Publication.as_of == edition.as_of)
            .order_by(Publication.publication_id.desc())
            .limit(1)
        ).scalar()
        if current == edition_id:
            return False
        connection.execute(
            insert(Publication).values(
                edition_id=edition_id, as_of=edition.as_of, published_at=datetime.now(UTC), published_by=actor
            )
        )
        append_within(
            connection,
            actor=actor,
            action="publish",
            purpose=purpose,
            details={
                "edition_id": edition_id,
                "as_of": edition.as_of.isoformat(),
                "content_hash": edition.content_hash,
                "replaces": current,
            },
        )
    return True


def _edition_of(as_of: date | None) -> str:
    """What writers of editions of one day wait for."""
    return f"edition {as_of}"


def _is_published(connection: Connection, edition_id: str) -> bool:
    query = select(Publication.publication_id).where(Publication.edition_id == edition_id).limit(1)
    return connection.execute(query).scalar() is not None


def _collected(name: str, tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> pl.DataFrame:
    """The table in memory, of exactly its declared columns and types."""
    if name not in tables:
        raise EditionConflictError(f"an edition needs the table {name!r}; the tables given are {sorted(tables)}")
    frame = tables[name].lazy().collect()
    declared = get_table(name).schema
    if dict(frame.schema) != dict(declared):
        wrong = sorted({each for each, _ in set(frame.schema.items()) ^ set(declared.items())})
        raise EditionConflictError(f"table {name!r} of the edition differs from its declaration in {wrong}")
    _check_key(name, frame)
    return frame


def _check_key(name: str, frame: pl.DataFrame) -> None:
    """Before the database says so, since its message would carry the values."""
    columns = [each.name for each in PUBLISHED[name].__table__.primary_key]
    key = [each for each in columns if each in frame.columns]
    absent = frame.filter(pl.any_horizontal(pl.col(key).is_null())).height
    doubled = 0 if "hit_no" in columns else frame.height - frame.n_unique(key)
    if absent or doubled:
        raise EditionConflictError(
            f"table {name!r} of the edition has {doubled} rows too many for the key {', '.join(key)}, and {absent} "
            "without it"
        )


def _fates(tables: Mapping[str, pl.DataFrame | pl.LazyFrame], as_of: date) -> dict[str, pl.DataFrame]:
    """The earliest death of each person, unless later life refutes it, and the current key of each corrected one.

    Both up to `as_of`. Whoever lives by `linkage.persons.death_days` must not be told later as having died.
    """
    found: dict[str, pl.DataFrame] = {}
    if "deaths" in tables:
        dated = tables["deaths"].lazy().filter(pl.col("died_on") <= as_of, pl.col("person_key").is_not_null())
        signs = {name: tables[name].lazy() if name in tables else FACTS[name].empty() for name in SIGNS_OF_LIFE}
        found["deaths"] = death_days({"deaths": dated, **signs}).collect()
    if "aliases" in tables:
        corrected = tables["aliases"].lazy().filter(pl.col("corrected_on") <= as_of)
        found["aliases"] = current_keys(corrected).select("old_key", "person_key").collect()
    return found


def _manifest(
    input_set: InputSet, frames: Mapping[str, pl.DataFrame], run_id: str | None, frozen_at: datetime | None
) -> dict[str, object]:
    made = {"run_id": run_id, "frozen_at": frozen_at and frozen_at.isoformat()}
    return {
        "inputs": input_set.manifest(),
        "tables": {name: {"rows": frame.height, "hash": table_hash(frame)} for name, frame in sorted(frames.items())},
        "made": {name: value for name, value in made.items() if value},
    }


def _as_stored(name: str, frame: pl.DataFrame, edition_id: str) -> pl.DataFrame:
    """The rows in the order of the table's key, which is how the database lays them down."""
    table = PUBLISHED[name].__table__
    if name == "hits":
        frame = frame.sort(["family_id", *[each for each in frame.columns if each != "family_id"]])
        frame = frame.with_row_index("hit_no", offset=1).with_columns(pl.col("hit_no").cast(pl.Int64))
    stored = frame.with_columns(pl.lit(edition_id).alias("edition_id"))
    return stored.sort([each.name for each in table.primary_key])
