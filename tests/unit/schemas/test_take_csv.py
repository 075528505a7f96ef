from pathlib import Path

import polars as pl
import pytest

from schemas.errors import EmptyDeliveryError, HeaderNotFoundError, UnreadableFileError
from schemas.reasons import caveat_text
from schemas.taking import QUARANTINE_SCHEMA
from tests.unit.schemas.files import FEED, as_csv, as_xlsx, changed, feed_of, number, table, taken

ROWS = table(feed_of())


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "gb18030",
        "gbk",
        "utf-16",
        "utf-16-le-bom",
        "utf-16-be-bom",
        "utf-32",
        "utf-16-le",
        "utf-16-be",
    ],
)
def test_every_usual_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    """If this breaks, a department's files are refused because of its program."""
    marks = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}
    data = marks.get(encoding, b"") + as_csv(ROWS, encoding.removesuffix("-bom"))
    result = taken(tmp_path, data)
    assert result.receipt.status == "accepted"
    assert result.accepted["person_id"].to_list() == [number(1), number(2), number(3)]
    assert result.accepted["street_code"].unique().to_list() == ["330108001"]
    assert result.accepted["source_row"].to_list() == [2, 3, 4]


@pytest.mark.parametrize(
    "data", [as_csv([["身份證號", "姓名", "金額"], ["", "張", "1"]], "big5"), bytes(range(256)) * 9, b"\xff" * 99]
)
def test_an_undecidable_encoding_is_refused(tmp_path: Path, data: bytes) -> None:
    """If this breaks, names and codes are read as other characters."""
    with pytest.raises(UnreadableFileError, match=r"street\.csv"):
        taken(tmp_path, data)


def test_a_header_in_one_encoding_and_rows_in_another_are_refused(tmp_path: Path) -> None:
    """If this breaks, two files stuck together give rows of nonsense."""
    rows = table(feed_of(), 200)
    with pytest.raises(UnreadableFileError, match="street"):
        taken(tmp_path, as_csv(rows[:1], "gb18030") + as_csv(rows[1:], "utf-8"))


def test_one_broken_character_costs_one_row(tmp_path: Path) -> None:
    """If this breaks, one bad byte refuses a whole file, or passes into a name."""
    data = as_csv(table(feed_of(), 20)).replace("甲乙".encode(), b"\xff\xfe", 1)
    result = taken(tmp_path, data)
    assert result.receipt.reasons == {"broken_text": 1}
    assert result.receipt.rows_accepted == 19


def test_titles_totals_blank_rows_and_footers_are_skipped_by_name(tmp_path: Path) -> None:
    """If this breaks, totals count as aid, or rows vanish without a word."""
    width = len(ROWS[0])
    rows = [
        ["2026年6月临时救助发放表"],
        [],
        *ROWS,
        ROWS[0],
        ["", "小计", "", "301.5"],
        ["合 计", "", "", "301.5"],
        [""] * width,
        ["制表人:甲", "", "", "审核人:乙"],
        ["注:以上为六月数据"],
    ]
    receipt = taken(tmp_path, as_csv(rows)).receipt
    assert receipt.skipped == {"blank": 2, "footer": 2, "header": 1, "title": 1, "total": 2}
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (11, 3, 0)
    assert receipt.balanced


def test_rows_are_numbered_as_a_person_counts_them(tmp_path: Path) -> None:
    """If this breaks, nobody finds the row that a warning names."""
    rows = [["表"], *changed(ROWS, feed_of(), person_name="甲\n乙", paid_on="bad")]
    result = taken(tmp_path, as_csv(rows))
    assert result.quarantined["source_row"].to_list() == [3]
    assert result.accepted["source_row"].to_list() == [4, 5]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_separators_are_read(tmp_path: Path, delimiter: str) -> None:
    """If this breaks, a tab-separated export is refused."""
    assert taken(tmp_path, as_csv(ROWS, delimiter=delimiter)).receipt.rows_accepted == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [("身份证号", "公民身份号码"), ("金额(元)", " 金额（元） "), ("姓名", "姓　名*"), ("批准日期", "审批日期(必填)")],
)
def test_headings_are_recognised_in_their_variants(tmp_path: Path, old: str, new: str) -> None:
    """If this breaks, a harmless change of a heading refuses a file."""
    rows = [[new if each == old else each for each in ROWS[0]], *ROWS[1:]]
    assert taken(tmp_path, as_csv(rows)).receipt.rows_accepted == 3


