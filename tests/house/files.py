"""The files of the checkout, as the checks of the house see them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control that is present in the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    return tuple(ROOT / each for each in listed.stdout.split("\0") if each and (ROOT / each).is_file())


def text_of(path: Path) -> str:
    """The text of a file; empty for one that is not text."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def named(path: Path) -> str:
    """The path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()
