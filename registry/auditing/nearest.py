"""Of families that are not on the list: which group comes nearest, and which of its conditions they miss.

What belongs here: asking `editions.why_not` for the families of a sample, and the answer as columns.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from editions.why_not import READS, Finding, of_family, why_not
from rules.parameters import ParametersAt

__all__ = ["NEAREST", "READS", "nearest_rules"]

NEAREST = pl.Schema(
    {
        "item": pl.String(),
        "nearest_rule": pl.String(),
        "missed": pl.String(),
        "evidence_on": pl.Date(),
        "source_feed": pl.String(),
        "source_delivery": pl.String(),
        "source_sheet": pl.String(),
        "source_row": pl.Int64(),
    }
)
"""One row a family; `missed` are named conditions separated by ';', the rest the fact that they are missed by."""

_NO_FACT = "no_fact"
_FACT = ("evidence_on", "source_feed", "source_delivery", "source_sheet", "source_row")


def nearest_rules(
    tables: Mapping[str, pl.LazyFrame], families: Iterable[str], as_of: date, parameters: ParametersAt
) -> pl.DataFrame:
    """`NEAREST` for these families, in the order of `item`; without any fact that a rule could bear on, `no_fact`."""
    wanted = sorted(set(families))
    if not wanted:
        return pl.DataFrame(schema=NEAREST)
    around = of_family(tables, wanted)
    people = around["members"].select("family_id", "person_key").collect()
    told = []
    for family in wanted:
        ours = people.filter(family_id=family)["person_key"].sort().to_list()
        found = why_not(of_family(around, [family]), ours, as_of, parameters)
        told.append({"item": family, **_told(found[0] if found else None)})
    return pl.DataFrame(told, schema=NEAREST)


def _told(finding: Finding | None) -> dict[str, object]:
    if finding is None or finding.missed is None:
        return {"nearest_rule": None, "missed": _NO_FACT}
    fact = finding.hits.row(0, named=True)
    missed = ";".join(finding.missed) or "judged_not_true"
    return {"nearest_rule": finding.rule_id, "missed": missed, **{each: fact[each] for each in _FACT}}
