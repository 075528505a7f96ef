"""Editions and the audit chain hold keys and codes: what is published cannot name anybody, and does not."""

from linkage.identity import VAULT_SCHEMA
from registry.models import PUBLISHED, Base
from schemas.columns import Sensitivity
from schemas.contract import all_feeds
from schemas.tables import EDITION_TABLES, get_table

_VAULTED = frozenset({"id_number", "person_name", "phone", "address"})
_TELLS_NOBODY = frozenset({"person_key", "community_code", "started_on", "source_feed", "source_delivery"})


def test_no_published_column_is_one_of_the_vault() -> None:
    """If this fails, a list that can never be changed carries a name or a number."""
    delivered = {each.name for feed in all_feeds().values() for each in feed.columns if each.vaulted}
    forbidden = delivered | _VAULTED | ({*VAULT_SCHEMA} - _TELLS_NOBODY)
    for name in EDITION_TABLES:
        assert not set(get_table(name).schema) & forbidden, name
    for model in (*PUBLISHED.values(), *(each.class_ for each in Base.registry.mappers)):
        assert not {each.name for each in model.__table__.columns} & forbidden, model.__tablename__


def test_no_published_column_is_an_identifier_or_free_text() -> None:
    """If this fails, a column that identifies somebody has come into what is published for ever."""
    for name in EDITION_TABLES:
        marked = [
            each for each, column in get_table(name).columns.items() if column.sensitivity is Sensitivity.IDENTIFIER
        ]
        assert not marked, name
