"""Examples to learn need from: what was known of each household at a month's end, and whether need came after.

What belongs here: the rows of training and evaluation, made by the very stages that make an edition. Features know only
what was known at as_of; whether need came is told from the newest knowledge. Households on the register are left out:
the question is who will enter it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import TypeAlias

import polars as pl

from editions.compute import STAGES, StageInput, Tables, collected, run_stages
from editions.facts import build_facts
from editions.knowledge import KnownDelivery, identities, known_feed_tables
from editions.register import register_spells
from linkage.aliases import current_keys, replace_keys
from rules.parameters import Parameters, ParametersAt
from schemas.contract import month_end
from schemas.tables import MATURED
from scoring.features import MODEL_FEATURES
from scoring.model import NeedModel, scored_by

__all__ = ["EXAMPLES", "HORIZON_MONTHS", "Knowledge", "examples", "knowledge", "matured"]

HORIZON_MONTHS = 12
"""How long need is waited for: what the score is a statement about, not a matter of policy."""

_NEEDED = ("facts", "register", "members", "aid", "obligations", "incomes", "families", "hits", "features")
_CONFIRMING = "visits.need_outcomes"

EXAMPLES = pl.Schema(
    {
        "family_id": pl.String(),
        "as_of": pl.Date(),
        **{each.name: pl.Int64() for each in MODEL_FEATURES},
        "needed": pl.Boolean(),
        "by_visit": pl.Boolean(),
        "triggers": pl.Int64(),
    }
)

Knowledge: TypeAlias = Callable[[date], tuple[Tables, pl.LazyFrame]]
"""The feed tables and identities known at a day."""


def knowledge(deliveries: Sequence[KnownDelivery]) -> Knowledge:
    """What `deliveries` say at a day: those of folder months up to it."""
    return lambda day: (known_feed_tables(deliveries, day), identities(deliveries, day))


def examples(known: Knowledge, days: Iterable[date], parameters: Parameters, *, newest: date) -> pl.DataFrame:
    """One row a household off the register and day, as `EXAMPLES` says.

    Args:
        known: what is known at a day; features of a day see nothing else.
        days: the days, usually ends of months.
        parameters: the parameters; each day uses the values in force on it.
        newest: the last day of which anything is known; whether need came is told by what is known then.

    `needed`: a member entered the register, or a home visit confirmed need, within the twelve months after the day;
    null when these are not over at `newest`. `by_visit`: it was a visit alone that told, and no entry: need that no
    approval shows. `triggers`: how many single-trigger rules the household met, as a
    practitioner would list it: groups, and one each for severe illness, severe disability and loss of work.
    """
    happened = _needs(known, newest, parameters.as_of(newest)).collect()
    found = [_examples_at(known, day, parameters.as_of(day), happened, newest) for day in sorted(set(days))]
    return pl.concat(found) if found else pl.DataFrame(schema=EXAMPLES)


def matured(known: Knowledge, as_of: date, parameters: ParametersAt, model: NeedModel | None) -> pl.LazyFrame:
    """What `model` says of the families of a year before as_of, and whether need came, as `MATURED` says.

    The families are those at the end of the last month whose twelve months are over at as_of, as they were known then;
    all is computed under the parameters of the edition, so that it follows from the edition's inputs alone. Empty
    without a model.
    """
    if model is None:
        return MATURED.empty()
    happened = _needs(known, as_of, parameters).collect()
    rows = _examples_at(known, _year_before(as_of), parameters, happened, as_of)
    return rows.select(scored_by(model, rows).alias("chance"), "needed").lazy()


def _year_before(as_of: date) -> date:
    """The last end of a month whose horizon is over at `as_of`."""
    first = date(as_of.year - HORIZON_MONTHS // _YEAR, as_of.month, 1)
    whole = month_end(f"{as_of:%Y-%m}") == as_of
    return month_end(f"{first:%Y-%m}") if whole else first - timedelta(days=1)


_YEAR = 12


def _examples_at(
    known: Knowledge, day: date, in_force: ParametersAt, happened: pl.DataFrame, newest: date
) -> pl.DataFrame:
    feed_tables, people = known(day)
    given = StageInput(as_of=day, parameters=in_force, tables={}, feed_tables=feed_tables, identities=people)
    tables = run_stages(given, tuple(each for each in STAGES if each.name in _NEEDED), keep=collected)
    on_register = tables["members"].filter(pl.col("on_register")).select("family_id")
    rows = (
        tables["features"]
        .join(on_register, on="family_id", how="anti")
        .join(_needing(tables["members"], happened, day), on="family_id", how="left")
        .join(_groups(tables["hits"]), on="family_id", how="left")
        .with_columns(
            as_of=pl.lit(day),
            needed=_outcome("came", day, newest),
            by_visit=_outcome("by_visit", day, newest),
            triggers=pl.col("groups").fill_null(0) + pl.sum_horizontal(pl.col(each) > 0 for each in _SINGLE),
        )
    )
    return rows.select(pl.col(name).cast(dtype) for name, dtype in EXAMPLES.items()).sort("family_id").collect()


_SINGLE = ("severe_illnesses", "severe_disabilities", "unemployed")


def _outcome(name: str, day: date, newest: date) -> pl.Expr:
    """Whether need came, as the column `name` says; null while it still may."""
    over = pl.lit(day).dt.offset_by(f"{HORIZON_MONTHS}mo") <= newest
    return pl.when(over).then(pl.col(name).fill_null(value=False))


def _groups(hits: pl.LazyFrame) -> pl.LazyFrame:
    return hits.select("family_id", "rule_id").unique().group_by("family_id").agg(groups=pl.len().cast(pl.Int64))


def _needs(known: Knowledge, newest: date, parameters: ParametersAt) -> pl.LazyFrame:
    """`person_key`, `on`, `entered`: days on which persons entered the register, or else a visit confirmed their need.

    Under keys as they are now and as they once were: who was known by another number is found by it, too.
    """
    facts = build_facts(*known(newest), newest)
    spells = register_spells(facts, newest, parameters).select(
        "person_key", on="started_on", entered=pl.lit(value=True)
    )
    confirmed = pl.col("visit_outcome").is_in(parameters.texts(_CONFIRMING))
    visits = facts["visits"].filter(confirmed).select("person_key", on="visited_on", entered=pl.lit(value=False))
    came = pl.concat([spells, visits]).unique()
    former = facts["aliases"].select("old_key", key="old_key").unique()
    now = replace_keys(former, ["key"], current_keys(facts["aliases"]))
    under_old = now.join(came, left_on="key", right_on="person_key").select("on", "entered", person_key="old_key")
    return pl.concat([came, under_old.select(came.collect_schema().names())]).unique()


def _needing(members: pl.LazyFrame, happened: pl.DataFrame, day: date) -> pl.LazyFrame:
    until = pl.lit(day).dt.offset_by(f"{HORIZON_MONTHS}mo")
    soon = happened.lazy().filter(pl.col("on") > day, pl.col("on") <= until)
    of_family = members.join(soon, on="person_key").group_by("family_id").agg(by_visit=~pl.col("entered").any())
    return of_family.with_columns(came=pl.lit(value=True))
