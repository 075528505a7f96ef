"""What a family gets and earns: aid by all departments, allowances, and income by kind over the twelve months.

What belongs here: three small tables of the rows that `registry.family_facts` found.
"""

from datetime import date

import polars as pl
from pydantic import BaseModel, ConfigDict

from registry.family_facts import FamilyFacts
from registry.timeline import department_of
from schemas.codes import CODE_LISTS

__all__ = ["AidLine", "AllowanceLine", "IncomeLine", "aid_lines", "allowance_lines", "income_lines"]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class AidLine(_Line):
    """One payment or grant of aid."""

    happened_on: date
    person_key: str
    title: str
    amount_fen: int | None
    department: str


class AllowanceLine(_Line):
    """One allowance of one person: since when it is delivered, the latest month and its amount."""

    person_key: str
    title: str
    first_month: date
    last_month: date
    amount_fen: int
    returned: bool


class IncomeLine(_Line):
    """One kind of income of one person over the twelve months of the edition, and in how many of them it occurs."""

    person_key: str
    title: str
    months: int
    amount_fen: int


def aid_lines(facts: FamilyFacts) -> list[AidLine]:
    """Every payment of aid by every department, the latest first."""
    found = [
        AidLine(
            happened_on=row["paid_on"] or row["granted_on"],
            person_key=row["person_key"],
            title=_word("aid_kind", row["aid_kind"]),
            amount_fen=row["amount_fen"],
            department=department_of(row),
        )
        for row in facts.tables["aid"].iter_rows(named=True)
        if row["paid_on"] or row["granted_on"]
    ]
    return sorted(found, key=lambda each: (each.happened_on, each.person_key, each.title), reverse=True)


def allowance_lines(facts: FamilyFacts) -> list[AllowanceLine]:
    """One line a person and allowance, the latest first."""
    paid = facts.tables["allowances"].sort("month")
    kinds = paid.group_by("person_key", "allowance_kind", maintain_order=True).agg(
        first=pl.col("month").first(),
        last=pl.col("month").last(),
        amount=pl.col("amount_fen").last(),
        status=pl.col("payment_status").last(),
    )
    return [
        AllowanceLine(
            person_key=row["person_key"],
            title=_word("allowance_kind", row["allowance_kind"]),
            first_month=row["first"],
            last_month=row["last"],
            amount_fen=row["amount"] or 0,
            returned=row["status"] == "returned",
        )
        for row in kinds.sort("last", "person_key", "allowance_kind", descending=[True, False, False]).iter_rows(
            named=True
        )
    ]


def income_lines(facts: FamilyFacts) -> list[IncomeLine]:
    """What counts of each kind of income in the twelve months, the largest first."""
    if facts.first_month is None or facts.last_month is None:
        return []
    kinds = (
        facts.tables["income_rows"]
        .filter(pl.col("counted"), pl.col("month").is_between(facts.first_month, facts.last_month))
        .group_by("person_key", "income_kind")
        .agg(months=pl.col("month").n_unique(), amount=pl.col("counted_fen").sum())
    )
    return [
        IncomeLine(
            person_key=row["person_key"],
            title=_word("income_kind", row["income_kind"]),
            months=row["months"],
            amount_fen=row["amount"],
        )
        for row in kinds.sort("amount", "person_key", "income_kind", descending=[True, False, False]).iter_rows(
            named=True
        )
    ]


def _word(codes: str, code: str) -> str:
    return CODE_LISTS[codes].title_of(code)
