"""An edition under changed parameters beside the published one.

What belongs here: which deliveries and parameters the second edition is computed from, what it is compared with, and
the line in the audit chain. The comparison itself stands in `editions.whatif`. Nothing is published, and nothing but
that line is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from editions.compute import STAGES, StageInput, collected, run_stages
from editions.costs import EVERYWHERE, Costs, compare_costs, entitled_persons
from editions.facts import build_facts
from editions.knowledge import identities, known_feed_tables
from editions.whatif import Comparison, compare
from registry.arrivals import FeedTerms
from registry.audit import append
from registry.casework.desk import Desk
from registry.errors import WhatIfError
from registry.exports.whatif import Change, export_whatif
from registry.feed_health import delivery_health, delivery_profiles
from registry.queries import EditionInfo, edition_rows, require_edition
from registry.roles import Actor, require
from registry.store import input_deliveries
from registry.versions import code_version
from registry.whatif_inputs import deliveries_of, delivery_ids
from rules.parameters import Parameters
from rules.parameters.model import ParameterValue
from schemas.tables import EDITION_TABLES

__all__ = ["STEPS", "WhatIf", "whatif"]

_ACTION = "whatif"
_PURPOSE = "参数测算"
_SUFFIX = ".xlsx"
STEPS = ("before", "after")
"""What is reported while it works: the edition as it is, then the edition under changed parameters."""

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The published edition that was asked about, the parameters that were changed, and what would differ.

    Both sides are computed, so that every difference is one of the changed parameters. `drifted` names what has changed
    since the edition was published (code, parameters, deliveries); where nothing has, `reproduced` says whether the
    hits that were computed are the published ones. `before` and `after` are the families that differ as both lists have
    them.
    """

    edition: EditionInfo
    changes: tuple[Change, ...]
    comparison: Comparison
    costs: Costs
    drifted: tuple[str, ...]
    reproduced: bool | None
    path: Path | None
    before: pl.DataFrame
    after: pl.DataFrame


def whatif(
    desk: Desk,
    values: Mapping[str, ParameterValue],
    *,
    actor: Actor,
    as_of: date | None = None,
    output: Path | None = None,
    report: Callable[[str], object] = lambda _: None,
) -> WhatIf:
    """Compare the published edition that answers for `as_of` with itself under the parameters that `values` change.

    `report` is told each of `STEPS`. With `output` a workbook of who changes and why is written there, identity numbers
    masked. Raises `WhatIfError`, `NotPermittedError` and `NoEditionError`.
    """
    require(actor, "whatif.run")
    if not values:
        raise WhatIfError("nothing to change; name a parameter and its other value")
    if output is not None and output.suffix.lower() != _SUFFIX:
        raise WhatIfError(f"{output.name} is no workbook; a what-if is written as {_SUFFIX}")
    edition = require_edition(desk.engine, as_of)
    changed = desk.parameters.replacing(values)
    inputs = _Inputs.of(desk, edition)
    drifted = _drifted(desk, edition)
    report("before")
    before = inputs.computed(desk.parameters)
    report("after")
    after = inputs.computed(changed)
    comparison = compare(before.tables, after.tables, as_of=edition.as_of, changed=values)
    result = WhatIf(
        edition=edition,
        changes=_changes(desk.parameters, changed, values, edition.as_of),
        comparison=comparison,
        costs=compare_costs(before.entitled, after.entitled),
        drifted=drifted,
        reproduced=None if drifted else _reproduced(desk, edition, before.tables["hits"]),
        path=output,
        before=before.tables["list"].join(comparison.families, on="family_id", how="semi"),
        after=after.tables["list"].join(comparison.families, on="family_id", how="semi"),
    )
    if output is not None:
        export_whatif(desk, result, actor=actor, path=output)
    append(desk.engine, actor=actor.name, action=_ACTION, purpose=_PURPOSE, details=_details(result, actor))
    return result


