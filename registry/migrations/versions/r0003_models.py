"""Models of need: what was trained, and the acts that made one current."""

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, then the triggers that keep them as they are."""


def downgrade() -> None:
    """There is no way back: a record is not unmade."""
    raise RuntimeError("what the registry records cannot be taken back")
