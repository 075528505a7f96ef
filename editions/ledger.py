"""The ledger of the list: previous + entered - left + moved in - moved out = current, by ground and street.

What belongs here: counting that identity out of published rows alone, without `editions.changes` and without the fold
that it checks. An imbalance means that somebody vanished, or came from nowhere.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.aliases import replace_keys

__all__ = ["imbalances"]

_KEY = ["person_key", "ground"]
_PLACE = ["ground", "street_code"]
_FLOWS = {"before": 1, "entered": 1, "moved_in": 1, "left": -1, "moved_out": -1, "current": -1}

Tables = Mapping[str, pl.LazyFrame]


def imbalances(before: Tables, now: Tables, current: pl.LazyFrame, as_of: date) -> dict[str, int]:
    """Breaches of the ledger, as what → how many; empty when it balances.

    Args:
        before: `previous_standings`, the state of the month before.
        now: `standings`, `exits` and `list` of the candidate.
        current: corrected keys (`linkage.aliases.current_keys`): of two persons who turn out to be one, one remains.
        as_of: day of the candidate.
    """
    previous = replace_keys(before["previous_standings"], ["person_key"], current)
    previous = previous.sort(*_KEY, "since", "family_id").unique(_KEY, keep="first", maintain_order=True)
    found = {**_by_street(previous, now, as_of), **_of_list(now)}
    exits = now["exits"]
    untold = pl.any_horizontal(pl.col("ground", "reason", "parameters_version", "basis", "evidence_key").is_null())
    found["exits without rule, reason, parameters or evidence"] = _rows(exits.filter(untold))
    unconfirmed = (pl.col("manner") == "confirmed") & pl.col("decision_id").is_null()
    found["confirmed exits without a decision"] = _rows(exits.filter(unconfirmed))
    found["exits of what did not stand"] = _rows(exits.join(previous, on=_KEY, how="anti"))
    return {what: number for what, number in found.items() if number}


def _by_street(previous: pl.LazyFrame, now: Tables, as_of: date) -> dict[str, int]:
    """Persons and grounds by ground and street: how many more there were than the flows explain."""
    standings, exits = now["standings"], now["exits"]
    new = pl.col("since") == as_of
    stayed = previous.select(*_KEY, old="street_code").join(
        standings.filter(~new).select(*_KEY, "street_code"), on=_KEY
    )
    moved = stayed.filter(~pl.col("old").eq_missing(pl.col("street_code")))
    flows = {
        "before": previous,
        "entered": standings.filter(new),
        "moved_in": moved,
        "left": exits.select(*_KEY).join(previous, on=_KEY),
        "moved_out": moved.with_columns(street_code="old"),
        "current": standings,
    }
    counted = [
        frame.group_by(_PLACE).agg(number=pl.len().cast(pl.Int64) * _FLOWS[flow]) for flow, frame in flows.items()
    ]
    total = pl.concat(counted).group_by(_PLACE).agg(pl.col("number").sum()).filter(pl.col("number") != 0)
    return {
        f"{ground} in {street or 'no street'}": number
        for ground, street, number in total.sort(_PLACE).collect().iter_rows()
    }


def _of_list(now: Tables) -> dict[str, int]:
    """Families and groups that the list tells and no ground carries, or the other way round, by group and street."""
    told = (
        now["list"]
        .select("family_id", "street_code", ground=pl.col("groups").str.split(";"))
        .explode("ground")
        .filter(pl.col("ground") != "")
    )
    registered = now["list"].filter(pl.col("layer") == "registered").select("family_id", "street_code")
    told = pl.concat([told, registered.with_columns(ground=pl.lit("register"))])
    stand = now["standings"].select("family_id", "street_code", "ground").unique()
    key = ["family_id", "ground", "street_code"]
    missing = told.join(stand, on=key, how="anti", nulls_equal=True)
    unlisted = stand.join(told, on=key, how="anti", nulls_equal=True)
    return {"groups told without a ground": _rows(missing), "grounds that the list does not tell": _rows(unlisted)}


def _rows(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())
