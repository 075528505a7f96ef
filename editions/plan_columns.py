"""Which columns a lazy frame is made from, read off its query plan.

What belongs here: following one plan. For each column of a frame: the columns whose values flow into it, and those that
only decide (which rows there are, which branch is taken, in what order). The plan is the one that Polars runs, so what
is told cannot differ from what is done; nothing is drawn by hand. The interface is that of Polars' own GPU engine
(`LazyFrame._ldf.visit`): private, hence kept to this module, and a construct it cannot show counts every column that it
might have used.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

__all__ = ["Cell", "Column", "Columns", "columns_of"]

Column: TypeAlias = tuple[str, str]
"""A table and one of its columns."""

_NONE: frozenset[Column] = frozenset()
_NO_ROWS_FROM_RIGHT = ("Semi", "Anti")


@dataclass(frozen=True, slots=True)
class Cell:
    """What flows into a column, and what only influences it."""

    value: frozenset[Column] = _NONE
    influence: frozenset[Column] = _NONE

    def __or__(self, other: "Cell") -> "Cell":
        return Cell(self.value | other.value, self.influence | other.influence)

    @property
    def all(self) -> frozenset[Column]:
        """Value and influence together."""
        return self.value | self.influence


@dataclass(frozen=True, slots=True)
class Columns:
    """The cells of a frame by column name, and what decides which rows it has and in what order."""

    cells: Mapping[str, Cell]
    rows: frozenset[Column] = _NONE

    def cell(self, name: str) -> Cell:
        """The cell of a column, that of a literal when there is no such column."""
        return self.cells.get(name, Cell())

    @property
    def any(self) -> Cell:
        """Every column at once."""
        return _together(self.cells.values())


Source: TypeAlias = Callable[[str], Columns | None]
"""The columns of the table that lies at a path; None when the path is not one of ours."""


def columns_of(frame: pl.LazyFrame, source: Source) -> Columns:
    """The lineage of `frame`; scans of paths that `source` knows are where it ends."""
    return _Plan(frame, source).columns()


def _together(cells: Iterable[Cell]) -> Cell:
    found = Cell()
    for each in cells:
        found = found | each
    return found


class _Plan:
    """One plan, walked from its root to its scans."""

    def __init__(self, frame: pl.LazyFrame, source: Source) -> None:
        self._nodes: Any = frame._ldf.visit()  # noqa: SLF001  # see the docstring of the module
        self._source = source
        self._cached: dict[object, Columns] = {}

    def columns(self) -> Columns:
        """Of the node that is looked at."""
        node = self._nodes.view_current_node()
        kind = type(node).__name__
        if kind != "Cache":
            return self._of(kind, node)
        if node.id_ not in self._cached:
            self._cached[node.id_] = self._inputs()[0]
        return self._cached[node.id_]

    def _of(self, kind: str, node: Any) -> Columns:
        names = list(self._nodes.get_schema())
        made: Callable[[Any, list[str]], Columns] | None = getattr(self, f"_{kind.lower()}", None)
        if made is not None:
            return made(node, names)
        inputs = self._inputs()
        return _opaque(inputs, names)

    def _inputs(self) -> list[Columns]:
        here = self._nodes.get_node()
        found = []
        for each in self._nodes.get_inputs():
            self._nodes.set_node(each)
            found.append(self.columns())
        self._nodes.set_node(here)
        return found

    def _expression(self, made: Any, columns: Columns) -> Cell:
        """The cell of an expression over `columns`; every column when Polars cannot show the expression."""
        return self._expressed(made.node, columns)

    def _expressed(self, number: int, columns: Columns) -> Cell:
        try:
            node = self._nodes.view_expression(number)
        except RuntimeError:  # what Polars raises for an expression that it cannot show
            return columns.any
        return _of_expression(node, columns, lambda each: self._expressed(each, columns))

    # the kinds of nodes, by their name in Polars

    def _scan(self, node: Any, names: list[str]) -> Columns:
        found = self._source(str(node.paths[0])) or Columns({})
        rows = found.rows
        if node.predicate is not None:
            rows = rows | self._expression(node.predicate, found).all
        return Columns({name: found.cell(name) for name in names}, rows)

    def _dataframescan(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        """Rows that stand in the code or in parameters: no column of data."""
        return Columns({name: Cell() for name in names})

    def _simpleprojection(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        (given,) = self._inputs()
        return Columns({name: given.cell(name) for name in names}, given.rows)

    def _select(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        (given,) = self._inputs()
        return Columns({each.output_name: self._expression(each, given) for each in node.expr}, given.rows)

    def _hstack(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        (given,) = self._inputs()
        added = {each.output_name: self._expression(each, given) for each in node.exprs}
        return Columns({**given.cells, **added}, given.rows)

    def _filter(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        (given,) = self._inputs()
        return Columns(given.cells, given.rows | self._expression(node.predicate, given).all)

    def _groupby(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        (given,) = self._inputs()
        keys = {each.output_name: self._expression(each, given) for each in node.keys}
        by = _together(keys.values()).all
        made = {each.output_name: self._expression(each, given) for each in node.aggs}
        grouped = {name: Cell(each.value, each.influence | by) for name, each in made.items()}
        return Columns({**keys, **grouped}, given.rows | by)

    def _distinct(self, node: Any, names: list[str]) -> Columns:
        (given,) = self._inputs()
        subset = node.options[1] or names
        return Columns(given.cells, given.rows | _together(given.cell(each) for each in subset).all)

    def _sort(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        (given,) = self._inputs()
        by = _together(self._expression(each, given) for each in node.by_column)
        return Columns(given.cells, given.rows | by.all)

    def _slice(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        return self._inputs()[0]

    def _union(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        parts = self._inputs()
        cells = {name: _together(each.cell(name) for each in parts) for name in names}
        return Columns(cells, frozenset().union(*(each.rows for each in parts)))

    def _hconcat(self, node: Any, names: list[str]) -> Columns:  # noqa: ARG002
        parts = self._inputs()
        cells = {name: cell for each in parts for name, cell in each.cells.items()}
        return Columns(cells, frozenset().union(*(each.rows for each in parts)))

    def _join(self, node: Any, names: list[str]) -> Columns:
        left, right = self._inputs()
        how, suffix = node.options[0], node.options[3]
        how = how if isinstance(how, str) else how[0]
        pairs = [
            (self._expression(mine, left), self._expression(other, right), mine.output_name, other.output_name)
            for mine, other in zip(node.left_on, node.right_on, strict=True)
        ]
        keys = _together(cell for mine, other, *_ in pairs for cell in (mine, other)).all
        rows = left.rows | right.rows | keys
        if how in _NO_ROWS_FROM_RIGHT:
            return Columns(left.cells, rows)
        shared = {mine: (a, b) for a, b, mine, other in pairs if mine == other and f"{mine}{suffix}" not in names}
        cells = {name: _joined(name, left, right, suffix, how, shared) for name in names}
        return Columns(cells, rows)

    def _mapfunction(self, node: Any, names: list[str]) -> Columns:
        (given,) = self._inputs()
        what = node.function if isinstance(node.function, tuple) else (node.function,)
        if what[0] == "rename":
            new = dict(zip(what[1], what[2], strict=True))
            return Columns({new.get(name, name): cell for name, cell in given.cells.items()}, given.rows)
        if what[0] == "explode":
            return Columns(given.cells, given.rows | _together(given.cell(each) for each in what[1]).all)
        if what[0] in {"row_index", "rechunk"}:
            return Columns({name: given.cell(name) for name in names}, given.rows)
        return _opaque([given], names)


def _joined(
    name: str, left: Columns, right: Columns, suffix: str, how: str, shared: Mapping[str, tuple[Cell, Cell]]
) -> Cell:
    """A column of a join: a common key is the left one's, but of a right join the right one's, of a full one both's."""
    if name in shared:
        mine, other = shared[name]
        return {"Right": other, "Full": mine | other}.get(how, mine)
    first, second = (right, left) if how == "Right" else (left, right)
    if name in first.cells:
        return first.cells[name]
    return second.cell(name) if name in second.cells else second.cell(name.removesuffix(suffix))


