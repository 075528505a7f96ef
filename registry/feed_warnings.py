"""Warnings about feeds (late, missing, doubled, shrinking, drifting …), as an edition raised them, with the question.

What belongs here: reading them for people and programs. Counts and places in files, never a person. What is asked of a
department stands in `rules/warnings/`; the same rows as a sheet in `registry.exports`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from registry.filters import WarningFilter
from registry.queries import EditionInfo, warnings_rows
from registry.roles import Actor, require
from rules import all_rules, rules_of
from schemas.contract import all_feeds
from schemas.errors import UnknownNameError

__all__ = ["FeedWarning", "counted_by_rule", "feed_warnings"]

_KIND = "feed"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class FeedWarning:
    """A question to the department of a feed.

    `month` is the folder month it is about and `column` the column that drifted, each None where it is about another
    thing; of a row `delivery_id`, `sheet` and `row` tell where it stands.
    """

    warning_id: str
    rule_id: str
    feed: str
    month: str | None
    column: str | None
    raised_on: date | None
    evidence_on: date | None
    found: str
    question: str
    delivery_id: str | None
    sheet: str | None
    row: int | None


def feed_warnings(
    engine: Engine, edition: EditionInfo, *, actor: Actor, rule: str = "", feed: str = ""
) -> list[FeedWarning]:
    """Those of an edition by rule, the latest first, of one rule and of one feed when they are named.

    Raises `NotPermittedError`, and `UnknownNameError` for a rule that is not about feeds, or an unknown feed.
    """
    require(actor, "warning.feed")
    known = [each.id for each in rules_of(_KIND)]
    if rule and rule not in known:
        raise UnknownNameError("rule", rule, known)
    if feed and feed not in all_feeds():
        raise UnknownNameError("feed", feed, all_feeds())
    wanted = WarningFilter.of(actor.scope, kinds=(_KIND,), rule=rule or None)
    rules = all_rules()
    return [
        FeedWarning(
            warning_id=each["warning_id"],
            rule_id=each["rule_id"],
            feed=each["subject"],
            month=_month(each["evidence_key"]),
            column=_column(each["subject"], each["evidence_key"]),
            raised_on=each["raised_on"],
            evidence_on=each["evidence_on"],
            found=rules[each["rule_id"]].bases.get(each["basis"], each["basis"]),
            question=rules[each["rule_id"]].question,
            delivery_id=each["source_delivery"],
            sheet=each["source_sheet"],
            row=each["source_row"],
        )
        for each in warnings_rows(engine, edition.edition_id, wanted).iter_rows(named=True)
        if feed in {"", each["subject"]}
    ]


def counted_by_rule(found: Sequence[FeedWarning]) -> dict[str, int]:
    """How many of each rule, in the order of the rules."""
    return {
        rule.id: number
        for rule in rules_of(_KIND)
        if (number := sum(each.rule_id == rule.id for each in found))
    }  # fmt: skip


def _month(evidence_key: str) -> str | None:
    """The month that most of these rules are keyed by; days, which others are, are none."""
    named = evidence_key.partition(":")[0]
    return named if _MONTH.fullmatch(named) else None


def _column(feed: str, evidence_key: str) -> str | None:
    named = evidence_key.partition(":")[2]
    declared = all_feeds()[feed].columns if feed in all_feeds() else ()
    return named if any(each.name == named for each in declared) else None
