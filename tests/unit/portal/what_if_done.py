"""A what-if that has come to a result, without the computation, for tests of what is shown of one."""

import polars as pl
from sqlalchemy import Engine

from editions.costs import COST_SCHEMA, TURN_SCHEMA, Costs
from editions.grounds import VERIFIED
from editions.whatif import DIFFERENCE_SCHEMA, Comparison
from editions.whatif_balance import BALANCE_SCHEMA
from registry import whatif_jobs
from registry.queries import edition_rows, require_edition
from registry.roles import Actor
from registry.whatif import FROM_DAY
from registry.whatif_kept import keep_result
from registry.whatif_result import Change, WhatIf
from rules.parameters import Band
from schemas.settings import Settings

__all__ = ["BANDS", "LINE", "finished_what_if"]

LINE = "low_income_family.annual_income_yuan"
BANDS = "tiers.points_medical"


def finished_what_if(engine: Engine, settings: Settings, actor: Actor) -> str:
    """One that has come to a result: a family of the list has left it."""
    edition = require_edition(engine)
    listed = edition_rows(engine, edition.edition_id, "list")
    gone = listed["family_id"][0]
    whole = {"dimension": "all", "value": "all"}
    kept = {"dimension": "group", "value": VERIFIED}
    numbers = {f"{what}_{when}": n for what in ("families", "people") for when, n in
               (("before", 2), ("in", 0), ("out", 1), ("after", 1), ("proposed", 1), ("unproposed", 0))}  # fmt: skip
    row = dict.fromkeys(DIFFERENCE_SCHEMA) | {"change": "left", "family_id": gone, "parameters": LINE, "groups_in": "",
               "groups_out": "low_income_family", "members": 1, "reason": "window_ended"}  # fmt: skip
    warnings = {"kind": ["verify", "need"], "rule_id": ["paid_after_death", "income_halved"],
                "before": [1, 1], "raised": [1, 2], "dropped": [0, 0], "after": [2, 3]}  # fmt: skip
    result = WhatIf(
        edition=edition,
        changes=(Change(name=LINE, title="年收入上限", unit="yuan", before=100_000, after=1),),
        comparison=Comparison(
            balance=pl.DataFrame([whole | numbers, kept | numbers], schema=BALANCE_SCHEMA),
            tier_moves=pl.DataFrame(
                {"tier_before": ["red"], "tier_after": [None], "families": [1]},
                schema_overrides={"tier_after": pl.String},
            ),
            families=pl.DataFrame([row], schema=DIFFERENCE_SCHEMA),
            warnings=pl.DataFrame(warnings),
            rescored=0,
            reclassed=0,
        ),
        costs=Costs(balance=pl.DataFrame(schema=COST_SCHEMA), turns=pl.DataFrame(schema=TURN_SCHEMA)),
        start=FROM_DAY,
        base="edition x",
        drifted=("code",),
        newer=("deliveries",),
        reproduced=False,
        path=None,
        before=listed.filter(pl.col("family_id") == gone),
        after=listed.clear(),
    )
    asked = {LINE: 1, BANDS: (Band(0, 1),), "classes.by_aid_kind": (("medical", "illness"),)}
    job = whatif_jobs._asked(settings, asked, actor, None)  # noqa: SLF001
    assert job.values == asked
    keep_result(result, settings.home / "whatif" / job.job_id)
    return job.job_id
