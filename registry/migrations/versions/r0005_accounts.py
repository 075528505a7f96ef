"""Accounts, sessions, tokens and failed attempts; and counts of an edition by community.

What belongs here: the tables of accounts, and `edition_aggregate` made anew with the community in its key, counted
again from the rows of each edition.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTED = "edition_aggregate"
_KEY = ("measure", "topic", "part", "street_code", "community_code", "tier")
_PLACE = "coalesce({0}.street_code, ''), coalesce({0}.community_code, '')"


def upgrade() -> None:
    """Add the tables of accounts, count the editions anew, then guard both."""
    _create_accounts()
    _create_sessions()
    _recount()
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def downgrade() -> None:
    """There is no way back: the audit chain names the accounts."""
    raise RuntimeError("accounts stay recorded; the registry cannot be taken back")


def _text(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(each, sa.String(), nullable=nullable) for each in names]


def _instants(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(each, sa.DateTime(timezone=True), nullable=nullable) for each in names]


def _create_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.String(16), nullable=False),
        *_text("name", "title", "role", "area"),
        *_text("password_hash", nullable=True),
        *_instants("password_on", nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        *_text("subject", nullable=True),
        *_instants("created_at"),
        *_text("created_by"),
        *_instants("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.UniqueConstraint("subject", name="uq_account_subject"),
    )
    op.create_table(
        "sign_in_throttle",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        *_instants("since"),
        *_instants("until", nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_in_throttle"),
    )


def _create_sessions() -> None:
    op.create_table(
        "staff_session",
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(16), nullable=False),
        *_text("purpose", "network_address", "agent"),
        *_instants("created_at", "seen_at", "expires_at"),
        *_instants("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_staff_session_account_id_account"),
        sa.PrimaryKeyConstraint("session_hash", name="pk_staff_session"),
    )
    op.create_index("ix_staff_session_account_id", "staff_session", ["account_id"])
    op.create_table(
        "api_token",
        sa.Column("token_id", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(16), nullable=False),
        *_text("title"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        *_text("purpose"),
        *_instants("created_at", "expires_at"),
        *_instants("used_at", "ended_at", nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_api_token_account_id_account"),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])


def _recount() -> None:
    """The table with its new key, filled from the lists and warnings, to be guarded as before."""
    op.execute(
        "CREATE TEMPORARY TABLE counted_topic AS SELECT DISTINCT edition_id, topic FROM edition_aggregate "
        "WHERE measure = 'families' AND topic <> ''"
    )
    op.drop_table(_COUNTED)
    op.create_table(
        _COUNTED,
        sa.Column("edition_id", sa.String(16), nullable=False),
        *_text(*_KEY),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.edition_id"], name=f"fk_{_COUNTED}_edition_id_edition", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("edition_id", *_KEY, name=f"pk_{_COUNTED}"),
        sqlite_with_rowid=False,
    )
    for measure, amount in (("families", "count(*)"), ("members", "coalesce(sum(l.members), 0)")):
        _fill_families(measure, amount)
    op.execute(
        f"INSERT INTO edition_aggregate SELECT w.edition_id, 'warnings', w.rule_id, w.kind, {_PLACE.format('w')}, '', "  # noqa: S608 - our own names
        f"count(*) FROM warning w GROUP BY w.edition_id, w.rule_id, w.kind, {_PLACE.format('w')}"
    )
    op.execute("DROP TABLE counted_topic")


def _fill_families(measure: str, amount: str) -> None:
    what = f"coalesce(l.layer, ''), {_PLACE.format('l')}, coalesce(l.tier, '')"
    op.execute(
        f"INSERT INTO edition_aggregate SELECT l.edition_id, '{measure}', '', {what}, {amount} "  # noqa: S608 - our own names
        f"FROM list_entry l GROUP BY l.edition_id, {what}"
    )
    op.execute(
        f"INSERT INTO edition_aggregate SELECT l.edition_id, '{measure}', t.topic, {what}, {amount} "  # noqa: S608 - our own names
        "FROM list_entry l JOIN counted_topic t ON t.edition_id = l.edition_id "
        "AND ';' || l.groups || ';' LIKE '%;' || replace(t.topic, '_', '!_') || ';%' ESCAPE '!' "
        f"GROUP BY l.edition_id, t.topic, {what}"
    )


def _protect_sqlite() -> None:
    for name, act in (("update", "UPDATE OF account_id, name"), ("delete", "DELETE")):
        op.execute(
            f"CREATE TRIGGER keep_account_{name} BEFORE {act} ON account FOR EACH ROW "
            "BEGIN SELECT RAISE(ABORT, 'the name of an account never changes'); END"
        )
    for act, editions in (
        ("UPDATE", "OLD.edition_id, NEW.edition_id"),
        ("DELETE", "OLD.edition_id"),
        ("INSERT", "NEW.edition_id"),
    ):
        op.execute(
            f"CREATE TRIGGER keep_{_COUNTED}_{act.lower()} BEFORE {act} ON {_COUNTED} FOR EACH ROW "
            f"{_when_published(editions)} "
            f"BEGIN SELECT RAISE(ABORT, '{_COUNTED} of a published edition never changes'); END"
        )


def _when_published(editions: str) -> str:
    return f"WHEN EXISTS (SELECT 1 FROM publication WHERE edition_id IN ({editions}))"  # noqa: S608 - our own names


def _protect_postgresql() -> None:
    for name, act in (("update", "UPDATE OF account_id, name"), ("delete", "DELETE"), ("truncate", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER keep_account_{name} BEFORE {act} ON account "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_record()"
        )
    for act, rows in (("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD"), ("INSERT", "NEW")):
        op.execute(
            f"CREATE TRIGGER keep_{_COUNTED}_{act.lower()}_{rows.lower()} AFTER {act} ON {_COUNTED} "
            f"REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_published()"
        )
    op.execute(
        f"CREATE TRIGGER keep_{_COUNTED}_truncate BEFORE TRUNCATE ON {_COUNTED} "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_record()"
    )
