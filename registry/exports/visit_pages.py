"""What visit sheets say: which cases go on paper, one page a family, and the record that they did.

What belongs here: choosing cases and gathering what a visitor needs to find the family and to ask. A page has no group,
score, tier or diagnosis, and nothing of what is to be verified. How a page looks stands with whoever draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from registry.audit import append
from registry.casework.desk import Desk
from registry.casework.history import case_history
from registry.casework.queue import CaseRow, QueueFilter, queue
from registry.casework.rights import permit
from registry.casework.verdicts import subject_person
from registry.errors import CaseError
from registry.exports.taken import Taken
from registry.exports.words import code_titles, family_number
from registry.queries import require_edition
from registry.reader_vault import vault_for
from registry.roles import Actor
from registry.simulated import note_of
from rules import all_rules

__all__ = ["NOTICE", "VisitPage", "VisitPages", "visit_pages"]

NOTICE = "本单含个人信息，仅限入户走访使用，用后交回保管；走访是了解情况、主动服务，不表示对家庭作出任何认定。"
_MOST = 200
_PEOPLE = ["person_key", "person_name", "phone", "address"]


@dataclass(frozen=True, slots=True)
class VisitPage:
    """What a page says; the questions are id and words. `number` is that of the household."""

    sheet: str
    number: str
    name: str
    phone: str
    address: str
    street: str
    community: str
    assignee: str
    due_on: date | None
    questions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VisitPages:
    """The pages that were taken, who took them when, and how many cases did not fit.

    `notices` stand on each page; the `mark` of who took them for what and until when, above each sheet of a workbook.
    """

    pages: tuple[VisitPage, ...]
    notices: tuple[str, ...]
    taken: str
    mark: str
    at: datetime
    left: int

    @property
    def questions(self) -> int:
        """Questions of all pages together."""
        return sum(len(each.questions) for each in self.pages)


def visit_pages(  # the choices of a reader, each by name
    desk: Desk,
    *,
    actor: Actor,
    fmt: str,
    assignee: str | None = None,
    community: str | None = None,
    cases: Sequence[str] | None = None,
    now: datetime | None = None,
) -> VisitPages:
    """The pages of the cases that were given out in the actor's area, narrowed as asked, and the record of it.

    Raises `NotPermittedError`, and `CaseError` when there is none.
    """
    permit(actor, "visit.sheet")
    wanted = QueueFilter(
        states=("assigned", "checking"),
        audience="need",
        assignee=assignee,
        community=community,
        cases=None if cases is None else frozenset(cases),
    )
    found = queue(desk.engine, wanted, actor=actor, sort="street", limit=_MOST)
    if not found.rows:
        raise CaseError("no case was given out there; dispatch first")
    at = (now or datetime.now(ZoneInfo(desk.settings.timezone))).astimezone(ZoneInfo(desk.settings.timezone))
    note = note_of(require_edition(desk.engine))
    made = VisitPages(
        pages=tuple(_pages(desk, found.rows, actor)),
        notices=(note, NOTICE) if note else (NOTICE,),
        taken=f"{actor.name}  {at:%Y-%m-%d %H:%M}",
        mark=Taken.now(desk.settings, actor, "入户走访", at).mark,
        at=at,
        left=found.total - len(found.rows),
    )
    append(
        desk.engine,
        actor=actor.name,
        action="export",
        purpose="打印走访单",
        details={
            **actor.recorded,
            "format": fmt,
            "rows": {"走访单": len(made.pages), "走访登记表": made.questions},
            "assignee": assignee,
            "cases": [each.case_id for each in found.rows],
        },
    )
    return made


def _pages(desk: Desk, cases: Sequence[CaseRow], actor: Actor) -> list[VisitPage]:
    with desk.engine.connect() as connection:
        heads = {each.case_id: subject_person(connection, each.case_id) for each in cases}
    keys = [each for each in heads.values() if each]
    people = vault_for(desk.engine, desk.settings, actor).people(keys).select(_PEOPLE)
    known = {each["person_key"]: each for each in people.iter_rows(named=True)}
    numbers = pl.DataFrame({"family_id": [each.family_id for each in cases]}).select(family_number()).to_series()
    questions = {rule.id: rule.question for rule in all_rules().values()}
    streets, communities = code_titles("street"), code_titles("community")
    made = []
    for case, number in zip(cases, numbers, strict=True):
        person = known.get(heads[case.case_id] or "", {})
        asked = case_history(desk.engine, case.case_id, actor=actor).open_questions
        made.append(
            VisitPage(
                sheet=f"C{case.case_id}-{case.round}",  # an old sheet answers no later round
                number=number,
                name=person.get("person_name") or "",
                phone=person.get("phone") or "",
                address=person.get("address") or "",
                street=streets.get(case.street_code or "", ""),
                community=communities.get(case.community_code or "", ""),
                assignee=case.assignee or "",
                due_on=case.due_on,
                questions=tuple((each.warning_id, questions[each.rule_id]) for each in asked),
            )
        )
    return made
