"""The list of mutants that are let live is well-formed and speaks of the code that there is."""

import importlib
import pkgutil
import time
from datetime import date
from pathlib import Path

import pytest

from rules.frames import months_to
from tests.mutation import __main__ as runner
from tests.mutation import targets as target_list
from tests.mutation.checks import Cases, Target, TimeIsUpError, within
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.survivors import read_survivors
from tests.mutation.targets import ROOT, source_of, targets
from tests.mutation.worlds import is_swappable, ran_at_import, swapped, world

LISTED = read_survivors()


@pytest.mark.parametrize("module", sorted({each.module for each in LISTED}))
def test_listed_mutants_exist(module: str) -> None:
    """If this fails, the list excuses a slip in code that has changed since it was judged."""
    assert module in targets()
    made = {(each.module, each.function, each.change) for each in mutants_of(module, source_of(module))}
    assert {each.key for each in LISTED if each.module == module} <= made


def test_every_module_of_the_law_is_mutated() -> None:
    """If this fails, a rule was added whose slips nobody looks for."""
    packages = {path.name for path in (ROOT / "rules").iterdir() if (path / "__init__.py").is_file()}
    found = {each.name for each in pkgutil.walk_packages([str(ROOT / "rules")], "rules.")} | {"rules"}
    assert set(targets()) == found
    assert {"groups", "warnings", "measures", "parameters"} <= packages


def test_a_module_that_nobody_places_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a new shared module is mutated without a case or test that could notice."""
    shared = {name: told for name, told in target_list.SHARED.items() if name != "rules.tiers"}
    monkeypatch.setattr(target_list, "SHARED", shared)
    with pytest.raises(KeyError, match=r"rules\.tiers"):
        targets()


@pytest.mark.parametrize("target", targets().values(), ids=lambda each: each.module)
def test_the_tests_of_a_module_exist(target: Target) -> None:
    """If this fails, slips of a module are judged by no test at all."""
    assert target.tests
    assert all((ROOT / each.partition("::")[0]).is_file() for each in target.tests)


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


def test_codes_are_mutated_and_sentences_not() -> None:
    """If this fails, a misspelt code passes, or every question to a family is judged as if it decided something."""
    source = 'def f(a):\n    return g(a == "grid", title="网格", kind=cast("str", a))\n'
    changes = " ".join(each.change for each in mutants_of("m", source))
    assert "XXgridXX" in changes
    assert "XX网格XX" not in changes
    assert "XXstrXX" not in changes


def _never_end() -> None:
    while True:
        pass


def test_time_is_that_of_the_processor() -> None:
    """If this fails, a mutant on a busy machine is noticed for being slow, or one without an end is waited for."""
    with within(0.2):
        time.sleep(0.3)
    with pytest.raises(TimeIsUpError), within(0.2):
        _never_end()


def test_methods_are_mutated() -> None:
    """If this fails, what a class of the law decides is never put to the test."""
    source = "class A:\n    x = 1\n\n    def f(self, a):\n        return a > 3\n"
    assert {(each.function, each.change) for each in mutants_of("m", source)} >= {
        ("A.f", "return a > 3 → return a >= 3"),
        ("A.f", "return a > 3 → return a > 4"),
    }


def _slip(module: str, function: str, old: str, new: str) -> Mutant:
    source = source_of(module)
    return Mutant(module, function, source.replace(old, new), source)


def test_a_mutant_is_in_place_of_the_function_and_gone_afterwards() -> None:
    """If this fails, mutants are judged on the code as it is, or the next one on a mutant."""
    slip = _slip("rules.frames", "months_to", "range(last - number + 1, last + 1)", "range(last - number + 1, last)")
    whole = months_to(date(2026, 3, 31), 2)
    assert whole == ["2026-02", "2026-03"]
    with swapped(slip):
        assert months_to(date(2026, 3, 31), 2) == ["2026-02"]
    assert months_to(date(2026, 3, 31), 2) == whole
    with world(slip):
        assert importlib.import_module("rules.frames").months_to(date(2026, 3, 31), 2) == ["2026-02"]


def test_what_runs_at_import_is_not_swapped() -> None:
    """If this fails, a slip in what makes a rule is put in when the rule is made already, and always survives."""
    ran = ran_at_import(["rules.warnings.lead_grid"])
    assert ("rules.warnings._leads", "lead_rule") in ran
    assert not is_swappable(_slip("rules.warnings._leads", "lead_rule", "", ""), ran)
    assert is_swappable(_slip("rules.frames", "months_to", "", ""), ran)
    assert not is_swappable(_slip("rules.frames", "(module)", "", ""), ran)


def test_cases_notice_a_slip_and_nothing_else() -> None:
    """If this fails, a slip of the law passes because its case was not computed to where it differs."""
    target = targets()["rules.warnings.university_entry"]
    cases = Cases()
    cases.scenarios = [each for each in cases.scenarios if each.source == "need_warnings.university_from_register"]
    cases.learn(target)
    assert cases.noticing(target) is None
    with swapped(_slip(target.module, "_evaluate", 'nw.col("kind") == "study"', 'nw.col("kind") != "study"')):
        assert cases.noticing(target) == "need_warnings.university_from_register"
    with swapped(_slip(target.module, "_evaluate", 'how="inner"', 'how="no join"')):
        assert cases.noticing(target) == "need_warnings.university_from_register"
    assert cases.noticing(target) is None


def test_cases_of_delivered_files_notice_a_slip() -> None:
    """If this fails, nobody can ask whether a group of the law is held by its cases."""
    target = targets()["rules.groups._aid"]
    cases = Cases()
    cases.scenarios = [each for each in cases.scenarios if each.source == "knowing.corrected_delivery"]
    cases.learn(target)
    assert cases.noticing(target) is None
    with swapped(
        _slip(target.module, "aid_hits", 'nw.col("aid_kind").is_in(kinds)', '~nw.col("aid_kind").is_in(kinds)')
    ):
        assert cases.noticing(target) == "knowing.corrected_delivery"


def test_those_that_survived_are_asked_about_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, whoever has added a case waits an hour to learn whether it notices anything."""
    monkeypatch.setattr(runner, "SURVIVED", tmp_path / "survived.yaml")
    assert runner.main(["--again", "rules.errors"]) == 0
    first, second = mutants_of("rules.errors", source_of("rules.errors"))
    for each in (first, second):
        runner.keep(each)
    assert runner.survived_before() == {first.key, second.key}
