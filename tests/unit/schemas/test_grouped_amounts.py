"""Amounts with separators, which are read on a way of their own, say what they say without them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.values.money import UNITS
from tests.unit.schemas.cells import read

AMOUNTS = st.builds(
    "{:,}{}".format, st.integers(1, 9_999_999_999), st.sampled_from(["", ".5", ".50", ".05", ".55", ".505", "."])
)


@settings(max_examples=60, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=40), st.sampled_from(sorted(set(UNITS.values()))))
def test_separators_change_nothing_but_the_count(texts: list[str], factor: int) -> None:
    """If this breaks, 1,234.50 is another sum than 1234.50, or is refused for another reason."""
    sent = read("total_fen", *texts, factor=factor)
    bare = read("total_fen", *(text.replace(",", "") for text in texts), factor=factor)
    assert sent.value.to_list() == bare.value.to_list()
    assert sent.reason.to_list() == bare.reason.to_list()
    separated = sum("," in text and why is None for text, why in zip(texts, sent.reason, strict=True))
    assert dict(sent.tidied) == dict(bare.tidied) | ({"money_grouping": separated} if separated else {})
