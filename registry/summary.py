"""The counts of an edition in one: families by group, tier, layer and street, warnings, and who came and went.

What belongs here: reading `edition_aggregate` for the overview and for whoever ran a month.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, select

from registry.changed import changed_families
from registry.errors import NoEditionError
from registry.filters import counted_within
from registry.models import Edition, EditionAggregate
from registry.scope import Scope

__all__ = ["EditionSummary", "summary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSummary:
    """Counts of an edition. `entered` and `left` are families since the edition of the month before, None without one.

    A family is in as many groups as it has hits, so `groups` may add up to more than `families`.
    """

    edition_id: str
    as_of: date
    families: int
    members: int
    groups: dict[str, int]
    tiers: dict[str, int]
    layers: dict[str, int]
    streets: dict[str, int]
    warnings_by_kind: dict[str, int]
    warnings_by_rule: dict[str, int]
    group_tiers: dict[tuple[str, str], int]
    entered: int | None = None
    left: int | None = None
    proposed: int | None = None


def summary(engine: Engine, edition_id: str, scope: Scope) -> EditionSummary:
    """The counts of an edition within a scope; raises `NoEditionError`."""
    with engine.connect() as connection:
        as_of = connection.execute(select(Edition.as_of).where(Edition.edition_id == edition_id)).scalar()
        if as_of is None:
            raise NoEditionError(f"there is no edition {edition_id!r}")
        counted = connection.execute(
            select(EditionAggregate)
            .with_only_columns(
                EditionAggregate.measure,
                EditionAggregate.topic,
                EditionAggregate.part,
                EditionAggregate.street_code,
                EditionAggregate.tier,
                EditionAggregate.amount,
            )
            .where(EditionAggregate.edition_id == edition_id, counted_within(scope))
        ).fetchall()
    families = [each for each in counted if each.measure == "families"]
    every = [each for each in families if not each.topic]
    grouped = [each for each in families if each.topic]
    warned = [each for each in counted if each.measure == "warnings"]
    changed = _changed(engine, edition_id, scope)
    return EditionSummary(
        edition_id=edition_id,
        as_of=as_of,
        families=sum(each.amount for each in every),
        members=sum(each.amount for each in counted if each.measure == "members" and not each.topic),
        groups=_total((each.topic, each.amount) for each in grouped),
        tiers=_total((each.tier, each.amount) for each in every),
        layers=_total((each.part, each.amount) for each in every),
        streets=_total((each.street_code, each.amount) for each in every),
        warnings_by_kind=_total((each.part, each.amount) for each in warned),
        warnings_by_rule=_total((each.topic, each.amount) for each in warned),
        group_tiers=_total(((each.topic, each.tier), each.amount) for each in grouped),
        **changed,
    )


def _total(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    found: Counter[Any] = Counter()
    for key, amount in pairs:
        found[key] += amount
    return dict(sorted(found.items()))


def _changed(engine: Engine, edition_id: str, scope: Scope) -> dict[str, int | None]:
    """How many entered, left and are proposed to leave; nothing when the edition is not published."""
    found = changed_families(engine, edition_id, scope)
    return {name: None if found is None else len(found[name]) for name in ("entered", "left", "proposed")}
