from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.errors import DeliveryError
from schemas.reading_csv import count_records
from tests.unit.schemas.files import Rows, as_csv, as_parquet, as_xlsx, feed_of, table, taken

ROWS = table(feed_of(), 6)
FILES = {
    "a.csv": as_csv(ROWS),
    "b.csv": as_csv(ROWS, "gb18030"),
    "c.csv": as_csv(ROWS, "utf-16"),
    "a.xlsx": as_xlsx({"数据": ROWS}),
    "a.parquet": as_parquet(ROWS),
}
relaxed = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

cells = st.one_of(
    st.sampled_from([cell for row in ROWS for cell in row]),
    st.sampled_from(
        ["", " ", '"', ",", "\n", "合计", "无", "-5", "1e5", "4.4E+17", "2024-02-30", "９", "=1+1", "\x00"]
    ),
    st.text(max_size=8),
)
tables = st.lists(st.lists(cells, max_size=len(ROWS[0]) + 2), max_size=12)


def receipt_or_refusal(data: bytes, name: str) -> None:
    """Take the bytes; whatever they are, the outcome is a balanced receipt or a refusal that names the file."""
    with TemporaryDirectory() as folder:
        try:
            result = taken(Path(folder), data, name)
        except DeliveryError as error:
            assert error.file == name  # noqa: PT017 - both outcomes are right
            return
    receipt = result.receipt
    assert receipt.balanced
    assert result.accepted.height == receipt.rows_accepted
    assert result.quarantined.height == receipt.rows_quarantined == sum(receipt.reasons.values())
    places = [*result.accepted.select("source_sheet", "source_row").rows()]
    places += result.quarantined.select("source_sheet", "source_row").rows()
    assert len(set(places)) == len(places)


@relaxed
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx", "a.xls", "a.parquet"]))
@example(b"PK\x03\x04", "a.xlsx")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls")
@example(b"PAR1PAR1", "a.parquet")
@example(b"\xff\xfe\x00", "a.csv")
def test_any_bytes_end_as_a_receipt_or_a_refusal(data: bytes, name: str) -> None:
    """If this breaks, one strange file ends the run for all departments."""
    receipt_or_refusal(data, name)


@relaxed
@given(tables)
def test_any_table_below_a_header_balances(rows: Rows) -> None:
    """If this breaks, rows are lost or counted twice."""
    receipt_or_refusal(as_csv([ROWS[0], *rows]), "a.csv")
    receipt_or_refusal(as_csv([["表"], ROWS[0], *rows, ROWS[1]]), "a.csv")


@relaxed
@given(st.sampled_from(sorted(FILES)), st.data())
def test_damaged_files_end_as_a_receipt_or_a_refusal(name: str, data: st.DataObject) -> None:
    """If this breaks, a broken transfer crashes the run."""
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 12))
        content[at : at + length] = data.draw(st.binary(max_size=12))
    receipt_or_refusal(bytes(content), name)


@relaxed
@given(st.text(alphabet='a,"\n甲', max_size=40))
def test_raw_text_below_a_header_balances(text: str) -> None:
    """If this breaks, quotes and separators in the wrong place lose rows."""
    receipt_or_refusal(as_csv(ROWS[:2]) + text.encode(), "a.csv")


def test_records_are_counted_by_line_ends_outside_quotes() -> None:
    """If this breaks, the count that guards the reading is itself wrong."""
    assert count_records(b"") == 0
    assert count_records(b"a,b\nc,d") == 2
    assert count_records(b'a,"b\nb"\n\nc,"""\n"\n') == 3
