"""Files that nobody here wrote: what other projects carry in their source distributions to test their own readers.

What belongs here: which distributions (`sources.txt`, pinned by hash), fetching them, and finding their files. Nothing
of them is kept in the repository, and nothing in them is run.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["FOLDER", "files_of", "needed"]

FOLDER = Path(__file__).resolve().parents[2] / "build" / "foreign"


def needed() -> None:
    """Skip a test without the files, and say how to get them; on the machine that judges a change, fail."""
    if (FOLDER / "fetched").exists():
        return
    advice = "the files of other projects are not here; `make test` fetches them, or: python -m tests.foreign.fetch"
    if os.environ.get("CI"):
        pytest.fail(advice)
    pytest.skip(advice)


def files_of(*extensions: str) -> Iterator[Path]:
    """The fetched files with one of these extensions, in the order of their paths."""
    yield from sorted(path for path in FOLDER.glob("*/**/*") if path.suffix.lower().lstrip(".") in extensions)
