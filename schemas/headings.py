"""When what stands in the row of the headings may be named to the sender.

What belongs here: telling a heading from data. A receipt never shows the content of a cell, and what stands there need
not be a heading: what does not look like one is named by its place alone.
"""

import re
from collections.abc import Collection, Sequence
from unicodedata import normalize

__all__ = ["headings_shown"]

_LONGEST = 20  # characters of a heading
_DATA = re.compile(r"[0-9]{5}|[0-9]{4}[-./年][0-9]|^[\s0-9.,%+-]*[0-9][\s0-9.,%+-]*$")  # numbers, days, amounts
_TOLD = re.compile(r"[:=].*\S|@|[\x00-\x1f\x7f]")  # what follows a colon is told of someone


def headings_shown(
    rows: Sequence[Sequence[str | None]], width: int, *, declared: Collection[int] = ()
) -> tuple[str, ...]:
    """By place what the rows of a header may be quoted as; "" where it does not look like a heading.

    At `declared` places stand words of the contract, which are always quoted. Where any cell of two rows looks like
    data, a row of people may have been taken for the lower half of the header: then nothing else of them is quoted.
    """
    doubtful = len(rows) > 1 and any(_is_data(cell or "") for row in rows for cell in row)
    lowest: list[str] = [""] * width
    for row in rows:
        for place, cell in enumerate(row[:width]):
            lowest[place] = " ".join((cell or "").split()) or lowest[place]
    quoted = (place in declared or (not doubtful and _is_heading(text)) for place, text in enumerate(lowest))
    return tuple(text if shown else "" for text, shown in zip(lowest, quoted, strict=True))


def _is_data(text: str) -> bool:
    return _DATA.search(normalize("NFKC", text)) is not None


def _is_heading(text: str) -> bool:
    return len(text) <= _LONGEST and not _is_data(text) and not _TOLD.search(normalize("NFKC", text))
