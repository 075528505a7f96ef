"""Texts put together from two systems: lines of UTF-8 in a file of GB18030, and the other way round."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import UnreadableFileError
from schemas.mixed_text import marked_lines
from tests.unit.schemas.files import as_csv, feed_of, taken
from tests.unit.schemas.test_foreign_files import rows_of

TITLES = [each.title for each in feed_of().columns]
OTHER = {"utf-8": "gb18030", "gb18030": "utf-8"}
FOREIGN = ["张三", "李小红", "欧阳小红", "王\U00020bb7"]
BOTH = ["联通", "瘼", "码哈"]  # their GB18030 bytes are valid UTF-8 as well, or nearly


def mixed(encoding: str, names: list[str], foreign: list[str]) -> bytes:
    """A file in one encoding; the rows of the `foreign` names, which come in the middle, are in the other."""
    head, *lines = as_csv([TITLES, *rows_of([*names[::2], *foreign, *names[1::2]])]).decode().splitlines(keepends=True)
    first = len(names[::2])
    encoded = [
        line.encode(OTHER[encoding] if first <= at < first + len(foreign) else encoding)
        for at, line in enumerate(lines)
    ]
    return head.encode(encoding) + b"".join(encoded)


@pytest.mark.parametrize("rows", [500, 20_000])
@pytest.mark.parametrize("encoding", sorted(OTHER))
def test_a_few_foreign_lines_are_set_aside(tmp_path: Path, encoding: str, rows: int) -> None:
    """If this breaks, people are taken in under names that nobody has, in small files or in large ones."""
    names = ["赵小明", "钱小红"] * (rows // 2)
    result = taken(tmp_path, mixed(encoding, names, FOREIGN))
    assert result.receipt.reasons == {"broken_text": len(FOREIGN)}
    assert set(result.accepted["person_name"]) == set(names)
    assert result.receipt.rows_accepted == rows
    assert result.receipt.balanced


@pytest.mark.parametrize("encoding", sorted(OTHER))
def test_many_foreign_lines_refuse_the_file(tmp_path: Path, encoding: str) -> None:
    """If this breaks, half a file is set aside row by row instead of being exported anew."""
    with pytest.raises(UnreadableFileError, match="编码"):
        taken(tmp_path, mixed(encoding, ["赵小明"] * 100, FOREIGN * 25))


def test_rows_in_utf_8_below_another_header_are_refused(tmp_path: Path) -> None:
    """If this breaks, accents of foreigners' names become Chinese characters."""
    with pytest.raises(UnreadableFileError, match="与表头的编码不一致"):
        taken(tmp_path, mixed("gb18030", [], ["àèì", "éüö", "ñçã", "øåß"]))


def test_names_that_are_valid_in_both_stay(tmp_path: Path) -> None:
    """If this breaks, people whose names happen to be valid UTF-8 are sent back every month."""
    names = ["赵小明", *BOTH, "钱小红"] * 30
    result = taken(tmp_path, as_csv([TITLES, *rows_of(names)], "gb18030"))
    assert result.receipt.status == "accepted"
    assert result.accepted["person_name"].to_list() == names


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12), max_size=8)
)
def test_genuine_text_is_never_marked(words: list[str]) -> None:
    """If this breaks, rows with rare characters are sent back at random."""
    text = ",".join(words).encode()
    assert marked_lines(text) == text
