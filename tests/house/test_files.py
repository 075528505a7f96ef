"""What no tracked file may hold, and how long a module may be."""

import re

import pytest

from tests.house.files import ROOT, named, text_of, tracked

# Pure declarations: long because the field is wide, not because code is tangled.
DECLARED_DATA = {"schemas/codes.py", "schemas/fields.py", "schemas/tables.py"}
LONGEST_MODULE = 400

# The brackets keep these patterns from finding themselves.
FORBIDDEN = {
    "the address of a package registry": r"https?://[^\s\"'<>]*/(?:simple|packages)/|py[p]i\.org|pythonhoste[d]|npmj[s]\.",
    "a path of one machine": r"(?:^|[^.\w>])/(?:ro[o]t|wor[k]|hom[e]|User[s])/",
    "a note to finish later": r"\b(?:TOD[O]|FIXM[E])\b|NotImplemente[d]Error",
}


def findings(text: str) -> list[str]:
    """What of the forbidden stands in `text`."""
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text, re.MULTILINE)]


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://registry.example/" + "simple/",
        "https://" + "py" + "pi.org",
        "see /" + "root/notes",
        "# TO" + "DO later",
    ],
)
def test_each_pattern_finds_its_offender(text: str) -> None:
    """A pattern that finds nothing would let addresses and paths into the repository unseen."""
    assert findings(text)


def test_no_file_holds_an_address_or_a_path_of_one_machine() -> None:
    """Otherwise an installation elsewhere asks a registry it cannot reach, or a folder it does not have."""
    found = {named(path): what for path in tracked() if (what := findings(text_of(path)))}
    assert found == {}


def test_no_binary_is_tracked_but_pictures_of_our_pages() -> None:
    """Otherwise a review shows nothing of what came in, and real people's files may lie in the history for good."""
    pictures = {named(path) for path in tracked() if path.suffix == ".png" and path.is_relative_to(ROOT / "docs")}
    binary = {named(path) for path in tracked() if b"\0" in path.read_bytes()}
    assert binary - pictures == set()


def test_modules_stay_short_enough_to_read() -> None:
    """Otherwise a newcomer meets a module that nobody reads to the end."""
    long = {
        named(path): lines
        for path in tracked()
        if path.suffix == ".py"
        and named(path) not in DECLARED_DATA
        and (lines := text_of(path).count("\n")) > LONGEST_MODULE
    }
    assert long == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_pin_by_hash_and_name_no_registry(name: str) -> None:
    """Otherwise `make run` installs something else than what was tested, or from a place that is not yours."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pinned = [each for each in lines if re.match(r"[a-z0-9]", each)]
    assert pinned
    assert [each for each in pinned if not re.match(r"[a-z0-9._-]+(\[[a-z,-]+\])?==\S+( ; .*)? \\$", each)] == []
    assert [each for each in lines if re.search(r"://|^\s*--(?!hash=)", each) and not each.startswith("#")] == []


def test_the_program_and_the_tests_install_the_same_versions() -> None:
    """Otherwise the tests pass on versions that no user runs."""
    run, dev = (
        {
            re.sub(r"\[.*?\]", "", each)  # an extra is another package's wish, not another version
            for each in re.findall(r"^[a-z0-9].*?==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        }
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run - dev == set()
