"""Every change of a value is counted: a cell that is read differently than it is written stands on the receipt."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.columns import Column, Kind
from schemas.fields import field
from schemas.reasons import CAVEATS, REASONS, TIDIED
from schemas.values import Cells, read_cells
from tests.unit.schemas.cells import TODAY, read
from tests.unit.schemas.files import cell, number

KINDS = {
    Kind.ID_NUMBER: "person_id",
    Kind.NAME: "person_name",
    Kind.PHONE: "phone",
    Kind.ADDRESS: "address",
    Kind.NUMBER: "payment_no",
    Kind.CODE: "street_code",
    Kind.DATE: "paid_on",
    Kind.MONTH: "period_month",
    Kind.PERIOD: "period",
    Kind.MONEY: "amount_fen",
    Kind.INTEGER: "disability_grade",
}
COLUMNS = {kind: field(name, required=False) for kind, name in KINDS.items()} | {
    Kind.TEXT: field("address", kind=Kind.TEXT),
    Kind.BOOLEAN: field("address", kind=Kind.BOOLEAN),
}
WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
SEEDS = [
    *(cell(column, 1) for column in COLUMNS.values()),
    *("2024-03-01", "202403", "2024年3月", "二〇二四年三月一日", "45352", "2024-02-29T16:00:00Z", "9999-12-31", "2024"),
    *("1,234.50元", "1.2万", "-5", "(3.00)", "红字5", "0.30000000000000004", "007", "1.0", "一级", "12元整"),
    *("甲乙•丙丁", "张*", "Jia Yi", "0571-87654321-801", "+86 13900000000", "110105491231002", number(7).lower()),
    *("无", "-", "NULL", "是", "有", "西兴", "330108001", "#N/A", "3.3E+17"),
]


def written(column: Column, value: object) -> str:
    """The plain writing of a value: what a cell would hold had nothing to be tidied."""
    if value is None:
        return ""
    if column.kind is Kind.MONTH:
        return f"{value:%Y-%m}"
    if column.kind is Kind.BOOLEAN:
        return "是" if value else "否"
    if column.codes:
        return column.codes.title_of(str(value))
    return str(value)


def same(column: Column, text: str, value: object) -> bool:
    """Whether the text is the plain writing of the value; amounts may have no or fewer decimals."""
    if column.kind is Kind.MONEY and isinstance(value, int):
        return text in _amounts("-" * (value < 0), abs(value) // 100, abs(value) % 100)
    return text == written(column, value)


def _amounts(sign: str, yuan: int, fen: int) -> set[str]:
    styles = {f"{sign}{yuan}.{fen:02d}"}
    styles |= {f"{sign}{yuan}.{fen // 10}"} if fen % 10 == 0 else set()
    styles |= {f"{sign}{yuan}"} if fen == 0 else set()
    return styles


dressings = st.sampled_from(
    ["", " ", "\u3000", "\u200b", "'", "\ufeff", "\n", "元", "级", "整", "号", "(已故)", "-", ","]
)
texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(SEEDS),
    st.sampled_from(SEEDS).map(lambda text: "".join(WIDE.get(each, each) for each in text)),
    st.builds(
        lambda before, text, at, inside, after: before + text[:at] + inside + text[at:] + after,
        dressings,
        st.sampled_from(SEEDS),
        st.integers(0, 20),
        dressings,
        dressings,
    ),
)


@pytest.mark.parametrize("kind", sorted(COLUMNS))
@settings(deadline=None, max_examples=60)
@given(texts)
@example("张*")
@example("2024-02-29T16:00:00Z")
def test_a_changed_cell_gives_a_count(kind: Kind, text: str) -> None:
    """If this breaks, a department's data are changed and its receipt does not say so."""
    column = COLUMNS[kind]
    reading = read(column, text)
    value, reason = reading.value.item(), reading.reason.item()
    assert set(reading.tidied) <= {*TIDIED, *CAVEATS}
    assert reason is None or (reason in REASONS and value is None and not reading.tidied)
    if reason is None and not same(column, text, value):
        assert reading.tidied, (value,)
    if same(column, text, value) and text:
        assert not set(reading.tidied) & set(TIDIED)


@pytest.mark.parametrize("kind", sorted(COLUMNS))
@settings(deadline=None, max_examples=20)
@given(st.lists(texts, min_size=2, max_size=8))
def test_a_cell_reads_the_same_whatever_stands_beside_it(kind: Kind, several: list[str]) -> None:
    """If this breaks, a value depends on the other rows of the file."""
    column = COLUMNS[kind]
    together = read(column, *several)
    alone = [read(column, text) for text in several]
    assert together.value.to_list() == [each.value.item() for each in alone]
    assert together.reason.to_list() == [each.reason.item() for each in alone]
    counts: dict[str, int] = {}
    for each in alone:
        for code, count in each.tidied.items():
            counts[code] = counts.get(code, 0) + count
    assert together.tidied == counts


def test_every_code_of_tidying_is_given_by_some_cell() -> None:
    """If this breaks, the receipt has a line that nothing can ever fill."""
    cells = {
        Kind.ID_NUMBER: [
            "".join(WIDE[each] for each in number(1)),
            " " + number(1),
            "11010519491231002x",
            "110105491231002",
            "无",
        ],
        Kind.NUMBER: ["Ａ1", "A 1"],
        Kind.NAME: ["甲\u200b乙", "Ｊia", "甲\ue81e", "甲•乙", "甲(已故)", "甲 乙", "张*", "张?", "张\ue5e5", "张3"],
        Kind.TEXT: ["甲\u200b乙", "甲\n乙"],
        Kind.ADDRESS: ["某路１号", "某路 1号"],
        Kind.PHONE: ["１39  0000 0000", "13900000000/13800000000", "abc", "138****0000"],
        Kind.CODE: ["西 兴", "３30108001"],
        Kind.BOOLEAN: ["有"],
        Kind.DATE: ["２024-03-01", "二〇二四年三月一日", "45352", "2024-02-29T16:00:00Z", "20240301"],
        Kind.MONTH: ["202403", "20240301-20240331"],
        Kind.PERIOD: ["202403"],
        Kind.MONEY: ["１.00", "¥1", "(1)", "1,000", "1元", "0.30000000000000004", "007"],
        Kind.INTEGER: ["２", "2级", "1,000", "一"],
    }
    area = field("area_m2")
    given_codes = {code for kind, texts in cells.items() for code in read(COLUMNS[kind], *texts).tidied}
    given_codes |= set(read(area, "89.5", "1,000").tidied)
    assert set(TIDIED) - given_codes == set()


def test_a_long_column_counts_every_cell() -> None:
    """If this breaks, counts are of distinct texts instead of cells."""
    reading = read("paid_on", *["20240301", "2024-03-01", "坏"] * 400)
    assert reading.tidied == {"date_restyled": 400}
    names = read("person_name", *[" 甲乙", "甲乙"] * 400)
    assert names.tidied == {"name_spaces": 400}
    assert read_cells(COLUMNS[Kind.NAME], Cells(names.value), today=TODAY).tidied == {}
