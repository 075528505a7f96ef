"""Visit sheets out, and the filled register back in, row by row."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from registry.casework.history import case_history
from registry.casework.sheets import take_sheets
from registry.errors import CaseError, NotPermittedError
from registry.exports.visit_sheets import REGISTER, export_visit_sheets
from registry.roles import Actor
from registry.scope import Area
from schemas.errors import DeliveryError
from tests.unit.registry.casework.worlds import NOON, World, asked, boss, one_family, staff
from tests.unit.registry.examples import key

ANSWERED: dict[str, Any] = {
    "答复": "是",
    "走访日期": "2026-07-06",
    "联系方式": "入户",
    "联系情况": "见到本人或家属",
    "核查结果": "属实-转介",
    "备注": "a few words",
}
ELSEWHERE = Actor("elsewhere", "street_staff", Area("330108002"))


def _given(here: World) -> str:
    """A family with a name and address in the vault, two questions, given to the worker."""
    folder = here.desk.settings.vault_dir / "household_registration" / "2026-06"
    folder.mkdir(parents=True)
    pl.DataFrame(
        {
            "person_key": [key(1)],
            "id_number": ["330108198002290000"],
            "person_name": ["=张三"],
            "phone": ["13800000000"],
            "address": ["一号"],
            "source_feed": ["household_registration"],
        }
    ).write_parquet(folder / "a.parquet")
    here.publish(one_family(asked(1, "H:100", 1), asked(2, "H:100", 1, rule_id="income_halved"), urgency="red"))
    case_id = here.only()
    here.dispatched(case_id)
    return case_id


def _sheets(here: World, folder: Path) -> Path:
    return export_visit_sheets(here.desk, actor=staff(), path=folder / "out.xlsx").path


def _fill(path: Path, *rows: dict[str, Any]) -> Path:
    """Type values into the register, a dictionary a row."""
    book = openpyxl.load_workbook(path)
    sheet = book[REGISTER]
    places = {cell.value: cell.column for cell in sheet[1]}
    for number, values in enumerate(rows, start=2):
        for heading, value in values.items():
            sheet.cell(number, places[heading]).value = value
    filled = path.with_name("filled.xlsx")
    book.save(filled)
    return filled


def _take(here: World, path: Path, actor: Actor | None = None) -> list[tuple[int, str, str]]:
    taken = take_sheets(here.desk, path, actor=actor or staff(), now=NOON)
    return [(each.row, each.state, each.reason) for each in taken.rows]


def test_a_sheet_tells_where_to_go_and_what_to_ask_and_nothing_else(here: World, tmp_path: Path) -> None:
    """If this fails, a sheet left on a bus tells a diagnosis, a score or that a family is poor."""
    _given(here)
    book = openpyxl.load_workbook(_sheets(here, tmp_path))
    assert book.sheetnames == ["第1户", REGISTER]
    page = [str(cell.value) for row in book["第1户"].iter_rows() for cell in row if cell.value]
    assert "一号" in page
    assert "13800000000" in page
    told = " ".join([*page, *book.sheetnames])
    for never in ("330108198002290000", "红", "temporary_assistance", "high_inpatient_cost", "1200", "评分"):
        assert never not in told
    assert book["第1户"].page_setup.paperSize == 9
    assert book["第1户"].sheet_properties.pageSetUpPr.fitToPage
    assert not [cell for row in book["第1户"].iter_rows() for cell in row if cell.data_type == "f"]


def test_a_filled_register_is_recorded_once(here: World, tmp_path: Path) -> None:
    """If this fails, communities that work on paper are typed in twice, or not at all."""
    case_id = _given(here)
    filled = _fill(_sheets(here, tmp_path), ANSWERED, ANSWERED)
    assert _take(here, filled) == [(2, "accepted", ""), (3, "accepted", "")]
    history = case_history(here.engine, case_id, actor=boss())
    assert (history.case.state, history.case.outcome, history.case.concluded_by) == (
        "concluded",
        "true_refer",
        "dispatcher",
    )
    assert (history.visits[0].channel, history.visits[0].visited_by) == ("sheet", "worker")
    assert len(history.visits[0].objects) == 1
    assert [each[1] for each in _take(here, filled)] == ["skipped", "skipped"]
    assert len(case_history(here.engine, case_id, actor=boss()).visits) == 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"答复": "maybe"}, "答复"),
        ({"走访日期": "2026-07-99"}, "走访日期"),
        ({"走访日期": "2026-07-01"}, "before the case was opened"),
        ({"联系方式": None}, "联系方式"),
        ({"核查结果": "不属实"}, "needs"),
        ({"走访单号": "C1"}, "走访单号"),
        ({"问题编号": "Q0"}, "no open question"),
        ({"走访单号": f"C{1:024x}-9"}, "opened again"),
    ],
)
def test_what_is_wrong_is_set_aside_with_its_reason(
    here: World, tmp_path: Path, changes: dict[str, Any], word: str
) -> None:
    """If this fails, a slip of the pen becomes a finding, or vanishes without a word."""
    case_id = _given(here)
    rows = _take(here, _fill(_sheets(here, tmp_path), ANSWERED | changes, ANSWERED | changes))
    assert rows[0][1] == "quarantined"
    assert {state for _, state, _ in rows} <= {"quarantined", "skipped"}  # a row that was doubled by it
    assert all(word in reason for _, state, reason in rows if state == "quarantined")
    assert case_history(here.engine, case_id, actor=boss()).visits == ()


def test_rows_of_a_case_agree_and_empty_ones_are_skipped(here: World, tmp_path: Path) -> None:
    """If this fails, one visit is recorded on two days, or a sheet that nobody filled in counts as a visit."""
    _given(here)
    out = _sheets(here, tmp_path)
    assert [each[1] for each in _take(here, out)] == ["skipped", "skipped"]
    rows = _take(here, _fill(out, ANSWERED, ANSWERED | {"走访日期": date(2026, 7, 5)}))
    assert {state for _, state, _ in rows} == {"quarantined"}


def test_sheets_are_for_those_who_may_and_of_cases_that_were_given_out(here: World, tmp_path: Path) -> None:
    """If this fails, names and addresses leave the house without need."""
    here.publish(one_family())
    with pytest.raises(CaseError, match="dispatch first"):
        _sheets(here, tmp_path)
    for role in ("auditor", "data_engineer"):
        with pytest.raises(NotPermittedError):
            export_visit_sheets(here.desk, actor=Actor("a", role), path=tmp_path / "x.xlsx")
        with pytest.raises(NotPermittedError):
            take_sheets(here.desk, tmp_path / "x.xlsx", actor=Actor("a", role))
    (tmp_path / "x.xlsx").write_bytes(b"PK nonsense")
    with pytest.raises(DeliveryError):
        take_sheets(here.desk, tmp_path / "x.xlsx", actor=staff())


def test_a_doubled_row_counts_once_and_two_that_differ_not_at_all(here: World, tmp_path: Path) -> None:
    """If this fails, the last of two contradicting answers becomes the finding; or rows vanish from the receipt."""
    case_id = _given(here)
    out = _sheets(here, tmp_path)
    questions = [each.warning_id for each in case_history(here.engine, case_id, actor=boss()).open_questions]
    doubled = ANSWERED | {"走访单号": f"C{case_id}-1", "问题编号": f"Q{questions[0]}"}
    rows = _take(here, _fill(out, ANSWERED, ANSWERED, doubled | {"答复": "否"}))
    assert {state for _, state, _ in rows} == {"quarantined"}
    assert all("两次" in reason for _, _, reason in rows)
    first = ANSWERED | {"问题编号": f"Q{questions[0]}"}
    second = ANSWERED | {"问题编号": f"Q{questions[1]}"}
    filled = _fill(out, first, second, doubled, {}, {"走访单号": "合计", "答复": 3})
    taken = take_sheets(here.desk, filled, actor=staff(), now=NOON)
    assert [(each.row, each.state) for each in taken.rows] == [(2, "accepted"), (3, "accepted"), (4, "skipped")]
    assert taken.read == len(taken.rows) + sum(taken.passed_over.values())
    assert taken.passed_over["total"] == 1


def test_a_sheet_of_somebody_else_is_not_told_apart_from_none(here: World, tmp_path: Path) -> None:
    """If this fails, a register tells whether a case of another street exists; or answers an office in English."""
    _given(here)
    sheets = _sheets(here, tmp_path)
    assert {each[1] for each in _take(here, _fill(sheets, ANSWERED, ANSWERED))} == {"accepted"}
    nowhere = {"走访单号": f"C{'f' * 24}-1"}
    for changes in ({}, {"走访日期": "2026-07-05"}):  # the visit that is recorded, and one that is not
        said = ANSWERED | changes
        theirs = _take(here, _fill(sheets, said, said), actor=ELSEWHERE)
        nobodys = _take(here, _fill(sheets, said | nowhere, said | nowhere), actor=ELSEWHERE)
        assert theirs == nobodys
        assert {each[1] for each in theirs} == {"quarantined"}
        assert "不在您的范围内" in theirs[0][2]
        assert not re.search("[a-z]{4}", theirs[0][2])
