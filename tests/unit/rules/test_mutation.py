"""The list of mutants that are let live is well-formed and speaks of the code that there is."""

from pathlib import Path

import pytest

from tests.mutation.mutants import mutants_of
from tests.mutation.survivors import read_survivors
from tests.mutation.targets import JUDGED, source_of, targets

LISTED = read_survivors()


@pytest.mark.parametrize("module", sorted({each.module for each in LISTED}))
def test_listed_mutants_exist(module: str) -> None:
    """If this fails, the list excuses a slip in code that has changed since it was judged."""
    assert module in targets()
    made = {(each.module, each.function, each.change) for each in mutants_of(module, source_of(module))}
    assert {each.key for each in LISTED if each.module == module} <= made


def test_the_judged_modules_exist() -> None:
    """If this fails, a module of the law is left out of the run because its name is misspelt."""
    assert all(any(name.startswith(each) for name in targets()) for each in JUDGED)


@pytest.mark.parametrize("why", ["''", "' '"])
def test_a_survivor_without_a_reason_is_refused(tmp_path: Path, why: str) -> None:
    """If this fails, a slip that no case notices is waved through."""
    path = tmp_path / "survivors.yaml"
    path.write_text(f"rules.groups._aid:\n- {{function: f, change: a → b, why: {why}}}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"rules\.groups\._aid"):
        read_survivors(path)


def test_a_survivor_listed_twice_is_refused(tmp_path: Path) -> None:
    """If this fails, one reason stands beside another for the same slip."""
    path = tmp_path / "survivors.yaml"
    path.write_text("m:\n" + "- {function: f, change: a → b, why: x}\n" * 2, encoding="utf-8")
    with pytest.raises(ValueError, match="twice"):
        read_survivors(path)


def test_mutants_are_slips_of_one_place() -> None:
    """If this fails, the law is not mutated where it decides."""
    source = 'LIMIT = 3\n\n\ndef f(a, b):\n    """Say."""\n    return g(a >= LIMIT, how="semi") & b\n'
    changes = {each.change for each in mutants_of("m", source)}
    assert {"LIMIT = 3 → LIMIT = 4", "LIMIT = 3 → LIMIT = 2"} <= changes
    assert any("a > LIMIT" in each for each in changes)
    assert any('how="anti"' in each for each in changes)
    assert not any("Say" in each for each in changes)