def _opaque(given: Iterable[Columns], names: Iterable[str]) -> Columns:
    """A node whose columns cannot be told apart: every one may be made from all."""
    parts = list(given)
    cell = _together(each.any for each in parts)
    return Columns(dict.fromkeys(names, cell), cell.all.union(*(each.rows for each in parts)))


_VALUE = {  # the parts of an expression that flow into it, by the expression's kind
    "Agg": ("arguments",),
    "Alias": ("expr",),
    "BinaryExpr": ("left", "right"),
    "Cast": ("expr",),
    "Explode": ("input",),
    "Filter": ("input",),
    "Function": ("input",),
    "Gather": ("expr",),
    "Slice": ("input",),
    "Sort": ("expr",),
    "SortBy": ("expr",),
    "Ternary": ("truthy", "falsy"),
    "Window": ("function",),
}
_INFLUENCE = {
    "Filter": ("by",),
    "Gather": ("idx",),
    "Slice": ("offset", "length"),
    "SortBy": ("by",),
    "Ternary": ("predicate",),
    "Window": ("partition_by", "order_by"),
}


def _of_expression(node: Any, columns: Columns, inner: Callable[[int], Cell]) -> Cell:
    kind = type(node).__name__
    if kind == "Column":
        return columns.cell(node.name)
    if kind in {"Literal", "Len"}:
        return Cell()
    if kind not in _VALUE:
        return columns.any
    value = _together(inner(each) for each in _numbers(node, _VALUE[kind]))
    decides = _together(inner(each) for each in _numbers(node, _INFLUENCE.get(kind, ())))
    return Cell(value.value, value.influence | decides.all)


def _numbers(node: Any, names: Iterable[str]) -> list[int]:
    """The expressions that a part names: one, several, or none."""
    found: list[int] = []
    for name in names:
        part = getattr(node, name)
        found.extend(part if isinstance(part, list | tuple) else [] if part is None else [part])
    return found
