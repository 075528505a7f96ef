"""Protected families: whose address is hidden, and what happened to the protection.

What belongs here: the tables, and the triggers that keep every row as it was recorded.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("protection", "protected_person", "protection_event")


def upgrade() -> None:
    """Add the tables, then the triggers that keep them as they are."""
    op.create_table(
        "protection",
        sa.Column("protection_id", sa.String(16), nullable=False),
        sa.Column("family_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("protection_id", name="pk_protection"),
    )
    op.create_index("ix_protection_family_id", "protection", ["family_id"])
    op.create_table(
        "protected_person",
        sa.Column("protection_id", sa.String(16), nullable=False),
        sa.Column("person_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("protection_id", "person_key", name="pk_protected_person"),
        sa.ForeignKeyConstraint(
            ["protection_id"], ["protection.protection_id"], name="fk_protected_person_protection_id_protection"
        ),
    )
    op.create_table(
        "protection_event",
        sa.Column("protection_id", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("protection_id", "version", name="pk_protection_event"),
        sa.ForeignKeyConstraint(
            ["protection_id"], ["protection.protection_id"], name="fk_protection_event_protection_id_protection"
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def downgrade() -> None:
    """There is no way back: a record is not unmade."""
    raise RuntimeError("a protection stays recorded; the registry cannot be taken back")


def _protect_sqlite() -> None:
    for table in _TABLES:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER keep_{table}_{act.lower()} BEFORE {act} ON {table} FOR EACH ROW "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _protect_postgresql() -> None:
    for table in _TABLES:
        for name, acts in (("", "UPDATE OR DELETE"), ("_truncate", "TRUNCATE")):
            op.execute(
                f"CREATE TRIGGER keep_{table}{name} BEFORE {acts} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION keep_record()"
            )