def test_the_unit_in_the_heading_counts(tmp_path: Path) -> None:
    """If this breaks, amounts in 万元 are ten thousand times too small."""
    rows = [[each.replace("金额(元)", "金额(万元)") for each in ROWS[0]], *ROWS[1:]]
    assert taken(tmp_path, as_csv(rows)).accepted["amount_fen"].unique().to_list() == [100_500_000]


def test_a_missing_required_column_is_named(tmp_path: Path) -> None:
    """If this breaks, a department does not learn which column it forgot."""
    rows = [[cell for place, cell in enumerate(row) if place != 3] for row in ROWS]
    with pytest.raises(HeaderNotFoundError) as caught:
        taken(tmp_path, as_csv(rows))
    assert caught.value.missing == ("金额(元)",)
    assert "street.csv" in str(caught.value)
    assert "金额(元)" in str(caught.value)


@pytest.mark.parametrize("rows", [ROWS[:1], [*ROWS[:1], [], ["合计", "", "", "0"]]])
def test_a_file_without_rows_is_refused(tmp_path: Path, rows: list[list[str]]) -> None:
    """If this breaks, an empty export passes for "nothing happened"."""
    with pytest.raises(EmptyDeliveryError, match="没有数据行"):
        taken(tmp_path, as_csv(rows))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """If this breaks, a failed transfer passes for a delivery."""
    with pytest.raises(UnreadableFileError, match="0字节"):
        taken(tmp_path, b"")


def test_undeclared_and_dropped_columns_are_counted_and_never_kept(tmp_path: Path) -> None:
    """If this breaks, nationality or other unagreed facts enter the system."""
    feed = feed_of("household_registration")
    rows = table(feed, 2)
    extra = [[*rows[0], "民族", "爱好", "序号"], *([*row, "某族", "下棋", "1"] for row in rows[1:])]
    bad = changed(extra, feed, birth_on="x")
    result = taken(tmp_path, as_csv(bad), feed=feed.name)
    assert {"dropped_columns:1", "unknown_columns:2"} <= set(result.receipt.caveats)
    for frame in (result.accepted, result.quarantined):
        assert "某族" not in str(frame.rows())
        assert "下棋" not in str(frame.rows())


@pytest.mark.parametrize("name", ["street.csv", "street.xlsx"])
def test_a_column_without_a_heading_is_told(tmp_path: Path, name: str) -> None:
    """If this breaks, a department never learns that what it wrote under no name was not read."""
    beside = ["", "备注甲", " ", "2"]
    rows = [["", *row, more] for row, more in zip(ROWS, beside, strict=True)]
    letter = chr(ord("A") + len(ROWS[0]) + 1)
    data = as_csv(rows) if name.endswith(".csv") else as_xlsx({"表": rows})
    receipt = taken(tmp_path, data, name).receipt
    assert [each for each in receipt.caveats if each.startswith("unheaded")] == [f"unheaded_cells:2:{letter}"]
    assert caveat_text(f"unheaded_cells:2:{letter}").endswith(f"（第{letter}列）：2")
    assert receipt.rows_accepted == len(ROWS) - 1


def test_rows_with_too_many_cells_are_set_aside(tmp_path: Path) -> None:
    """If this breaks, an unquoted comma in an amount shifts every cell after it."""
    text = as_csv(ROWS).decode().replace("100.50", "1,100.50", 1).encode()
    result = taken(tmp_path, text)
    assert result.receipt.reasons == {"row_shape": 1}
    assert result.receipt.rows_accepted == 2


@pytest.mark.parametrize("surplus", [1, 8, 30])
def test_blank_surplus_cells_do_no_harm(tmp_path: Path, surplus: int) -> None:
    """If this breaks, an export with trailing commas is refused."""
    rows = [ROWS[0], *([*row, *[""] * surplus] for row in ROWS[1:])]
    assert taken(tmp_path, as_csv(rows)).receipt.rows_accepted == 3


@pytest.mark.parametrize("quoted", ["", '"甲\n,乙"'])
def test_rows_with_too_few_cells_are_set_aside(tmp_path: Path, quoted: str) -> None:
    """If this breaks, a row cut in two is read as a row with empty cells, and its rest is lost."""
    lines = as_csv([*ROWS, ["合计", "", "", "301.5"]]).decode().split("\r\n")
    lines[2] = lines[2].rsplit(",", 2)[0]
    if quoted:
        lines[1] = lines[1].replace("甲乙", quoted)
    result = taken(tmp_path, "\n".join(lines).encode())
    assert result.receipt.reasons == {"row_short": 1}
    assert result.quarantined["source_row"].to_list() == [3]
    assert result.receipt.rows_accepted == 2
    assert result.receipt.skipped == {"total": 1}


