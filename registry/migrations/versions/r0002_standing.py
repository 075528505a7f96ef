"""Standing, exits, tasks, measures and decisions: what entry and exit by rule need.

What belongs here: the tables and columns added to the first schema, and the triggers that keep them as they are.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_TABLES = ("standing", "list_exit", "task", "suggested_measure")


def upgrade() -> None:
    """Add the columns and tables, then their triggers."""
    op.add_column("list_entry", sa.Column("proposed_groups", sa.String(), nullable=True))
    for column in (*_text("community_code", "evidence_key"), *_day("raised_on", "due_on")):
        op.add_column("warning", column)
    _create_grounds()
    _create_tasks()
    _create_decision()
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def downgrade() -> None:
    """There is no way back: a record is not unmade."""
    raise RuntimeError("standings and decisions of the registry cannot be taken back")


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(each, sa.String(), nullable=True) for each in names]


def _day(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(each, sa.Date(), nullable=True) for each in names]


def _rows_of_edition(name: str, *columns: sa.Column[Any], key: tuple[str, ...]) -> None:
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


def _create_grounds() -> None:
    key = ("family_id", "person_key", "ground")
    for name, own in (
        ("standing", [_key("status"), sa.Column("since", sa.Date(), nullable=False), *_day("proposed_since")]),
        ("list_exit", [_key("manner")]),
    ):
        _rows_of_edition(
            name,
            *[_key(each) for each in key],
            *own,
            *_text("street_code", "community_code", "reason", "basis"),
            *_day("evidence_on", "valid_until"),
            *_text("evidence_key", "parameters_version", "decision_id"),
            *_text("source_feed", "source_delivery", "source_sheet"),
            sa.Column("source_row", sa.BigInteger(), nullable=True),
            key=key,
        )


def _create_tasks() -> None:
    _rows_of_edition(
        "task",
        *[_key(each) for each in ("task_id", "family_id", "audience")],
        *_text("street_code", "community_code"),
        _key("urgency"),
        sa.Column("warnings", sa.BigInteger(), nullable=False),
        _key("rules"),
        *_day("raised_on", "due_on"),
        key=("task_id",),
    )
    columns = ["edition_id", "audience", "street_code", "due_on"]
    op.create_index("ix_task_edition_id_audience_street_code_due_on", "task", columns)
    key = ("family_id", "measure", "reason")
    _rows_of_edition("suggested_measure", *[_key(each) for each in key], key=key)


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.String(16), nullable=False),
        *[_key(each) for each in ("person_key", "rule_id")],
        *_text("evidence_key"),
        _key("outcome"),
        sa.Column("decided_on", sa.Date(), nullable=False),
        *_day("expires_on"),
        _key("decided_by"),
        *_text("approved_by"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_decision"),
    )
    op.create_index("ix_decision_person_key", "decision", ["person_key"])


def _protect_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        _refuse_sqlite("decision", act, "", "decision is append-only")
    for table in _ROW_TABLES:
        message = f"{table} of a published edition never changes"
        _refuse_sqlite(table, "UPDATE", _published("OLD.edition_id, NEW.edition_id"), message)
        _refuse_sqlite(table, "DELETE", _published("OLD.edition_id"), message)
        _refuse_sqlite(table, "INSERT", _published("NEW.edition_id"), message)


def _published(editions: str) -> str:
    return f"WHEN EXISTS (SELECT 1 FROM publication WHERE edition_id IN ({editions}))"  # noqa: S608  # our own names


def _refuse_sqlite(table: str, act: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER keep_{table}_{act.lower()} BEFORE {act} ON {table} FOR EACH ROW {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _protect_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER keep_decision BEFORE UPDATE OR DELETE ON decision "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_record()"
    )
    for table in _ROW_TABLES:
        for act, rows in (("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD"), ("INSERT", "NEW")):
            op.execute(
                f"CREATE TRIGGER keep_{table}_{act.lower()}_{rows.lower()} AFTER {act} ON {table} "
                f"REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_published()"
            )
    for table in ("decision", *_ROW_TABLES):
        op.execute(
            f"CREATE TRIGGER keep_{table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_record()"
        )
