"""Several writers on one PostgreSQL server: of different things at once, of the same one after the other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, Select, func, select

from registry.accounts.accounts import NewAccount, account_of, add_account
from registry.accounts.sessions import end, find, open_session
from registry.audit import CHAIN, append, verify
from registry.casework.acts import start
from registry.casework.store import case_row, current_of
from registry.decisions import NewDecision, record
from registry.engine import ACCOUNTS, ACTS, MODELS, WHOLE, write_transaction
from registry.files import private_dir
from registry.models import AuditEvent, Publication, StaffSession
from registry.publish import publish, write_candidate
from registry.queries import current_edition
from registry.recorder import recording_together
from registry.roles import Actor
from registry.views import record_overlays, record_view
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.casework.worlds import NOON, many, worker, world
from tests.unit.registry.examples import JUNE, input_set, key, two_families

MAY = date(2026, 5, 31)
_WRITERS, _EACH = 6, 25
_MEANS = ("home", "phone", "message", "letter")
_SOON, _A_WHILE = 20.0, 0.5


def _event(engine: Engine, actor: str = "w") -> int:
    return append(engine, actor=actor, action="export", purpose="x", details={"rows": 1})


def _write(engine: Engine, of: str) -> None:
    with write_transaction(engine, of):
        pass


def _while_held(
    engine: Engine, of: str, work: Callable[[], object], *, ends: bool = True, row: Select[Any] | None = None
) -> bool:
    """Whether `work` ends while somebody writes `of`, as is expected or not; it must end once that has ended."""
    with ThreadPoolExecutor(1) as others:
        with write_transaction(engine, of, row=row):
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


def _row_held(engine: Engine, case_id: str, work: Callable[[], object], *, ends: bool = True) -> bool:
    return _while_held(engine, ACTS, work, ends=ends, row=case_row(case_id))


def test_two_cases_are_worked_on_at_once_and_one_by_one_after_another(postgres: Engine, settings: Settings) -> None:
    """Every worker of a province would wait for every other; or two visits of one case be told as the same."""
    private_dir(settings.home)
    here = world(postgres, settings)
    here.publish(many((1, 2)))
    first, second = (here.dispatched(each).case_id for each in here.case_ids())

    assert _row_held(postgres, first, lambda: start(here.desk, second, actor=worker(), now=NOON))
    assert not _row_held(postgres, first, lambda: start(here.desk, first, actor=worker(), now=NOON), ends=False)
    assert {current_state(postgres, each) for each in (first, second)} == {"checking"}


def test_what_looks_at_all_cases_waits_for_each(postgres: Engine, settings: Settings) -> None:
    """A worker would get more cases than the cap, or an edition be followed past a visit."""
    private_dir(settings.home)
    here = world(postgres, settings)
    here.publish(many((1, 2)))
    first, second = here.case_ids()
    assert not _row_held(postgres, first, lambda: here.dispatched(second), ends=False)
    assert not _while_held(postgres, ACTS, lambda: start(here.desk, second, actor=worker(), now=NOON), ends=False)


def test_no_act_about_one_case_is_lost(postgres: Engine, settings: Settings) -> None:
    """Two who act on a case at once would both be told that theirs stands, and one of the two be gone."""
    private_dir(settings.home)
    here = world(postgres, settings)
    here.publish(many((1, 2)))
    cases = [here.begun(each).case_id for each in here.case_ids()]
    with ThreadPoolExecutor(8) as pool:
        acts = [pool.submit(here.visit, case, means=each) for each in _MEANS for case in cases]
        versions = [each.result(timeout=60).version for each in acts]
    begun = 3  # opened, assigned, started
    assert sorted(versions) == sorted([begun + number for number in range(1, len(_MEANS) + 1)] * len(cases))
    assert verify(postgres).holds


def test_sessions_of_two_people_do_not_wait_for_each_other(postgres: Engine, settings: Settings) -> None:
    """A page of one would wait until the sign-out of another is written."""
    held = _sessions(postgres, settings)
    mine, theirs = (find(postgres, settings, each) for each in held)
    assert mine is not None
    assert theirs is not None
    row = select(StaffSession.session_hash).where(StaffSession.session_hash == mine.session_hash)
    assert _while_held(postgres, ACCOUNTS, lambda: end(postgres, theirs.account, theirs.session_hash), row=row)
    assert not _while_held(
        postgres, ACCOUNTS, lambda: end(postgres, mine.account, mine.session_hash), ends=False, row=row
    )


def _sessions(engine: Engine, settings: Settings) -> list[str]:
    """The tokens of two people who have signed in."""
    tokens = []
    for name in ("li", "wang"):
        add_account(engine, settings, NewAccount(name=name, role="auditor"), by="admin")
        with write_transaction(engine, ACCOUNTS) as connection:
            tokens.append(open_session(connection, settings, account_of(connection, name), address="::1"))
    return tokens


def current_state(engine: Engine, case_id: str) -> str:
    """How a case stands."""
    with engine.connect() as connection:
        found = current_of(connection, case_id)
    assert found is not None
    return found.state


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
