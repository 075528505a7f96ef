"""What a mutant is, and which ones a module has.

What belongs here: operators of mutmut and a few for frames, applied to the functions of a module and to its whole
numbers. Left out are those that any run notices (a value that is None, a name in capitals), and the words of an error
or of a title or question in Chinese, which decide nothing. Running mutants is in `worlds` and `checks`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import ndiff
from typing import Any

import libcst as cst
from libcst import matchers
from mutmut.mutation import mutators

__all__ = ["MODULE_LEVEL", "Mutant", "mutants_of"]

_JOINS = {"'inner'": "'left'", "'left'": "'inner'", "'semi'": "'anti'", "'anti'": "'semi'"}
_SWAPPED = {"max": "min", "min": "max", "any_horizontal": "all_horizontal", "all_horizontal": "any_horizontal"}
_DEFAULT_HOW = matchers.Arg(
    keyword=matchers.Name("how"), value=matchers.SimpleString('"inner"') | matchers.SimpleString('"vertical"')
)
_CAST = matchers.Call(func=matchers.Name("cast"))
MODULE_LEVEL = "(module)"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One slip: the function it is in (`Class.method` of a class), the whole source with it, and without."""

    module: str
    function: str
    source: str
    original: str

    @property
    def change(self) -> str:
        """The changed lines, as `old → new`."""
        return _told(self.original, self.source)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others."""
        return self.module, self.function, self.change


def mutants_of(module: str, source: str) -> list[Mutant]:
    """The mutants of `source`, each once, in the order of their places."""
    tree = cst.parse_module(source)
    found: dict[str, Mutant] = {}
    parts = [tree.code_for_node(each) for each in tree.body]
    start = source.index("".join(parts))
    for place, statement in enumerate(tree.body):
        before = source[: start + sum(map(len, parts[:place]))]
        after = source[len(before) + len(parts[place]) :]
        for function, node, changed in _changes(statement):
            mutated = statement.deep_replace(node, changed)
            assert isinstance(mutated, cst.CSTNode)
            code = before + tree.code_for_node(mutated) + after
            if code != source:
                found.setdefault(code, Mutant(module, function, code, source))
    return list(found.values())


def _told(old: str, new: str) -> str:
    """The lines that differ, without their indentation."""
    lines, others = old.splitlines(), new.splitlines()
    while lines and others and lines[0] == others[0]:
        del lines[0], others[0]
    while lines and others and lines[-1] == others[-1]:
        del lines[-1], others[-1]
    differing = list(ndiff(lines, others))
    gone = " ".join(line[2:].strip() for line in differing if line.startswith("- "))
    come = " ".join(line[2:].strip() for line in differing if line.startswith("+ "))
    return f"{gone} → {come}" if come else f"{gone} → (gone)"


def _changes(statement: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode, cst.CSTNode]]:
    """The changes of a statement of the module: of a function, of the methods of a class, or of a number."""
    if isinstance(statement, cst.FunctionDef):
        yield from _of_function(statement, statement.name.value)
    elif isinstance(statement, cst.ClassDef):
        for each in statement.body.body:
            if isinstance(each, cst.FunctionDef):
                yield from _of_function(each, f"{statement.name.value}.{each.name.value}")
    elif matchers.matches(statement, matchers.SimpleStatementLine(body=[matchers.Assign(value=matchers.Integer())])):
        for node in matchers.findall(statement, matchers.Integer()):
            yield from ((MODULE_LEVEL, node, changed) for changed in _mutated(node))


def _of_function(function: cst.FunctionDef, name: str) -> Iterator[tuple[str, cst.CSTNode, cst.CSTNode]]:
    for node in _walk(function.body):
        yield from ((name, node, changed) for changed in _mutated(node))


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """`node` and what is below, without annotations, types of casts, docstrings and the words of errors."""
    if isinstance(node, cst.Annotation | cst.Raise) or matchers.matches(
        node, matchers.Expr(value=matchers.SimpleString())
    ):
        return
    yield node
    for child in node.args[1:] if isinstance(node, cst.Call) and matchers.matches(node, _CAST) else node.children:
        yield from _walk(child)


def _mutated(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def _one_less(node: cst.Integer) -> Iterable[cst.CSTNode]:
    """A whole number by one smaller; the operators of mutmut make it larger only."""
    value = node.evaluated_value - 1
    yield cst.Integer(str(value)) if value >= 0 else cst.UnaryOperation(cst.Minus(), cst.Integer(str(-value)))


def _other_join(node: cst.Arg) -> Iterable[cst.CSTNode]:
    """Another kind of join of the same form."""
    if node.keyword is not None and node.keyword.value == "how" and isinstance(node.value, cst.SimpleString):
        other = _JOINS.get(node.value.value.replace('"', "'"))
        if other:
            yield node.with_changes(value=cst.SimpleString(other.replace("'", '"')))


def _other_method(node: cst.Attribute) -> Iterable[cst.CSTNode]:
    """The least for the greatest, any for all."""
    other = _SWAPPED.get(node.attr.value)
    if other:
        yield node.with_changes(attr=cst.Name(other))


def _other_side(node: cst.BinaryOperation) -> Iterable[cst.CSTNode]:
    """One side of `a & b` or `a | b` alone."""
    if isinstance(node.operator, cst.BitAnd | cst.BitOr):
        yield from (side.with_changes(lpar=node.lpar, rpar=node.rpar) for side in (node.left, node.right))


def _other_text(node: cst.SimpleString) -> Iterable[cst.CSTNode]:
    """The first of mutmut's other texts (the rest are the same one in capitals) of what is no sentence for people."""
    if node.value.isascii():
        yield from list(mutators.operator_string(node))[:1]


def _without_argument(node: cst.Call) -> Iterable[cst.CSTNode]:
    """The call without one of several arguments; a `how` that is the default of narwhals changes nothing."""
    if len(node.args) > 1:
        for place, argument in enumerate(node.args):
            if not matchers.matches(argument, _DEFAULT_HOW):
                yield node.with_changes(args=[*node.args[:place], *node.args[place + 1 :]])


_OPERATORS: tuple[tuple[type[cst.CSTNode], Callable[[Any], Iterable[cst.CSTNode]]], ...] = (
    (cst.BaseNumber, mutators.operator_number),
    (cst.Name, mutators.operator_name),
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    (cst.CSTNode, mutators.operator_keywords),
    (cst.CSTNode, mutators.operator_swap_op),
    (cst.IfExp, mutators.operator_if_exp),
    (cst.SimpleString, _other_text),
    (cst.Call, _without_argument),
    (cst.Integer, _one_less),
    (cst.Arg, _other_join),
    (cst.Attribute, _other_method),
    (cst.BinaryOperation, _other_side),
)
