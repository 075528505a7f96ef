"""Recording a visit: whether somebody was reached, what was answered, and the result that the worker proposes.

What belongs here: the form of a visit and its checks. A result closes nothing: that is `acts.close`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import blake2b

from sqlalchemy import Connection, insert, select

from registry.casework.codes import ANSWERS, CHANNELS, CONTACTS, MEANS, OUTCOMES, known
from registry.casework.desk import Desk, instant
from registry.casework.families import family_name
from registry.casework.follow_ups import Referral, refer_within
from registry.casework.photos import MEDIA_TYPE, clean_photo
from registry.casework.questions import Question, answers_of_round, questions_of_round
from registry.casework.rights import permit
from registry.casework.sealed import PHOTO, Kept, record_kept, sealing, text_object
from registry.casework.store import Act, append_event, case_row, check_version, visible_case
from registry.casework.transitions import CaseState
from registry.engine import ACTS, Row, write_transaction
from registry.errors import CaseError
from registry.models import CaseAnswer, CaseFile, CaseVisit
from registry.roles import Actor
from rules.parameters import ParametersAt

__all__ = ["VisitForm", "check_contacts", "check_form", "conclude", "outcomes_of", "record_visit", "visit_id_of"]

_ID_BYTES = 8
_NEEDS_ANSWERS = {"true_include": "yes", "true_refer": "yes", "not_true": "no"}
_NOT_OF_VERIFY = ("true_include",)
_TRIED = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitForm:
    """What a worker brings back. `answers` maps questions (warning ids) to `codes.ANSWERS`; `outcome` is optional.

    `visited_by` is the worker who went, when somebody else types it in; `note` is free text, which is sealed.
    `referral` is a measure that is referred at once.
    """

    visited_on: date
    means: str
    contact: str
    answers: Mapping[str, str] = field(default_factory=dict)
    outcome: str | None = None
    note: str = ""
    photos: Sequence[bytes] = ()
    channel: str = "portal"
    visited_by: str | None = None
    referral: Referral | None = None

    def __post_init__(self) -> None:
        known(MEANS, self.means)
        known(CONTACTS, self.contact)
        known(CHANNELS, self.channel)
        if self.outcome is not None:
            known(OUTCOMES, self.outcome)
        for answer in self.answers.values():
            known(ANSWERS, answer)
        if self.answers and self.contact != "reached":
            raise CaseError("answers belong to a visit at which somebody was reached")


def record_visit(
    desk: Desk,
    case_id: str,
    form: VisitForm,
    *,
    actor: Actor,
    version: int | None = None,
    nth: int | None = None,
    now: datetime | None = None,
) -> CaseState:
    """Record a visit and, with an outcome, the result; a case that was only dispatched is thereby in check.

    `version` is the one that the worker has seen; of a sheet that was printed long ago it is `nth`, the round.

    Raises `CaseError` for what the form lacks, `CaseConflictError`, `CaseNotFoundError`, `NotPermittedError`.
    """
    permit(actor, "case.work")
    now = instant(now)
    limits = desk.limits(now)
    check_form(form, limits, desk.day(now))
    contents = [(clean_photo(each, limits), PHOTO, MEDIA_TYPE) for each in form.photos]
    held: list[Row | str] = [case_row(case_id), *([family_name(form.referral.family_id)] if form.referral else [])]
    with (
        sealing(desk.settings, [*contents, *text_object(form.note)]) as kept,
        write_transaction(desk.engine, ACTS, only=held) as connection,
    ):
        permit(actor, "case.read")
        case = visible_case(connection, actor, case_id)
        check_version(case, version)
        if nth is not None and nth != case.round:
            raise CaseError("the sheet was printed before the case was opened again; print it anew")
        if form.referral is not None:
            _refer(connection, desk, case, form.referral, actor, now)
        return _record(connection, case, form, kept, limits, actor, now)


def _refer(
    connection: Connection, desk: Desk, case: CaseState, referral: Referral, actor: Actor, now: datetime
) -> None:  # fmt: skip
    """The measure that a visit refers: for the family that was visited, and nothing that a suspicion leaves behind."""
    family = connection.execute(select(CaseFile.family_id).where(CaseFile.case_id == case.case_id)).scalar_one()
    if case.audience != "need" or referral.family_id != family:
        raise CaseError("a measure is referred here for the family that was visited out of need alone")
    refer_within(connection, desk, replace(referral, case_id=case.case_id), actor=actor, now=now)


def conclude(
    desk: Desk,
    case_id: str,
    outcome: str,
    *,
    actor: Actor,
    version: int | None = None,
    now: datetime | None = None,
) -> CaseState:
    """Propose a result from the visits that are recorded already; raises as `record_visit`."""
    permit(actor, "case.work")
    now = instant(now)
    limits = desk.limits(now)
    with write_transaction(desk.engine, ACTS, only=(case_row(case_id),)) as connection:
        permit(actor, "case.read")
        case = visible_case(connection, actor, case_id)
        check_version(case, version)
        _worker(case, actor, None)
        return _conclude(connection, case, known(OUTCOMES, outcome), limits, Act.of(actor, now))


def outcomes_of(audience: str) -> list[str]:
    """The results that a case of need, or of what is to be verified, may have."""
    return [each for each in OUTCOMES.codes if audience != "verify" or each not in _NOT_OF_VERIFY]


def visit_id_of(case: CaseState, form: VisitForm, worker: str) -> str:
    """The same attempt has the same id, so that a sheet handed in twice counts once."""
    parts = (case.case_id, f"{case.round}", form.visited_on.isoformat(), form.means, worker.casefold())
    return blake2b("\x1f".join(parts).encode(), digest_size=_ID_BYTES).hexdigest()


def check_form(form: VisitForm, limits: ParametersAt, today: date) -> None:
    """Raises `CaseError` for a visit of another day than can be, a note that is too long, or too many photos."""
    if form.visited_on > today:
        raise CaseError("the visit of %(day)s lies in the future; today is %(today)s", day=form.visited_on, today=today)
    longest = limits.integer("casework.note_characters")
    if len(form.note.strip()) > longest:
        raise CaseError(
            "the note has %(number)s characters; at most %(longest)s are kept",
            number=len(form.note.strip()),
            longest=longest,
        )
    most = limits.integer("casework.photos_per_visit")
    if len(form.photos) > most:
        raise CaseError("%(number)s photos were given; a visit may have %(most)s", number=len(form.photos), most=most)


def _worker(case: CaseState, actor: Actor, named: str | None) -> str:
    """Who went: the worker of the case; somebody else types it in only with the right to dispatch."""
    if case.assignee is None:
        raise CaseError("the case has not been given to anybody yet")
    if actor.name != case.assignee:
        permit(actor, "case.assign")
    if named is not None and named != case.assignee:
        raise CaseError("the visit names another worker than the one who has the case; give the case over first")
    return case.assignee


def _record(
    connection: Connection,
    case: CaseState,
    form: VisitForm,
    kept: Sequence[Kept],
    limits: ParametersAt,
    actor: Actor,
    now: datetime,
) -> CaseState:
    worker = _worker(case, actor, form.visited_by)
    asked = questions_of_round(connection, case)
    stray = set(form.answers) - {each.warning_id for each in asked}
    if stray:
        raise CaseError("%(number)s answers belong to no open question of this case", number=len(stray))
    opened = connection.execute(select(CaseFile.opened_at).where(CaseFile.case_id == case.case_id)).scalar_one()
    if form.visited_on < day_of(opened):
        raise CaseError("the visit of %(day)s lies before the case was opened", day=form.visited_on)
    visit_id = visit_id_of(case, form, worker)
    if connection.execute(select(CaseVisit.visit_id).where(CaseVisit.visit_id == visit_id)).scalar():
        raise CaseError(
            "the visit of %(day)s by %(means)s is recorded already",
            day=form.visited_on,
            means=MEANS.title_of(form.means),
        )
    if case.state == "assigned":
        case = append_event(connection, case, "started", Act.of(actor, now))
    after = append_event(connection, case, "visited", Act.of(actor, now, subject_id=visit_id))
    connection.execute(
        insert(CaseVisit).values(
            visit_id=visit_id,
            case_id=case.case_id,
            version=after.version,
            round=case.round,
            visited_on=form.visited_on,
            means=form.means,
            contact=form.contact,
            visited_by=worker,
            channel=form.channel,
            recorded_by=actor.name,
            recorded_at=now,
        )
    )
    if form.answers:
        rows = [{"visit_id": visit_id, "warning_id": key, "answer": each} for key, each in form.answers.items()]
        connection.execute(insert(CaseAnswer), rows)
    for each in kept:
        record_kept(connection, each, subject="visit", subject_id=visit_id, by=actor.name, at=now)
    if form.outcome is None:
        return after
    return _conclude(connection, after, form.outcome, limits, Act.of(actor, now, subject_id=visit_id))


def day_of(instant: datetime) -> date:
    """The earlier of the days that an instant can be, over all time zones of the country and the server."""
    return instant.astimezone(UTC).date()


def _conclude(connection: Connection, case: CaseState, outcome: str, limits: ParametersAt, act: Act) -> CaseState:
    if outcome not in outcomes_of(case.audience):
        raise CaseError(
            "what was to be verified does not put a family on the list; not %(outcome)s",
            outcome=OUTCOMES.title_of(outcome),
        )
    visits = connection.execute(
        select(CaseVisit.means, CaseVisit.contact).where(
            CaseVisit.case_id == case.case_id, CaseVisit.round == case.round
        )
    ).fetchall()
    if not visits:
        raise CaseError("a result rests on at least one visit or contact that is recorded")
    contacts = [(means, contact) for means, contact in visits]
    check_contacts(outcome, contacts, limits)
    asked = questions_of_round(connection, case)
    _check_answers(outcome, asked, answers_of_round(connection, case, asked))
    return append_event(connection, case, "concluded", act, outcome=outcome, concluded_by=act.actor)


def check_contacts(outcome: str, visits: Sequence[tuple[str, str]], limits: ParametersAt) -> None:
    """Raises `CaseError` when the means and contacts of the `visits` do not bear out the outcome."""
    if outcome == "refused_entry" and not any(contact == "refused" for _, contact in visits):
        raise CaseError("拒绝入户 rests on a visit at which it was refused")
    if outcome != "no_contact":
        return
    if any(contact != _TRIED for _, contact in visits):
        raise CaseError("无法联系 is no result where somebody was reached")
    attempts, means = limits.integer("casework.no_contact_attempts"), limits.integer("casework.no_contact_means")
    used = len({each for each, _ in visits})
    if len(visits) < attempts or used < means:
        raise CaseError(
            "无法联系 needs %(attempts)s attempts by %(means)s means; there are %(made)s by %(used)s",
            attempts=attempts,
            means=means,
            made=len(visits),
            used=used,
        )


def _check_answers(outcome: str, asked: Sequence[Question], answers: Mapping[str, str]) -> None:
    """属实 rests on a question answered with yes; 不属实 on all of them answered with no."""
    wanted = _NEEDS_ANSWERS.get(outcome)
    if wanted is None:
        return
    open_ = [each for each in asked if each.warning_id not in answers]
    if open_:
        raise CaseError("%(open)s of %(all)s questions have no answer yet", open=len(open_), all=len(asked))
    given = list(answers.values())
    if wanted == "yes" and "yes" not in given:
        raise CaseError(
            "%(outcome)s rests on a question that was answered with %(answer)s",
            outcome=OUTCOMES.title_of(outcome),
            answer=ANSWERS.title_of("yes"),
        )
    if wanted == "no" and set(given) != {"no"}:
        raise CaseError(
            "%(outcome)s needs %(answer)s to every question",
            outcome=OUTCOMES.title_of(outcome),
            answer=ANSWERS.title_of("no"),
        )
