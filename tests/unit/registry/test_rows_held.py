"""Acts about one object on a PostgreSQL server: those about others do not wait, those about the same one do."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import Engine, select

from registry.accounts.accounts import NewAccount, add_account, disable, end_sessions, give_role, reset_password
from registry.accounts.sessions import find, sign_in
from registry.accounts.tokens import make_token
from registry.audit import verify
from registry.casework.acts import assign, assign_all, close, close_all, give_back, start
from registry.casework.exits import agree_exit, refuse_exit
from registry.casework.follow_ups import move_on, record_wish, refer
from registry.casework.objections import decide_objection, route, take_back
from registry.casework.protection import propose_end, protect
from registry.decisions import NewDecision, record
from registry.models import AuditEvent
from registry.roles import Actor
from registry.saved_views import keep_view
from registry.scope import DISTRICT
from rules.parameters import load_parameters
from schemas.errors import DoudiError
from schemas.settings import Settings
from tests.unit.registry.at_once import Act, far_as_the_chain, waits
from tests.unit.registry.casework.busy import GROUND, PASSWORD, busy, busy_accounts, objection_of, referral_of
from tests.unit.registry.casework.worlds import NOON, boss, staff, worker
from tests.unit.registry.examples import JUNE, key

_FREE, _WAITS = True, False


def _told(engine: Engine, kinds: Mapping[str, tuple[Act, ...]]) -> dict[str, list[object]]:
    """Of each kind how far its acts got while none could end, and what refused them then."""
    told: dict[str, list[object]] = {}
    for kind, acts in kinds.items():
        reached, outcomes = far_as_the_chain(engine, *acts)
        errors = [type(each).__name__ for each in outcomes if isinstance(each, DoudiError)]
        told[kind] = [*reached, *errors]
    return told


def test_acts_about_other_cases_and_families_do_not_wait(postgres: Engine, settings: Settings) -> None:
    """Every worker of a province would wait for every other; or two would act on one case, each without the other's."""
    held = busy(postgres, settings)
    case, here = held.cases, held.here
    of = {"actor": boss(), "now": NOON}
    kinds: dict[str, tuple[Act, ...]] = {
        "begin": tuple(
            partial(start, here.desk, each, actor=worker(), now=NOON) for each in (case[0], case[1], case[0])
        ),
        "give": tuple(
            partial(assign, here.desk, each, to, actor=staff(), now=NOON)
            for each, to in ((case[7], "w1"), (case[8], "w2"), (case[9], "w1"), (case[8], "w3"))
        ),
        "give several": tuple(
            partial(assign_all, here.desk, dict.fromkeys(case[first:last]), to, actor=staff(), now=NOON)
            for first, last, to in ((12, 15, "w4"), (15, 18, "w5"), (17, 20, "w6"))
        ),
        "close": (
            partial(close_all, here.desk, dict.fromkeys(case[2:4]), **of),
            partial(close, here.desk, case[4], **of),
            partial(give_back, here.desk, case[3], "incomplete", **of),
        ),
        "leave": (
            partial(agree_exit, here.desk, "H:1", GROUND, "documents", **of),
            partial(agree_exit, here.desk, "H:2", GROUND, "documents", **of),
            partial(refuse_exit, here.desk, "H:1", GROUND, "documents", actor=boss("other"), now=NOON),
        ),
        "object": tuple(partial(objection_of, here, each) for each in (20, 21, 20)),
        "decide": (
            partial(
                decide_objection,
                here.desk,
                held.objections[0],
                upheld=True,
                reason="核对了凭证",
                actor=boss("judge"),
                now=NOON,
            ),
            partial(route, here.desk, held.objections[1], department="medical_insurance", **of),
            partial(take_back, here.desk, held.objections[0], **of),
            partial(assign, here.desk, case[5], "w7", actor=staff(), now=NOON),
        ),
        "refer": tuple(partial(refer, here.desk, referral_of(each), actor=worker(), now=NOON) for each in (22, 23, 22)),
        "move on": tuple(
            partial(move_on, here.desk, each, "done", actor=worker(), now=NOON)
            for each in (held.measures[0], held.measures[1], held.measures[0])
        ),
        "wish": tuple(
            partial(record_wish, here.desk, each, "goods", "", "worker", actor=worker(), now=NOON)
            for each in ("H:22", "H:23", "H:22")
        ),
        "protect": tuple(partial(protect, here.desk, f"H:{each}", "violence", **of) for each in (15, 16, 15)),
        "show again": tuple(
            partial(propose_end, here.desk, each, actor=boss(), version=1, now=NOON)
            for each in (held.protections[0], held.protections[1], held.protections[0])
        ),
    }
    assert _told(postgres, kinds) == {
        "begin": [_FREE, _FREE, _WAITS, "CaseError"],
        "give": [_FREE, _FREE, _WAITS, _WAITS, "CaseError"],
        "give several": [_FREE, _FREE, _WAITS, "CaseError"],
        "close": [_FREE, _FREE, _WAITS, "CaseError"],
        "leave": [_FREE, _FREE, _WAITS],
        "object": [_FREE, _FREE, _WAITS],
        "decide": [_FREE, _FREE, _WAITS, _WAITS, "CaseError"],
        "refer": [_FREE, _FREE, _WAITS, "CaseError"],
        "move on": [_FREE, _FREE, _WAITS, "CaseError"],
        "wish": [_FREE, _FREE, _WAITS],
        "protect": [_FREE, _FREE, _WAITS, "CaseError"],
        "show again": [_FREE, _FREE, _WAITS, "CaseConflictError"],
    }
    assert verify(postgres).holds