def test_rows_may_end_where_the_headings_end(tmp_path: Path) -> None:
    """If this breaks, commas behind the last heading make every row too short."""
    text = as_csv(ROWS).decode().replace("\r\n", ",,,\r\n", 1).encode()
    assert taken(tmp_path, text).receipt.status == "accepted"


@pytest.mark.parametrize("line", ["sep=^", '"sep=^"', "SEP=^"])
def test_a_line_that_declares_the_separator_is_obeyed(tmp_path: Path, line: str) -> None:
    """If this breaks, a file with an uncommon separator is refused although it says which."""
    receipt = taken(tmp_path, f"{line}\r\n".encode() + as_csv(ROWS, delimiter="^")).receipt
    assert receipt.rows_accepted == 3
    assert receipt.skipped == {"title": 1}
    assert receipt.balanced


def test_traditional_chinese_of_another_encoding_is_refused(tmp_path: Path) -> None:
    """If this breaks, a Big5 file is read as GB18030: other names, without an error."""
    rows = [
        ["身份證號", "姓名", "業務編號", "金額(元)", "審批日期"],
        *([number(n), "陳大文", "1", "9", "x"] for n in range(50)),
    ]
    with pytest.raises(UnreadableFileError, match="编码"):
        taken(tmp_path, as_csv(rows, "big5"))
    mixed = as_csv(ROWS[:1], "gb18030") + as_csv([[number(n), "陳灣國", "某鄉鎮臺灣學區"] for n in range(50)], "big5")
    with pytest.raises(UnreadableFileError, match="编码"):
        taken(tmp_path, mixed)


def test_a_stray_quote_swallows_no_rows(tmp_path: Path) -> None:
    """If this breaks, all rows after a stray quote disappear into one cell."""
    text = as_csv(table(feed_of(), 50)).decode().replace("甲乙", '"甲乙', 1).encode()
    receipt = taken(tmp_path, text).receipt
    assert receipt.rows_read == 50
    assert receipt.rows_accepted == 49
    assert receipt.reasons == {"row_shape": 1}


def test_quoted_line_breaks_stay_in_their_cell(tmp_path: Path) -> None:
    """If this breaks, an address of two lines becomes two rows."""
    result = taken(tmp_path, as_csv(changed(ROWS, feed_of(), person_name="甲\r\n乙")))
    assert result.receipt.rows_read == 3
    assert result.accepted["person_name"].to_list()[0] == "甲乙"


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r"])
def test_line_ends_of_every_system(tmp_path: Path, ends: bytes) -> None:
    """If this breaks, files of one system are one long row."""
    data = as_csv(ROWS).replace(b"\r\n", ends)
    assert taken(tmp_path, data).receipt.rows_accepted == 3
    assert taken(tmp_path, data.removesuffix(ends)).receipt.rows_accepted == 3


def test_a_quarantined_row_says_why_and_what_to_do(tmp_path: Path) -> None:
    """If this breaks, the department cannot mend its rows."""
    result = taken(tmp_path, as_csv(changed(ROWS, feed_of(), person_id="123", amount_fen="abc")))
    assert result.quarantined.schema == QUARANTINE_SCHEMA
    row = result.quarantined.row(0, named=True)
    assert (row["column"], row["column_title"], row["reason"]) == ("person_id", "身份证号", "id_shape")
    assert row["reason_title"]
    assert row["fix"]
    assert row["all_reasons"] == "person_id:id_shape;amount_fen:bad_money"
    assert '"身份证号":"123"' in row["original"]
    assert result.receipt.status == "partial"


def test_unknown_codes_are_counted_by_title(tmp_path: Path) -> None:
    """If this breaks, a new category of a department goes unnoticed."""
    receipt = taken(tmp_path, as_csv(changed(ROWS, feed_of(), difficulty="新类", paid_on="x"))).receipt
    assert receipt.unknown_codes == {"困难类型": 1}
    assert receipt.reasons == {"bad_date": 1}


