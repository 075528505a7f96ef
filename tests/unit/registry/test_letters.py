"""A letter to one listed person: why, in plain words, on one page; and nothing that is another's affair."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.errors import LetterError, NotPermittedError, SubjectNotFoundError
from registry.letters import Letter, as_html, as_pdf, laid_out, letter_to, write_letter
from registry.models import AuditEvent
from registry.publish import publish, write_candidate
from registry.roles import Actor
from schemas.settings import Settings
from tests.unit.registry.examples import DELIVERY, JUNE, edition, family, hit, input_set, key, member

CLERK = Actor("经办人", "district_staff")
WARD_SINCE = date(2019, 9, 19)
OTHERS = date(2025, 8, 8)
GROUPS: tuple[dict[str, Any], ...] = (
    {"rule_id": "exited_assistance", "basis": "left_the_register_within_window", "source_feed": "assistance_register"},
    {"rule_id": "rejected_application", "basis": "refused_within_window", "source_feed": "applications"},
    {"rule_id": "temporary_assistance", "basis": "aid_temporary"},
    {"rule_id": "other_department_aid", "basis": "aid_medical", "source_feed": "medical_aid"},
    {
        "rule_id": "other_department_aid",
        "basis": "listed_hardship_worker",
        "valid_until": None,
        "source_feed": "hardship_workers",
    },
    {
        "rule_id": "obligor_family",
        "basis": "owes_as_child",
        "evidence_on": WARD_SINCE,
        "valid_until": None,
        "evidence_fen": None,
        "evidence_key": f"{key(9)}:child",
        "source_feed": "household_registration",
    },
    {"rule_id": "low_income_family", "basis": "income_wages", "valid_until": None, "source_feed": "tax_wages"},
)


def _standing(ground: str, **changes: Any) -> dict[str, Any]:
    return {
        "family_id": "H:100",
        "person_key": key(1),
        "ground": ground,
        "status": "listed",
        "since": JUNE,
        "basis": "aid_temporary",
        "parameters_version": "2021-01-01#00000000",
    } | changes


@pytest.fixture
def ready(engine: Engine) -> Engine:
    """A family of two: its head is in every group, the other member in one."""
    tables = edition(
        listed=[
            family("H:100", 1, members=2, income_fen=6_201_369),
            family("H:200", 3, layer="registered"),
            family("H:300", 4),
        ],
        members=[member("H:100", 1), member("H:100", 2), member("H:200", 3, on_register=True), member("H:300", 4)],
        hits=[
            *(hit("H:100", 1, **each) for each in GROUPS),
            hit("H:100", 2, rule_id="exited_assistance", evidence_on=OTHERS, evidence_fen=424_242),
        ],
        standings=[
            _standing(
                "verified_inclusion",
                basis="visit_true_include",
                evidence_on=date(2026, 5, 5),
                source_feed="home_visits",
                source_delivery=DELIVERY,
                source_row=3,
            ),
            _standing("temporary_assistance"),
            _standing(
                "low_income_family",
                family_id="H:300",
                person_key=key(4),
                status="proposed_exit",
                reason="income_changed",
            ),
        ],
        score_reasons=[{"family_id": "H:100", "feature": "aged_80", "value": 1, "points": 700}],
        measures=[{"family_id": "H:100", "measure": "medical_aid", "reason": "severe_illness"}],
    )
    publish(engine, write_candidate(engine, input_set(), tables))
    return engine


def _letter(settings: Settings, engine: Engine, subject: str = "H:100") -> Letter:
    return letter_to(engine, settings, subject, actor=CLERK)


def test_each_reason_is_told_with_its_law_and_source(settings: Settings, ready: Engine) -> None:
    """If this fails, a family reads that it is listed and not why."""
    letter = _letter(settings, ready)
    sentences = "".join(each.sentence for each in letter.reasons)
    for part in (
        "您于2025年7月10日退出低保",
        "未获确认，至今未满12个月",
        "领取过临时救助",
        "赡养父母的义务",
        "不超过 100,000元",
        "有工资薪金记录",
        "走访或核实",
    ):
        assert part in sentences, part
    assert all(each.law for each in letter.reasons)
    assert "民政局《临时救助" in str(letter.reasons)
    assert any("届满" in each for each in letter.would_change)
    assert "第二十四条" in str(letter.rights)


def test_a_letter_tells_nothing_of_others_and_no_score(settings: Settings, ready: Engine) -> None:
    """If this fails, a letter discloses a ward's benefits, a relative's facts, a sum, a score or a person key."""
    page = as_html(_letter(settings, ready))
    withheld = [
        "2019年9月19日",  # since when the ward is on the register
        "2019-09-19",
        "2025年8月8日",  # another member's fact
        "4,242",
        "62,013",  # the family's sum, from which a relative's income could be told
        "1200",  # the score
        "评分",
        "等级",
        "在册对象赡",  # the name of the group tells that the ward is on the register
        "医疗救助（",
        "重大疾病",
        key(1),
        key(2),
        key(9),
    ]
    for each in withheld:
        assert each not in page, each


def test_a_reason_that_is_no_more_is_named(settings: Settings, ready: Engine) -> None:
    """If this fails, a family that is to be asked does not learn what it is to be asked about."""
    (kept,) = _letter(settings, ready, "H:300").reasons
    assert kept.sentence.startswith("您此前作为“三口之家年收入在10万元以下的低收入群体”列入名单")
    assert kept.law


def test_a_member_reads_only_the_own_reasons(settings: Settings, ready: Engine) -> None:
    """If this fails, a letter to one member tells of another's aid."""
    letter = _letter(settings, ready, key(2))
    assert len(letter.reasons) == 1
    assert "2025年8月8日" in letter.reasons[0].sentence
    assert letter.reference != _letter(settings, ready).reference


