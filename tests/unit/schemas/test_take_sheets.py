import io
import re
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import EmptyDeliveryError, HeaderNotFoundError, UnreadableFileError
from tests.unit.schemas.files import as_csv, as_parquet, as_xlsx, changed, feed_of, number, table, taken

ROWS = table(feed_of())


def rewritten(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with bytes of one of its parts replaced."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(name, content)
    return result.getvalue()


def test_a_workbook_gives_what_the_csv_gives(tmp_path: Path) -> None:
    """If this breaks, the same rows mean something else in another format."""
    files = {"a.csv": as_csv(ROWS), "a.xlsx": as_xlsx({"数据": ROWS}), "a.parquet": as_parquet(ROWS)}
    frames = [taken(tmp_path, data, name).accepted for name, data in files.items()]
    assert (
        frames[0].drop(pl.selectors.starts_with("source_")).equals(frames[1].drop(pl.selectors.starts_with("source_")))
    )
    assert (
        frames[0].drop(pl.selectors.starts_with("source_")).equals(frames[2].drop(pl.selectors.starts_with("source_")))
    )
    assert frames[1]["source_sheet"].unique().to_list() == ["数据"]
    assert frames[1]["source_row"].to_list() == [2, 3, 4]
    assert frames[2]["source_row"].to_list() == [1, 2, 3]


def test_every_sheet_of_the_shape_is_read(tmp_path: Path) -> None:
    """If this breaks, the second street of a workbook is silently left out."""
    data = as_xlsx({"西兴": [["表"], *ROWS], "长河": [[], [], *ROWS], "说明": [["只是说明"]]})
    result = taken(tmp_path, data, "a.xlsx")
    where = result.accepted.select("source_sheet", "source_row").rows()
    assert where == [("西兴", 3), ("西兴", 4), ("西兴", 5), ("长河", 4), ("长河", 5), ("长河", 6)]
    assert result.receipt.skipped == {"blank": 2, "title": 1}
    assert result.receipt.caveats == ["other_sheets:1"]
    assert result.receipt.rows_read == 9


def test_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    """If this breaks, last month's rows on a hidden sheet are counted again."""
    data = as_xlsx({"数据": ROWS, "旧": ROWS}, hidden=["旧"])
    result = taken(tmp_path, data, "a.xlsx")
    assert result.receipt.rows_accepted == 3
    assert result.receipt.caveats == ["hidden_sheets:1"]


def test_dates_and_amounts_in_their_own_cells(tmp_path: Path) -> None:
    """If this breaks, typed cells are read as serial numbers or with rounding."""
    places = [column.name for column in feed_of().columns]
    row: list[object] = list(ROWS[1])
    row[places.index("granted_on")] = date(2026, 2, 3)
    row[places.index("paid_on")] = 46_057
    row[places.index("amount_fen")] = 1234.56
    accepted = taken(tmp_path, as_xlsx({"数据": [ROWS[0], row]}), "a.xlsx").accepted
    assert accepted["granted_on"].item() == date(2026, 2, 3)
    assert accepted["paid_on"].item() == date(2026, 2, 4)
    assert accepted["amount_fen"].item() == 123_456


def test_a_number_cell_with_eighteen_digits_is_set_aside(tmp_path: Path) -> None:
    """If this breaks, a rounded identity number goes to a stranger."""
    rounded = number(0, born="19700110")
    rows: list[list[object]] = [list(ROWS[0]), [float(rounded[:17] + "0"), *ROWS[1][1:]], list(ROWS[2])]
    result = taken(tmp_path, as_xlsx({"数据": rows}), "a.xlsx")
    assert result.receipt.reasons == {"excel_number": 1}
    assert result.receipt.rows_accepted == 1


@pytest.mark.parametrize(
    "content",
    [b' t="e"><v>#N/A</v></c>', b"><f>B2*2</f></c>", b"><f>B2*2</f><v></v></c>", b'><f t="shared" si="0"/></c>'],
)
def test_a_formula_without_result_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """If this breaks, #N/A as a date of payment is read as "not paid"."""
    data = as_xlsx({"数据": ROWS})
    place = chr(ord("A") + [column.name for column in feed_of().columns].index("paid_on")).encode()
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    old = re.search(rb'<c r="%s2".*?</c>' % place, sheet)
    assert old
    new = b'<c r="%s2"' % place + content
    result = taken(tmp_path, rewritten(data, "xl/worksheets/sheet1.xml", old.group(), new), "a.xlsx")
    assert result.receipt.reasons == {"cell_error": 1}
    assert result.receipt.rows_accepted == 2


@pytest.mark.parametrize("cell", [b"<v></v>", b"<v/>", b"", b"<is><t></t></is>"])
def test_empty_cells_below_the_table_are_no_rows(tmp_path: Path, cell: bytes) -> None:
    """If this breaks, a formatted empty row refuses a file, or counts as lost."""
    added = b'<row r="9"><c r="A9">' + cell + b"</c></row></sheetData>"
    data = rewritten(as_xlsx({"数据": ROWS}), "xl/worksheets/sheet1.xml", b"</sheetData>", added)
    result = taken(tmp_path, data, "a.xlsx")
    assert result.receipt.rows_accepted == 3
    assert result.receipt.balanced


@pytest.mark.parametrize("name", ["street.csv", "street.xlsx"])
def test_optional_headings_under_that_of_a_group_are_read(tmp_path: Path, name: str) -> None:
    """If this breaks, names under a merged heading of a group are lost, for the row above has all that is required."""
    rows = table(feed_of())
    place = rows[0].index("姓名")
    upper, lower = list(rows[0]), [""] * len(rows[0])
    upper[place : place + 2] = ["对象信息", ""]
    lower[place : place + 2] = rows[0][place : place + 2]
    both = [["临时救助发放表"], upper, lower, *rows[1:]]
    result = taken(tmp_path, as_csv(both) if name.endswith(".csv") else as_xlsx({"表": both}), name)
    assert result.accepted["person_name"].to_list() == [row[place] for row in rows[1:]]
    assert result.accepted["payment_no"].null_count() == 0
    assert result.receipt.rows_quarantined == 0
    assert result.receipt.caveats == ["two_row_header:1"]


def test_merged_headings_over_two_rows(tmp_path: Path) -> None:
    """If this breaks, printed forms with grouped headings are refused."""
    upper = [title if place < 3 else ("发放情况" if place == 3 else "") for place, title in enumerate(ROWS[0])]
    lower = ["" if place < 3 else title for place, title in enumerate(ROWS[0])]
    result = taken(tmp_path, as_xlsx({"数据": [upper, lower, *ROWS[1:]]}), "a.xlsx")
    assert result.accepted["source_row"].to_list() == [3, 4, 5]
    assert "two_row_header:1" in result.receipt.caveats
    assert result.receipt.balanced


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_truncated_workbook_is_refused_by_name(tmp_path: Path, share: float) -> None:
    """If this breaks, a broken transfer crashes the run or passes for a short file."""
    data = as_xlsx({"数据": ROWS})
    with pytest.raises(UnreadableFileError, match=r"street\.xlsx"):
        taken(tmp_path, data[: int(len(data) * share)], "street.xlsx")


def test_the_wrong_sheet_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    """If this breaks, a department does not learn that it sent another table."""
    rows = [[cell for place, cell in enumerate(row) if place not in {0, 3}] for row in ROWS]
    with pytest.raises(HeaderNotFoundError) as caught:
        taken(tmp_path, as_xlsx({"封面": [["表"]], "数据": rows}), "a.xlsx")
    assert caught.value.missing == ("身份证号", "金额(元)")
    assert caught.value.sheet == "数据"
    assert all(part in str(caught.value) for part in ("a.xlsx", "数据", "身份证号", "金额(元)"))


def test_a_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    """If this breaks, an empty export passes for "nothing happened"."""
    with pytest.raises(EmptyDeliveryError, match="数据"):
        taken(tmp_path, as_xlsx({"数据": ROWS[:1]}), "a.xlsx")


def test_a_lost_row_is_noticed(tmp_path: Path) -> None:
    """If this breaks, rows that the reader does not see are missing from the list without a word."""
    data = as_xlsx({"数据": ROWS})
    invented = b'</row><row r="9"><c r="A4"><v>1</v></c></row></sheetData>'
    with pytest.raises(UnreadableFileError, match="只读出4行"):
        taken(tmp_path, rewritten(data, "xl/worksheets/sheet1.xml", b"</row></sheetData>", invented), "a.xlsx")


@pytest.mark.parametrize("place", ["XFD99999999", "A99999999999999999999", "XFD500000", "ZZ999999"])
def test_a_cell_far_outside_does_not_take_the_machine_down(tmp_path: Path, place: str) -> None:
    """If this breaks, one slip in one file ends the whole run for want of memory."""
    data = rewritten(as_xlsx({"数据": ROWS}), "xl/worksheets/sheet1.xml", b'<c r="A4"', f'<c r="{place}"'.encode())
    with pytest.raises(UnreadableFileError, match="工作表的范围"):
        taken(tmp_path, data, "a.xlsx")


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    """If this breaks, a broken transfer crashes the run."""
    data = as_parquet(ROWS)
    for broken in (data[:40], data[:-9], data[:60] + bytes(40) + data[100:]):
        with pytest.raises(UnreadableFileError, match=r"a\.parquet"):
            taken(tmp_path, broken, "a.parquet")


def test_typed_parquet_columns(tmp_path: Path) -> None:
    """If this breaks, a database export is read with other values than its text."""
    frame = pl.DataFrame(ROWS[1:], schema=[column.name for column in feed_of().columns], orient="row").with_columns(
        amount_fen=pl.Series([100, 200, 300]), paid_on=pl.Series([date(2026, 1, 2)] * 3)
    )
    data = io.BytesIO()
    frame.write_parquet(data)
    accepted = taken(tmp_path, data.getvalue(), "a.parquet").accepted
    assert accepted["amount_fen"].to_list() == [100, 200, 300]
    assert accepted["paid_on"].to_list() == [date(2026, 1, 2)] * 3
    data = io.BytesIO()
    frame.with_columns(person_id=pl.lit(3.3e17)).write_parquet(data)
    assert taken(tmp_path, data.getvalue(), "a.parquet").receipt.reasons == {"excel_number": 3}


def test_a_required_cell_is_missing(tmp_path: Path) -> None:
    """If this breaks, payments without a day are counted."""
    data = as_xlsx({"数据": changed(ROWS, feed_of(), granted_on="")})
    assert taken(tmp_path, data, "a.xlsx").receipt.reasons == {"missing_required": 1}
