"""Aid, allowances and benefits that departments pay."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from samples.departments.slices import Builder, Slice, take
from samples.world.base import NEVER, Ints, month_start
from samples.world.state import code

__all__ = ["AID_FEEDS", "BUILDERS"]

AID_FEEDS: Mapping[str, tuple[str, ...]] = {
    "temporary_assistance": ("temporary",),
    "medical_aid": ("medical",),
    "housing_aid": ("public_rental", "rent_subsidy", "talent_rent_subsidy"),
    "student_aid": ("education_need", "education_merit"),
    "employment_aid": ("employment",),
    "disaster_relief": ("disaster",),
    "legal_aid": ("legal", "appointed_defence"),
    "charity_aid": ("charity",),
}
_AGAIN = 53  # one payment in so many is delivered a second time with the next month


def _aid(view: Slice, feed: str, history: int) -> tuple[pl.DataFrame, Ints]:
    table = view.world.aid
    kinds = [code("aid_kind", each) for each in AID_FEEDS[feed]]
    known = np.where(np.isin(table["kind"], kinds), table["known"], -NEVER)
    rows = view.events(known, history)
    if not view.first:
        last_month = (known >= month_start(view.month - 1)) & (known < month_start(view.month))
        again = np.flatnonzero(last_month)
        rows = np.concatenate([again[again % _AGAIN == 0], rows])
    person, kind, number, amount, granted, paid = take(
        table, rows, "person", "kind", "number", "amount", "granted", "paid"
    )
    columns = view.person(person, table["known"][rows]) | {
        "payment_no": view.number(number, "ZF", 9),
        "aid_kind": view.code("aid_kind", kind),
        "amount_fen": view.fen(amount),
        "granted_on": view.day(granted),
        "paid_on": view.day(paid),
    }
    return pl.DataFrame(columns), rows


def temporary_assistance(view: Slice) -> pl.DataFrame:
    """Temporary assistance paid or taken back."""
    frame, rows = _aid(view, "temporary_assistance", 60)
    difficulty, community = take(view.world.aid, rows, "difficulty", "area")
    more = {"difficulty": view.code("difficulty", difficulty)} | view.area(community)
    return frame.drop("aid_kind").hstack(pl.DataFrame(more))


def _plain(feed: str, *, kinds: bool) -> Builder:
    def build(view: Slice) -> pl.DataFrame:
        frame, _ = _aid(view, feed, 15)
        return frame if kinds else frame.drop("aid_kind")

    return build


def allowances(view: Slice) -> pl.DataFrame:
    """Old-age, disability and children's allowances."""
    table = view.world.allowances
    rows = view.periods(table["month"], 0)
    person, kind, month, amount, paid, status = take(table, rows, "person", "kind", "month", "amount", "paid", "status")
    return pl.DataFrame(
        view.person(person, paid)
        | {
            "payment_no": view.number(rows, "BT", 9),
            "allowance_kind": view.code("allowance_kind", kind),
            "period_month": view.first_of(month),
            "amount_fen": view.fen(amount),
            "paid_on": view.day(paid),
            "payment_status": view.code("payment_status", status),
        }
    )


def veteran_benefits(view: Slice) -> pl.DataFrame:
    """Benefits for veterans."""
    table = view.world.veterans
    rows = view.periods(table["month"], 0)
    person, kind, month, amount, paid = take(table, rows, "person", "kind", "month", "amount", "paid")
    return pl.DataFrame(
        view.person(person, paid)
        | {
            "payment_no": view.number(rows, "YF", 9),
            "veteran_benefit": view.code("veteran_benefit", kind),
            "period_month": view.first_of(month),
            "amount_fen": view.fen(amount),
            "paid_on": view.day(paid),
        }
    )


BUILDERS: Mapping[str, Builder] = {
    "temporary_assistance": temporary_assistance,
    "medical_aid": _plain("medical_aid", kinds=False),
    "housing_aid": _plain("housing_aid", kinds=True),
    "student_aid": _plain("student_aid", kinds=True),
    "employment_aid": _plain("employment_aid", kinds=False),
    "disaster_relief": _plain("disaster_relief", kinds=False),
    "legal_aid": _plain("legal_aid", kinds=True),
    "charity_aid": _plain("charity_aid", kinds=False),
    "allowances": allowances,
    "veteran_benefits": veteran_benefits,
}
