"""Runs the rules: from named tables to rows of `hits`, exactly as the table is declared.

What belongs here: the bridge between Polars frames and rules, and the table of group hits. What a rule
says stands in `rules/`.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import narwhals as nw
import polars as pl

from linkage.frames import settled
from rules import Rule, RuleContext, rules_of
from rules.base import Frame
from rules.parameters import ParametersAt
from schemas.tables import get_table

__all__ = ["as_polars", "evaluate", "group_hits", "rule_context"]

_HITS = get_table("hits").schema


def rule_context(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> RuleContext:
    """The `tables` as rules see them."""
    return RuleContext(as_of, parameters, {name: nw.from_native(frame) for name, frame in tables.items()})


def as_polars(frame: Frame, table: str) -> pl.LazyFrame:
    """`frame` as a Polars frame with the declared columns and types of `table`, in order."""
    native: pl.LazyFrame = frame.to_native()
    return native.select(pl.col(name).cast(dtype) for name, dtype in get_table(table).schema.items())


def evaluate(rules: Iterable[Rule], context: RuleContext) -> pl.LazyFrame:
    """The hits of these rules, one row a rule, person and evidence row; each row once.

    Each rule is computed now, alone: hits are few, and one plan over all rules is slower than its parts.
    """
    found = [settled(as_polars(rule.evaluate(context), "hits").unique(), streaming=True) for rule in rules]
    return pl.concat(found) if found else pl.LazyFrame(schema=_HITS)


def group_hits(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The hits of the six groups."""
    return evaluate(rules_of("group"), rule_context(tables, as_of, parameters))
