"""Models of need: what was trained, and the acts that made one current."""

from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("need_model", "model_act")


def upgrade() -> None:
    """Add the tables, then the triggers that keep them as they are."""
    _create_model()
    _create_act()
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def downgrade() -> None:
    """There is no way back: a record is not unmade."""
    raise RuntimeError("what the registry records cannot be taken back")


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(each, sa.String(), nullable=False) for each in names]


def _create_model() -> None:
    op.create_table(
        "need_model",
        sa.Column("model_id", sa.String(16), nullable=False),
        *_text("kind", "name"),
        sa.Column("model_hash", sa.String(64), nullable=False),
        *[sa.Column(each, sa.Date(), nullable=True) for each in ("first_as_of", "last_as_of")],
        *_text("feature_spec_hash", "created_by"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", name="pk_need_model"),
        sa.UniqueConstraint("model_hash", name="uq_need_model_model_hash"),
    )


def _create_act() -> None:
    op.create_table(
        "model_act",
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(16), nullable=False),
        *_text("act", "acted_by"),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evaluation_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["need_model.model_id"], name="fk_model_act_model_id_need_model"),
        sa.PrimaryKeyConstraint("act_id", name="pk_model_act"),
    )
    op.create_index("ix_model_act_model_id", "model_act", ["model_id"])


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
