"""Which modules are mutated (every one of `rules/`), where each takes part, and which tests concern it.

What belongs here: where a shared module takes part, and its own tests. Modules of groups and of warnings, and who uses
a shared one, follow from the files; a further module of `rules/` has to be put in here before anything runs.
"""

from functools import cache
from pathlib import Path

from rules import all_rules
from tests.mutation.checks import Target

__all__ = ["ROOT", "SHARED", "source_of", "targets"]

ROOT = Path(__file__).resolve().parents[2]
_FOLDER = "tests/unit/rules"
_RULES, _PARAMETERS = f"{_FOLDER}/test_rules.py", f"{_FOLDER}/test_parameters.py"
_FILES = f"{_FOLDER}/test_parameter_files.py"
_TIERS, _MEASURES = f"{_FOLDER}/test_tiers.py", f"{_FOLDER}/test_measures.py"
_FINDING = f"{_FOLDER}/test_measure_finding.py"
_SHAPE = "test_a_rule_reads_what_it_says"
_OF_KIND = {
    "group": (f"{_FOLDER}/test_evidence.py",),
    "need": (f"{_FOLDER}/test_need_evidence.py", f"{_FOLDER}/test_warning_evidence.py"),
    "verify": (f"{_FOLDER}/test_warning_evidence.py",),
    "feed": (f"{_FOLDER}/test_feed_keys.py", f"{_FOLDER}/test_feed_warnings.py"),
}

# module: the stages it takes part in, and its own tests
SHARED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rules": ((), (_RULES,)),
    "rules.base": ((), (_RULES, f"{_FOLDER}/test_frames.py", _PARAMETERS)),
    "rules.errors": ((), (_PARAMETERS, _FILES)),
    "rules.parameters": ((), (_PARAMETERS, _FILES)),
    "rules.parameters.loader": ((), (_PARAMETERS, _FILES)),
    "rules.parameters.model": ((), (_PARAMETERS, _FILES)),
    "rules.parameters.overlaid": ((), (_PARAMETERS, _FILES)),
    "rules.parameters.whole": ((), (f"{_FOLDER}/test_parameters_whole.py",)),
    "rules.frames": ((), (f"{_FOLDER}/test_frames.py", _RULES)),
    "rules.allowances": (("warnings",), (f"{_FOLDER}/test_allowances.py",)),
    "rules.tiers": (("scores", "list"), (_TIERS,)),
    "rules.classes": (("list", "measures"), (_TIERS,)),
    "rules.measures": (("measures",), (_MEASURES,)),
    "rules.measures.base": (("measures",), (_MEASURES,)),
    "rules.measures.conditions": (("measures",), (_MEASURES,)),
    "rules.measures.finding": (("measures",), (_FINDING, _MEASURES)),
}
_PACKAGES = {"groups": "hits", "warnings": "warnings"}


def targets() -> dict[str, Target]:
    """Every module of `rules/` by name; raises `KeyError` for one of which nobody says where it takes part."""
    return {module: _target(module) for module in sorted(_modules())}


def _target(module: str) -> Target:
    rules = _users(module)
    package = module.split(".")[1] if module.count(".") else ""
    if package in _PACKAGES:
        return Target(module=module, stages=(_PACKAGES[package],), rules=rules, tests=_tests_of(rules))
    stages, tests = SHARED[module]
    return Target(module=module, stages=stages, rules=rules if stages else frozenset(), tests=tests)


def _tests_of(rules: frozenset[str]) -> tuple[str, ...]:
    """The tests of these rules: their shape, and what they tell as evidence."""
    shapes = [f"{_RULES}::{_SHAPE}[{rule}]" for rule in sorted(rules)]
    evidence = [test for rule in sorted(rules) for test in _OF_KIND[all_rules()[rule].kind]]
    return (*shapes, *dict.fromkeys(evidence), f"{_RULES}::test_income_amounts_of_a_family_add_up")


@cache
def source_of(module: str) -> str:
    """The text of `module`."""
    return _modules()[module].read_text(encoding="utf-8")


def _users(module: str) -> frozenset[str]:
    """The rules that are declared in `module`, or whose modules import it, directly or through a shared part."""
    names = {module}
    texts = {name: source_of(name) for name in _modules()}
    while True:
        using = {name for name, text in texts.items() if any(f"from {each} import" in text for each in names)}
        if using <= names:
            break
        names |= using
    return frozenset(rule for rule in all_rules() if _declaring(rule) in names)


def _declaring(rule_id: str) -> str:
    return next(name for each in _PACKAGES if (name := f"rules.{each}.{rule_id}") in _modules())


@cache
def _modules() -> dict[str, Path]:
    """The modules of `rules/`, with their files."""
    found = {}
    for path in sorted((ROOT / "rules").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found
