"""The law: dated parameters with citations, one module per group or warning, tiers, classes, scenarios.

Adding a rule is adding a module to `groups/` or `warnings/` that declares `RULE`, and its scenarios.
"""

import importlib
import pkgutil
from functools import cache

from rules.base import Rule, RuleContext
from rules.errors import RuleDeclarationError
from schemas.errors import UnknownNameError

__all__ = ["Rule", "RuleContext", "all_rules", "get_rule", "rules_of"]

_PACKAGES = ("rules.groups", "rules.warnings")


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by id, groups first, each in alphabetical order."""
    found: dict[str, Rule] = {}
    for package_name in _PACKAGES:
        package = importlib.import_module(package_name)
        for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
            if name.startswith("_"):
                continue
            rule: Rule = importlib.import_module(f"{package_name}.{name}").RULE
            if rule.id != name or name in found:
                raise RuleDeclarationError(f"{package_name}.{name} declares the rule {rule.id!r}")
            found[name] = rule
    return found


def get_rule(rule_id: str) -> Rule:
    """The rule called `rule_id`; raises `UnknownNameError`."""
    rules = all_rules()
    if rule_id not in rules:
        raise UnknownNameError("rule", rule_id, rules)
    return rules[rule_id]


def rules_of(*kinds: str) -> tuple[Rule, ...]:
    """The rules of these kinds."""
    return tuple(rule for rule in all_rules().values() if rule.kind in kinds)
