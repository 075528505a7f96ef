"""The first schema of the registry: deliveries, editions, publications, the audit chain.

What belongs here: that schema as it was first released, written out so that later changes of the models do
not alter it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_TABLES = (
    "list_entry",
    "list_member",
    "hit",
    "warning",
    "score_reason",
    "edition_death",
    "edition_alias",
    "edition_aggregate",
)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(each, sa.String(), nullable=True) for each in names]


def _number(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(each, sa.BigInteger(), nullable=True) for each in names]


def _count(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(each, sa.BigInteger(), nullable=False) for each in names]


def _instant(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _source() -> list[sa.Column[Any]]:
    return [*_text("source_feed", "source_delivery", "source_sheet"), *_number("source_row")]


def _rows_of_edition(name: str, *columns: sa.Column[Any], key: tuple[str, ...]) -> None:
    """A table of rows that an edition publishes, clustered by its key."""
    op.create_table(
        name,
        sa.Column("edition_id", sa.String(16), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.edition_id"], name=f"fk_{name}_edition_id_edition", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("edition_id", *key, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    """Make the tables, then the triggers that keep what is published as it is."""
    _create_record()
    _create_edition()
    _create_lists()
    _create_findings()
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def downgrade() -> None:
    """There is no way back from the first schema: a record is not unmade."""
    raise RuntimeError("the first schema of the registry cannot be taken back")


def _create_record() -> None:
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.String(16), nullable=False),
        *[_key(each) for each in ("feed", "month", "sender")],
        *_count("revision"),
        _key("file_name"),
        sa.Column("sha256", sa.String(64), nullable=False),
        *_count("size_bytes", "modified_ns"),
        _key("status"),
        *_text("duplicate_of"),
        *_count("rows_read", "rows_accepted", "rows_quarantined"),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        _instant("received_at"),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_sha256", "delivery", ["sha256"])
    taken = sa.text("status <> 'refused'")
    op.create_index(
        "uq_delivery_revision",
        "delivery",
        ["feed", "sender", "month", "revision"],
        unique=True,
        sqlite_where=taken,
        postgresql_where=taken,
    )
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        *[_key(each) for each in ("at", "actor", "action", "purpose")],
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("event_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_event"),
    )


def _create_edition() -> None:
    op.create_table(
        "edition",
        sa.Column("edition_id", sa.String(16), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        *[_key(each) for each in ("input_hash", "content_hash")],
        sa.Column("manifest", sa.JSON(), nullable=False),
        _key("code_version"),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("edition_id", name="pk_edition"),
        sa.UniqueConstraint("as_of", "input_hash", name="uq_edition_as_of_input_hash"),
    )
    op.create_table(
        "publication",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.String(16), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        _instant("published_at"),
        _key("published_by"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.edition_id"], name="fk_publication_edition_id_edition"),
        sa.PrimaryKeyConstraint("publication_id", name="pk_publication"),
    )
    op.create_index("ix_publication_as_of", "publication", ["as_of"])
    op.create_index("ix_publication_edition_id", "publication", ["edition_id"])


def _create_lists() -> None:
    _rows_of_edition(
        "list_entry",
        *[_key(each) for each in ("family_id", "layer")],
        *_text("head_key", "street_code", "community_code"),
        *_number("members"),
        *_text("groups", "tier"),
        *_number("tier_points"),
        *_text("tier_reasons", "classes"),
        *_number("score"),
        *_text("income_evidence"),
        *_number("income_fen"),
        *_text("status"),
        key=("family_id",),
    )
    op.create_index("ix_list_entry_edition_id_street_code_tier", "list_entry", ["edition_id", "street_code", "tier"])
    _rows_of_edition(
        "list_member",
        *[_key(each) for each in ("family_id", "person_key")],
        *_text("family_basis", "relation"),
        sa.Column("birth_on", sa.Date(), nullable=True),
        *_text("sex"),
        *[sa.Column(each, sa.Boolean(), nullable=True) for each in ("on_register", "counted", "in_scope")],
        *_text("street_code", "community_code"),
        key=("family_id", "person_key"),
    )
    op.create_index("ix_list_member_edition_id_person_key", "list_member", ["edition_id", "person_key"])
    _rows_of_edition(
        "edition_death",
        _key("person_key"),
        sa.Column("died_on", sa.Date(), nullable=False),
        key=("person_key",),
    )
    _rows_of_edition("edition_alias", _key("old_key"), _key("person_key"), key=("old_key",))


def _create_findings() -> None:
    _rows_of_edition(
        "hit",
        _key("family_id"),
        sa.Column("hit_no", sa.BigInteger(), autoincrement=False, nullable=False),
        *[_key(each) for each in ("rule_id", "person_key")],
        *_text("basis"),
        *[sa.Column(each, sa.Date(), nullable=True) for each in ("evidence_on", "valid_until")],
        *_number("evidence_fen"),
        *_text("evidence_key"),
        *_source(),
        key=("family_id", "hit_no"),
    )
    _rows_of_edition(
        "warning",
        *[_key(each) for each in ("warning_id", "rule_id", "kind")],
        *_text("family_id", "person_key", "subject", "street_code"),
        sa.Column("evidence_on", sa.Date(), nullable=True),
        *_number("evidence_fen"),
        *_text("basis"),
        *_source(),
        key=("warning_id",),
    )
    op.create_index("ix_warning_edition_id_family_id", "warning", ["edition_id", "family_id"])
    _rows_of_edition(
        "score_reason",
        *[_key(each) for each in ("family_id", "feature")],
        *_number("value", "points"),
        key=("family_id", "feature"),
    )
    measure_key = ("measure", "topic", "part", "street_code", "tier")
    _rows_of_edition("edition_aggregate", *[_key(each) for each in measure_key], *_count("amount"), key=measure_key)


def _protect_sqlite() -> None:
    """Triggers a row; `recursive_triggers` makes REPLACE pass through the ones for deletion."""
    for table in ("audit_event", "publication"):
        for act in ("UPDATE", "DELETE"):
            _refuse_sqlite(table, act, "", f"{table} is append-only")
    for act in ("UPDATE", "DELETE"):
        _refuse_sqlite("delivery", act, "WHEN OLD.status <> 'refused'", "an accepted delivery never changes")
    for table in ("edition", *_ROW_TABLES):
        message = f"{table} of a published edition never changes"
        _refuse_sqlite(table, "UPDATE", _published_sqlite("OLD.edition_id, NEW.edition_id"), message)
        _refuse_sqlite(table, "DELETE", _published_sqlite("OLD.edition_id"), message)
        if table != "edition":
            _refuse_sqlite(table, "INSERT", _published_sqlite("NEW.edition_id"), message)


def _published_sqlite(editions: str) -> str:
    return f"WHEN EXISTS (SELECT 1 FROM publication WHERE edition_id IN ({editions}))"  # noqa: S608  # our own names


def _refuse_sqlite(table: str, act: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER keep_{table}_{act.lower()} BEFORE {act} ON {table} FOR EACH ROW {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _protect_postgresql() -> None:
    """Triggers a statement with transition tables, so that copying a million rows asks once."""
    op.execute(
        "CREATE FUNCTION keep_record() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE FUNCTION keep_published() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF EXISTS (SELECT 1 FROM touched JOIN publication USING (edition_id)) THEN "
        "RAISE EXCEPTION '% of a published edition never changes', TG_TABLE_NAME; END IF; RETURN NULL; END $$"
    )
    for table in ("audit_event", "publication"):
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_record()"
        )
    op.execute(
        "CREATE TRIGGER keep_delivery BEFORE UPDATE OR DELETE ON delivery FOR EACH ROW "
        "WHEN (OLD.status <> 'refused') EXECUTE FUNCTION keep_record()"
    )
    for table in ("edition", *_ROW_TABLES):
        for act, rows in (("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD"), ("INSERT", "NEW")):
            if (table, act) != ("edition", "INSERT"):
                op.execute(
                    f"CREATE TRIGGER keep_{table}_{act.lower()}_{rows.lower()} AFTER {act} ON {table} "
                    f"REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_published()"
                )
    for table in ("audit_event", "publication", "delivery", "edition", *_ROW_TABLES):
        op.execute(
            f"CREATE TRIGGER keep_{table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_record()"
        )
