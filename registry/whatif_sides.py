"""Both sides of a what-if: the edition as it was published, and the same under changed parameters.

What belongs here: from which state each side starts, and computing it from the recorded inputs of the edition: its
deliveries, decisions and model. Comparing the sides stands in `editions.whatif`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Engine

from editions.compute import NOTHING_BEFORE
from editions.costs import entitled_persons
from registry.queries import EditionInfo
from registry.refold import Refold, check_decisions, months_of
from registry.retaking import Retaken, recorded_deliveries
from registry.state_before import State, kept_before
from registry.versions import code_version
from rules.parameters import Parameters
from schemas.codes import CodeList
from schemas.settings import Settings
from schemas.tables import EDITION_TABLES

__all__ = ["ALL_ALONG", "FROM_DAY", "STARTS", "STEPS", "Report", "Side", "Sides", "both_sides"]

FROM_DAY, ALL_ALONG = "from_day", "all_along"
STARTS = CodeList("whatif_start", "起算", {FROM_DAY: ("自名单当日起",), ALL_ALONG: ("视同一直如此",)})
"""From when the changed parameters hold: from the day of the edition on, or in all months as if they always had."""

STEPS = ("state", "before", "after")
"""What is reported while it works: the state of the month before, the edition as it is, and as it would be."""

Report = Callable[[str, str], object]
"""Told each of `STEPS`, and the month that is computed."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one set of parameters gives: the tables of the edition, and who is entitled to which allowance."""

    tables: Mapping[str, pl.DataFrame]
    entitled: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """`before` under the edition's own parameters, `after` under the changed ones; `base` says what it started from."""

    before: Side
    after: Side
    base: str


def both_sides(
    engine: Engine,
    settings: Settings,
    edition: EditionInfo,
    own: Parameters,
    changed: Parameters,
    *,
    start: str,
    report: Report,
) -> Sides:
    """Compute both sides from the edition's recorded inputs; nothing is kept.

    Under `FROM_DAY` both start from the state that the edition itself started from. Under `ALL_ALONG` the changed side
    is folded from the first month on under the changed parameters. Raises `ReplayError` where recorded inputs cannot be
    had.
    """
    check_decisions(engine, edition)
    deliveries = recorded_deliveries(engine, edition)
    fold = Refold(engine=engine, settings=settings, edition=edition, taken=Retaken(settings, deliveries))
    *earlier, month = months_of(edition, deliveries)
    report("state", "")
    known = None
    if start == FROM_DAY or edition.code_version == code_version():
        known = kept_before(engine, settings, edition)
    if known is None:  # of months that are kept no longer, and of another code where both sides have to be folded
        folded = fold.folded(earlier, own, report=lambda each: report("state", each))
        known = folded, f"month {(earlier or [month])[0]}"
    state, base = known
    facts = fold.facts(month)

    def side(parameters: Parameters, before: State) -> Side:
        made = fold.computed(month, parameters, before, facts=facts)
        entitled = entitled_persons(
            {**made, "members": made["population"]}, edition.as_of, parameters.as_of(edition.as_of)
        )
        return Side({name: made[name].collect() for name in EDITION_TABLES}, entitled)

    report("before", month)
    unchanged = side(own, state)
    if start == ALL_ALONG:
        state = fold.folded(earlier, changed, NOTHING_BEFORE, report=lambda each: report("after", each))
    report("after", month)
    return Sides(before=unchanged, after=side(changed, state), base=base)
