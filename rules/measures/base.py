"""What a measure and a condition are.

What belongs here: the two declarations. The conditions themselves stand in `conditions`, what they suggest together
in the package.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rules.base import Frame, RuleContext

__all__ = ["Condition", "Measure"]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A named reason for one or more measures.

    `find` gives the families that meet it, one or more rows each with `family_id`. `sentence` says it to the family;
    `reads` names the tables and `parameters` the parameters that it looks at.
    """

    id: str
    measures: tuple[str, ...]
    sentence: str
    legal_basis: str
    find: Callable[[RuleContext], Frame]
    reads: tuple[str, ...]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure of the code list, with every condition that suggests it."""

    id: str
    title: str
    conditions: tuple[Condition, ...]

    @property
    def legal_basis(self) -> str:
        """The laws of its conditions, each once."""
        return "；".join(dict.fromkeys(each.legal_basis for each in self.conditions))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of its conditions, each once."""
        return tuple(dict.fromkeys(name for each in self.conditions for name in each.parameters))
