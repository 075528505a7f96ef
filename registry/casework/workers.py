"""To whom a case may be given: whoever could open it, or works on paper and has no account.

What belongs here: holding a worker's account against a case. How many cases somebody carries stands in `acts`.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine

from registry.accounts.accounts import AccountInfo, account_of, accounts
from registry.casework.counting import workers
from registry.casework.transitions import CaseState
from registry.errors import CaseError, NoAccountError
from registry.roles import Actor

__all__ = ["able_workers", "check_worker", "has_account"]

_SEES = {"need": "warning.need", "verify": "warning.verify"}


def check_worker(connection: Connection, worker: str, cases: Sequence[CaseState]) -> None:
    """Let pass a worker who can open each of the cases, or who has no account and works on paper.

    Raises `CaseError` for an account that is disabled, does no casework, or has another area: the case would lie where
    nobody sees it.
    """
    try:
        account = account_of(connection, worker)
    except NoAccountError:
        return
    if not all(_able(account, case.audience, case.street_code, case.community_code) for case in cases):
        raise CaseError("this account cannot open the case: it is disabled, does no casework, or has another area")


def has_account(engine: Engine, worker: str) -> bool:
    """Whether somebody signs in under this name; whoever does not works on paper."""
    with engine.connect() as connection:
        try:
            account_of(connection, worker)
        except NoAccountError:
            return False
    return True


def able_workers(engine: Engine, *, actor: Actor, audience: str = "need") -> dict[str, int]:
    """How many cases each worker carries whom the actor may give one: carriers, and accounts of the actor's area."""
    carried = workers(engine, actor=actor, audience=audience)
    area = actor.area
    idle = [
        each.name
        for each in accounts(engine)
        if each.disabled_at is None
        and each.actor().could("case.work")
        and each.actor().could(_SEES[audience])
        and (area.is_district or each.area.startswith(area.code))
    ]
    return dict.fromkeys(sorted(idle), 0) | carried


def _able(account: AccountInfo, audience: str, street: str | None, community: str | None) -> bool:
    who = account.actor()
    return (
        account.disabled_at is None
        and who.could("case.work")
        and who.could(_SEES[audience])
        and who.area.has(street, community)
    )