def test_a_reversal_needs_its_number(tmp_path: Path) -> None:
    """If this breaks, a reversal cancels nothing, or the wrong payment."""
    feed = feed_of()
    bad = taken(tmp_path, as_csv(changed(ROWS, feed, amount_fen="-100.50", payment_no=""))).receipt
    assert bad.reasons == {"negative_without_number": 1}
    good = taken(tmp_path, as_csv(changed(ROWS, feed, amount_fen="-100.50"))).receipt
    assert good.status == "accepted"


def test_a_spell_does_not_end_before_it_starts(tmp_path: Path) -> None:
    """If this breaks, spells of negative length reach the register."""
    feed = feed_of("assistance_register")
    rows = changed(table(feed), feed, started_on="2026-02-01", ended_on="2026-01-31")
    assert taken(tmp_path, as_csv(rows), feed=feed.name).receipt.reasons == {"ends_before_start": 1}
    same = changed(table(feed), feed, started_on="2026-02-01", ended_on="2026-02-01")
    assert taken(tmp_path, as_csv(same), feed=feed.name).receipt.status == "accepted"


def test_an_invalid_optional_identifier_costs_no_row(tmp_path: Path) -> None:
    """If this breaks, a mistyped father's number takes the child off the register of residents."""
    feed = feed_of("household_registration")
    result = taken(tmp_path, as_csv(changed(table(feed), feed, father_id="123")), feed=feed.name)
    assert "optional_identifier_dropped:1" in result.receipt.caveats
    assert result.accepted["father_id"].to_list()[0] is None
    assert result.receipt.rows_accepted == 3


def test_equal_rows_are_all_kept(tmp_path: Path) -> None:
    """If this breaks, the receipt does not balance with the file."""
    assert taken(tmp_path, as_csv([*ROWS, ROWS[1]])).receipt.rows_accepted == 4


def test_an_event_of_the_delivered_month_is_not_ahead(tmp_path: Path) -> None:
    """If this breaks, the outcome of a month depends on the day on which it is read."""
    rows = changed(ROWS, feed_of(), paid_on="2026-08-20")
    assert taken(tmp_path, as_csv(rows), month="2026-08").receipt.status == "accepted"
    assert taken(tmp_path, as_csv(rows), month="2026-07").receipt.reasons == {"future_date": 1}


def test_source_columns_name_the_delivery(tmp_path: Path) -> None:
    """If this breaks, an entry of the list cannot be proved to its row."""
    result = taken(tmp_path, as_csv(ROWS))
    source = result.accepted.select("source_feed", "source_delivery", "source_sheet").unique()
    assert source.rows() == [(FEED, result.receipt.delivery_id, "")]
    assert result.accepted.columns[: len(ROWS[0])] == [each.name for each in feed_of().columns]
    assert isinstance(result.accepted.schema["amount_fen"], pl.Int64)


def test_a_web_page_called_xls_is_refused(tmp_path: Path) -> None:
    """If this breaks, the error speaks of damage instead of what to do."""
    with pytest.raises(UnreadableFileError, match="网页"):
        taken(tmp_path, b"<html><table></table></html>", "street.xls")


def test_text_called_xls_is_read(tmp_path: Path) -> None:
    """If this breaks, the commonest export of old systems is refused."""
    result = taken(tmp_path, as_csv(ROWS, "gb18030", "\t"), "street.xls")
    assert result.receipt.rows_accepted == 3
    assert "extension_differs:1" in result.receipt.caveats


def test_a_row_in_the_line_of_the_header_refuses_the_file(tmp_path: Path) -> None:
    """If this fails, a person is lost without a word when the end of the header's line is."""
    header, *lines = as_csv(ROWS).decode().splitlines()
    for joined in (f"{header}{lines[0]}", f"{header}, {lines[0]}"):
        content = "\n".join([joined, *lines[1:]]).encode()
        with pytest.raises(UnreadableFileError, match="表头与数据连成了一行"):
            taken(tmp_path, content)


def test_rows_above_the_header_refuse_the_file(tmp_path: Path) -> None:
    """If this breaks, families that stand above a misplaced header are skipped as its title."""
    header, first, second, third, *_ = table(feed_of(), 3)
    with pytest.raises(UnreadableFileError, match="表头以上有2行数据") as caught:
        taken(tmp_path, as_csv([first, second, header, third]))
    assert first[0] not in str(caught.value)
    assert first[1] not in str(caught.value)
    titles = [["临时救助发放表"], ["经办人身份证号", "", first[0]], header, third]
    assert taken(tmp_path, as_csv(titles)).receipt.skipped == {"title": 2}
