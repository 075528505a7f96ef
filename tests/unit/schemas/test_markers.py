"""No row is ever lost: a marked person stands among the accepted or the set-aside rows, or the file is refused."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.errors import DeliveryError
from tests.unit.schemas.files import Rows, as_csv, as_xlsx, feed_of, number, table, taken

FEED = feed_of()
ROWS = table(FEED, 12)
MARKED = [number(serial) for serial in range(1, 13)]
relaxed = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
clumsy = st.sampled_from(
    [
        "",
        '"',
        '""',
        ",",
        "\n",
        "\r",
        "\t",
        ";",
        "合计",
        "\x00",
        "\ufeff",
        "\u2028",
        "=1+1",
        "'",
        "1,234",
        '"a\nb"',
        "#N/A",
    ]
)


def outcome(data: bytes, name: str = "a.csv") -> str | None:
    """All that was kept of the file as text; None when it was refused by name."""
    with TemporaryDirectory() as folder:
        try:
            result = taken(Path(folder), data, name)
        except DeliveryError as error:
            assert error.file == name  # noqa: PT017 - both outcomes are right
            return None
    assert result.receipt.balanced
    accepted = result.accepted["person_id"].to_list()
    return "\n".join([*(each or "" for each in accepted), *result.quarantined["original"].to_list()])


def kept(data: bytes, marks: list[str], name: str = "a.csv") -> None:
    """Every marked number is in what was kept."""
    text = outcome(data, name)
    if text is not None:
        assert [each for each in marks if each not in text] == []


@relaxed
@given(
    st.permutations(range(len(ROWS[0]))),
    st.lists(st.integers(1, 12), max_size=4),
    st.sampled_from(["utf-8", "gb18030"]),
)
def test_columns_in_any_order_with_blank_lines_between(order: list[int], blanks: list[int], encoding: str) -> None:
    """If this breaks, a rearranged export loses rows or mixes up its columns."""
    rows = [[row[place] for place in order] for row in ROWS]
    for at in sorted(blanks, reverse=True):
        rows.insert(at, [""] * len(order))
    text = outcome(as_csv(rows, encoding))
    assert text is not None
    assert all(each in text for each in MARKED)


@relaxed
@example(changes=[(1, 9, '"'), (2, 0, '"')])
@example(changes=[(1, 2, '"'), (2, 3, '"')])
@given(changes=st.lists(st.tuples(st.integers(1, 12), st.integers(0, len(ROWS[0])), clumsy), max_size=5))
def test_clumsy_cells_lose_no_row(changes: list[tuple[int, int, str]]) -> None:
    """If this breaks, a stray quote or separator swallows the people after it."""
    lines = [",".join(row) for row in ROWS]
    place = [each.name for each in FEED.columns].index("person_id")
    for at, cell, what in changes:
        cells = lines[at].split(",")
        beside = cell if cell != place else cell + 1
        cells[beside:beside] = [what] if what else []
        lines[at] = ",".join(cells)
    kept("\r\n".join(lines).encode(), MARKED)


@relaxed
@given(st.integers(1, 12), st.integers(0, 60), st.sampled_from(["cut", "double", "join"]))
def test_ragged_lines_lose_no_other_row(at: int, length: int, how: str) -> None:
    """If this breaks, one torn line takes its neighbours with it."""
    lines = [",".join(row) for row in ROWS]
    spared = [each for serial, each in enumerate(MARKED, start=1) if serial != at]
    if how == "cut":
        lines[at] = lines[at][:length]
    elif how == "double":
        lines.insert(at, lines[at])
    else:
        lines[at : at + 2] = ["".join(lines[at : at + 2])]
        spared = [each for serial, each in enumerate(MARKED, start=1) if serial not in {at, at + 1}]
    kept("\n".join(lines).encode(), spared)


@relaxed
@given(st.data(), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_damaged_bytes_lose_no_row_that_they_spare(data: st.DataObject, encoding: str) -> None:
    """If this breaks, a bad block of a disk loses people whose lines are whole."""
    content = as_csv(ROWS, encoding)
    at = data.draw(st.integers(0, len(content)))
    gone = data.draw(st.integers(0, 8))
    put = data.draw(st.binary(max_size=8))
    damaged = content[:at] + put + content[at + gone :]
    spared = (
        [each for each in MARKED if each.encode(encoding.replace("16", "16-le")) in damaged]
        if not put.count(b'"')
        else []
    )
    kept(damaged, spared)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_person_written_twice_is_kept_twice(name: str) -> None:
    """If this breaks, the receipt of a doubled export does not balance."""
    rows: Rows = [*ROWS, *ROWS[1:]]
    text = outcome(as_csv(rows) if name == "a.csv" else as_xlsx({"数据": rows}), name)
    assert text is not None
    assert all(text.count(each) == 2 for each in MARKED)
