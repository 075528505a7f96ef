from pathlib import Path

import openpyxl
import pytest

from schemas.columns import Kind
from schemas.contract import all_feeds, get_feed
from schemas.dictionary import data_dictionary, dictionary_markdown
from schemas.errors import EmptyDeliveryError, ZeroReportError
from schemas.examples import EXAMPLE_ROWS, example_rows
from schemas.tables import TABLES
from schemas.templates import write_template
from tests.unit.schemas.files import as_csv, feed_of, table, taken
from tests.unit.schemas.office import converted


@pytest.mark.parametrize("name", sorted(all_feeds()))
def test_a_filled_in_template_is_taken(tmp_path: Path, name: str) -> None:
    """If this breaks, a department that does as it is told is refused."""
    path = tmp_path / "street.xlsx"
    write_template(feed_of(name), path)
    book = openpyxl.load_workbook(path)
    for row in table(feed_of(name), 4)[1:]:
        book["数据"].append(row)
    book.save(path)
    receipt = taken(tmp_path, path.read_bytes(), "street.xlsx", feed=name).receipt
    assert (receipt.status, receipt.rows_accepted) == ("accepted", 4)
    assert not {each.partition(":")[0] for each in receipt.caveats} - {"birth_date_differs"}


@pytest.mark.parametrize("name", sorted(all_feeds()))
def test_the_examples_are_accepted_and_their_sheet_is_never_read(tmp_path: Path, name: str) -> None:
    """If this breaks, a clerk copies a mistake of ours, or examples become people of the district."""
    path = tmp_path / "street.xlsx"
    write_template(feed_of(name), path)
    book = openpyxl.load_workbook(path)
    shown = [[cell.value for cell in row] for row in book["填写示例"].iter_rows(min_row=2, max_row=1 + EXAMPLE_ROWS)]
    for row in shown:
        book["数据"].append(row)
    book.save(path)
    receipt = taken(tmp_path, path.read_bytes(), "street.xlsx", feed=name).receipt
    assert (receipt.status, receipt.rows_accepted) == ("accepted", EXAMPLE_ROWS), receipt.reasons
    assert not [each for each in receipt.caveats if each.startswith("birth_date_differs")]
    named = [cell for row in shown for cell in row if isinstance(cell, str) and "示例" in cell]
    assert named or not any(column.kind is Kind.NAME for column in feed_of(name).columns)


@pytest.mark.parametrize("name", sorted(all_feeds()))
def test_every_column_is_checked_as_it_is_filled_in(tmp_path: Path, name: str) -> None:
    """If this breaks, the spreadsheet lets in what the bureau then sends back."""
    feed = feed_of(name)
    path = tmp_path / "template.xlsx"
    write_template(feed, path)
    found = {
        next(iter(each.sqref.ranges)).min_col - 1: each
        for each in openpyxl.load_workbook(path)["数据"].data_validations.dataValidation
    }
    kinds = {Kind.CODE: "list", Kind.BOOLEAN: "list", Kind.DATE: "date", Kind.MONEY: "decimal", Kind.INTEGER: "whole",
             Kind.ID_NUMBER: "custom", Kind.MONTH: "custom", Kind.PERIOD: "custom"}  # fmt: skip
    expected = {place: kinds.get(column.kind, "textLength") for place, column in enumerate(feed.columns)}
    assert {place: each.type for place, each in found.items()} == expected
    assert all(each.prompt and each.error and next(iter(each.sqref.ranges)).min_row == 2 for each in found.values())


def test_nothing_to_report_is_a_template_without_rows(tmp_path: Path) -> None:
    """If this breaks, a department with nothing to report is asked for its file every month."""
    path = tmp_path / "template.xlsx"
    write_template(feed_of("disaster_relief"), path)
    receipt = taken(tmp_path, path.read_bytes(), "street.none.xlsx", feed="disaster_relief").receipt
    assert (receipt.status, receipt.rows_read, receipt.outcome) == ("accepted", 0, "零报告")
    with pytest.raises(EmptyDeliveryError, match="none"):
        taken(tmp_path, path.read_bytes(), "street.xlsx", feed="disaster_relief")
    filled = as_csv(table(feed_of("disaster_relief")))
    with pytest.raises(ZeroReportError):
        taken(tmp_path, filled, "street.none.csv", feed="disaster_relief")


def test_numbers_are_text_and_codes_are_lists(tmp_path: Path) -> None:
    """If this breaks, the template itself makes the mistakes that receipts complain of."""
    feed = feed_of("applications")
    path = tmp_path / "template.xlsx"
    write_template(feed, path)
    book = openpyxl.load_workbook(path)
    sheet = book["数据"]
    assert [cell.value for cell in sheet[1]] == [column.title for column in feed.columns]
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width > 18
    checks = sheet.data_validations.dataValidation
    lists = {str(each.sqref).split(":")[0] for each in checks if each.type == "list"}
    codes = [place for place, column in enumerate(feed.columns) if column.codes]
    assert lists == {f"{chr(ord('A') + place)}2" for place in codes}
    assert book["代码"].sheet_state == "hidden"
    notes = [cell.value for cell in book["填写说明"]["A"]]
    assert [column.title for column in feed.columns] == notes[1 : len(feed.columns) + 1]


def test_the_dictionary_knows_every_column() -> None:
    """If this breaks, somebody meets a column that is explained nowhere."""
    records = data_dictionary()
    known = {(each["scope"], each["name"], each["column"]) for each in records}
    feeds = {("feed", feed.name, column.name) for feed in all_feeds().values() for column in feed.columns}
    tables = {("table", table_.name, column) for table_ in TABLES.values() for column in table_.columns}
    assert known == feeds | tables
    assert all(each["description"] and each["title"] for each in records)


def test_the_dictionary_page_has_every_feed_and_table() -> None:
    """If this breaks, the documentation leaves a department out."""
    page = dictionary_markdown()
    assert all(f"### {feed.name} {feed.title}\n" in page for feed in all_feeds().values())
    assert all(f"### {table_.name} {table_.title}\n" in page for table_ in TABLES.values())


def test_office_programs_show_the_examples_as_they_are_meant(tmp_path: Path) -> None:
    """If this breaks, the example that a clerk copies shows another day than its identity number."""
    path = tmp_path / "template.xlsx"
    write_template(feed_of("household_registration"), path)
    shown = converted(path.read_bytes(), "html").decode()  # as the cells look
    assert "330108190101010017" in shown
    assert shown.count("1901-01-01") == EXAMPLE_ROWS
    assert "2024-03-01" in shown


def test_the_example_of_a_bill_adds_up() -> None:
    """If this breaks, the filled example shows a clerk a bill whose parts are not its total."""
    feed = get_feed("medical_settlements")
    places = [column.name for column in feed.columns]
    for row in example_rows(feed):
        total, fund, own = (row[places.index(name)] for name in ("total_fen", "fund_paid_fen", "out_of_pocket_fen"))
        assert total == fund + own  # type: ignore[operator]
