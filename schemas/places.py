"""Where in our code an error came from, told without its text, which may quote what a person is.

What belongs here: what may be logged of any error.
"""

import traceback
from pathlib import Path

__all__ = ["kinds_of", "place_of"]

_ROOT = Path(__file__).resolve().parent.parent
_MOST_KINDS = 8


def place_of(error: BaseException) -> str:
    """File, line and function of the innermost frame of ours that raised `error`, relative to the project."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if Path(each.filename).is_relative_to(_ROOT) and ".venv" not in each.filename]
    if not ours:
        return "outside the project"
    last = ours[-1]
    return f"{Path(last.filename).relative_to(_ROOT)}:{last.lineno} in {last.name}"


def kinds_of(error: BaseException) -> str:
    """The type of an error, and of each that it came from."""
    kinds: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(kinds) < _MOST_KINDS:
        kinds.append(type(seen).__name__)
        seen = seen.__cause__ or seen.__context__
    return " from ".join(kinds)
