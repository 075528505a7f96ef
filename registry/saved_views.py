"""Views of the list that readers keep: filters, order and columns under a name.

What belongs here: keeping, finding, renaming, sharing and removing them. A view never holds a keyword, which is
somebody's name or number, and never an area of its own: whoever opens it sees families of their own area.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from registry.accounts.accounts import account_of
from registry.asked import Question
from registry.audit import append_within
from registry.engine import write_transaction
from registry.errors import NotPermittedError, NoViewError, SavedViewError
from registry.models import Account, SavedView
from registry.roles import ROLES, Actor, require
from registry.scope import Area
from schemas.errors import UnknownNameError

__all__ = ["EVERY_ROLE", "View", "keep_view", "remove_view", "rename_view", "share_view", "unshare_view", "views_of"]

EVERY_ROLE = "every"
"""Stands for all roles when a view is shared."""

_VIEWS = "views"
_LONGEST_TITLE = 40
_MOST = 50
_NUMBER_OF_SOMEBODY = re.compile(r"\d{7}")
_NEVER_KEPT = ("keyword", "page", "as_of")
_SEEN = Question(  # asked for each page
    select(SavedView.__table__, Account.name.label("owner"))
    .join(Account, Account.account_id == SavedView.account_id)
    .where((Account.name == bindparam("name")) | SavedView.shared_role.is_not(None))
    .order_by(SavedView.title)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One view as a reader sees it: its words as the list page has them, whose it is, and with whom it is shared."""

    view_id: str
    title: str
    words: Mapping[str, Any]
    owner: str
    own: bool
    shared_role: str | None
    shared_area: str | None


def keep_view(engine: Engine, title: str, words: Mapping[str, Any], *, actor: Actor) -> str:
    """Keep the list as it is asked for under a name; the name that was used before gets the new words. Gives the id.

    The words are those of the list page, checked by it. Raises `SavedViewError` for a keyword, a name that cannot be
    one, and too many views; `NoAccountError` for whoever has no account.
    """
    require(actor, "list.read")
    named = _title(title)
    if any(words.get(each) for each in _NEVER_KEPT):
        raise SavedViewError(
            "a view keeps filters, order and columns, never a keyword, a page or a month: what is sought is somebody's "
            "name or number, and is kept nowhere"
        )
    kept = {name: value for name, value in words.items() if value}
    view_id = secrets.token_hex(8)
    with write_transaction(engine, _VIEWS, only=(f"views of {actor.name}",)) as connection:
        account = account_of(connection, actor.name).account_id
        held = connection.execute(
            select(SavedView.view_id).where(SavedView.account_id == account, SavedView.title == named)
        ).scalar()
        if held is not None:
            connection.execute(
                update(SavedView)
                .where(SavedView.view_id == held)
                .values(words=kept, shared_role=None, shared_area=None, saved_at=datetime.now(UTC))
            )
            return str(held)
        number = connection.execute(select(func.count()).where(SavedView.account_id == account)).scalar_one()
        if number >= _MOST:
            raise SavedViewError("%(most)s views are kept already; remove one first", most=_MOST)
        connection.execute(
            insert(SavedView).values(
                view_id=view_id,
                account_id=account,
                title=named,
                words=kept,
                shared_role=None,
                shared_area=None,
                saved_at=datetime.now(UTC),
            )
        )
    return view_id


def views_of(engine: Engine, *, actor: Actor) -> list[View]:
    """The reader's own views by name, then those that are shared with their role and area and are about it."""
    rows = _SEEN.rows(engine, {"name": actor.name})
    found = [
        View(
            view_id=row["view_id"],
            title=row["title"],
            words=row["words"],
            owner=row["owner"],
            own=row["owner"] == actor.name,
            shared_role=row["shared_role"],
            shared_area=row["shared_area"],
        )
        for row in rows
    ]
    mine = [each for each in found if each.own]
    return mine + [each for each in found if not each.own and _is_for(each, actor)]


