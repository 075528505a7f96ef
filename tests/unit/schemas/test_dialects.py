"""Any table in any dialect comes back row for row, and a number that a spreadsheet has rounded never passes."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.identifiers import check_digit
from tests.unit.schemas.files import Rows, Taken, as_xlsx, feed_of, number, table, taken

FEED = feed_of()
HEADER = table(FEED, 1)[0]
NAMES = [each.name for each in FEED.columns]
PLACE = NAMES.index("person_id")
relaxed = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
names = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)
numbers = st.builds(
    lambda born, serial: number(serial, born=f"{born:%Y%m%d}"),
    st.dates(min_value=date(1930, 1, 1), max_value=date(2020, 12, 31)),
    st.integers(1, 999),
)
inside = st.sampled_from(["", ",", ";", "\t", "|", '"', "\n", " ", "甲,乙", 'a"b'])
titles = st.lists(st.sampled_from(["临时救助发放表", "2026年6月", "单位:元", ""]), max_size=3)
footers = st.lists(st.sampled_from(["合计", "制表人:甲", "以上数据截至6月", ""]), max_size=3)
people = st.lists(st.tuples(numbers, names, inside, st.booleans()), min_size=1, max_size=12)


def rows_of(given_people: list[tuple[str, str, str, bool]]) -> Rows:
    """A row for each; the business number holds what dialects stumble over, and some numbers are wrong."""
    rows = []
    for at, (identity, name, odd, right) in enumerate(given_people):
        row = list(table(FEED, 1)[1])
        row[PLACE] = identity if right else identity[:-1] + ("0" if identity[-1] != "0" else "1")
        row[NAMES.index("person_name")] = name
        row[NAMES.index("payment_no")] = f"N{at}{odd}Z"
        rows.append(row)
    return rows


def written(
    rows: Rows,
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    quoting: int = csv.QUOTE_MINIMAL,
    newline: str = "\n",
    above: Sequence[list[str]] = (),
    below: Sequence[list[str]] = (),
) -> bytes:
    """The bytes of a text in one dialect."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=newline)
    writer.writerows([*above, HEADER, *rows, *below])
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    return (mark + text.getvalue()).encode(encoding)


def come_back(result: Taken, rows: Rows) -> None:
    """Each row stands among the accepted or the set-aside rows, in its place, and the counts add up."""
    receipt = result.receipt
    assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + sum(receipt.skipped.values())
    wrong = [row for row in rows if row[PLACE][-1] != check_digit(row[PLACE][:17])]
    right = [row for row in rows if row[PLACE][-1] == check_digit(row[PLACE][:17])]
    assert result.accepted["person_id"].to_list() == [row[PLACE] for row in right]
    assert result.accepted["person_name"].to_list() == [row[NAMES.index("person_name")] for row in right]
    originals = result.quarantined["original"].to_list()
    assert len(originals) == len(wrong)
    assert all(row[PLACE] in original for row, original in zip(wrong, originals, strict=True))


@relaxed
@given(
    people,
    encodings,
    st.sampled_from([",", "\t", ";", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    titles,
    footers,
)
def test_any_table_in_any_dialect_comes_back(
    given_people: list[tuple[str, str, str, bool]],
    encoding: str,
    delimiter: str,
    quoting: int,
    newline: str,
    above: list[str],
    below: list[str],
) -> None:
    """If this breaks, people of a department with an uncommon export are lost or mixed up."""
    rows = rows_of(given_people)
    if newline == "\r":  # then Python's writer leaves a line feed in a cell without quotes
        rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    blank = [""] * (len(HEADER) - 1)
    data = written(
        rows,
        encoding=encoding,
        delimiter=delimiter,
        quoting=quoting,
        newline=newline,
        above=[[each, *blank] for each in above],
        below=[[each, *blank] for each in below],
    )
    with TemporaryDirectory() as folder:
        result = taken(Path(folder), data)
    come_back(result, rows)
    assert sum(result.receipt.skipped.values()) == len(above) + len(below)


@settings(relaxed, max_examples=15)
@given(people, titles, footers)
def test_any_table_in_a_workbook_comes_back(
    given_people: list[tuple[str, str, str, bool]], above: list[str], below: list[str]
) -> None:
    """If this breaks, people between titles and signatures of a sheet are lost."""
    rows = rows_of(given_people)
    sheet = [*([each] for each in above), HEADER, *rows, *([each] for each in below)]
    with TemporaryDirectory() as folder:
        result = taken(Path(folder), as_xlsx({"数据": sheet}), "a.xlsx")
    come_back(result, rows)


def rounded_texts(identity: str) -> list[str]:
    """What programs make of a number of eighteen digits: a float as text, in several styles."""
    value = float(identity)
    digits = len(identity)
    return [
        f"{value:.14E}",
        f"{value:.5E}",
        f"{value:.2e}",
        f"{value:.11g}",
        f"{value:.1f}",
        f"{value:.0f}.",
        identity[:15] + "0" * (digits - 15) + ".0",
        " " + f"{value:.14E}" + " ",
    ]


@relaxed
@example(identity="110105194912310012")
@given(identity=numbers.filter(lambda each: each.isdigit()))
def test_a_rounded_number_is_always_refused(identity: str) -> None:
    """If this breaks, a payment goes to a stranger whose number ends in zeros."""
    texts = rounded_texts(identity)
    rows = [list(table(FEED, 1)[1]) for _ in texts]
    for row, text in zip(rows, texts, strict=True):
        row[PLACE] = text
    plain = list(table(FEED, 1)[1])
    data = written([plain, *rows])
    cells: list[list[object]] = [list(HEADER), list(plain)]
    cells.append([float(identity) if at == PLACE else cell for at, cell in enumerate(plain)])
    with TemporaryDirectory() as folder:
        text, book = taken(Path(folder), data), taken(Path(folder), as_xlsx({"数据": cells}), "a.xlsx")
    assert text.receipt.reasons == {"excel_number": len(texts)}
    assert book.receipt.reasons == {"excel_number": 1}


@relaxed
@given(st.lists(numbers.filter(lambda each: each.isdigit()), min_size=3, max_size=12, unique=True))
def test_numbers_rounded_before_they_were_written_out_are_refused(identities: list[str]) -> None:
    """If this breaks, a CSV that a spreadsheet saved after rounding passes wherever a check digit fits by chance."""
    rows = []
    for identity in identities:
        row = list(table(FEED, 1)[1])
        row[PLACE] = identity[:15] + "000"
        rows.append(row)
    data = written(rows)
    with TemporaryDirectory() as folder:
        result = taken(Path(folder), data)
    assert result.accepted.is_empty()
    assert result.receipt.reasons == {"excel_number": len(rows)}
