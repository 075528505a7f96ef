"""What a second look at a workbook adds to the cells read: merged, hidden, failed ones, per cent, serials from 1904.

What belongs here: frames of one sheet in, frames with marks out; no format is known here.
"""

from collections import Counter
from collections.abc import Iterator

import polars as pl

from schemas.columns import Kind
from schemas.contract import Feed
from schemas.headers import Header
from schemas.second_look import Look
from schemas.sheets import BROKEN, MERGED, NUMERIC, place_name

__all__ = ["broken_marks", "filled_down", "hidden_caveats", "moved_serials"]

_FIGURES = frozenset({Kind.MONEY, Kind.INTEGER})
_EPOCHS_APART = 1462  # days from 1900-01-00 to 1904-01-01 as spreadsheets count
_SERIAL = r"^[0-9]{1,6}(?:\.[0-9]+)?$"


def broken_marks(look: Look, header: Header, feed: Feed, height: int) -> list[pl.Series]:
    """Why cells of the declared columns cannot be taken as they are read.

    Formula errors the cells' reader shows as empty. A figure that is shown as per cent is a hundred times smaller
    than what its sender saw, or its format is a slip: nobody can tell which.
    """
    marks = []
    for column in feed.columns:
        at = header.places.get(column.name, -1)
        percents = look.percents if column.kind in _FIGURES else {}
        mark = pl.repeat(None, height, dtype=pl.String, eager=True)
        for code, found in (("percent_cell", percents), ("cell_error", look.errors)):
            if rows := [row for row in found.get(at, ()) if row < height]:
                mark = mark.scatter(rows, values=code)
        if mark.null_count() < height:
            marks.append(mark.rename(f"{BROKEN}{place_name(at)}"))
    return marks


def moved_serials(frame: pl.DataFrame, header: Header, feed: Feed, look: Look) -> pl.DataFrame:
    """Bare numbers in columns of dates as serials from 1900, when the workbook counts from 1904."""
    names = [place_name(at) for at in date_places(header, feed)] if look.serials_1904 else []
    changes = [
        pl.when(pl.col(NUMERIC + name) & pl.col(name).str.contains(_SERIAL))
        .then((pl.col(name).cast(pl.Float64, strict=False) + _EPOCHS_APART).floor().cast(pl.Int64).cast(pl.String))
        .otherwise(pl.col(name))
        .alias(name)
        for name in names
    ]
    return frame.with_columns(changes).drop([NUMERIC + name for name in names])


def date_places(header: Header, feed: Feed) -> list[int]:
    """The delivered columns that hold dates."""
    return [header.places[each.name] for each in feed.columns if each.kind is Kind.DATE and each.name in header.places]


def filled_down(frame: pl.DataFrame, header: Header, feed: Feed, look: Look) -> tuple[pl.DataFrame, int]:
    """Cells merged over several rows as each row shows them, and how many were filled.

    Amounts and counts are not filled: one figure for several rows is marked, and its rows are set aside.
    """
    filled = 0
    shared = pl.repeat(value=False, n=frame.height, eager=True, dtype=pl.Boolean)
    changes: list[pl.Series] = []
    for column in feed.columns:
        ranges = list(_ranges(look, header, header.places.get(column.name, -1), frame.height))
        if not ranges:
            continue
        name = place_name(header.places[column.name])
        rows = [row for first, last in ranges for row in range(first, last + 1)]
        if column.kind in _FIGURES:  # one figure over several rows is not a figure of each
            shared = shared.scatter(rows, values=True)
            continue
        source = pl.int_range(frame.height, eager=True).scatter(
            rows, [first for first, last in ranges for _ in range(first, last + 1)]
        )
        held = [each for each in (name, NUMERIC + name, BROKEN + name) if each in frame.columns]
        changes.extend(frame[each].gather(source) for each in held)
        filled += len(rows) - len(ranges)
    frame = frame.with_columns(changes)
    return (frame.with_columns(shared.alias(MERGED)) if shared.any() else frame), filled


def _ranges(look: Look, header: Header, place: int, height: int) -> Iterator[tuple[int, int]]:
    """First and last row of the ranges below the header that begin in the column and span several rows."""
    for first, last, left, _ in look.merges:
        if left == place and header.last <= first < last and first < height - 1:
            yield first, min(last, height - 1)


def hidden_caveats(frame: pl.DataFrame, header: Header, look: Look) -> Counter[str]:
    """How many rows with a value and how many declared columns the sheet hides; both are read."""
    rows = sorted(row for row in look.hidden_rows if header.last <= row < frame.height)
    cells = frame.select(place_name(at) for at in header.places.values())[rows] if rows else frame.clear()
    shown = cells.filter(pl.any_horizontal(pl.all().is_not_null())) if rows else cells
    columns = look.hidden_columns & set(header.places.values())
    return +Counter(hidden_rows=shown.height, hidden_columns=len(columns))
