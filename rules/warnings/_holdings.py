"""Shared by the warnings about things owned by families of which a living member is on the register."""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import SOURCE_COLUMNS, in_force, people

__all__ = ["held_on_register"]


def held_on_register(context: RuleContext, kind: str) -> Frame:
    """Things of this kind held at as_of by members of families on the register, with family and source."""
    members = people(context, "on_register")
    registered = members.filter(nw.col("on_register")).select("family_id").unique(["family_id"])
    return (
        context.table("holdings")
        .filter(nw.col("kind") == kind, in_force("started_on", "ended_on", context.as_of))
        .select("person_key", "detail", "holding_no", "value_fen", "started_on", *SOURCE_COLUMNS)
        .join(members.select("person_key", "family_id"), on="person_key", how="inner")
        .join(registered, on="family_id", how="semi")
    )
