"""Visit sheets (走访单): one page a family to take along, and a register to type the answers into.

What belongs here: the workbook. A page has the name, address and phone of a family and what is to be asked; no group,
score, tier or diagnosis, and nothing of what is to be verified. Pages are numbered, so that no sheet is called after
a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from registry.casework.codes import ANSWERS, CONTACTS, MEANS, OUTCOMES
from registry.casework.desk import Desk
from registry.exports.plain import RISKY
from registry.exports.visit_pages import VisitPage, VisitPages, visit_pages
from registry.files import private_dir, writing
from registry.roles import Actor
from schemas.codes import CodeList
from schemas.workbooks import lines_of, page_header

__all__ = ["REGISTER", "SheetsResult", "export_visit_sheets"]

REGISTER = "走访登记表"
_A4 = 9
_FONT = {"font_name": "微软雅黑", "font_size": 11, "valign": "vcenter"}
_LINE = 22
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


def export_visit_sheets(  # the choices of a reader, each by name
    desk: Desk,
    *,
    actor: Actor,
    assignee: str | None = None,
    community: str | None = None,
    cases: Sequence[str] | None = None,
    path: Path | None = None,
    now: datetime | None = None,
) -> SheetsResult:
    """Write the sheets of the cases that were given out (to `assignee`) in the actor's area, and record it.

    Raises `NotPermittedError`, and `CaseError` when there is none.
    """
    made = visit_pages(desk, actor=actor, fmt="xlsx", assignee=assignee, community=community, cases=cases, now=now)
    target = path or private_dir(desk.settings.exports_dir) / f"visit-sheets-{made.at:%Y%m%d%H%M%S}.xlsx"
    _write(target, made)
    return SheetsResult(target, len(made.pages), made.questions, made.left)


def _write(path: Path, made: VisitPages) -> None:
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
        for number, page in enumerate(made.pages, start=1):
            _write_page(book.add_worksheet(f"第{number}户"), styles, page, made)
        _write_register(book.add_worksheet(REGISTER), styles, made.pages)
        for sheet in book.worksheets():
            sheet.set_header(page_header(made.mark))


def _write_page(sheet: Any, styles: _Styles, page: VisitPage, made: VisitPages) -> None:
    for column, width in enumerate((14, 34, 14, 26)):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 34)
    sheet.merge_range(0, 0, 0, 3, "入户走访单", styles["title"])
    facts = (
        ("走访单号", page.sheet, "办理期限", f"{page.due_on or ''}"),
        ("户号", page.number, "走访人", page.assignee),
        ("户主姓名", page.name, "联系电话", page.phone),
        ("街道", page.street, "社区", page.community),
    )
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
    for notice in [*made.notices, f"打印：{made.taken}"]:
        sheet.set_row(row, _LINE * 2)
        sheet.merge_range(row, 0, row, 3, notice, styles["note"])
        row += 1
    _set_page(sheet, row)


def _write_questions(sheet: Any, styles: _Styles, page: VisitPage, row: int) -> int:
    sheet.write_string(row, 0, "序号", styles["label"])
    sheet.merge_range(row, 1, row, 2, "请核实", styles["label"])
    sheet.write_string(row, 3, "答复（勾选）", styles["label"])
    answers = _ticks(ANSWERS)
    for number, (_, question) in enumerate(page.questions, start=1):
        sheet.set_row(row + number, _LINE * (2 + len(question) // 22))
        sheet.write_string(row + number, 0, f"{number}", styles["text"])
        sheet.merge_range(row + number, 1, row + number, 2, question, styles["text"])
        sheet.write_string(row + number, 3, answers, styles["text"])
    return row + len(page.questions) + 1


def _write_answers(sheet: Any, styles: _Styles, row: int) -> int:
    lines = (
        ("走访日期", ""),
        ("联系方式", _ticks(MEANS)),
        ("联系情况", _ticks(CONTACTS)),
        ("核查结果", _ticks(OUTCOMES)),
        ("需要的帮助", ""),
        ("备注", ""),
        ("签字", "走访人：                    家庭成员：                    日期："),
    )
    for place, (label, text) in enumerate(lines, start=row):
        sheet.set_row(place, _LINE * (9 if label == "备注" else 2))
        sheet.write_string(place, 0, label, styles["label"])
        sheet.merge_range(place, 1, place, 3, text, styles["text"])
    return row + len(lines)


def _ticks(words: CodeList) -> str:
    return "   ".join(f"□ {words.title_of(each)}" for each in words.codes)


def _write_register(sheet: Any, styles: _Styles, pages: Sequence[VisitPage]) -> None:
    for column, (heading, width) in enumerate(_REGISTER_WIDTHS.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, styles["label"])
    row = 0
    for page in pages:
        for warning, question in page.questions:
            row += 1
            sheet.set_row(row, _LINE * lines_of(question, _REGISTER_WIDTHS["请核实"]))
            given = {"走访单号": page.sheet, "户主姓名": page.name, "请核实": question, "问题编号": f"Q{warning}"}
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


def _put(sheet: Any, styles: _Styles, row: int, column: int, text: str) -> None:
    sheet.write_string(row, column, text, styles["risky" if text.startswith(RISKY) else "text"])


def _set_page(sheet: Any, rows: int, *, last: int = 3, height: int = 1) -> None:
    sheet.set_paper(_A4)
    sheet.print_area(0, 0, rows, last)
    sheet.fit_to_pages(1, height)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.hide_gridlines(2)
