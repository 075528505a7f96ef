"""The grounds of a listed family, each with the person, the standing and the evidence that carries it.

What belongs here: rows of `standings` as lines of an explanation. What the rules found stands in `registry.explain`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from editions.chain import NO_RECORD
from editions.grounds import GROUNDS, GROUPS
from registry.evidence import Sources
from registry.explanation import OF_PERSON, GroundLine, SourceLine
from rules import get_rule
from schemas.told import Told

__all__ = ["ground_lines"]

_OBLIGOR = "obligor_family"
_BASES = {
    "on_register": "目前在册享受救助",
    "visit_true_include": "走访核实属实，列为其他困难人员",
    "decided_included": "经工作人员决定，列为其他困难人员",
}


def ground_lines(
    rows: Iterable[Mapping[str, Any]], names: Mapping[str, str], sources: Sources, searched: Sequence[SourceLine]
) -> list[GroundLine]:
    """One line a person and ground. When a ward came on the register is the ward's own affair, and is left out."""
    order = {each: place for place, each in enumerate(GROUNDS.codes)}
    ordered = sorted(rows, key=lambda each: (order[each["ground"]], each["person_key"]))
    return [_line(each, names.get(each["person_key"], "成员"), sources, searched) for each in ordered]


def _line(row: Mapping[str, Any], person: str, sources: Sources, searched: Sequence[SourceLine]) -> GroundLine:
    private = row["ground"] == _OBLIGOR
    found = _found(row["ground"], row["basis"] or "")
    return GroundLine(
        ground=row["ground"],
        title=GROUNDS.title_of(row["ground"]),
        person=person,
        person_key=row["person_key"],
        status=row["status"],
        since=row["since"],
        proposed_since=row["proposed_since"],
        basis=row["basis"] or "",
        sentence=Told(
            OF_PERSON,
            person=person,
            fact=Told("%(found)s，自 %(day)s 的版本起在列", found=found, day=row["since"]),
        ),
        evidence_on=None if private else row["evidence_on"],
        valid_until=row["valid_until"],
        decision_id=row["decision_id"] or "",
        parameters_version=row["parameters_version"] or "",
        source=sources.of(row),
        searched=list(searched) if row["basis"] == NO_RECORD else [],
    )


def _found(ground: str, basis: str) -> str:
    told = get_rule(ground).bases if ground in GROUPS else _BASES
    return told.get(basis, basis)
