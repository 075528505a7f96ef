"""Whether the first six digits of an identity number were a county's code (GB/T 2260) when its holder was born.

What belongs here: counting what deserves a second look. It is never a ground for refusal: half of all codes ever
used are retired, and numbers are also given years after a birth.
"""

from collections.abc import Iterable
from functools import cache

import polars as pl

__all__ = ["region_caveats"]

_SPOKEN_OF = 10  # region and year of birth
_REGION = 6
_WITHOUT_REGION = ("9", "810000", "820000", "830000")  # foreigners' cards; permits of Hong Kong, Macao and Taiwan


def region_caveats(numbers: pl.Series) -> dict[str, int]:
    """How many valid 18-digit numbers have a prefix that is in no table, or not in that of the year of birth."""
    heads = numbers.drop_nulls().str.head(_SPOKEN_OF).rename("head").value_counts(name="cells")
    counts = {"id_region_unknown": 0, "id_region_other_time": 0}
    for head, cells in heads.iter_rows():
        if not head.startswith(_WITHOUT_REGION):
            code = _doubt(head[:_REGION], int(head[_REGION:]))
            if code:
                counts[code] += int(cells)
    return {code: count for code, count in counts.items() if count}


@cache
def _doubt(region: str, year: int) -> str | None:
    terms = _terms(region)
    if not terms:
        return "id_region_unknown"
    return None if any(first <= year <= last for first, last in terms) else "id_region_other_time"


@cache
def _terms(region: str) -> tuple[tuple[int, int], ...]:
    """The first and last years of the counties that had this code; empty for a code that no county had."""
    from stdnum import numdb  # noqa: PLC0415 - a table of 7,000 lines that is read once, when it is needed

    found = [properties for _, properties in numdb.get("cn/loc").info(region)]
    counties = [each["county"] for each in found if "county" in each]
    return tuple(_years(counties[-1].split(","))) if counties else ()


def _years(counties: Iterable[str]) -> Iterable[tuple[int, int]]:
    """The years of "[1996-]name", "[-2010]name" and "name"."""
    for county in counties:
        years = county[1:].partition("]")[0] if county.startswith("[") else "-"
        first, _, last = years.partition("-")
        yield int(first or 0), int(last or 9999)
