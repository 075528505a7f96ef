"""Which modules are mutated, where each takes part, and which tests concern it.

What belongs here: the list. A module that is not in it is not mutated.
"""

from pathlib import Path

from rules import all_rules
from tests.mutation.checks import Target

__all__ = ["JUDGED", "ROOT", "SHARED", "source_of", "targets"]

ROOT = Path(__file__).resolve().parents[2]
_RULES = "tests/unit/rules/test_rules.py"
_EVIDENCE = {
    "groups": "tests/unit/rules/test_evidence.py",
    "warnings": "tests/unit/rules/test_warning_evidence.py",
}
_SHAPE = "test_a_rule_reads_what_it_says"
_WHOLE = ("hits", "scores", "list", "measures", "warnings")

# module: the stages it takes part in, and its own tests
SHARED = {
    "rules.frames": (_WHOLE, ("tests/unit/rules/test_frames.py", _RULES)),
    "rules.allowances": (("warnings",), ("tests/unit/rules/test_allowances.py",)),
    "rules.tiers": (("scores", "list"), ("tests/unit/rules/test_tiers.py",)),
    "rules.classes": (("list", "measures"), ("tests/unit/rules/test_tiers.py",)),
}

# Those of which every survivor has been judged; `make mutants` runs these.
JUDGED = (
    "rules.warnings.paid_after_death",
    "rules.warnings.income_above_standard",
    "rules.warnings.moved_away_receiving",
    "rules.warnings.in_prison_receiving",
    "rules.warnings._holdings",
    "rules.warnings.vehicle_on_register",
    "rules.warnings.second_home_on_register",
    "rules.warnings.business_on_register",
    "rules.warnings.two_households_at_once",
    "rules.warnings.two_programmes_at_once",
    "rules.warnings.activity_after_death",
    "rules.warnings.allowance_while_excluded",
    "rules.warnings.allowance_returned",
    "rules.warnings.allowance_late",
    "rules.tiers",
    "rules.classes",
    "rules.groups",
)


def targets() -> dict[str, Target]:
    """Every module that is mutated, by name."""
    found = {
        module: Target(module=module, stages=stages, rules=_users(module), tests=_present(tests))
        for module, (stages, tests) in SHARED.items()
        if _file(module).is_file()
    }
    for package, stage in (("groups", "hits"), ("warnings", "warnings")):
        for path in sorted((ROOT / "rules" / package).glob("*.py")):
            module = f"rules.{package}.{path.stem}"
            if path.stem != "__init__":
                rules = _users(module)
                found[module] = Target(module=module, stages=(stage,), rules=rules, tests=_tests_of(rules, package))
    return dict(sorted(found.items()))


def _tests_of(rules: frozenset[str], package: str) -> tuple[str, ...]:
    """The tests of these rules: their shape, and the rows of evidence."""
    shapes = [f"{_RULES}::{_SHAPE}[{rule}]" for rule in sorted(rules)]
    return _present((*shapes, f"{_RULES}::test_income_amounts_of_a_family_add_up", _EVIDENCE[package]))


def _present(tests: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in tests if (ROOT / each.partition("::")[0]).is_file())


def source_of(module: str) -> str:
    """The text of `module`."""
    return _file(module).read_text(encoding="utf-8")


def _file(module: str) -> Path:
    return ROOT / (module.replace(".", "/") + ".py")


def _users(module: str) -> frozenset[str]:
    """The rules that are declared in `module`, or whose modules import it, directly or through a shared part."""
    names = {module}
    paths = {name: source_of(name) for name in _modules()}
    while True:
        using = {name for name, text in paths.items() if any(f"from {each} import" in text for each in names)}
        if using <= names:
            break
        names |= using
    return frozenset(rule.id for rule in all_rules().values() if _declaring(rule.id) in names)


def _declaring(rule_id: str) -> str:
    for package in ("groups", "warnings"):
        if (ROOT / "rules" / package / f"{rule_id}.py").is_file():
            return f"rules.{package}.{rule_id}"
    raise AssertionError(rule_id)


def _modules() -> list[str]:
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "rules").rglob("*.py"))
        if path.stem != "__init__"
    ]