def rename_view(engine: Engine, view_id: str, title: str, *, actor: Actor) -> None:
    """Call one's own view otherwise; raises `SavedViewError`, `NoViewError`."""
    named = _title(title)
    with write_transaction(engine, _VIEWS, only=(f"views of {actor.name}",)) as connection:
        account = _own(connection, view_id, actor)
        taken = connection.execute(
            select(SavedView.view_id).where(
                SavedView.account_id == account, SavedView.title == named, SavedView.view_id != view_id
            )
        ).scalar()
        if taken is not None:
            raise SavedViewError("another view of yours has that name")
        connection.execute(update(SavedView).where(SavedView.view_id == view_id).values(title=named))


def remove_view(engine: Engine, view_id: str, *, actor: Actor) -> None:
    """Forget one's own view; raises `NoViewError`."""
    with write_transaction(engine, _VIEWS, only=(f"views of {actor.name}",)) as connection:
        _own(connection, view_id, actor)
        connection.execute(delete(SavedView).where(SavedView.view_id == view_id))


def share_view(engine: Engine, view_id: str, role: str, area: str, *, actor: Actor) -> None:
    """Show one's own view to a role (`EVERY_ROLE`: to all) in an area that lies in one's own; recorded.

    Raises `NotPermittedError`, `UnknownNameError`, `NoViewError`.
    """
    require(actor, "list.share")
    if role != EVERY_ROLE and role not in ROLES.labels:
        raise UnknownNameError(ROLES.name, role, [EVERY_ROLE, *ROLES.codes])
    within = Area.of(area)
    if not actor.area.covers(within):
        raise NotPermittedError("a view is shared within one's own area")
    with write_transaction(engine, _VIEWS, only=(f"views of {actor.name}",)) as connection:
        _own(connection, view_id, actor)
        connection.execute(
            update(SavedView)
            .where(SavedView.view_id == view_id)
            .values(shared_role=role, shared_area=Area.of(area).code)
        )
        _record(connection, actor, view_id, {"with_role": role, "with_area": within.code})


def unshare_view(engine: Engine, view_id: str, *, actor: Actor) -> None:
    """Keep one's own view to oneself again; recorded. Raises `NoViewError`."""
    with write_transaction(engine, _VIEWS, only=(f"views of {actor.name}",)) as connection:
        _own(connection, view_id, actor)
        connection.execute(
            update(SavedView).where(SavedView.view_id == view_id).values(shared_role=None, shared_area=None)
        )
        _record(connection, actor, view_id, {"with_role": "", "with_area": ""})


def _record(connection: Connection, actor: Actor, view_id: str, details: Mapping[str, str]) -> None:
    append_within(
        connection,
        actor=actor.name,
        action="share_view",
        purpose="共享名单视图",
        details={**actor.recorded, "view_id": view_id, **details},
    )


def _own(connection: Connection, view_id: str, actor: Actor) -> str:
    """The account of the actor, whose the view is; one of somebody else is not there."""
    query = (
        select(SavedView.account_id)
        .join(Account, Account.account_id == SavedView.account_id)
        .where(SavedView.view_id == view_id, Account.name == actor.name)
    )
    account = connection.execute(query).scalar()
    if account is None:
        raise NoViewError("there is no such view of yours")
    return str(account)


def _title(title: str) -> str:
    named = " ".join(title.split())
    if not named or len(named) > _LONGEST_TITLE or not named.isprintable():
        raise SavedViewError("the name of a view has 1 to %(most)s characters", most=_LONGEST_TITLE)
    if _NUMBER_OF_SOMEBODY.search(named):
        raise SavedViewError("the name of a view holds a number that may be somebody's; choose words")
    return named


def _is_for(view: View, actor: Actor) -> bool:
    """Whether it is shared with the reader, and asks for no place outside of the reader's area."""
    shared = view.shared_role in {EVERY_ROLE, actor.role} and Area(view.shared_area or "district").covers(actor.area)
    places = (("street", actor.area.streets), ("community", actor.area.communities))
    return shared and all(not view.words.get(name) or view.words[name] in known for name, known in places)