def _reproduced(desk: Desk, edition: EditionInfo, hits: pl.DataFrame) -> bool:
    """Whether the hits computed now are the published ones."""
    published = edition_rows(desk.engine, edition.edition_id, "hits").select(hits.columns)
    return published.height == hits.height and published.sort(pl.all()).equals(hits.sort(pl.all()))


def _drifted(desk: Desk, edition: EditionInfo) -> tuple[str, ...]:
    """What of the published edition's inputs is not as it was."""
    inputs = edition.manifest["inputs"]
    now = frozenset(each.delivery_id for each in input_deliveries(desk.engine, desk.settings, edition.as_of))
    differing = {
        "code": inputs["code_version"] != code_version(),
        "parameters": inputs["parameters"]["digest"] != desk.parameters.digest,
        "deliveries": delivery_ids(edition) != now,
    }
    return tuple(name for name, differs in differing.items() if differs)


@dataclass(frozen=True, slots=True)
class _Side:
    """What one set of parameters gives: the tables of the edition, and who is entitled to which allowance."""

    tables: Tables
    entitled: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """What both sides are computed from: an edition's facts, read once, and the state of the feeds.

    The list of a side is what the facts alone put on it: no standing carried from the month before, no decision.
    """

    as_of: date
    facts: dict[str, pl.LazyFrame]
    health: pl.LazyFrame
    profiles: pl.LazyFrame

    @staticmethod
    def of(desk: Desk, edition: EditionInfo) -> "_Inputs":
        """Those of the published `edition`."""
        settings, engine, as_of = desk.settings, desk.engine, edition.as_of
        known = deliveries_of(engine, settings, edition)
        people = identities(known, as_of)
        facts = build_facts(known_feed_tables(known, as_of), people, as_of)
        return _Inputs(
            as_of=as_of,
            facts={name: frame.collect().lazy() for name, frame in facts.items()},
            health=delivery_health(engine, settings, as_of, FeedTerms.recorded(edition.manifest["inputs"])),
            profiles=delivery_profiles(engine, as_of),
        )

    def computed(self, parameters: Parameters) -> _Side:
        """The published tables of an edition that is not published, and the entitled."""
        in_force = parameters.as_of(self.as_of)
        given = StageInput(
            as_of=self.as_of, parameters=in_force, tables=self.facts, health=self.health, profiles=self.profiles
        )
        made = run_stages(given, STAGES[1:-1], keep=collected)
        published = STAGES[-1].run(replace(given, tables=made))
        return _Side(
            {name: published[name].collect() for name in EDITION_TABLES},
            entitled_persons(made, self.as_of, in_force),
        )


def _changes(before: Parameters, after: Parameters, values: Mapping[str, object], as_of: date) -> tuple[Change, ...]:
    return tuple(
        Change(
            name=name,
            title=before[name].title,
            unit=before[name].unit,
            before=before[name].at(as_of).value,
            after=after[name].at(as_of).value,
        )
        for name in values
    )


def _details(result: WhatIf, actor: Actor) -> dict[str, object]:
    whole = result.comparison.balance.filter(pl.col("dimension") == "all").drop("dimension", "value")
    return {
        "role": actor.role,
        "edition_id": result.edition.edition_id,
        "as_of": result.edition.as_of.isoformat(),
        "parameters": {each.name: [each.before, each.after] for each in result.changes},
        "recomputed_for": list(result.drifted),
        "reproduced": result.reproduced,
        "monthly_fen_more": {kind: _more(result.costs, kind) for kind in result.costs.touched},
        "counts": whole.row(0, named=True) if whole.height else {},
        "file": result.path is not None,
    }


def _more(costs: Costs, kind: str) -> int:
    district = (pl.col("allowance_kind") == kind) & (pl.col("street_code") == EVERYWHERE)
    return int(costs.balance.filter(district)["monthly_fen_more"].sum())
