"""Names alone, as a reader may see them.

What belongs here: what people are called, beside rows that were read in the reader's scope. Everything else that is
known of them is told by `registry.people_of_families`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from registry.explain import NAMELESS
from registry.roles import Actor
from registry.vault import Vault, mask_name
from schemas.settings import Settings

__all__ = ["name_teller", "names_of_heads"]


def names_of_heads(settings: Settings, rows: Sequence[Mapping[str, Any]], *, actor: Actor) -> dict[str, str]:
    """The names of the heads of rows of the list that were read in the reader's scope, by family."""
    names = Vault(settings).names(row["head_key"] for row in rows)
    told = name_teller(actor)
    return {row["family_id"]: told(names.get(row["head_key"])) for row in rows}


def name_teller(actor: Actor) -> Callable[[str | None], str]:
    """How a name is told: whole to those who may know identities."""
    if actor.may("family.identity"):
        return lambda name: name or NAMELESS
    return lambda name: mask_name(name) or NAMELESS
