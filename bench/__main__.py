"""`make bench`: every measurement once, one line each."""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import audit, edition, ingest, portal

_PEOPLE = 200_000
_FAMILIES = 1_000_000
_SIZES = (1_000_000, 4_000_000, 10_000_000)


def main() -> None:
    """Print the measurements; they are written nowhere."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--people", type=int, default=_PEOPLE, help="size of the sample district (default %(default)s)")
    parser.add_argument("--families", type=int, default=_FAMILIES, help="families on the list (default %(default)s)")
    parser.add_argument("--only", choices=("ingest", "audit", "portal", "edition"), help="this measurement alone")
    parser.add_argument("--kept", type=Path, help="where the listed families of `portal` stay, to be used again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doudi-bench-") as name:
        for each, lines in _measurements(asked, Path(name)).items():
            if asked.only in {None, each}:
                for line in lines:
                    print(line(), flush=True)


def _measurements(asked: argparse.Namespace, folder: Path) -> dict[str, list[Callable[[], str]]]:
    """What gives the lines of each measurement, in order."""
    return {
        "ingest": [
            partial(ingest.measure, folder),
            *[partial(ingest.peak_memory, folder, rows) for rows in _SIZES],
        ],
        "audit": [partial(audit.measure, folder)],
        "portal": [partial(portal.measure, asked.kept or folder, asked.families)],
        "edition": [partial(edition.measure, folder, asked.people)],
    }


if __name__ == "__main__":
    main()
