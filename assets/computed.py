"""The tables that a published edition was computed from: as its stages left them, else computed once more.

What belongs here: finding those tables. They are exactly the edition's: another input set is refused.
"""

from collections.abc import Iterable

import polars as pl

from assets.state import previous_state
from assets.workspace import Workspace
from registry.kept_tables import kept_tables
from registry.queries import EditionInfo
from registry.stage_files import StaleStageError

__all__ = ["edition_tables"]


def edition_tables(workspace: Workspace, edition: EditionInfo, names: Iterable[str]) -> dict[str, pl.LazyFrame]:
    """The tables called `names` of earlier stages of `edition`.

    Raises `StaleStageError` when its stages have been computed again from other inputs and its own inputs are no
    longer those of today.
    """
    wanted = list(names)
    month = f"{edition.as_of:%Y-%m}"
    kept = kept_tables(workspace.settings, edition, wanted)
    if kept is not None:
        return kept
    inputs = workspace.for_run(edition.as_of).inputs(month)
    if inputs.input_hash != edition.input_hash:
        raise StaleStageError(
            f"the tables behind edition {edition.edition_id} as of {edition.as_of} are kept no longer, and inputs or "
            "code have changed since; ask about the latest edition, or run `doudi run` first"
        )
    made = inputs.computed(previous_state(workspace.for_run(edition.as_of), month))
    made["members"] = made["population"]
    return {each: made[each] for each in wanted}
