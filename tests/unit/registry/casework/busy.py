"""A desk with something of everything on it: for acts that are begun at once."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from registry.accounts.accounts import NewAccount, add_account
from registry.casework.acts import close_all
from registry.casework.exits import agree_exit
from registry.casework.follow_ups import Referral, refer
from registry.casework.objection_store import Objection
from registry.casework.objections import NewObjection, file_objection
from registry.casework.protection import protect
from registry.files import private_dir
from schemas.settings import Settings
from tests.unit.registry.casework.worlds import NOON, TODAY, XIXING, World, boss, many, worker, world
from tests.unit.registry.examples import key, table

__all__ = ["GROUND", "PASSWORD", "Busy", "busy", "busy_accounts", "objection_of", "referral_of"]

GROUND = "low_income_family"
PASSWORD = "correct horse battery"  # noqa: S105  # of nobody
_FAMILIES = 24


@dataclass(frozen=True, slots=True)
class Busy:
    """The world, its cases in order, and what is under way: two objections, measures and protections."""

    here: World
    cases: list[str]
    objections: list[str]
    measures: list[str]
    protections: list[str]


def busy(engine: Engine, settings: Settings) -> Busy:
    """24 families with a case each: 0 and 1 given, 2 to 4 with a result, 5 and 6 closed and objected to.

    Families 1 to 3 are proposed to leave, for the third somebody has agreed. 11 and 12 have a measure, 13 and 14 are
    protected.
    """
    private_dir(settings.home)
    here = world(engine, settings)
    numbers = range(1, _FAMILIES + 1)
    leaving = [_leaving(each) for each in (1, 2, 3)]
    here.publish({**many(numbers), "standings": table("standings", leaving)})
    cases = here.case_ids()
    for each in cases[:2]:
        here.dispatched(each)
    for each in cases[2:7]:
        here.concluded(each, "true_refer")
    close_all(here.desk, dict.fromkeys(cases[5:7]), actor=boss(), now=NOON)
    agree_exit(here.desk, "H:3", GROUND, "documents", actor=boss("first"), now=NOON)
    objections = [objection_of(here, number, case).objection_id for number, case in ((6, cases[5]), (7, cases[6]))]
    measures = [refer(here.desk, referral_of(each), actor=worker(), now=NOON).follow_up_id for each in (11, 12)]
    protections = [protect(here.desk, f"H:{each}", "violence", actor=boss(), now=NOON) for each in (13, 14)]
    busy_accounts(engine, settings)
    return Busy(here, cases, objections, measures, protections)


def busy_accounts(engine: Engine, settings: Settings, *, with_password: tuple[str, ...] = ("li", "wang")) -> None:
    """Two administrators, ann and bob, and two auditors, li and wang; the others come through the identity provider."""
    private_dir(settings.home)
    for name, role in (("ann", "administrator"), ("bob", "administrator"), ("li", "auditor"), ("wang", "auditor")):
        own = name in with_password
        new = NewAccount(name=name, role=role, subject=None if own else name)
        add_account(engine, settings, new, by="first", password=PASSWORD if own else None)


def objection_of(here: World, number: int, case_id: str | None = None) -> Objection:
    """An objection of a family, against its case or how it stands."""
    new = NewObjection(
        family_id=f"H:{number}",
        against="case" if case_id else "standing",
        case_id=case_id,
        filed_by="self",
        filed_on=TODAY,
    )
    return file_objection(here.desk, new, actor=worker(), now=NOON)


def referral_of(number: int) -> Referral:
    """Medical aid for a family."""
    return Referral(
        family_id=f"H:{number}", measure="medical_aid", receiver_kind="department", receiver="medical_insurance",
        owner="worker",
    )  # fmt: skip


def _leaving(number: int) -> dict[str, object]:
    return {
        "ground": GROUND, "family_id": f"H:{number}", "person_key": key(number), "street_code": XIXING,
        "community_code": f"{XIXING}001", "status": "proposed_exit", "since": date(2026, 1, 31),
        "proposed_since": date(2026, 5, 31), "reason": "income_over", "evidence_key": "2026-04-01",
    }  # fmt: skip
