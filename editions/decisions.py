"""Decisions of persons, as an edition reads them: which of them bind at `as_of`, and on what.

What belongs here: choosing the decision that counts. Recording one, and who may, stands in `registry.decisions`. A
decision binds (person, rule, evidence), expires, and is superseded by a later one about the same.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.aliases import current_keys, replace_keys
from linkage.frames import settled

__all__ = ["INCLUDED", "JUDGED", "binding", "of_outcome"]

INCLUDED = "included"
JUDGED = ["person_key", "rule_id", "evidence_key"]
"""What a decision is about."""


def binding(tables: Mapping[str, pl.LazyFrame], as_of: date) -> pl.LazyFrame:
    """The rows of `decisions` that bind at `as_of`, persons under their current keys.

    Of several about the same person, rule and evidence the latest holds, also when it has expired: an earlier one does
    not come back to life.
    """
    known = replace_keys(
        tables["decisions"].filter(pl.col("decided_on") <= as_of), ["person_key"], current_keys(tables["aliases"])
    )
    latest = known.sort(*JUDGED, "decided_on", "decision_id").unique(JUDGED, keep="last", maintain_order=True)
    return settled(latest.filter(pl.col("expires_on").is_null() | (pl.col("expires_on") >= as_of)))


def of_outcome(decisions: pl.LazyFrame, *outcomes: str) -> pl.LazyFrame:
    """What those of `outcomes` judge, with their `decision_id`."""
    return decisions.filter(pl.col("outcome").is_in(outcomes)).select(*JUDGED, "decision_id")
