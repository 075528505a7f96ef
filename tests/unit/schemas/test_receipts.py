from pathlib import Path

import openpyxl
import pytest

from schemas.delivery import Delivery
from schemas.errors import ContractError, HeaderNotFoundError
from schemas.reasons import CAVEATS, REASONS, SKIPS, TIDIED, caveat, caveat_text
from schemas.receipt_book import write_receipt_xlsx
from schemas.receipts import Receipt, choices, next_steps
from tests.unit.schemas.files import FEED, as_csv, changed, feed_of, table, taken

ROWS = table(feed_of())
DELIVERY = Delivery("temporary_assistance", "2026-06", "street", 1, "street.csv", "0" * 64)


def test_a_receipt_holds_no_cell(tmp_path: Path) -> None:
    """If this breaks, names and numbers of people stand in the registry and in logs."""
    planted = {"person_name": "植入甲", "person_id": "999999PLANTED", "difficulty": "植入类", "paid_on": "植入日"}
    receipt = taken(tmp_path, as_csv(changed(ROWS, feed_of(), **planted))).receipt
    assert receipt.rows_quarantined == 1
    assert not any(value in receipt.model_dump_json() for value in planted.values())


def test_a_receipt_survives_storage(tmp_path: Path) -> None:
    """If this breaks, a receipt in the registry is not the one that was given."""
    receipt = taken(tmp_path, as_csv(ROWS)).receipt
    assert Receipt.model_validate_json(receipt.model_dump_json()) == receipt


def test_a_receipt_that_does_not_add_up_says_so(tmp_path: Path) -> None:
    """If this breaks, lost rows pass the gate."""
    receipt = taken(tmp_path, as_csv(ROWS)).receipt
    assert receipt.balanced
    assert not receipt.model_copy(update={"rows_read": receipt.rows_read + 1}).balanced


def test_a_refusal_says_what_and_where() -> None:
    """If this breaks, a department learns only that its file was refused."""
    error = HeaderNotFoundError("lacks 金额(元)", file="street.csv", sheet="数据", missing=["金额(元)"])
    receipt = Receipt.refused(DELIVERY, error)
    assert receipt.status == "refused"
    assert receipt.refusal_code == "header_not_found"
    assert receipt.refusal_title
    assert all(part in str(receipt.refusal_message) for part in ("street.csv", "数据", "金额(元)"))
    assert receipt.balanced


def test_deliveries_have_ids_of_their_own() -> None:
    """If this breaks, rows of two deliveries are mixed up."""
    others = [
        Delivery("tax_wages", "2026-06", "street", 1, "street.csv", "0" * 64),
        Delivery("temporary_assistance", "2026-05", "street", 1, "street.csv", "0" * 64),
        Delivery("temporary_assistance", "2026-06", "street", 2, "street.csv", "0" * 64),
        Delivery("temporary_assistance", "2026-06", "street", 1, "street.csv", "1" * 64),
    ]
    ids = {each.delivery_id for each in [DELIVERY, *others]}
    assert len(ids) == 5
    assert all(len(each) == 16 for each in ids)


def test_a_month_is_a_month() -> None:
    """If this breaks, a folder of another name becomes a month of nothing."""
    with pytest.raises(ContractError, match="YYYY-MM"):
        Delivery("tax_wages", "2026-13", "street", 1, "street.csv", "0" * 64)


def test_the_workbook_marks_the_cells_to_mend(tmp_path: Path) -> None:
    """If this breaks, a department searches for its mistakes, or a cell runs as a formula."""
    result = taken(tmp_path, as_csv(changed(ROWS, feed_of(), amount_fen="=1+1", paid_on="x", person_name="@甲")))
    path = tmp_path / "receipt.xlsx"
    write_receipt_xlsx(result.receipt, result.quarantined, path)
    book = openpyxl.load_workbook(path)
    sheet = book["待修正"]
    titles = [cell.value for cell in sheet[1]]
    row = {title: sheet.cell(2, place) for place, title in enumerate(titles, start=1)}
    assert row["行号"].value == 2
    assert row["金额(元)"].value == "=1+1"
    assert row["金额(元)"].data_type == "s"
    marked = {title for title, cell in row.items() if cell.fill.fgColor.rgb == "FFF8CBAD"}
    assert marked == {"金额(元)", "发放日期"}
    summary = {cells[0].value: cells[1].value for cells in book["回执"].iter_rows(min_row=2)}
    assert summary["读取行数"] == 3
    assert summary["待修正行数"] == 1


def test_the_workbook_of_a_refusal(tmp_path: Path) -> None:
    """If this breaks, `check` shows nothing for a file that cannot be read at all."""
    receipt = Receipt.refused(DELIVERY, HeaderNotFoundError("lacks 金额(元)", file="street.csv"))
    path = tmp_path / "receipt.xlsx"
    write_receipt_xlsx(receipt, taken(tmp_path, as_csv(ROWS)).quarantined, path)
    assert "未接收" in [cell.value for row in openpyxl.load_workbook(path)["回执"].rows for cell in row]


def test_every_code_has_its_wording() -> None:
    """If this breaks, a department reads a code instead of a sentence."""
    assert all(each.title and each.fix for each in REASONS.values())
    assert all(caveat_text(caveat(code, 2)).endswith("：2") for code in CAVEATS)
    assert all({**SKIPS, **TIDIED}.values())
    with pytest.raises(KeyError):
        caveat("not declared", 1)


def test_values_that_no_list_has_come_back_with_those_that_it_has(tmp_path: Path) -> None:
    """If this breaks, a clerk learns that a value is wrong and has to ask by telephone what would be right."""
    rows = changed(table(feed_of(), 2), feed_of(), difficulty="突发")
    receipt = taken(tmp_path, as_csv(rows)).receipt
    assert choices(receipt, "困难类型").startswith("可用取值：因病、")
    assert "突发" not in choices(receipt, "困难类型")


def test_what_was_only_tried_is_no_version(tmp_path: Path) -> None:
    """If this breaks, the first file that a department delivers is named as the second."""
    rows = changed(table(feed_of(), 2), feed_of(), difficulty="突发")
    receipt = taken(tmp_path, as_csv(rows), "西兴街道.csv").receipt
    assert any("西兴街道.r2.csv" in step for step in next_steps(receipt))
    tried = next_steps(receipt, delivered=False)
    assert any("/西兴街道.csv" in step for step in tried)
    assert not any(".r2" in step for step in tried)
    good = taken(tmp_path, as_csv(table(feed_of(), 2)), "西兴街道.csv").receipt
    assert next_steps(good, delivered=False) == [f"可以报送：文件存为landing/{FEED}/2026-06/西兴街道.csv"]


def test_what_is_wrong_with_a_row_can_be_read_whole(tmp_path: Path) -> None:
    """If this breaks, a row with several problems shows the first one and hides the others below its edge."""
    rows = changed(
        table(feed_of(), 2), feed_of(), person_id="110105********002X", paid_on="壹", amount_fen="壹", difficulty="突发"
    )
    result = taken(tmp_path, as_csv([*rows, [*rows[2][:1], "甲", *rows[2][2:6], "突发", *rows[2][7:]]]))
    path = tmp_path / "receipt.xlsx"
    write_receipt_xlsx(result.receipt, result.quarantined, path)
    sheet = openpyxl.load_workbook(path)["待修正"]
    heights = [sheet.row_dimensions[at].height for at in (2, 3)]
    assert heights[0] > 1.5 * heights[1]
