"""What was erased and why, and the day a delivery was read as of: retention, erasure and replay.

What belongs here: the column and the table, and the triggers that keep what they record.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table, then the triggers that keep it as it is."""
    op.add_column("delivery", sa.Column("taken_on", sa.Date(), nullable=True))
    op.create_table(
        "erasure",
        sa.Column("erasure_id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(16), nullable=False),
        sa.Column("person_key", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("erased_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_delivery_id", "erasure", ["delivery_id"])
    op.create_index("ix_erasure_person_key", "erasure", ["person_key"])
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def downgrade() -> None:
    """There is no way back: a record is not unmade."""
    raise RuntimeError("what was erased stays recorded; the registry cannot be taken back")


def _protect_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER keep_erasure_{act.lower()} BEFORE {act} ON erasure FOR EACH ROW "
            "BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END"
        )


def _protect_postgresql() -> None:
    for name, act in (("keep_erasure", "UPDATE OR DELETE"), ("keep_erasure_truncate", "TRUNCATE")):
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON erasure FOR EACH STATEMENT EXECUTE FUNCTION keep_record()")
