"""Aid: net payments, and the people who benefited from them (domain line 8)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.cohorts import expand_cohort
from linkage.families import families_at
from linkage.frames import inside_window, settled
from rules.parameters import ParametersAt
from schemas.tables import SOURCE, STAGES

__all__ = ["aid_beneficiaries", "aid_payments"]

_PAYMENT = ["source_feed", "payment_no"]
_ORDER = ["dated_on", "person_key", "source_delivery", "source_sheet", "source_row"]
_TEMPORARY = "temporary"


def aid_payments(
    tables: Mapping[str, pl.LazyFrame],
    as_of: date,  # noqa: ARG001 the facts are those of as_of
    parameters: ParametersAt,  # noqa: ARG001 every kind is kept; which of them count is read further down
) -> pl.LazyFrame:
    """The table `aid_payments`: rows of one feed and business number netted, of all kinds of aid.

    The date of a numbered payment is the earliest of its rows that are not negative, its recipient the
    person there. A net of zero or less is no payment; aid without a sum (legal aid) is one.
    """
    amount = pl.col("amount_fen")
    rows = tables["aid"].with_columns(dated_on=pl.coalesce("paid_on", "granted_on"))
    has_number = (pl.col("payment_no") != "").fill_null(value=False)
    granted = rows.filter(amount.is_null() | (amount >= 0))
    nets = rows.filter(has_number).group_by(_PAYMENT).agg(net_fen=pl.when(amount.count() > 0).then(amount.sum()))
    first = granted.filter(has_number).sort(*_PAYMENT, *_ORDER).unique(_PAYMENT, keep="first", maintain_order=True)
    numbered = first.join(nets, on=_PAYMENT).with_columns(amount_fen="net_fen").drop("net_fen")
    return (
        pl.concat([numbered, granted.filter(~has_number)])
        .filter(amount.is_null() | (amount > 0))
        .select(STAGES["aid_payments"].schema.names())
    )


def aid_beneficiaries(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `aid_beneficiaries`: the recipient's family on the day of each payment inside its window.

    Only kinds that count and payments whose window includes `as_of` are there. A recipient without a
    family on that day is alone. Families of past days are computed over the recipients' neighbourhood.
    """
    payments = settled(_counting(tables["aid_payments"], as_of, parameters))
    adult_age = parameters.integer("family.adult_age_years")
    seeds = payments.select("person_key", on="dated_on").unique()
    families = settled(
        families_at(
            tables,
            expand_cohort(tables, seeds, adult_age=adult_age),
            basis=parameters.text("family.basis"),
            grace_months=parameters.integer("family.grace_months"),
            adult_age=adult_age,
            rigid_expense_months=parameters.integer("register.rigid_expense_months"),
        ).select("person_key", "on", "family_id")
    )
    alone = pl.lit("P:") + pl.col("recipient_key")
    paid = (
        payments.rename({"person_key": "recipient_key", "dated_on": "on"})
        .join(families.rename({"person_key": "recipient_key"}), on=["recipient_key", "on"], how="left")
        .with_columns(pl.coalesce("family_id", alone).alias("family_id"))
    )
    return (
        paid.join(families, on=["family_id", "on"], how="left")
        .with_columns(person_key=pl.coalesce("person_key", "recipient_key"), dated_on="on")
        .select(STAGES["aid_beneficiaries"].schema.names())
    )


def _counting(payments: pl.LazyFrame, as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The payments of kinds that count whose window includes `as_of`."""
    temporary = pl.col("aid_kind") == _TEMPORARY
    windows = {
        "temporary_assistance.window_months": temporary,
        "other_department_aid.window_months": ~temporary,
    }
    inside = [
        kinds & inside_window(pl.col("dated_on"), pl.lit(as_of), parameters.integer(name))
        for name, kinds in windows.items()
    ]
    return payments.filter(
        pl.col("aid_kind").is_in(parameters.texts("aid.counted_kinds")) & pl.any_horizontal(inside)
    ).select("person_key", "aid_kind", "dated_on", "amount_fen", *SOURCE)
