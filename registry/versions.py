"""Which code computes: the version of the package and a digest of its rooms.

What belongs here: naming the code that an edition was made with. Comparing two names is the caller's work.
"""

from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["code_version", "digest_of", "package_version"]

_ROOT = Path(__file__).resolve().parent.parent
_COMPUTING = ("schemas", "linkage", "rules", "scoring", "editions")
_DIGEST_BYTES = 6


@cache
def code_version() -> str:
    """Version of the package and a digest of the rooms that compute: other code is another input."""
    return f"{package_version()}+{digest_of(*_COMPUTING)}"


def package_version() -> str:
    """The version under which the package is installed; "0" where it runs from its sources alone."""
    try:
        return version("doudi")
    except PackageNotFoundError:
        return "0"


def digest_of(*rooms: str) -> str:
    """A digest of the source files of `rooms`, parameters among them."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for room in rooms:
        for path in sorted((_ROOT / room).rglob("*")):
            if path.suffix in {".py", ".yaml"} and path.is_file():
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
