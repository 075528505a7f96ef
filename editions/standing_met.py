"""The grounds that the facts of the month meet: group hits, the register, and inclusion by a person.

What belongs here: one row a person and ground out of all evidence for it. What becomes of grounds that are met no
longer stands in `editions.standing`.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.decisions import INCLUDED, of_outcome
from editions.grounds import REGISTER, VERIFIED
from linkage.frames import inside_window
from rules.parameters import ParametersAt
from schemas.tables import SOURCE

__all__ = ["EVIDENCE", "KEY", "evidence_rows", "met_grounds"]

KEY = ["person_key", "ground"]
EVIDENCE = ["basis", "evidence_on", "valid_until", "evidence_key", "decision_id", *SOURCE]
_ROW = [*KEY, *EVIDENCE]
_OUTCOME = "true_include"
_SEPARATOR = ";"
_TIES = ["evidence_on", "evidence_key", "basis", *SOURCE]


def evidence_rows(
    tables: Mapping[str, pl.LazyFrame], decisions: pl.LazyFrame, as_of: date, parameters: ParametersAt
) -> pl.LazyFrame:
    """Every row of evidence for a ground of a living person in scope: `person_key`, `ground` and `EVIDENCE`."""
    hits = tables["hits"].with_columns(ground="rule_id", decision_id=pl.lit(None, pl.String))
    months = parameters.integer("status.verified_inclusion_months")
    rows = [hits, _register(tables), _visits(tables, as_of, months), _decided(decisions)]
    found = pl.concat([each.select(_ROW) for each in rows])
    people = tables["members"].select("person_key")
    return pl.concat([found.join(people, on="person_key", how="semi"), _of_nobody_here(found, people)])


def met_grounds(evidence: pl.LazyFrame) -> pl.LazyFrame:
    """One row a person and ground: the evidence that lasts longest, and the keys of all of it in one text."""
    keys = pl.col("evidence_key").unique().sort().str.join(_SEPARATOR)
    ranked = evidence.sort(
        [*KEY, "valid_until", *_TIES], descending=[False, False, True, *[True] * len(_TIES)], nulls_last=False
    )
    others = [name for name in EVIDENCE if name != "evidence_key"]
    return ranked.group_by(KEY, maintain_order=True).agg(keys.alias("evidence_key"), *(pl.col(others).first(),))


def _of_nobody_here(found: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """Hits of obligors outside the district, when a parameter asks for them."""
    return found.filter(~pl.col("ground").is_in([REGISTER, VERIFIED])).join(people, on="person_key", how="anti")


def _register(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Who is on the register, and by which spell."""
    people = tables["members"].filter("on_register").select("person_key")
    last_day = pl.col("ended_on").dt.offset_by("-1d")
    spells = tables["register_spells"].filter("on_register")
    return spells.join(people, on="person_key", how="semi").select(
        "person_key",
        ground=pl.lit(REGISTER),
        basis=pl.lit("on_register"),
        evidence_on="started_on",
        valid_until=last_day,
        evidence_key=pl.col("started_on").dt.strftime("%Y-%m-%d"),
        decision_id=pl.lit(None, pl.String),
        **{name: pl.col(name) for name in SOURCE},
    )


def _visits(tables: Mapping[str, pl.LazyFrame], as_of: date, months: int) -> pl.LazyFrame:
    """Visits that found the need real and put the family on the list."""
    visited = pl.col("visited_on")
    held = tables["visits"].filter(pl.col("visit_outcome") == _OUTCOME, inside_window(visited, pl.lit(as_of), months))
    return held.select(
        "person_key",
        ground=pl.lit(VERIFIED),
        basis=pl.lit("visit_true_include"),
        evidence_on=visited,
        valid_until=visited.dt.offset_by(f"{months}mo"),
        evidence_key=pl.coalesce("visit_no", visited.dt.strftime("%Y-%m-%d")),
        decision_id=pl.lit(None, pl.String),
        **{name: pl.col(name) for name in SOURCE},
    )


def _decided(decisions: pl.LazyFrame) -> pl.LazyFrame:
    """Decisions that put the person's family on the list."""
    included = of_outcome(decisions, INCLUDED).select("decision_id")
    return decisions.join(included, on="decision_id", how="semi").select(
        "person_key",
        ground=pl.lit(VERIFIED),
        basis=pl.lit("decided_included"),
        evidence_on="decided_on",
        valid_until="expires_on",
        evidence_key=pl.coalesce("evidence_key", "decision_id"),
        decision_id="decision_id",
        **{name: pl.lit(None, column.dtype) for name, column in SOURCE.items()},
    )
