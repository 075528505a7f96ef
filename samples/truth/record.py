"""Writing the truth down: groups.parquet, families.parquet and a page that explains them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from samples.identities import Identities
from samples.truth.families import DECLARED, HOUSEHOLD, SINGLE
from samples.truth.groups import Moment, Truth
from samples.world.base import Ints, month_name

__all__ = ["write_truth"]

_README = """# Ground truth of a simulated district

Nobody in these files exists: people, identity numbers and events were drawn by chance.

- `groups.parquet`: as_of, group, person_id, family, reason. Who belongs to which group at each month end,
  computed from the simulated world alone.
- `families.parquet`: as_of, person_id, family, counted, on_register. Everybody living in scope and the family
  that the person belongs to. Labels of families mean nothing but "the same" or "not the same".
- `troubles.parquet`, where troubles were planted: feed, month, trouble, column, and rule and basis of the warning that
  it deserves (empty for none). The file of a late delivery waits in `late/` beside `landing/`: copy it there to let
  it come. It is late only where the installation had taken other files in by the day on which it was due.
  Sharing agreements that have lapsed or were never made are told by the month in which they are missed.

Identity numbers are those known at `as_of`: before the day of a correction the old number stands.
"""


def write_truth(truth: Truth, identities: Identities, out: Path, tell: Callable[[str], None]) -> dict[str, int]:
    """Write the truth of every delivered month end; returns families per group in the last month."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "README").write_text(_README, encoding="utf-8")
    groups: list[pl.DataFrame] = []
    families: list[pl.DataFrame] = []
    for month in range(truth.world.first, truth.world.last + 1):
        moment = truth.at(month)
        groups.append(_groups(truth, moment, identities))
        families.append(_families(moment, identities))
        tell(f"told the truth of {month_name(month)}")
    pl.concat(groups).write_parquet(out / "groups.parquet")
    pl.concat(families).write_parquet(out / "families.parquet")
    counts = groups[-1].group_by("group").agg(pl.col("family").n_unique()).sort("group")
    return dict(counts.iter_rows())


def _groups(truth: Truth, moment: Moment, identities: Identities) -> pl.DataFrame:
    parts = [
        _people(moment, identities, people).with_columns(group=pl.lit(group), reason=pl.lit(reason))
        for group, people, reason in truth.hits(moment)
    ]
    columns = ("as_of", "group", "person_id", "family", "reason")
    merged = pl.concat(parts).select(columns).unique(["group", "person_id"], keep="first", maintain_order=True)
    return merged.sort("group", "person_id")


def _families(moment: Moment, identities: Identities) -> pl.DataFrame:
    people = np.flatnonzero(moment.in_scope)
    frame = _people(moment, identities, people).with_columns(
        counted=pl.Series(moment.counted[people]), on_register=pl.Series(moment.on_register[people])
    )
    return frame.sort("person_id")


def _people(moment: Moment, identities: Identities, people: Ints) -> pl.DataFrame:
    on = pl.Series([moment.on], dtype=pl.Int32).cast(pl.Date)[0]
    label = pl.Series(moment.family[people], dtype=pl.Int64)
    numbers = identities.ids(people, moment.on)
    kind = label // DECLARED
    name = {DECLARED // DECLARED: "D:", HOUSEHOLD // DECLARED: "H:", SINGLE // DECLARED: "P:"}
    rest = (label % DECLARED).cast(pl.String)
    prefix = kind.replace_strict(name, default="C:", return_dtype=pl.String)
    return (
        pl.DataFrame({"person_id": numbers, "family": prefix + rest})
        .with_columns(as_of=pl.lit(on))
        .select("as_of", "person_id", "family")
    )
