"""Saved views of the list, and what changed between two editions, kept once it was computed.

What belongs here: tables of what comes and goes; none of them is a record, so that no trigger guards them.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "saved_view",
        sa.Column("view_id", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("shared_role", sa.String(), nullable=True),
        sa.Column("shared_area", sa.String(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_saved_view_account_id_account"),
        sa.PrimaryKeyConstraint("view_id", name="pk_saved_view"),
        sa.UniqueConstraint("account_id", "title", name="uq_saved_view_account_id_title"),
    )
    op.create_table(
        "edition_comparison",
        *_pair("edition_comparison"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "before_id", name="pk_edition_comparison"),
    )
    op.create_table(
        "family_change",
        *_pair("family_change"),
        sa.Column("family_id", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("previous_family_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("edition_id", "before_id", "family_id", "change", "whole", name="pk_family_change"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Nothing of the record is lost with them."""
    for name in ("family_change", "edition_comparison", "saved_view"):
        op.drop_table(name)


def _pair(table: str) -> list[sa.schema.SchemaItem]:
    """The two editions that were compared."""
    named = ("edition_id", "before_id")
    return [
        *[sa.Column(each, sa.String(16), nullable=False) for each in named],
        *[
            sa.ForeignKeyConstraint(
                [each], ["edition.edition_id"], name=f"fk_{table}_{each}_edition", ondelete="CASCADE"
            )
            for each in named
        ],
    ]
