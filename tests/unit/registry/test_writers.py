"""Several writers on one PostgreSQL server: of different things at once, of the same one after the other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from registry.accounts.accounts import NewAccount, add_account
from registry.audit import CHAIN, append, verify
from registry.decisions import NewDecision, record
from registry.engine import ACCOUNTS, ACTS, MODELS, WHOLE, write_transaction
from registry.models import AuditEvent, Publication
from registry.publish import publish, write_candidate
from registry.queries import current_edition
from registry.recorder import recording_together
from registry.roles import Actor
from registry.views import record_overlays, record_view
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.examples import JUNE, input_set, key, two_families

MAY = date(2026, 5, 31)
_WRITERS, _EACH = 6, 25
_SOON, _A_WHILE = 20.0, 0.5


def _event(engine: Engine, actor: str = "w") -> int:
    return append(engine, actor=actor, action="export", purpose="x", details={"rows": 1})


def _write(engine: Engine, of: str) -> None:
    with write_transaction(engine, of):
        pass


def _while_held(engine: Engine, of: str, work: Callable[[], object], *, ends: bool = True) -> bool:
    """Whether `work` ends while somebody writes `of`, as is expected or not; it must end once that has ended."""
    with ThreadPoolExecutor(1) as others:
        with write_transaction(engine, of):
            begun: Future[object] = others.submit(work)
            try:
                begun.result(timeout=_SOON if ends else _A_WHILE)
                ended = True
            except NotYet:
                ended = False
        begun.result(timeout=_SOON)
    return ended


def test_who_writes_another_thing_does_not_wait(postgres: Engine) -> None:
    """Writing an edition of millions of rows would hold up every login, export and visit of a province."""
    edition_id = write_candidate(postgres, input_set(JUNE), two_families())
    assert _while_held(postgres, f"edition {MAY}", lambda: _event(postgres))
    assert _while_held(postgres, f"edition {MAY}", lambda: publish(postgres, edition_id))


def test_a_desk_at_work_holds_up_neither_sign_ins_nor_pages_nor_models(postgres: Engine, settings: Settings) -> None:
    """While the cases of a new edition are opened, nobody could sign in or see a page."""
    new = NewAccount(name="li", role="auditor")
    assert _while_held(postgres, ACTS, lambda: add_account(postgres, settings, new, by="admin"))
    assert _while_held(postgres, ACTS, lambda: _write(postgres, MODELS))
    with recording_together(postgres):
        viewed = {"edition_id": "e", "rows": 1, "filters": {}}
        assert _while_held(postgres, ACTS, lambda: record_view(postgres, Actor("li", "auditor"), "list", **viewed))
    assert _while_held(postgres, ACTS, lambda: record_overlays(postgres, {"tiers.yaml": "a"}))


def test_a_decision_waits_for_cases(postgres: Engine) -> None:
    """Cases decide in their own transactions: the same decision could be made twice at once."""
    decided = NewDecision(
        person_key=key(1), rule_id="low_income_family", evidence_key="e", outcome="exit_confirmed", reason="visited",
        decided_on=JUNE, decided_by="first", approved_by="second",
    )  # fmt: skip
    assert not _while_held(postgres, ACTS, lambda: record(postgres, decided, load_parameters()), ends=False)


def test_who_writes_the_same_thing_waits(postgres: Engine) -> None:
    """Two acts about the same thing would each be made without knowing of the other."""
    assert not _while_held(postgres, ACTS, lambda: _write(postgres, ACTS), ends=False)


@pytest.mark.parametrize("of", [ACTS, ACCOUNTS, MODELS, CHAIN])
def test_nobody_writes_beside_a_migration(postgres: Engine, of: str) -> None:
    """Rows would be written to a table that is being changed, or moved without them."""
    assert not _while_held(postgres, WHOLE, lambda: _write(postgres, of), ends=False)


def test_no_event_is_lost_and_the_chain_holds(postgres: Engine) -> None:
    """Writers side by side would seal two events with the same one, and every audit would find a broken chain."""
    days = (JUNE, MAY)
    editions = [write_candidate(postgres, input_set(day), two_families()) for day in days]
    before = verify(postgres).events
    with ThreadPoolExecutor(_WRITERS + len(days)) as pool:
        acts = [pool.submit(publish, postgres, each) for each in editions]
        acts += [pool.submit(_event, postgres, f"w{number % _WRITERS}") for number in range(_WRITERS * _EACH)]
        for each in acts:
            each.result(timeout=60)
    found = verify(postgres)
    assert (found.holds, found.events - before) == (True, _WRITERS * _EACH + len(days))
    with postgres.connect() as connection:
        told = connection.execute(select(AuditEvent.actor, func.count()).group_by(AuditEvent.actor))
        counts = dict(map(tuple, told))
        assert connection.execute(select(func.count()).select_from(Publication)).scalar() == len(days)
    assert {counts[f"w{number}"] for number in range(_WRITERS)} == {_EACH}
    assert all(current_edition(postgres, day) is not None for day in days)
