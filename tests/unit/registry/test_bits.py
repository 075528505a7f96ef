"""Sets of rows as bits hold what they are made of, and find their members by number."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from registry.bits import count_of, packed, places_of


@given(
    marks=st.lists(st.booleans(), max_size=400) | st.integers(0, 400).map(lambda rows: [False] * rows),
    offset=st.integers(0, 450),
    limit=st.integers(1, 90),
)
def test_members_are_found_by_their_number(marks: list[bool], offset: int, limit: int) -> None:
    """If this fails, a page of the list leaves out a family, shows one twice, or counts them wrong."""
    marked = np.array(marks, dtype=np.bool_)
    bits = packed(marked)
    there = np.flatnonzero(marked)
    assert count_of(bits) == len(there)
    assert places_of(bits, offset, limit).tolist() == there[offset : offset + limit].tolist()
    assert count_of(packed(~marked) & bits) == 0
