"""Many who act at once on a PostgreSQL server: what must hold does, and nobody waits in a circle."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from threading import Barrier

from sqlalchemy import Engine, select

from registry.accounts.accounts import accounts, disable, enable, end_sessions, give_role
from registry.accounts.sessions import sign_in
from registry.audit import CHAIN, append, verify
from registry.casework.acts import assign, assign_all, close, close_all, load_of
from registry.casework.exits import agree_exit, approve_exit, refuse_exit
from registry.casework.follow import follow
from registry.casework.follow_ups import move_on, refer
from registry.casework.objections import decide_objection, take_back
from registry.casework.protection import end, keep, propose_end, protect, protections
from registry.casework.store import check_case
from registry.decisions import NewDecision, record
from registry.engine import ACCOUNTS, ACTS, lock
from registry.models import Decision, ExitEvent, SignInThrottle
from registry.queries import require_edition
from registry.roles import Actor
from registry.saved_views import keep_view
from registry.scope import DISTRICT
from rules.parameters import load_parameters
from schemas.errors import DoudiError
from schemas.settings import Settings
from tests.unit.registry.at_once import Act, orders_of_locks, outcome_of
from tests.unit.registry.casework.busy import GROUND, PASSWORD, Busy, busy, busy_accounts, objection_of, referral_of
from tests.unit.registry.casework.worlds import NOON, TODAY, boss, many, staff, worker, world
from tests.unit.registry.examples import JUNE, key

_CAP = 30
_THREADS = 8


def _race(acts: Sequence[Act]) -> list[object]:
    """What became of acts that are let go at the same moment."""
    line = Barrier(len(acts))

    def run(act: Act) -> object:
        line.wait()
        return outcome_of(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def _done(outcomes: Iterable[object]) -> int:
    return sum(not isinstance(each, DoudiError) for each in outcomes)


def test_nobody_is_given_more_than_the_cap(postgres: Engine, settings: Settings) -> None:
    """Eight who dispatch at once would each see room for one more, and a worker get seven too many."""
    here = world(postgres, settings)
    here.publish(many(range(1, _CAP + 7)))
    cases = here.case_ids()
    give = partial(assign_all, here.desk, to="worker", actor=staff(), now=NOON)
    give(dict.fromkeys(cases[: _CAP - 2]))
    assert _done(_race([partial(give, {each: None}) for each in cases[_CAP - 2 :]])) == 2
    with postgres.connect() as connection:
        assert load_of(connection, "worker", "need") == _CAP


def test_what_two_persons_do_is_done_once_and_never_by_one(postgres: Engine, settings: Settings) -> None:
    """A family would leave by one hand, be kept and let go at once, or be helped twice with the same."""
    held = busy(postgres, settings)
    desk = held.here.desk
    judge = [partial(approve_exit, desk, "H:3", GROUND, actor=boss(each), now=NOON) for each in ("first", "First ")]
    judge += [partial(approve_exit, desk, "H:3", GROUND, actor=boss(each), now=NOON) for each in ("b", "c")]
    keep_ = [partial(refuse_exit, desk, "H:3", GROUND, "documents", actor=boss(each), now=NOON) for each in ("d", "e")]
    assert _done(_race([*judge, *keep_])) == 1
    alone = [partial(agree_exit, desk, "H:1", GROUND, "documents"), partial(approve_exit, desk, "H:1", GROUND)]
    _race([partial(each, actor=boss("same"), now=NOON) for each in alone * 2])
    with postgres.connect() as connection:
        steps = connection.execute(select(ExitEvent.family_id, ExitEvent.kind)).fetchall()
        decided = connection.execute(
            select(Decision.decided_by, Decision.approved_by).where(Decision.rule_id == GROUND)
        ).fetchall()
    assert sum(kind in {"approved", "refused"} for _, kind in steps) == 1
    assert [kind for family, kind in steps if family == "H:1"] == ["agreed"]
    assert len(decided) == 1
    assert (decided[0].approved_by or "").casefold().strip() != "first"

    assert _done(_race([partial(refer, desk, referral_of(20), actor=worker(), now=NOON)] * 4)) == 1
    assert _done(_race([partial(protect, desk, "H:20", "violence", actor=boss(), now=NOON)] * 4)) == 1
    mine, again = held.protections[0], {"actor": boss("same"), "now": NOON}
    propose_end(desk, mine, version=1, **again)
    assert (
        _done(_race([partial(end, desk, mine, version=2, **again), partial(keep, desk, mine, version=2, **again)])) == 1
    )
    assert mine in {each.protection_id for each in protections(postgres, TODAY, actor=boss())}
    decided = partial(decide_objection, desk, held.objections[0], upheld=True, reason="核对了凭证", now=NOON)
    acts = [partial(decided, actor=boss(by)) for by in ("boss", "p", "q")]
    assert _done(_race([*acts, partial(take_back, desk, held.objections[0], actor=boss("r"), now=NOON)])) == 1
    assert verify(postgres).holds


def test_an_administrator_is_left_and_each_wrong_password_counts(postgres: Engine, settings: Settings) -> None:
    """Two who shut each other out would leave nobody who can let anybody in; guessing at once would be free."""
    busy_accounts(postgres, settings, with_password=())
    shut = [
        partial(disable, postgres, "ann", by="bob"),
        partial(give_role, postgres, "bob", "auditor", DISTRICT, by="ann"),
    ]
    assert _done(_race(shut)) == 1
    left = [each for each in accounts(postgres) if each.role == "administrator" and each.disabled_at is None]
    assert len(left) == 1

    _race([partial(sign_in, postgres, settings, "nobody", "wrong", address=f"{each}") for each in range(5)])
    with postgres.connect() as connection:
        counted = connection.execute(select(SignInThrottle.failures)).scalars().all()
    assert sorted(counted) == [1] * 5 + [5]


def _mix(held: Busy, engine: Engine, settings: Settings) -> list[Act]:
    """Acts about the same few objects, in ways that cross."""
    desk, case = held.here.desk, held.cases
    edition = require_edition(engine)
    decided = NewDecision(
        person_key=key(1), rule_id=GROUND, evidence_key="e", outcome="exit_confirmed", reason="visited",
        decided_on=JUNE, decided_by="first", approved_by="second",
    )  # fmt: skip
    both = {"actor": boss(), "now": NOON}
    upheld = partial(decide_objection, desk, upheld=True, reason="核对了凭证", actor=boss("c"), now=NOON)
    return [
        *[partial(assign, desk, case[at], f"w{at % 2}", actor=staff(), reason="absent", now=NOON) for at in (7, 8, 9)],
        partial(assign_all, desk, dict.fromkeys(case[7:11]), "w0", actor=staff(), reason="absent", now=NOON),
        partial(assign_all, desk, dict.fromkeys(reversed(case[7:11])), "w1", actor=staff(), reason="absent", now=NOON),
        partial(close_all, desk, dict.fromkeys(case[2:5]), **both),
        partial(close_all, desk, dict.fromkeys(reversed(case[2:5])), **both),
        *[partial(close, desk, case[each], **both) for each in (3, 4)],
        *[partial(agree_exit, desk, f"H:{each}", GROUND, "documents", **both) for each in (1, 2)],
        *[partial(approve_exit, desk, f"H:{each}", GROUND, actor=boss("b"), now=NOON) for each in (1, 2, 3)],
        *[partial(objection_of, held.here, number, case[at]) for number, at in ((3, 2), (4, 3), (6, 5))],
        *[partial(upheld, each) for each in held.objections],
        partial(take_back, desk, held.objections[0], **both),
        *[partial(refer, desk, referral_of(each), actor=worker(), now=NOON) for each in (11, 12, 13)],
        *[partial(move_on, desk, each, "done", actor=worker(), now=NOON) for each in held.measures],
        *[partial(propose_end, desk, each, version=1, **both) for each in held.protections],
        partial(record, engine, decided, load_parameters()),
        partial(follow, desk, edition, now=NOON),
        partial(append, engine, actor="w", action="export", purpose="x", details={}),
        *[partial(end_sessions, engine, each, by="ann") for each in ("li", "wang")],
        *[partial(give_role, engine, each, "auditor", DISTRICT, by="ann") for each in ("li", "bob")],
        partial(disable, engine, "wang", by="ann"),
        partial(enable, engine, "wang", by="ann"),
        *[partial(sign_in, engine, settings, each, PASSWORD, address="1") for each in ("li", "wang")],
        *[partial(sign_in, engine, settings, "li", "wrong", address=each) for each in ("1", "2")],
        partial(keep_view, engine, "mine", {"street": "330108001"}, actor=Actor("li", "auditor")),
    ]  # fmt: skip


def test_many_who_do_everything_at_once_never_wait_in_a_circle(postgres: Engine, settings: Settings) -> None:
    """The server would end one of two who wait for each other, and a visit be lost before it was recorded.

    That none did by chance proves little. So the locks of each act are written down, and each has taken them in the
    one order in which nobody can wait in a circle.
    """
    held = busy(postgres, settings)
    acts = _mix(held, postgres, settings)
    with orders_of_locks(postgres) as orders:
        for seed in (1, 2):
            shuffled = Random(seed).sample(acts, len(acts))  # noqa: S311  # an order, no secret
            with ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(outcome_of, shuffled))
    assert verify(postgres).holds
    with postgres.connect() as connection:
        for each in held.cases:
            check_case(connection, each)
    places = _places(postgres)
    taken = {_ranks(each, places) for each in orders.ended}
    assert [each for each in taken if list(each) != sorted(each)] == []
    assert {rank for each in taken for rank, _ in each} == set(range(len(_ORDER)))


_ORDER = ("everything", "thing", "name", "row", "administrators", "leaf", "chain")
_THINGS = {"everything": 0, ACTS: 1, ACCOUNTS: 1, "views": 1, "administrators": 4, CHAIN: 6}
_NAME, _ROW, _LEAF = 2, 3, 5
_LEAVES = {"staff_session", "api_token", "sign_in_throttle", "saved_view"}
"""Tables of rows whose holder waits for nothing but the chain."""


def _places(engine: Engine) -> dict[str, int]:
    """Where in the order the key of each advisory lock stands that is no name's."""
    with orders_of_locks(engine) as orders, engine.begin() as connection:
        for each in _THINGS:
            lock(connection, each)
    (locks,) = orders.ended
    return {each.split()[1]: place for each, place in zip(locks, _THINGS.values(), strict=True)}


def _ranks(locks: Sequence[str], places: Mapping[str, int]) -> tuple[tuple[int, int | str], ...]:
    """The places of the locks of a transaction; names stand by their keys, rows by their tables."""
    ranks: list[tuple[int, int | str]] = []
    for kind, what in map(str.split, locks):
        if kind in {"lock", "shared"}:
            ranks.append((places[what], 0) if what in places else (_NAME, int(what)))
        elif what in _LEAVES:
            ranks.append((_LEAF, 0))
        elif kind == "row" or (_ROW, what) not in ranks:  # what is written has been held
            ranks.append((_ROW, what))
    return tuple(ranks)
