"""An edition under changed parameters beside the published one.

What belongs here: which edition is asked about, under which parameters, what is compared, and the line in the audit
chain. Both sides are computed in `registry.whatif_sides`, the comparison stands in `editions.whatif`. Nothing is
published, and nothing but that line is written.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from editions.compute import DECISIONS
from editions.costs import EVERYWHERE, Costs, compare_costs
from editions.hashing import table_hash
from editions.whatif import compare
from registry.audit import append
from registry.casework.desk import Desk
from registry.comparing import differences
from registry.decisions import known_decisions
from registry.edition_parameters import parameters_of
from registry.erasures import erased_since
from registry.errors import WhatIfError
from registry.exports.whatif import export_whatif
from registry.queries import EditionInfo, require_edition
from registry.roles import Actor, require
from registry.store import input_deliveries
from registry.versions import code_version
from registry.whatif_result import Change, WhatIf
from registry.whatif_sides import ALL_ALONG, FROM_DAY, STARTS, STEPS, Report, both_sides
from rules.parameters import Parameters
from rules.parameters.model import ParameterValue
from schemas.errors import UnknownNameError

__all__ = ["ALL_ALONG", "FROM_DAY", "STARTS", "STEPS", "check_asked", "whatif"]

_ACTION = "whatif"
_PURPOSE = "参数测算"
_SUFFIX = ".xlsx"


def check_asked(values: Mapping[str, ParameterValue], actor: Actor, start: str) -> None:
    """Raise `NotPermittedError`, `WhatIfError` or `UnknownNameError` for what cannot be asked."""
    require(actor, "whatif.run")
    if not values:
        raise WhatIfError("nothing to change; name a parameter and its other value")
    if start not in STARTS.labels:
        raise UnknownNameError("start of a what-if", start, STARTS.labels)


def whatif(
    desk: Desk,
    values: Mapping[str, ParameterValue],
    *,
    actor: Actor,
    as_of: date | None = None,
    start: str = FROM_DAY,
    output: Path | None = None,
    report: Report = lambda _step, _month: None,
) -> WhatIf:
    """Compare the published edition that answers for `as_of` with itself under the parameters that `values` change.

    `start` (`STARTS`) says whether they hold from the day of the edition on, or as if they always had. `report` is told
    each step and month. With `output` a workbook of who changes and why is written there, identity numbers masked.
    Raises `WhatIfError`, `NotPermittedError`, `NoEditionError`, and `ReplayError` where the edition's recorded inputs
    cannot be had.
    """
    check_asked(values, actor, start)
    if output is not None and output.suffix.lower() != _SUFFIX:
        raise WhatIfError(f"{output.name} is no workbook; a what-if is written as {_SUFFIX}")
    edition = require_edition(desk.engine, as_of)
    held = parameters_of(desk.settings, edition)
    own = held.at.parameters
    changed = own.replacing(values) if start == ALL_ALONG else own.replacing_from(edition.as_of, values)
    sides = both_sides(desk.engine, desk.settings, edition, own, changed, start=start, report=report)
    before, after = sides.before, sides.after
    comparison = compare(before.tables, after.tables, as_of=edition.as_of, changed=values)
    erased = erased_since(desk.engine, edition.frozen_at)
    unlike = differences(desk.engine, edition, before.tables, erased)
    result = WhatIf(
        edition=edition,
        changes=_changes(own, changed, values, edition.as_of),
        start=start,
        base=sides.base,
        comparison=comparison,
        costs=compare_costs(before.entitled, after.entitled),
        drifted=_drifted(edition, own_parameters=held.own),
        newer=_newer(desk, edition, parameters=held.own and not held.unchanged),
        reproduced=all(each.explained for each in unlike),
        path=output,
        before=before.tables["list"].join(comparison.families, on="family_id", how="semi"),
        after=after.tables["list"].join(comparison.families, on="family_id", how="semi"),
    )
    if output is not None:
        export_whatif(desk, result, actor=actor, path=output)
    append(desk.engine, actor=actor.name, action=_ACTION, purpose=_PURPOSE, details=_details(result, actor))
    return result


def _drifted(edition: EditionInfo, *, own_parameters: bool) -> tuple[str, ...]:
    """What of the edition's inputs is not at hand as it was."""
    differing = {
        "code": edition.manifest["inputs"]["code_version"] != code_version(),
        "parameters": not own_parameters,
    }
    return tuple(name for name, differs in differing.items() if differs)


def _newer(desk: Desk, edition: EditionInfo, *, parameters: bool) -> tuple[str, ...]:
    """What has come since the edition was made, and does not count."""
    inputs = edition.manifest["inputs"]
    counted = {each["delivery_id"] for each in inputs["deliveries"]}
    now = {each.delivery_id for each in input_deliveries(desk.engine, desk.settings, edition.as_of)}
    decided = table_hash(known_decisions(desk.engine, edition.as_of))
    differing = {
        "deliveries": counted != now,
        DECISIONS: inputs["extra"].get(DECISIONS, decided) != decided,
        "parameters": parameters,
    }
    return tuple(name for name, differs in differing.items() if differs)


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
        "start": result.start,
        "base": result.base,
        "recomputed_for": list(result.drifted),
        "newer": list(result.newer),
        "reproduced": result.reproduced,
        "families": {change: number for change, number in result.comparison.counts.items() if number},
        "monthly_fen_more": {kind: _more(result.costs, kind) for kind in result.costs.touched},
        "counts": whole.row(0, named=True) if whole.height else {},
        "file": result.path is not None,
    }


def _more(costs: Costs, kind: str) -> int:
    district = (pl.col("allowance_kind") == kind) & (pl.col("street_code") == EVERYWHERE)
    return int(costs.balance.filter(district)["monthly_fen_more"].sum())
