"""The warnings of an edition: need found, to be verified, and the health of feeds.

What belongs here: running the warning rules, giving each warning its family, street and an id that
stays the same over editions, so that the same fact never warns twice.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import blake2b

import polars as pl

from editions.deadlines import with_due
from editions.decisions import JUDGED, binding, of_outcome
from editions.hits import evaluate, rule_context
from rules import rules_of
from rules.parameters import ParametersAt
from schemas.tables import get_table

__all__ = ["edition_warnings", "warning_ids"]

_ID_BYTES = 12
_FIELD = "\x1f"


def warning_ids(texts: pl.Series) -> pl.Series:
    """A hash of each text that is the same on every machine and in every edition (24 hex characters)."""
    return pl.Series([blake2b(text.encode(), digest_size=_ID_BYTES).hexdigest() for text in texts], dtype=pl.String)


def edition_warnings(
    tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt, *, of: Iterable[str] | None = None
) -> pl.LazyFrame:
    """The table `warnings`, one row a warning; of several rows of one fact the first by source is kept.

    With `of` only the warnings of these rules, as a case that speaks of no others needs them.

    What a binding decision has settled is not raised. `raised_on` is carried on from the month before. A person who is
    in no family at as_of (a dead one) stands alone, with the street of the last
    registration.
    """
    every = rules_of("need", "verify", "feed")
    rules = every if of is None else tuple(rule for rule in every if rule.id in frozenset(of))
    kinds = pl.DataFrame({"rule_id": [rule.id for rule in rules], "kind": [rule.kind for rule in rules]}).lazy()
    found = evaluate(rules, rule_context(tables, as_of, parameters)).join(kinds, on="rule_id", how="inner")
    settled = of_outcome(binding(tables, as_of), "settled", "not_true").select(JUDGED)
    found = found.join(settled, on=JUDGED, how="anti")
    of_feed = pl.col("kind") == "feed"
    subject = pl.when(of_feed).then(pl.col("source_feed"))
    who = pl.coalesce("person_key", "subject")
    named = found.with_columns(subject=subject).with_columns(
        warning_id=pl.concat_str(["rule_id", who, "evidence_key"], separator=_FIELD, ignore_nulls=False).map_batches(
            warning_ids, return_dtype=pl.String, is_elementwise=True
        ),
        family_id=pl.when(~of_feed).then(pl.coalesce("family_id", pl.format("P:{}", "person_key"))),
    )
    once = named.sort(["warning_id", "source_feed", "source_delivery", "source_sheet", "source_row", "basis"])
    raised = once.join(
        tables["previous_warnings"].select("warning_id", "raised_on"),
        on="warning_id",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("raised_on").fill_null(pl.lit(as_of)))
    placed = raised.unique("warning_id", keep="first", maintain_order=True).join(
        _streets(tables), on="person_key", how="left"
    )
    return with_due(placed, tables, as_of, parameters).select(get_table("warnings").schema.names())


def _streets(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """One row a person: the street at as_of, for persons who are not in scope that of the last registration."""
    members = tables["members"].select("person_key", "street_code", "community_code")
    last = (
        tables["registrations"]
        .join(members, on="person_key", how="anti")
        .sort("started_on", "household_no", descending=True)
        .unique("person_key", keep="first", maintain_order=True)
        .select("person_key", "street_code", "community_code")
    )
    return pl.concat([members, last])
