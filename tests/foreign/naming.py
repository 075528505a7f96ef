"""A build backend that builds nothing: it tells pip the name and version that a source distribution bears.

pip asks the backend of a source distribution for them before it hands the file over. This one stands in for all of
them, so that no code of a distribution is run and no compiler is needed.
"""

import sys
from collections.abc import Mapping
from email.parser import HeaderParser
from pathlib import Path

__legacy__ = sys.modules[__name__]  # how pip calls setuptools for distributions that name no backend


def get_requires_for_build_wheel(_config: Mapping[str, str] | None = None) -> list[str]:
    """Nothing."""
    return []


def prepare_metadata_for_build_wheel(folder: str, _config: Mapping[str, str] | None = None) -> str:
    """What the distribution says of itself, as pip wants it."""
    said = HeaderParser().parsestr(Path("PKG-INFO").read_text(encoding="utf-8"))
    made = Path(folder) / f"{said['Name'].replace('-', '_')}-{said['Version']}.dist-info"
    made.mkdir()
    lines = ("Metadata-Version: 2.1", f"Name: {said['Name']}", f"Version: {said['Version']}", "")
    (made / "METADATA").write_text("\n".join(lines), encoding="utf-8")
    return made.name


def build_wheel(_folder: str, *_others: object) -> str:
    """Never."""
    raise RuntimeError("only its name is asked for")
