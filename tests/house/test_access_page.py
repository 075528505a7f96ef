"""The page about access names modules and tests that exist."""

import re

from tests.house.files import ROOT

_ROW = re.compile(r"^\| [^|]+ \| `([^`|]+)` \| `([^`|]+\.py)::(test_\w+)` \|$", re.MULTILINE)


def _missing(text: str) -> list[str]:
    """Modules and tests of the table of promises that are not there."""
    missing = []
    for module, file, test in _ROW.findall(text):
        if not (ROOT / module).is_file():
            missing.append(module)
        path = ROOT / file
        if not path.is_file() or not re.search(rf"^def {test}\(", path.read_text(encoding="utf-8"), re.MULTILINE):
            missing.append(f"{file}::{test}")
    return missing


def test_each_promise_names_a_module_and_a_test_that_exist() -> None:
    """If this fails, the page promises what nothing keeps, or nothing checks any more."""
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    rows = text.partition("| promise | kept by | test |\n|---|---|---|\n")[2].strip().splitlines()
    assert rows
    assert [row for row in rows if not _ROW.match(row)] == []
    assert _missing(text) == []


def test_a_promise_that_nothing_keeps_is_noticed() -> None:
    """A check that finds nothing missing anywhere would let the page rot."""
    row = "| a promise | `portal/nowhere.py` | `tests/house/test_access_page.py::test_nothing` |"
    assert _missing(row) == ["portal/nowhere.py", "tests/house/test_access_page.py::test_nothing"]