def test_acts_about_other_accounts_do_not_wait(postgres: Engine, settings: Settings) -> None:
    """Whoever guesses passwords would hold up every sign-in; or a session outlive the password it was opened with."""
    busy_accounts(postgres, settings)
    session = find(postgres, settings, _in(postgres, settings, "li"))
    other = find(postgres, settings, _in(postgres, settings, "wang"))
    assert session is not None
    assert other is not None
    token = partial(make_token, postgres, settings, title="t", scopes=["list.read"], days=1)
    new = partial(add_account, postgres, settings, by="ann", password=PASSWORD)
    kinds: dict[str, tuple[Act, ...]] = {
        "role": tuple(
            partial(give_role, postgres, each, "data_engineer", DISTRICT, by="ann") for each in ("li", "wang", "li")
        ),
        "sign in": (
            partial(reset_password, postgres, settings, "li", by="ann"),
            partial(_in, postgres, settings, "wang"),
            partial(_in, postgres, settings, "li"),
        ),
        "guess": (
            partial(_in, postgres, settings, "x", "wrong", "1"),
            partial(_in, postgres, settings, "y", "wrong", "2"),
            partial(_in, postgres, settings, "z", "wrong", "1"),
            partial(_in, postgres, settings, "x", "wrong", "3"),
        ),
        "token": (partial(token, session), partial(token, other), partial(end_sessions, postgres, "li", by="ann")),
        "new": tuple(partial(new, NewAccount(name=each, role="auditor")) for each in ("one", "two", "one")),
        "last administrators": (
            partial(disable, postgres, "ann", by="bob"),
            partial(disable, postgres, "bob", by="ann"),
        ),
    }
    assert _told(postgres, kinds) == {
        "role": [_FREE, _FREE, _WAITS],
        "sign in": [_FREE, _FREE, _WAITS, "SignInError"],
        "guess": [_FREE, _FREE, _WAITS, _WAITS, *["SignInError"] * 4],
        "token": [_FREE, _FREE, _WAITS],
        "new": [_FREE, _FREE, _WAITS, "AccountError"],
        "last administrators": [_FREE, _WAITS, "AccountError"],
    }
    assert verify(postgres).holds


def _in(engine: Engine, settings: Settings, name: str, password: str = PASSWORD, address: str = "::1") -> str:
    return sign_in(engine, settings, name, password, address=address)


def test_views_of_one_owner_wait_for_each_other_alone(postgres: Engine, settings: Settings) -> None:
    """A reader who keeps a view would wait for every other reader; or keep two of one name."""
    busy_accounts(postgres, settings, with_password=())
    keep_li = partial(keep_view, postgres, "mine", {"street": "330108001"}, actor=Actor("li", "auditor"))
    keep_wang = partial(keep_view, postgres, "mine", {"street": "330108001"}, actor=Actor("wang", "auditor"))
    assert waits(postgres, "views", keep_li, only="views of li")
    assert not waits(postgres, "views", keep_wang, only="views of li")


def test_a_decision_waits_for_the_chain_alone(postgres: Engine) -> None:
    """A decision by command would wait for a dispatch; or the same one be recorded twice."""
    decided = NewDecision(
        person_key=key(1), rule_id="low_income_family", evidence_key="e", outcome="exit_confirmed", reason="visited",
        decided_on=JUNE, decided_by="first", approved_by="second",
    )  # fmt: skip
    parameters = load_parameters()
    acts = [partial(record, postgres, decided, parameters)] * 3
    reached, outcomes = far_as_the_chain(postgres, *acts)
    assert (reached, len(set(outcomes))) == ([_FREE] * 3, 1)
    with postgres.connect() as connection:
        assert connection.execute(select(AuditEvent.action)).scalars().all() == ["decide"]
