"""From a warning to the next list: case, visit, decision, delivery, and the edition that shows it, over real runs."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from assets.workspace import Workspace
from pipelines.run import run
from registry.audit import verify
from registry.casework.acts import assign, close
from registry.casework.desk import Desk
from registry.casework.feed import FEED, SENDER
from registry.casework.history import case_history
from registry.casework.objections import NewObjection, decide_objection, file_objection
from registry.casework.queue import CaseRow, QueueFilter, queue
from registry.casework.visits import VisitForm, record_visit
from registry.queries import current_edition, edition_rows
from registry.store import receipts
from tests.integration.conftest import make_district
from tests.unit.registry.casework.worlds import XIXING, boss, staff, worker

pytestmark = pytest.mark.slow

PUBLISHED, VISITED, NEXT = date(2026, 3, 10), date(2026, 3, 12), date(2026, 3, 20)
NOON = datetime(2026, 3, 12, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A small district after its first run."""
    root = tmp_path_factory.mktemp("casework")
    settings = make_district(root / "district", people=900, months=2, seed=6, dirt=0.0).settings(root / "home")
    assert run(settings, today=PUBLISHED).good
    workspace = Workspace(settings, today=PUBLISHED)
    return Desk(workspace.engine, settings, workspace.parameters)


def _worked(desk: Desk, case: CaseRow, outcome: str) -> None:
    """A case through all hands."""
    assign(desk, case.case_id, "worker", actor=staff(), now=NOON)
    answer = "no" if outcome == "not_true" else "yes"
    asked = case_history(desk.engine, case.case_id, actor=boss()).open_questions
    form = VisitForm(
        visited_on=VISITED,
        means="home",
        contact="reached",
        answers={each.warning_id: answer for each in asked},
        outcome=outcome,
        note="told in confidence",
    )
    record_visit(desk, case.case_id, form, actor=worker(), now=NOON)
    close(desk, case.case_id, actor=boss(), now=NOON)


def _portal_files(desk: Desk) -> list[Path]:
    return sorted((desk.settings.landing_dir / FEED).rglob(f"{SENDER}*"))


def test_a_warning_becomes_a_visit_a_decision_and_an_entry_of_the_next_list(desk: Desk) -> None:
    """If this fails, what staff find out in the field never reaches the list, or cannot be proven on it."""
    first = current_edition(desk.engine)
    assert first is not None
    tasks = edition_rows(desk.engine, first.edition_id, "tasks").filter(audience="need")
    waiting = queue(desk.engine, QueueFilter(), actor=boss(), limit=500)
    assert waiting.total == tasks.height > 3  # of the newest edition alone
    included, untrue = [each for each in waiting.rows if each.street_code == XIXING][:2]
    _worked(desk, included, "true_include")
    _worked(desk, untrue, "not_true")

    assert run(desk.settings, today=NEXT).good
    (file,) = _portal_files(desk)
    receipt = next(each for each in receipts(desk.engine) if each.feed == FEED and each.sender == SENDER)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0)
    assert "told in confidence" not in file.read_text(encoding="utf-8-sig")

    second = current_edition(desk.engine)
    assert second is not None
    assert second.as_of == NEXT
    standing = edition_rows(desk.engine, second.edition_id, "standings").filter(ground="verified_inclusion")
    assert set(standing["family_id"]) >= {included.family_id}
    assert standing["decision_id"].drop_nulls().len() + standing["source_feed"].drop_nulls().len() >= 1
    warned = edition_rows(desk.engine, second.edition_id, "warnings").filter(kind="need")
    settled = {each.warning_id for case in (included, untrue) for each in _questions(desk, case)}
    assert settled.isdisjoint(warned["warning_id"])
    assert not warned.is_empty()
    assert queue(desk.engine, QueueFilter(family_id=untrue.family_id), actor=boss()).total == 0
    assert verify(desk.engine).holds


def _questions(desk: Desk, case: CaseRow) -> list[object]:
    return list(case_history(desk.engine, case.case_id, actor=boss()).questions)


def test_a_second_run_delivers_nothing_twice_and_an_upheld_objection_takes_a_visit_back(desk: Desk) -> None:
    """If this fails, every run makes a new revision of the same visits, or a wrong result stays in the data."""
    before = _portal_files(desk)
    run(desk.settings, today=NEXT)
    assert _portal_files(desk) == before
    closed = queue(desk.engine, QueueFilter(states=("closed",), outcome="not_true"), actor=boss()).rows[0]
    new = NewObjection(
        family_id=closed.family_id, against="case", case_id=closed.case_id, filed_by="self", filed_on=VISITED
    )
    objection = file_objection(desk, new, actor=worker(), now=NOON)
    decide_objection(desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"), now=NOON)
    assert run(desk.settings, today=NEXT).good
    assert [each.name for each in _portal_files(desk)] == ["portal.r1.csv", "portal.r2.csv"]
    newest = current_edition(desk.engine)
    assert newest is not None
    warned = edition_rows(desk.engine, newest.edition_id, "warnings")
    asked = {each.warning_id for each in case_history(desk.engine, closed.case_id, actor=boss()).questions}
    assert not warned.filter(pl.col("warning_id").is_in(asked)).is_empty()  # asked again: it was never answered
