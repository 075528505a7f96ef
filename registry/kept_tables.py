"""The tables that a published edition was computed from, as its stages left them.

What belongs here: finding them. Whoever may compute them anew does so in `assets.computed`.
"""

from collections.abc import Iterable

import polars as pl

from editions.compute import STAGES
from registry.queries import EditionInfo
from registry.stage_files import StageFiles
from schemas.settings import Settings

__all__ = ["kept_tables"]

_PRODUCERS = {table: stage.name for stage in STAGES[:-1] for table in stage.tables}


def kept_tables(settings: Settings, edition: EditionInfo, names: Iterable[str]) -> dict[str, pl.LazyFrame] | None:
    """The tables called `names` of earlier stages of `edition`; None when one of them is kept no longer."""
    files, wanted = StageFiles(settings, f"{edition.as_of:%Y-%m}", edition.input_hash), list(names)
    if not all(files.holds(_PRODUCERS[each], each) for each in wanted):
        return None
    return {each: files.scan(_PRODUCERS[each], each) for each in wanted}
