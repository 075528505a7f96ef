"""Reading in pieces: what comes of a file does not depend on how much of it is in memory at once."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.delivery import Delivery
from schemas.errors import DeliveryError, UnreadableFileError
from schemas.receipts import Receipt
from schemas.taking import take_into
from tests.unit.schemas.files import FEED, TODAY, Kept, Rows, as_csv, as_parquet, feed_of, number, table

ROWS = table(feed_of(), 12)
WHOLE = 1 << 26


def read(path: Path, piece_bytes: int) -> tuple[Receipt | str, list[tuple[object, ...]], list[tuple[object, ...]], int]:
    """Receipt (or refusal), accepted rows, rows set aside, and the number of pieces."""
    kept = Kept()
    delivery = Delivery(FEED, "2026-06", path.stem, 1, path.name, "0" * 64)
    try:
        receipt = take_into(path, delivery, kept, today=TODAY, piece_bytes=piece_bytes)
    except DeliveryError as error:
        return str(error), [], [], 0
    accepted, quarantined = (pl.concat(frames).rows() for frames in zip(*kept.frames, strict=True))
    return receipt, accepted, quarantined, len(kept.frames)


def same_in_pieces(path: Path, data: bytes, piece_bytes: int) -> int:
    """Assert that pieces change nothing; returns how many there were."""
    path.write_bytes(data)
    whole = read(path, WHOLE)
    parted = read(path, piece_bytes)
    assert parted[:3] == whole[:3]
    return parted[3]


def messy() -> Rows:
    """Titles, quoted line breaks, short and surplus rows, totals and footers."""
    rows = [["标题"], [], *[list(row) for row in ROWS]]
    rows[4][1] = '甲\n"乙,'
    rows[5] = rows[5][:-1]
    rows[6] = rows[6][:4]
    rows[7] = [*rows[7], "多"]
    rows[8][3] = "x"
    return [*rows, ["合计", "", "", "1"], [], ["制表人:甲"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("ends", ["\r\n", "\r"])
@pytest.mark.parametrize("piece_bytes", [64, 1001])
def test_pieces_change_nothing(tmp_path: Path, encoding: str, ends: str, piece_bytes: int) -> None:
    """If this breaks, a large file loses or doubles rows where its pieces meet."""
    text = as_csv(messy()).decode().replace("\r\n", ends)
    assert same_in_pieces(tmp_path / "a.csv", text.encode(encoding), piece_bytes) > 1


cells = st.one_of(
    st.sampled_from([cell for row in ROWS for cell in row]),
    st.sampled_from(["", '"', ",", "\n", "合计", "无", "4.4E+17", "\x00", "\ufffd", number(3)[:15] + "000"]),
    st.text(max_size=4),
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells, max_size=10), max_size=10), st.integers(1, 400))
def test_no_table_shows_its_pieces(tmp_path: Path, rows: Rows, piece_bytes: int) -> None:
    """If this breaks, the outcome of a delivery depends on a setting of the program."""
    same_in_pieces(tmp_path / "a.csv", as_csv([*ROWS[:3], *rows, *ROWS[3:5]]), piece_bytes)


def test_a_stray_quote_in_a_large_file_swallows_no_rows(tmp_path: Path) -> None:
    """If this breaks, one quote makes a file of any size one record, in memory at once."""
    data = as_csv(table(feed_of(), 6_000)).decode().replace("甲乙", '"甲乙', 1).encode()
    assert same_in_pieces(tmp_path / "a.csv", data, 20_000) > 10
    receipt, accepted, _, _ = read(tmp_path / "a.csv", 20_000)
    assert isinstance(receipt, Receipt)
    assert (receipt.reasons, len(accepted)) == ({"row_shape": 1}, 5_999)


def test_rounded_numbers_are_known_by_the_whole_file(tmp_path: Path) -> None:
    """If this breaks, numbers that a spreadsheet rounded pass where few of them stand together."""
    rows = table(feed_of(), 40)
    for row in rows[1:7]:
        row[0] = f"{row[0][:15]}000"
    assert same_in_pieces(tmp_path / "a.csv", as_csv(rows), 200) > 10
    receipt = read(tmp_path / "a.csv", 200)[0]
    assert isinstance(receipt, Receipt)
    assert receipt.reasons == {"excel_number": 6}


def test_parquet_comes_in_pieces(tmp_path: Path) -> None:
    """If this breaks, a large Parquet file needs its size in memory, or rows are lost."""
    assert same_in_pieces(tmp_path / "a.parquet", as_parquet(table(feed_of(), 50)), 128 * 7) == 8


@pytest.mark.parametrize(("broken", "taken"), [(3, True), (900, False)])
def test_unreadable_characters_of_a_large_file_are_counted_together(tmp_path: Path, broken: int, taken: bool) -> None:  # noqa: FBT001
    """If this breaks, a file in a doubtful encoding is taken piece by piece."""
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv(table(feed_of(), 20_000)).replace("甲乙".encode(), b"\xff\xfe", broken))
    found = read(path, 300_000)
    if taken:
        assert isinstance(found[0], Receipt)
        assert found[0].reasons == {"broken_text": broken}
    else:
        with pytest.raises(UnreadableFileError, match="UTF-8"):
            take_into(path, Delivery(FEED, "2026-06", "a", 1, "a.csv", "0" * 64), Kept(), today=date(2026, 6, 30))


def test_rows_may_lack_optional_cells_at_their_end(tmp_path: Path) -> None:
    """If this breaks, a table saved by a spreadsheet that drops empty cells is set aside row by row."""
    path = tmp_path / "a.csv"
    rows = [ROWS[0], ROWS[1][:-1], *ROWS[2:4], ROWS[4][:-2]]
    path.write_bytes(as_csv(rows))
    receipt, accepted, quarantined, _ = read(path, WHOLE)
    assert isinstance(receipt, Receipt)
    assert receipt.reasons == {"row_short": 1}
    assert "rows_ended_early:1" in receipt.caveats
    assert (len(accepted), len(quarantined)) == (3, 1)
