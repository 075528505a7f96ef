"""Several writers on one PostgreSQL server: of different things at once, of the same one after the other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from registry.accounts.accounts import NewAccount, account_of, add_account
from registry.accounts.sessions import end, find, open_session
from registry.audit import CHAIN, append, verify
from registry.casework.follow import follow
from registry.casework.store import case_row
from registry.decisions import NewDecision, record
from registry.engine import ACCOUNTS, ACTS, MODELS, WHOLE, Row, write_transaction
from registry.files import private_dir
from registry.models import AuditEvent, Publication, StaffSession
from registry.publish import publish, write_candidate
from registry.queries import current_edition, require_edition
from registry.recorder import recording_together
from registry.roles import Actor
from registry.views import record_overlays, record_view
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.at_once import waits
from tests.unit.registry.casework.worlds import NOON, many, world
from tests.unit.registry.examples import JUNE, input_set, key, two_families

MAY = date(2026, 5, 31)
_WRITERS, _EACH = 6, 25
_MEANS = ("home", "phone", "message", "letter")


def _event(engine: Engine, actor: str = "w") -> int:
    return append(engine, actor=actor, action="export", purpose="x", details={"rows": 1})


def _write(engine: Engine, of: str) -> None:
    with write_transaction(engine, of):
        pass


def test_who_writes_another_thing_does_not_wait(postgres: Engine) -> None:
    """Writing an edition of millions of rows would hold up every login, export and visit of a province."""
    edition_id = write_candidate(postgres, input_set(JUNE), two_families())
    assert not waits(postgres, f"edition {MAY}", lambda: _event(postgres))
    assert not waits(postgres, f"edition {MAY}", lambda: publish(postgres, edition_id))


def test_a_desk_at_work_holds_up_neither_sign_ins_nor_pages_nor_models(postgres: Engine, settings: Settings) -> None:
    """While the cases of a new edition are opened, nobody could sign in or see a page."""
    new = NewAccount(name="li", role="auditor")
    assert not waits(postgres, ACTS, lambda: add_account(postgres, settings, new, by="admin"))
    assert not waits(postgres, ACTS, lambda: _write(postgres, MODELS))
    with recording_together(postgres):
        viewed = {"edition_id": "e", "rows": 1, "filters": {}}
        assert not waits(postgres, ACTS, lambda: record_view(postgres, Actor("li", "auditor"), "list", **viewed))
    assert not waits(postgres, ACTS, lambda: record_overlays(postgres, {"tiers.yaml": "a"}))


def test_a_decision_waits_for_cases(postgres: Engine) -> None:
    """Cases decide in their own transactions: the same decision could be made twice at once."""
    decided = NewDecision(
        person_key=key(1), rule_id="low_income_family", evidence_key="e", outcome="exit_confirmed", reason="visited",
        decided_on=JUNE, decided_by="first", approved_by="second",
    )  # fmt: skip
    assert waits(postgres, ACTS, lambda: record(postgres, decided, load_parameters()))


def test_what_looks_at_every_case_waits_for_each(postgres: Engine, settings: Settings) -> None:
    """An edition would be followed past a visit that is being recorded, and the case be moved from under it."""
    private_dir(settings.home)
    here = world(postgres, settings)
    here.publish(many((1, 2)))
    first, second = here.case_ids()
    edition = require_edition(postgres)
    assert waits(postgres, ACTS, lambda: follow(here.desk, edition, now=NOON), only=case_row(first))
    assert waits(postgres, ACTS, lambda: here.dispatched(second))


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
    row = Row(StaffSession.session_hash, mine.session_hash)
    assert not waits(postgres, ACCOUNTS, lambda: end(postgres, theirs.account, theirs.session_hash), only=row)
    assert waits(postgres, ACCOUNTS, lambda: end(postgres, mine.account, mine.session_hash), only=row)


def _sessions(engine: Engine, settings: Settings) -> list[str]:
    """The tokens of two people who have signed in."""
    tokens = []
    for name in ("li", "wang"):
        add_account(engine, settings, NewAccount(name=name, role="auditor"), by="admin")
        with write_transaction(engine, ACCOUNTS) as connection:
            tokens.append(open_session(connection, settings, account_of(connection, name), address="::1"))
    return tokens


def test_who_writes_the_same_thing_waits(postgres: Engine) -> None:
    """Two acts about the same thing would each be made without knowing of the other."""
    assert waits(postgres, ACTS, lambda: _write(postgres, ACTS))


@pytest.mark.parametrize("of", [ACTS, ACCOUNTS, MODELS, CHAIN])
def test_nobody_writes_beside_a_migration(postgres: Engine, of: str) -> None:
    """Rows would be written to a table that is being changed, or moved without them."""
    assert waits(postgres, WHOLE, lambda: _write(postgres, of))


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