def test_facts_of_others_alone_are_told_as_such(settings: Settings, ready: Engine) -> None:
    """If this fails, a member without a fact of the own gets a letter without a reason."""
    (only,) = _letter(settings, ready, key(3)).reasons
    assert "其他家庭成员" in only.sentence


def test_a_letter_to_somebody_in_every_group_is_one_page(settings: Settings, ready: Engine) -> None:
    """If this fails, the page with the rights is lost on the way."""
    letter = _letter(settings, ready)
    assert len(laid_out(letter).pages) == 1
    assert as_pdf(letter).startswith(b"%PDF-")


def test_type_is_made_smaller_before_a_second_page(settings: Settings, ready: Engine) -> None:
    """If this fails, a family with many reasons gets a page too many."""
    letter = _letter(settings, ready)
    longer = letter.model_copy(update={"reasons": [*letter.reasons, *letter.reasons[:3]]})
    assert len(laid_out(longer).pages) == 1
    endless = letter.model_copy(update={"reasons": letter.reasons * 9})
    assert len(laid_out(endless).pages) > 1


def test_a_page_stands_alone(settings: Settings, ready: Engine) -> None:
    """If this fails, opening a letter tells somebody elsewhere that it was opened."""
    page = as_html(_letter(settings, ready))
    for each in ("http:", "https:", "<script", "src=", "url("):
        assert each not in page, each
    assert "size: A4" in page


@pytest.mark.parametrize("name", ["letter.html", "letter.pdf"])
def test_a_letter_is_written_for_its_owner_alone(settings: Settings, ready: Engine, tmp_path: Path, name: str) -> None:
    """If this fails, everybody on the machine reads the letters."""
    path = write_letter(_letter(settings, ready), tmp_path / "out" / name)
    assert path.stat().st_mode & 0o077 == 0
    assert path.stat().st_size > 1000


def test_another_ending_is_refused(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a letter is written as something that nobody can open."""
    with pytest.raises(LetterError):
        write_letter(_letter(settings, ready), tmp_path / "letter.docx")


def test_the_contact_is_that_of_the_installation(settings: Settings, ready: Engine) -> None:
    """If this fails, a family does not know where to object."""
    assert "西兴街道" in _letter(settings, ready).contact
    named = settings.model_copy(update={"contact": "区政务服务中心 三楼"})
    assert _letter(named, ready).contact == "区政务服务中心 三楼"


def test_writing_is_recorded_by_number_alone(settings: Settings, ready: Engine) -> None:
    """If this fails, letters can be made unseen, or the chain becomes a list of their readers."""
    letter = _letter(settings, ready)
    with Session(ready) as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None
    assert (event.action, event.details["reference"]) == ("letter", letter.reference)
    assert key(1) not in str(event.details)


def test_who_is_not_listed_gets_no_letter(settings: Settings, ready: Engine) -> None:
    """If this fails, somebody who is not listed is told to be."""
    with pytest.raises(SubjectNotFoundError):
        _letter(settings, ready, key(8))


def test_a_clerk_does_not_unmask(settings: Settings, ready: Engine) -> None:
    """If this fails, a role that may not see whole names prints them on letters."""
    with pytest.raises(NotPermittedError):
        letter_to(ready, settings, "H:100", actor=CLERK, unmask=True)
