"""`make bench`: every measurement once, one line each."""

import argparse
import tempfile
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
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doudi-bench-") as folder:
        print(ingest.measure(Path(folder)), flush=True)
        for rows in _SIZES:
            print(ingest.peak_memory(Path(folder), rows), flush=True)
        print(audit.measure(Path(folder)), flush=True)
        print(portal.measure(Path(folder), asked.families), flush=True)
        print(edition.measure(Path(folder), asked.people), flush=True)


if __name__ == "__main__":
    main()
