"""What a rule is: an identifier, its law, the question it puts, and one function over lazy frames.

What belongs here: `Rule` and `RuleContext`. The frame helpers that rules share are in `frames`, the
rules themselves in `groups/` and `warnings/`, one module each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

import narwhals as nw

from rules.errors import RuleDeclarationError
from rules.parameters.model import DatedValue, ParametersAt
from schemas.errors import UnknownNameError

__all__ = ["KINDS", "Frame", "Kind", "Rule", "RuleContext"]

Kind: TypeAlias = Literal["group", "need", "verify", "feed"]
KINDS: tuple[Kind, ...] = ("group", "need", "verify", "feed")

Frame: TypeAlias = "nw.LazyFrame[Any]"


@dataclass(frozen=True)
class RuleContext:
    """All that a rule may look at: the date, the parameters in force, and named tables."""

    as_of: date
    parameters: ParametersAt
    tables: Mapping[str, Frame]

    def table(self, name: str) -> Frame:
        """The table called `name`; raises `UnknownNameError`."""
        if name not in self.tables:
            raise UnknownNameError("table", name, self.tables)
        return self.tables[name]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One group or warning.

    `evaluate` gives one row a hit and evidence row, with exactly the columns of the table `hits`.
    `bases` says, for each named predicate that can stand in `basis`, what was found, in Chinese;
    `question` is what the visitor (for feeds: the department) is asked, and `same_fact` says what the
    evidence key holds for one fact and when the question is put again. `reads` names the tables and
    `parameters` the parameters that the rule looks at.
    """

    id: str
    title: str
    title_en: str
    kind: Kind
    legal_basis: str
    evaluate: Callable[[RuleContext], Frame]
    reads: tuple[str, ...]
    bases: Mapping[str, str]
    parameters: tuple[str, ...] = ()
    question: str = ""
    same_fact: str = ""
    lines: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise RuleDeclarationError(f"rule {self.id}: kind {self.kind!r} is none of {', '.join(KINDS)}")
        if (self.kind == "group") == bool(self.question):
            raise RuleDeclarationError(f"rule {self.id}: a warning and only it asks a question")
        if (self.kind == "group") == bool(self.same_fact):
            raise RuleDeclarationError(f"rule {self.id}: a warning and only it says what the same fact is")
        if not self.bases:
            raise RuleDeclarationError(f"rule {self.id}: no named predicate is declared")

    @property
    def due_parameter(self) -> str:
        """Name of the parameter that says within how many working days a question about people is to be answered."""
        return f"{self.id}.due_working_days"

    def found(self, basis: str) -> str:
        """What the predicate `basis` found, in Chinese; raises `UnknownNameError`."""
        if basis not in self.bases:
            raise UnknownNameError(f"predicate of rule {self.id}", basis, self.bases)
        return self.bases[basis]

    def in_force(self, parameters: ParametersAt) -> dict[str, DatedValue]:
        """The parameters that the rule reads, with value, date and citation."""
        return {name: parameters.dated(name) for name in self.parameters}
