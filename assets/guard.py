"""What an operator sees when an asset fails: what and where, never a value.

What belongs here: the one wrapper around the work of every asset. Exceptions of libraries quote what
they could not read, and Dagster would keep that; only messages of `DoudiError` are safe to show.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from schemas.errors import DoudiError

__all__ = ["guarded", "place_of"]

_ROOT = Path(__file__).resolve().parent.parent


def place_of(error: BaseException) -> str:
    """File, line and function of the innermost frame of ours that raised `error`, relative to the project."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if Path(each.filename).is_relative_to(_ROOT) and ".venv" not in each.filename]
    if not ours:
        return "outside the project"
    last = ours[-1]
    return f"{Path(last.filename).relative_to(_ROOT)}:{last.lineno} in {last.name}"


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn any exception of the body into a `dagster.Failure` that carries no data; nothing is retried."""
    try:
        yield
    except dg.Failure:
        raise
    except DoudiError as error:
        raise dg.Failure(
            description=f"{what}: {error}",
            metadata={"error": dg.MetadataValue.text(type(error).__name__)},
            allow_retries=False,
        ) from None
    except Exception as error:  # noqa: BLE001 - the one place where values are kept out of the event log
        place = place_of(error)
        raise dg.Failure(
            description=f"{what}: {type(error).__name__} at {place}; its text is withheld because it may quote data",
            metadata={"error": dg.MetadataValue.text(type(error).__name__), "place": dg.MetadataValue.text(place)},
            allow_retries=False,
        ) from None
