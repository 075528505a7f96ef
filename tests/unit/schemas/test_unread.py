"""Columns that are not read are named on the receipt, and nothing of a person with them."""

from pathlib import Path

import openpyxl
import pytest

from schemas.contract import get_feed
from schemas.errors import UnreadableFileError
from schemas.headers import find_header
from schemas.receipt_book import write_receipt_xlsx
from schemas.receipts import Receipt
from schemas.unread import MOST_UNREAD
from tests.unit.schemas.files import FEED, Rows, as_csv, as_parquet, as_xlsx, feed_of, number, table, taken

REGISTRATION = feed_of("household_registration")


def beside(rows: Rows, *headings: str, cells: str = "1") -> Rows:
    """The table with more columns at its end."""
    return [[*rows[0], *headings], *([*row, *(cells for _ in headings)] for row in rows[1:])]


def named(receipt: Receipt) -> list[tuple[str, str, str]]:
    """Code, letter and heading of what is not read, in the order of the receipt; what is absent left out."""
    return [(each.caveat, each.column, each.heading) for each in receipt.unread_columns if each.column]


@pytest.mark.parametrize("name", ["street.csv", "street.xlsx"])
def test_columns_that_are_not_read_are_named(tmp_path: Path, name: str) -> None:
    """If this breaks, a clerk is told that a column was not read and has to guess which."""
    rows = table(REGISTRATION, 2)
    doubled = rows[0][0]
    rows = beside(rows, "民族", " 操作 员", doubled)
    data = as_csv(rows) if name.endswith(".csv") else as_xlsx({"表": rows, "另": rows})
    receipt = taken(tmp_path, data, name, feed=REGISTRATION.name).receipt
    width = len(REGISTRATION.columns)
    letters = [chr(ord("A") + width + place) for place in range(3)]
    assert named(receipt) == [
        ("unknown_columns", letters[1], "操作 员"),
        ("dropped_columns", letters[0], "民族"),
        ("doubled_columns", letters[2], doubled),
    ]
    told = [each for each in receipt.caveats_told if "契约之外" in each]
    assert len(told) == 1
    assert told[0].endswith(f"(第{letters[1]}列“操作 员”)")
    assert receipt.model_validate_json(receipt.model_dump_json()) == receipt


def test_a_parquet_file_is_told_by_its_own_names(tmp_path: Path) -> None:
    """If this breaks, files of programs give a receipt that says less than those of spreadsheets."""
    receipt = taken(tmp_path, as_parquet(beside(table(feed_of()), "operator")), "street.parquet").receipt
    assert [each[2] for each in named(receipt)] == ["operator"]


def test_what_the_contract_has_and_the_file_has_not_is_named(tmp_path: Path) -> None:
    """If this breaks, a misspelt optional heading is a figure among figures and the column stays empty for years."""
    feed = feed_of()
    optional = next(each for each in feed.columns if not each.required)
    rows = [[cell.replace(optional.title, "误写的列名") for cell in row] for row in table(feed)]
    told = "\n".join(taken(tmp_path, as_csv(rows)).receipt.caveats_told)
    assert "“误写的列名”" in told
    assert f"(“{optional.title}”)" in told


def test_the_receipt_shows_the_names(tmp_path: Path) -> None:
    """If this breaks, the workbook that goes back to the department says only how many."""
    result = taken(tmp_path, as_csv(beside(table(feed_of()), "操作员")))
    write_receipt_xlsx(result.receipt, result.quarantined, tmp_path / "receipt.xlsx")
    shown = openpyxl.load_workbook(tmp_path / "receipt.xlsx")["回执"]
    assert any("列“操作员”" in str(cell.value) for row in shown.iter_rows() for cell in row)


@pytest.mark.parametrize(
    "heading",
    [
        "13900000000",
        "１３９００００００００",
        "甲乙110105",
        "2024-03-01",
        "2024年3月",
        "3,500.00",
        "经办:甲乙",
        "填报人:甲乙",
        "a@b.cn",
        "很长的一段话" * 4,
    ],
)
def test_what_does_not_look_like_a_heading_is_named_by_its_place(tmp_path: Path, heading: str) -> None:
    """If this breaks, a number or remark of someone stands on receipts, in the registry and on pages for good."""
    receipt = taken(tmp_path, as_csv(beside(table(feed_of()), heading))).receipt
    assert [each[2] for each in named(receipt)] == [""]
    assert heading not in receipt.model_dump_json()


def test_an_identity_number_in_the_header_is_refused_and_not_quoted(tmp_path: Path) -> None:
    """If this breaks, a row that ran into the header is lost, or the refusal shows whose it was."""
    with pytest.raises(UnreadableFileError, match="表头行中有身份证号码") as refused:
        taken(tmp_path, as_csv(beside(table(feed_of()), number(7))))
    assert number(7) not in str(refused.value)
    sheet = taken(tmp_path, as_xlsx({"人员": beside(table(feed_of()), number(7))}), "street.xlsx").receipt
    assert [each[2] for each in named(sheet)] == [""]  # a row of a sheet cannot run into another


@pytest.mark.parametrize("heading", ["2024年度收入", "备注2", "是否核对(Y/N)", "*联系电话2", "工作单位及职务"])
def test_usual_headings_are_quoted(tmp_path: Path, heading: str) -> None:
    """If this breaks, the guard hides what the clerk needs."""
    receipt = taken(tmp_path, as_csv(beside(table(feed_of()), heading))).receipt
    assert [each[2] for each in named(receipt)] == [heading]


def test_a_row_of_a_person_in_the_header_is_never_quoted() -> None:
    """If this breaks, a first row taken for the lower half of a header puts a name on the receipt."""
    feed = get_feed(FEED)
    titles = [each.title for each in feed.columns]
    upper = [*titles[:-1], "", "备注", "其他"]
    lower = [*[""] * (len(titles) - 1), titles[-1], number(1), "甲乙"]
    found = find_header([upper, lower], feed).header
    assert found is not None
    assert found.last == 2
    assert found.headings[-3:] == (titles[-1], "", "")


def test_one_remark_in_a_header_hides_no_other_column(tmp_path: Path) -> None:
    """If this breaks, a clerk's note beside the headings makes the receipt as silent as before."""
    rows = beside(table(REGISTRATION, 2), "民族", "操作员", "某某13900000000")
    receipt = taken(tmp_path, as_csv(rows), feed=REGISTRATION.name).receipt
    assert [each[2] for each in named(receipt)] == ["操作员", "", "民族"]


def test_a_header_of_a_thousand_columns_does_not_swell_the_receipt(tmp_path: Path) -> None:
    """If this breaks, one broken export makes every page of its month unreadable."""
    rows = beside(table(feed_of()), *(f"列{place}" for place in range(1000)))
    receipt = taken(tmp_path, as_csv(rows)).receipt
    assert "unknown_columns:1000" in receipt.caveats
    assert len(receipt.unread_columns) == MOST_UNREAD
