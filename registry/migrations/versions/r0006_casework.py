"""Casework: cases, what happened to them, visits, objections, measures and wishes.

What belongs here: the tables, and the triggers that keep every row as it was recorded.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = (
    "case_file",
    "case_event",
    "case_question",
    "case_visit",
    "case_answer",
    "sealed_object",
    "objection_file",
    "objection_event",
    "exit_event",
    "follow_up",
    "follow_up_event",
)


def upgrade() -> None:
    """Add the tables, then the triggers that keep them as they are."""
    _create_cases()
    _create_visits()
    _create_objections()
    _create_exits()
    _create_follow_ups()
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def downgrade() -> None:
    """There is no way back: a record is not unmade."""
    raise RuntimeError("what was done for a family stays recorded; the registry cannot be taken back")


def _column(name: str, kind: Any = None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind if kind is not None else sa.String(), nullable=nullable)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(each, nullable=nullable) for each in names]


def _instant(name: str) -> sa.Column[Any]:
    return _column(name, sa.DateTime(timezone=True))


def _create_cases() -> None:
    op.create_table(
        "case_file",
        _column("case_id", sa.String(24)),
        *_texts("family_id", "audience", "edition_id"),
        _instant("opened_at"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_file"),
    )
    op.create_index("ix_case_file_family_id", "case_file", ["family_id"])
    op.create_table(
        "case_event",
        _column("case_id", sa.String(24)),
        _column("version", sa.Integer()),
        _column("kind"),
        _instant("at"),
        *_texts("actor", "role"),
        *_texts("reason", "subject_id", nullable=True),
        _column("state"),
        _column("round", sa.Integer()),
        *_texts("outcome", "assignee", "concluded_by", "closed_by", nullable=True),
        *[_column(each, sa.Date(), nullable=True) for each in ("due_on", "resume_on")],
        _column("urgency"),
        *_texts("street_code", "community_code", nullable=True),
        sa.PrimaryKeyConstraint("case_id", "version", name="pk_case_event"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name="fk_case_event_case_id_case_file"),
    )
    for columns in (["street_code", "state", "due_on"], ["assignee", "state"], ["state", "due_on"]):
        op.create_index(f"ix_case_event_{'_'.join(columns)}", "case_event", columns)
    op.create_table(
        "case_question",
        _column("warning_id"),
        _column("case_id", sa.String(24)),
        _column("version", sa.Integer()),
        _column("rule_id"),
        *_texts("person_key", "evidence_key", nullable=True),
        _column("evidence_on", sa.Date(), nullable=True),
        _column("source_feed", nullable=True),
        _column("raised_on", sa.Date(), nullable=True),
        _column("edition_id"),
        sa.PrimaryKeyConstraint("warning_id", name="pk_case_question"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name="fk_case_question_case_id_case_file"),
    )
    for name in ("case_id", "rule_id", "person_key"):
        op.create_index(f"ix_case_question_{name}", "case_question", [name])


def _create_visits() -> None:
    op.create_table(
        "case_visit",
        _column("visit_id", sa.String(16)),
        _column("case_id", sa.String(24)),
        *[_column(each, sa.Integer()) for each in ("version", "round")],
        _column("visited_on", sa.Date()),
        *_texts("means", "contact", "visited_by", "channel", "recorded_by"),
        _instant("recorded_at"),
        sa.PrimaryKeyConstraint("visit_id", name="pk_case_visit"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name="fk_case_visit_case_id_case_file"),
    )
    op.create_index("ix_case_visit_case_id", "case_visit", ["case_id"])
    op.create_table(
        "case_answer",
        _column("visit_id", sa.String(16)),
        *_texts("warning_id", "answer"),
        sa.PrimaryKeyConstraint("visit_id", "warning_id", name="pk_case_answer"),
        sa.ForeignKeyConstraint(["visit_id"], ["case_visit.visit_id"], name="fk_case_answer_visit_id_case_visit"),
        sa.ForeignKeyConstraint(
            ["warning_id"], ["case_question.warning_id"], name="fk_case_answer_warning_id_case_question"
        ),
    )
    op.create_table(
        "sealed_object",
        _column("object_id", sa.String(16)),
        *_texts("kind", "subject", "subject_id", "media_type"),
        _column("size_bytes", sa.BigInteger()),
        _column("commitment", sa.String(64)),
        _column("kept_by"),
        _instant("kept_at"),
        sa.PrimaryKeyConstraint("object_id", name="pk_sealed_object"),
    )
    op.create_index("ix_sealed_object_subject_id", "sealed_object", ["subject_id"])


def _create_objections() -> None:
    op.create_table(
        "objection_file",
        _column("objection_id", sa.String(16)),
        _column("family_id"),
        _column("case_id", sa.String(24), nullable=True),
        _column("against"),
        *_texts("rule_id", "person_key", "evidence_key", "source_feed", nullable=True),
        _column("filed_by"),
        _column("filed_on", sa.Date()),
        _column("audience"),
        *_texts("street_code", "community_code", nullable=True),
        _column("recorded_by"),
        _instant("recorded_at"),
        sa.PrimaryKeyConstraint("objection_id", name="pk_objection_file"),
    )
    for name in ("family_id", "case_id", "person_key"):
        op.create_index(f"ix_objection_file_{name}", "objection_file", [name])
    op.create_table(
        "objection_event",
        _column("objection_id", sa.String(16)),
        _column("version", sa.Integer()),
        _column("kind"),
        _instant("at"),
        *_texts("actor", "role", "state"),
        _column("due_on", sa.Date()),
        *_texts("department", "answer", "edition_id", nullable=True),
        sa.PrimaryKeyConstraint("objection_id", "version", name="pk_objection_event"),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objection_file.objection_id"], name="fk_objection_event_objection_id_objection_file"
        ),
    )
    op.create_index("ix_objection_event_state_due_on", "objection_event", ["state", "due_on"])


def _create_exits() -> None:
    op.create_table(
        "exit_event",
        _column("exit_id", sa.String(16)),
        _column("version", sa.Integer()),
        *_texts("kind", "family_id", "ground"),
        _column("proposed_since", sa.Date()),
        *_texts("street_code", "community_code", nullable=True),
        *_texts("reason", "actor", "role"),
        _instant("at"),
        sa.PrimaryKeyConstraint("exit_id", "version", name="pk_exit_event"),
    )
    op.create_index("ix_exit_event_family_id", "exit_event", ["family_id"])


def _create_follow_ups() -> None:
    op.create_table(
        "follow_up",
        _column("follow_up_id", sa.String(16)),
        *_texts("kind", "what", "family_id"),
        _column("case_id", sa.String(24), nullable=True),
        *_texts("receiver_kind", "receiver", "street_code", "community_code", nullable=True),
        _column("recorded_by"),
        _instant("recorded_at"),
        sa.PrimaryKeyConstraint("follow_up_id", name="pk_follow_up"),
    )
    for name in ("family_id", "case_id"):
        op.create_index(f"ix_follow_up_{name}", "follow_up", [name])
    op.create_table(
        "follow_up_event",
        _column("follow_up_id", sa.String(16)),
        _column("version", sa.Integer()),
        _instant("at"),
        *_texts("actor", "role", "state"),
        *[_column(each, sa.Date()) for each in ("happened_on", "due_on")],
        _column("owner"),
        _column("reason", nullable=True),
        sa.PrimaryKeyConstraint("follow_up_id", "version", name="pk_follow_up_event"),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_up.follow_up_id"], name="fk_follow_up_event_follow_up_id_follow_up"
        ),
    )
    op.create_index("ix_follow_up_event_state_due_on", "follow_up_event", ["state", "due_on"])


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
