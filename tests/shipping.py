"""Parameters that ship with other values, as after an upgrade."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rules.parameters import loader

__all__ = ["shipped_with"]


@contextmanager
def shipped_with(folder: Path, changes: Mapping[str, tuple[str, str]]) -> Iterator[None]:
    """While this lasts, the files shipped are copies in `folder`, in each of which one text was replaced by another."""
    shipped = loader._FOLDER  # noqa: SLF001  # where an upgrade would put others
    shutil.copytree(shipped, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, (before, after) in changes.items():
        text = (folder / name).read_text(encoding="utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after), encoding="utf-8")
    try:
        _ship(folder)
        yield
    finally:
        _ship(shipped)


def _ship(folder: Path) -> None:
    loader._FOLDER = folder  # noqa: SLF001
    loader._shipped.cache_clear()  # noqa: SLF001
