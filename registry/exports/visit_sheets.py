"""Visit sheets (走访单): one page a family to take along, and a register to type the answers into.

What belongs here: the workbook. A page has the name, address and phone of a family and what is to be asked; no group,
score, tier or diagnosis, and nothing of what is to be verified. Pages are numbered, so that no sheet is called after
a person.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import polars as pl

from registry.audit import append
from registry.casework.codes import ANSWERS, CONTACTS, MEANS, OUTCOMES
from registry.casework.desk import Desk
from registry.casework.history import case_history
from registry.casework.queue import CaseRow, QueueFilter, queue
from registry.casework.rights import permit
from registry.casework.verdicts import subject_person
from registry.errors import CaseError
from registry.exports.plain import RISKY
from registry.exports.words import code_titles, family_number
from registry.files import private_dir, writing
from registry.queries import require_edition
from registry.reader_vault import vault_for
from registry.roles import Actor
from registry.simulated import note_of
from rules import all_rules
from schemas.codes import CodeList

__all__ = ["REGISTER", "SheetsResult", "export_visit_sheets"]

REGISTER = "走访登记表"
_MOST = 200
_A4 = 9
_NOTICE = "本单含个人信息，仅限入户走访使用，用后交回保管；走访是了解情况、主动服务，不表示对家庭作出任何认定。"
_FONT = {"font_name": "微软雅黑", "font_size": 11, "valign": "vcenter"}
_LINE = 22
_PEOPLE = {"person_key": pl.String(), "person_name": pl.String(), "phone": pl.String(), "address": pl.String()}
_Styles: TypeAlias = dict[str, Any]
_REGISTER_WIDTHS = {
    "走访单号": 30,
    "户主姓名": 10,
    "请核实": 50,
    "答复": 10,
    "走访日期": 12,
    "联系方式": 14,
    "联系情况": 16,
    "核查结果": 14,
    "备注": 30,
    "问题编号": 28,
}
_HEADINGS = tuple(_REGISTER_WIDTHS)
_CHOICES: dict[str, CodeList] = {"答复": ANSWERS, "联系方式": MEANS, "联系情况": CONTACTS, "核查结果": OUTCOMES}


@dataclass(frozen=True, slots=True)
class SheetsResult:
    """The workbook that was written: families, questions, and cases of the worker that did not fit."""

    path: Path
    families: int
    questions: int
    left: int


@dataclass(frozen=True, slots=True)
class _Page:
    """What a page says; the questions are id and words."""

    case: CaseRow
    number: str
    name: str
    phone: str
    address: str
    questions: tuple[tuple[str, str], ...]


def export_visit_sheets(
    desk: Desk, *, actor: Actor, assignee: str | None = None, path: Path | None = None, now: datetime | None = None
) -> SheetsResult:
    """Write the sheets of the cases that were given out (to `assignee`) in the actor's area, and record it.

    Raises `NotPermittedError`, and `CaseError` when there is none.
    """
    permit(actor, "visit.sheet")
    wanted = QueueFilter(states=("assigned", "checking"), audience="need", assignee=assignee)
    found = queue(desk.engine, wanted, actor=actor, sort="street", limit=_MOST)
    if not found.rows:
        raise CaseError("no case was given out there; dispatch first")
    at = (now or datetime.now(ZoneInfo(desk.settings.timezone))).astimezone(ZoneInfo(desk.settings.timezone))
    target = path or private_dir(desk.settings.exports_dir) / f"visit-sheets-{at:%Y%m%d%H%M%S}.xlsx"
    pages = _pages(desk, found.rows, actor)
    _write(target, pages, [note_of(require_edition(desk.engine)), _NOTICE], f"{actor.name}  {at:%Y-%m-%d %H:%M}")
    questions = sum(len(each.questions) for each in pages)
    append(
        desk.engine,
        actor=actor.name,
        action="export",
        purpose="打印走访单",
        details={
            "role": actor.role,
            "format": "xlsx",
            "rows": {"走访单": len(pages), REGISTER: questions},
            "assignee": assignee,
            "cases": [each.case.case_id for each in pages],
        },
    )
    return SheetsResult(target, len(pages), questions, found.total - len(pages))


def _pages(desk: Desk, cases: tuple[CaseRow, ...], actor: Actor) -> list[_Page]:
    with desk.engine.connect() as connection:
        heads = {each.case_id: subject_person(connection, each.case_id) for each in cases}
    people = (
        vault_for(desk.engine, desk.settings, actor)
        .people([each for each in heads.values() if each])
        .select(list(_PEOPLE))
    )
    known = {each["person_key"]: each for each in people.iter_rows(named=True)}
    numbers = pl.DataFrame({"family_id": [each.family_id for each in cases]}).select(family_number()).to_series()
    questions = {rule.id: rule.question for rule in all_rules().values()}
    made = []
    for case, number in zip(cases, numbers, strict=True):
        person = known.get(heads[case.case_id] or "", {})
        asked = case_history(desk.engine, case.case_id, actor=actor).open_questions
        made.append(
            _Page(
                case=case,
                number=number,
                name=person.get("person_name") or "",
                phone=person.get("phone") or "",
                address=person.get("address") or "",
                questions=tuple((each.warning_id, questions[each.rule_id]) for each in asked),
            )
        )
    return made


def _write(path: Path, pages: list[_Page], notices: list[str], taken: str) -> None:
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415  # slow to import

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with writing(path) as temporary, xlsxwriter.Workbook(str(temporary), options) as book:
        body = _FONT | {"border": 1, "text_wrap": True}
        styles = {
            "title": book.add_format(_FONT | {"font_size": 16, "bold": True, "align": "center"}),
            "label": book.add_format(body | {"bold": True, "bg_color": "#DDEBF7"}),
            "text": book.add_format(body | {"num_format": "@"}),
            "risky": book.add_format(body | {"num_format": "@", "quote_prefix": True}),
            "note": book.add_format(_FONT | {"font_size": 9, "text_wrap": True, "font_color": "#595959"}),
            "open": book.add_format(body | {"num_format": "@", "locked": False, "bg_color": "#FFFBE6"}),
        }
        for number, page in enumerate(pages, start=1):
            _write_page(book.add_worksheet(f"第{number}户"), styles, page, [each for each in notices if each], taken)
        _write_register(book.add_worksheet(REGISTER), styles, pages)


def _write_page(sheet: Any, styles: _Styles, page: _Page, notices: list[str], taken: str) -> None:
    for column, width in enumerate((14, 34, 14, 26)):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 34)
    sheet.merge_range(0, 0, 0, 3, "入户走访单", styles["title"])
    facts = (
        ("走访单号", _number(page), "办理期限", f"{page.case.due_on or ''}"),
        ("户号", page.number, "走访人", page.case.assignee or ""),
        ("户主姓名", page.name, "联系电话", page.phone),
        ("街道", code_titles("street").get(page.case.street_code or "", ""), "社区",
         code_titles("community").get(page.case.community_code or "", "")),
    )  # fmt: skip
    for row, (first, value, second, other) in enumerate(facts, start=1):
        sheet.set_row(row, _LINE)
        for column, (label, text) in ((0, (first, value)), (2, (second, other))):
            sheet.write_string(row, column, label, styles["label"])
            _put(sheet, styles, row, column + 1, text)
    sheet.set_row(5, _LINE * 2)
    sheet.write_string(5, 0, "住址", styles["label"])
    sheet.merge_range(5, 1, 5, 3, "", styles["text"])
    _put(sheet, styles, 5, 1, page.address)
    row = _write_questions(sheet, styles, page, 7)
    row = _write_answers(sheet, styles, row + 1)
    for notice in [*notices, f"打印：{taken}"]:
        sheet.set_row(row, _LINE * 2)
        sheet.merge_range(row, 0, row, 3, notice, styles["note"])
        row += 1
    _set_page(sheet, row)


def _write_questions(sheet: Any, styles: _Styles, page: _Page, row: int) -> int:
    sheet.write_string(row, 0, "序号", styles["label"])
    sheet.merge_range(row, 1, row, 2, "请核实", styles["label"])
    sheet.write_string(row, 3, "答复（圈选）", styles["label"])
    answers = " / ".join(ANSWERS.title_of(each) for each in ANSWERS.codes)
    for number, (_, question) in enumerate(page.questions, start=1):
        sheet.set_row(row + number, _LINE * (1 + len(question) // 22))
        sheet.write_string(row + number, 0, f"{number}", styles["text"])
        sheet.merge_range(row + number, 1, row + number, 2, question, styles["text"])
        sheet.write_string(row + number, 3, answers, styles["text"])
    return row + len(page.questions) + 1


def _write_answers(sheet: Any, styles: _Styles, row: int) -> int:
    lines = (
        ("走访日期", ""),
        ("联系方式", " / ".join(MEANS.title_of(each) for each in MEANS.codes)),
        ("联系情况", " / ".join(CONTACTS.title_of(each) for each in CONTACTS.codes)),
        ("核查结果", " / ".join(OUTCOMES.title_of(each) for each in OUTCOMES.codes)),
        ("备注", ""),
        ("签字", "走访人：                    家庭成员：                    日期："),
    )
    for place, (label, text) in enumerate(lines, start=row):
        sheet.set_row(place, _LINE * (5 if label == "备注" else 2))
        sheet.write_string(place, 0, label, styles["label"])
        sheet.merge_range(place, 1, place, 3, text, styles["text"])
    return row + len(lines)


def _write_register(sheet: Any, styles: _Styles, pages: list[_Page]) -> None:
    for column, (heading, width) in enumerate(_REGISTER_WIDTHS.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, styles["label"])
    row = 0
    for page in pages:
        for warning, question in page.questions:
            row += 1
            given = {"走访单号": _number(page), "户主姓名": page.name, "请核实": question, "问题编号": f"Q{warning}"}
            for column, heading in enumerate(_HEADINGS):
                if heading in given:
                    _put(sheet, styles, row, column, given[heading])
                else:
                    sheet.write_blank(row, column, None, styles["open"])
    for heading, codes in _CHOICES.items():
        titles = [codes.title_of(each) for each in codes.codes]
        column = _HEADINGS.index(heading)
        sheet.data_validation(1, column, max(row, 1), column, {"validate": "list", "source": titles})
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    _set_page(sheet, row + 1, last=len(_HEADINGS) - 1, height=0)


def _number(page: _Page) -> str:
    """The number of the sheet: the case and how often it was opened, so that an old sheet answers no new round."""
    return f"C{page.case.case_id}-{page.case.round}"


def _put(sheet: Any, styles: _Styles, row: int, column: int, text: str) -> None:
    sheet.write_string(row, column, text, styles["risky" if text.startswith(RISKY) else "text"])


def _set_page(sheet: Any, rows: int, *, last: int = 3, height: int = 1) -> None:
    sheet.set_paper(_A4)
    sheet.print_area(0, 0, rows, last)
    sheet.fit_to_pages(1, height)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.hide_gridlines(2)
