"""What an operator sees when an asset fails: what and where, never a value.

What belongs here: the one wrapper around the work of every asset. Exceptions of libraries quote what
they could not read, and Dagster would keep that; only messages of `DoudiError` are safe to show.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from schemas.errors import DoudiError
from schemas.places import place_of

__all__ = ["guarded"]


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
