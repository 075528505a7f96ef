"""The rule book for programs: rules with their law, numbers with their dates and citations, and what was counted."""

from datetime import date
from typing import Any

from fastapi import Request

from editions.rulebook import KINDS, RulePage, rule_page, rule_pages, sql_of
from portal.access import Reader
from portal.api.operation import Said, Telling, operation, told
from portal.rulebook import measured_by, parameters_of, spoken
from registry.rulebook import Month
from rules.parameters import Band, Parameter, Parameters

__all__ = ["OPERATIONS", "plain_value"]

_TAG = "rules"


class RuleLine(Telling):
    """A rule, or one of the subjects status, tiers, classes and measures (`kind` subject)."""

    id: str
    kind: str
    kind_title: Said
    title: str
    title_en: str
    laws: list[str]
    question: Said


class Dated(Telling):
    """A value, since when it is in force, and where it is written; `text` is the value as people write it."""

    since: date
    value: Any
    text: Said
    citation: str


class ParameterTold(Telling):
    """One number or choice of the rules with all its dated values; `overlaid`: the installation set its own."""

    name: str
    title: Said
    description: str
    type: str
    unit: str
    status: str
    last_reviewed: date
    overlaid: bool
    values: list[Dated]


class MonthCount(Telling):
    """Families of a group or warnings of a rule in a month; null where too few to show."""

    as_of: date
    count: int | None


class Found(Telling):
    """How many questions visits answered, and how many were found true; shares in per ten thousand (95 %)."""

    answered: int
    found: int | None
    low: int | None
    high: int | None


class Example(Telling):
    """One of the officials' cases as it bears on the rule."""

    name: str
    title: Said
    as_of: date
    outcome: str


class RuleTold(RuleLine):
    """All that is declared of a rule, its SQL, and what was counted with it in the whole district.

    `months` and `precision` are empty for readers of less than the district, and for rules whose warnings the reader
    may not see; `parts` are the months of each code of a subject.
    """

    same_fact: str
    predicates: dict[str, str]
    reads: list[str]
    definition_lines: list[int]
    parameters: list[ParameterTold]
    sql: str
    sql_missing: str
    cases: list[Example]
    months: list[MonthCount]
    parts: dict[str, list[MonthCount]]
    precision: Found | None


def list_rules(request: Request) -> Any:
    """Every rule by kind, then the subjects."""
    return [_line(page) for page in rule_pages(parameters_of(request)).values()]


def _line(page: RulePage) -> dict[str, object]:
    return told(RuleLine, page, kind_title=KINDS[page.kind])


def get_rule(request: Request, reader: Reader, rule_id: str) -> Any:
    """One rule: law, question, parameters over time, predicates, cases, SQL, and its counts by month."""
    known = parameters_of(request)
    page = rule_page(rule_id, known)
    found = measured_by(request, known, reader.scope).get(page.id)
    statement, missing = sql_of(page.id)
    parts: dict[str, tuple[Month, ...]] = dict(found.parts) if found else {}
    return told(
        RuleTold,
        page,
        kind_title=KINDS[page.kind],
        definition_lines=page.lines,
        parameters=[_parameter(each, known) for each in page.parameters],
        sql=statement,
        sql_missing=missing,
        months=found.months if found else (),
        parts=parts,
        precision=found.precision if found else None,
    )


def list_parameters(request: Request) -> Any:
    """Every parameter of the installation with its dated values."""
    known = parameters_of(request)
    return [_parameter(each, known) for each in known.by_name.values()]


def get_parameter(request: Request, parameter: str) -> Any:
    """One parameter with its dated values."""
    known = parameters_of(request)
    return _parameter(known[parameter], known)


def _parameter(parameter: Parameter, known: Parameters) -> dict[str, object]:
    values = [
        told(Dated, each, value=plain_value(each.value), text=spoken(each.value, parameter.unit))
        for each in parameter.values
    ]
    return told(ParameterTold, parameter, overlaid=parameter.name in known.overlaid, values=values)


def plain_value(value: object) -> object:
    """The value of a parameter as JSON has it: bands as objects, pairs and lists as lists."""
    match value:
        case Band(at_least, points):
            return {"at_least": at_least, "points": points}
        case tuple():
            return [plain_value(each) for each in value]
    return value


OPERATIONS = (
    operation("/rules", list_rules, "rules.read", "规则手册", tag=_TAG, answer=list[RuleLine]),
    operation("/rules/{rule_id}", get_rule, "rules.read", "一条规则", tag=_TAG, answer=RuleTold),
    operation("/parameters", list_parameters, "rules.read", "参数", tag=_TAG, answer=list[ParameterTold]),
    operation("/parameters/{parameter}", get_parameter, "rules.read", "一个参数", tag=_TAG, answer=ParameterTold),
)
