"""Any sequence of acts by any hands: no adverse result by one person, no second case for a task, no event lost."""

# ruff: noqa: D102  # rules are named by what somebody does; what fails is told by the invariants

import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from registry.casework.acts import assign, close, close_all, give_back, start, withdraw
from registry.casework.codes import OUTCOMES
from registry.casework.store import check_case
from registry.casework.visits import VisitForm, conclude, record_visit
from registry.engine import make_engine, migrate
from registry.errors import CaseError, NotPermittedError
from registry.models import CaseEvent, CaseFile, Decision
from registry.roles import Actor
from schemas.settings import Settings
from tests.unit.registry.casework.worlds import NOON, World, asked, many, world
from tests.unit.registry.examples import edition

NAMES = ("a", "b", "c")
ADVERSE = {"not_true", "no_contact", "refused_entry", "moved_or_dead", "duplicate"}
_people = st.builds(Actor, st.sampled_from(NAMES), st.sampled_from(("supervisor", "district_staff")))
_cases = st.sampled_from([f"{number:024x}" for number in (1, 2)])
_means = st.sampled_from(("home", "phone"))


class Casework(RuleBasedStateMachine):
    """Two families, three people in any role, and months that pass."""

    here: World

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="doudi-machine-")
        place = Settings(home=Path(self.folder.name) / "home", database_url="", identity_key="5e" * 32)
        engine = make_engine(place)
        migrate(engine)
        self.here = world(engine, place)
        self.now = NOON
        self.written = 0
        self.here.publish(many([1, 2]))

    def teardown(self) -> None:
        if hasattr(self, "here"):
            self.here.engine.dispose()
            self.folder.cleanup()

    def attempt(self, act: object, *given: object, **named: object) -> None:
        """An act that may be refused; then nothing of it may stand."""
        before = self._events()
        try:
            act(*given, now=self.now, **named)  # type: ignore[operator]
        except (CaseError, NotPermittedError):
            assert self._events() == before

    def _events(self) -> int:
        with self.here.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(CaseEvent)).scalar_one())

    @rule(case=_cases, to=st.sampled_from(NAMES), by=_people, reason=st.sampled_from((None, "absent")))
    def dispatch(self, case: str, to: str, by: Actor, reason: str | None) -> None:
        self.attempt(assign, self.here.desk, case, to, actor=by, reason=reason)

    @rule(case=_cases, by=_people)
    def begin_check(self, case: str, by: Actor) -> None:
        self.attempt(start, self.here.desk, case, actor=by)

    @rule(
        case=_cases,
        by=_people,
        means=_means,
        contact=st.sampled_from(("reached", "nobody", "refused")),
        answer=st.sampled_from(("yes", "no")),
        outcome=st.sampled_from((None, *OUTCOMES.codes)),
    )
    def visit(self, case: str, by: Actor, means: str, contact: str, answer: str, outcome: str | None) -> None:
        self.now += timedelta(days=1)
        answers = dict.fromkeys(self.here.warnings_of(case), answer) if contact == "reached" else {}
        form = VisitForm(
            visited_on=self.here.desk.day(self.now), means=means, contact=contact, answers=answers, outcome=outcome
        )
        self.attempt(record_visit, self.here.desk, case, form, actor=by)

    @rule(case=_cases, by=_people, outcome=st.sampled_from(OUTCOMES.codes))
    def give_result(self, case: str, by: Actor, outcome: str) -> None:
        self.attempt(conclude, self.here.desk, case, outcome, actor=by)

    @rule(case=_cases, by=_people)
    def close_one(self, case: str, by: Actor) -> None:
        self.attempt(close, self.here.desk, case, actor=by)

    @rule(by=_people)
    def close_both(self, by: Actor) -> None:
        self.attempt(close_all, self.here.desk, {f"{number:024x}": None for number in (1, 2)}, actor=by)

    @rule(case=_cases, by=_people)
    def send_back(self, case: str, by: Actor) -> None:
        self.attempt(give_back, self.here.desk, case, "unclear", actor=by)

    @rule(case=_cases, by=_people)
    def put_aside(self, case: str, by: Actor) -> None:
        self.attempt(withdraw, self.here.desk, case, actor=by)

    @rule(evidence=st.integers(3, 5), nothing=st.booleans())
    def month_passes(self, evidence: int, nothing: bool) -> None:  # noqa: FBT001
        self.now += timedelta(days=20)
        tables = many([1, 2], more=(asked(evidence, "H:1", 1),))
        day = date(2026, 6, 30) + timedelta(days=30 * self.here.months)
        self.here.publish(edition() if nothing else tables, day, self.now)

    @invariant()
    def nobody_alone_against_a_family(self) -> None:
        """If this fails, some sequence of acts lets one person end a need without help."""
        if not hasattr(self, "here"):
            return
        with self.here.engine.connect() as connection:
            for row in connection.execute(
                select(CaseEvent.outcome, CaseEvent.concluded_by, CaseEvent.closed_by, CaseEvent.assignee).where(
                    CaseEvent.kind == "closed"
                )
            ):
                if row.outcome in ADVERSE:
                    assert row.closed_by not in {row.concluded_by, row.assignee, None}
            for decided, approved, outcome in connection.execute(
                select(Decision.decided_by, Decision.approved_by, Decision.outcome)
            ):
                assert outcome != "not_true" or decided != approved

    @invariant()
    def every_task_has_one_case_and_every_event_follows(self) -> None:
        """If this fails, some sequence opens a second case for a task, or loses or bends an event."""
        if not hasattr(self, "here"):
            return
        with self.here.engine.connect() as connection:
            files = connection.scalars(select(CaseFile.case_id)).all()
            assert len(files) == len(set(files)) == 2
            for case_id in files:
                check_case(connection, case_id)
        now = self._events()
        assert now >= self.written
        self.written = now


Casework.TestCase.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCasework = Casework.TestCase
