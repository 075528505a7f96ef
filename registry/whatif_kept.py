"""A what-if that was computed, kept in a folder: counts, and keys of families; no name and no number of anybody.

What belongs here: writing it and reading it back. When it may be read, and for how long it is kept, stand in
`registry.whatif_jobs`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine

from editions.costs import Costs
from editions.whatif import Comparison
from registry.errors import NoEditionError
from registry.files import writing
from registry.queries import edition_of
from registry.whatif_result import Change, WhatIf
from rules.parameters.model import Band, ParameterValue
from rules.parameters.overlaid import plain

__all__ = ["RESULT", "keep_result", "kept_result", "value_from_plain"]

RESULT = "result.json"
_FRAMES = ("balance", "tier_moves", "families", "warnings", "costs", "turns", "before", "after")


def keep_result(result: WhatIf, folder: Path) -> None:
    """Write `result` into `folder`; the document comes last, so that where it is all is there."""
    for name, frame in _frames(result).items():
        with writing(folder / f"{name}.parquet") as temporary:
            frame.write_parquet(temporary)
    document = {
        "edition_id": result.edition.edition_id,
        "changes": [
            {
                "name": each.name,
                "title": each.title,
                "unit": each.unit,
                "before": plain(each.before),
                "after": plain(each.after),
            }
            for each in result.changes
        ],
        "start": result.start,
        "base": result.base,
        "drifted": list(result.drifted),
        "newer": list(result.newer),
        "reproduced": result.reproduced,
        "rescored": result.comparison.rescored,
        "reclassed": result.comparison.reclassed,
    }
    with writing(folder / RESULT) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def kept_result(engine: Engine, folder: Path) -> WhatIf:
    """What `keep_result` wrote; raises `NoEditionError` when the edition has been taken away since."""
    document: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    edition = edition_of(engine, document["edition_id"])
    if edition is None:
        raise NoEditionError("the edition of this what-if is not there any more")
    held = {name: pl.read_parquet(folder / f"{name}.parquet") for name in _FRAMES}
    return WhatIf(
        edition=edition,
        changes=tuple(_change(each) for each in document["changes"]),
        comparison=Comparison(
            balance=held["balance"],
            tier_moves=held["tier_moves"],
            families=held["families"],
            warnings=held["warnings"],
            rescored=document["rescored"],
            reclassed=document["reclassed"],
        ),
        costs=Costs(balance=held["costs"], turns=held["turns"]),
        start=document["start"],
        base=document["base"],
        drifted=tuple(document["drifted"]),
        newer=tuple(document["newer"]),
        reproduced=document["reproduced"],
        path=None,
        before=held["before"],
        after=held["after"],
    )


def value_from_plain(value: Any) -> ParameterValue:
    """A value of a parameter from what `rules.parameters.overlaid.plain` made of it."""
    if not isinstance(value, list):
        held: ParameterValue = value
        return held
    return tuple(_part(each) for each in value)


def _part(part: Any) -> Any:
    match part:
        case [int(at_least), int(points)]:
            return Band(at_least, points)
        case [str(key), str(meaning)]:
            return key, meaning
    return part


def _frames(result: WhatIf) -> dict[str, pl.DataFrame]:
    found, costs = result.comparison, result.costs
    frames = (
        found.balance,
        found.tier_moves,
        found.families,
        found.warnings,
        costs.balance,
        costs.turns,
        result.before,
        result.after,
    )
    return dict(zip(_FRAMES, frames, strict=True))


def _change(told: Mapping[str, Any]) -> Change:
    values = {when: value_from_plain(told[when]) for when in ("before", "after")}
    return Change(name=told["name"], title=told["title"], unit=told["unit"], **values)
