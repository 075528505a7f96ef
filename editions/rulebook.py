"""The rule book: one page a rule, and one each for status, tiers, classes and measures.

What belongs here: gathering what the declarations say: law, question, parameters over time, predicates, cases and the
rule as SQL. What was counted with a rule is the registry's to say; how a page looks, the reader's.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

import narwhals as nw
import polars as pl

from editions.changes import CHANGE_MANNERS
from editions.grounds import GROUNDS
from editions.limit_cases import LimitCase, load_limit_cases
from editions.scenarios import Scenario, load_scenarios
from editions.standing import STATUSES
from rules import RuleContext, all_rules
from rules.base import Frame, Rule
from rules.classes import CLASSES, difficulty_classes
from rules.measures import GIVEN_PARAMETERS, MEASURES, measures
from rules.parameters import Parameter, Parameters, load_parameters
from rules.tiers import tier_reasons
from schemas.errors import UnknownNameError
from schemas.tables import HEALTH, PROFILES, TABLES, Table
from schemas.told import Listed, Told

__all__ = ["KINDS", "Case", "RulePage", "limits_of", "read_cases", "rule_page", "rule_pages", "sql_of"]

KINDS = {"group": "群体", "need": "困难发现", "verify": "待核实", "feed": "数据质量", "subject": "分层分类与进出"}

_MAKING = Lock()


@dataclass(frozen=True, slots=True)
class Case:
    """One of the officials' cases as it bears on a page; `outcome` says what is expected."""

    name: str
    title: str
    as_of: date
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """All that is declared of a rule or subject.

    `predicates` are the named predicates with their meaning in Chinese, `parameters` those that it reads, `due` the one
    that says when its question is to be answered. `query` makes the frame whose SQL is shown, `find_cases` looks for
    the officials' cases that bear on it.
    """

    id: str
    kind: str
    title: str
    title_en: str
    laws: tuple[str, ...]
    question: str
    same_fact: str
    predicates: dict[str, str]
    parameters: tuple[Parameter, ...]
    due: Parameter | None
    reads: tuple[str, ...]
    lines: tuple[int, ...]
    find_cases: Callable[[], Iterable[Case]]
    query: Callable[[RuleContext], Frame] | None

    @property
    def evaluates(self) -> bool:
        """Whether there is something to show as SQL."""
        return self.query is not None

    @property
    def cases(self) -> tuple[Case, ...]:
        """The officials' cases; the first to ask in a process waits until all of them are read."""
        return (*self.find_cases(), *limits_of(self.parameters))


def rule_pages(parameters: Parameters) -> dict[str, RulePage]:
    """Every page by id: the rules by kind, then the subjects."""
    pages = [_of_rule(each, parameters) for each in all_rules().values()]
    pages += [_status(parameters), _tiers(parameters), _classes(parameters), _measures(parameters)]
    order = list(KINDS)
    return {each.id: each for each in sorted(pages, key=lambda page: order.index(page.kind))}


def rule_page(page_id: str, parameters: Parameters) -> RulePage:
    """The page called `page_id`; raises `UnknownNameError`."""
    pages = rule_pages(parameters)
    if page_id not in pages:
        raise UnknownNameError("rule", page_id, pages)
    return pages[page_id]


@cache
def sql_of(page_id: str) -> tuple[str, str]:
    """The rule as one SQL statement under the newest shipped parameters, and "" or why there is none.

    The statement reads the tables of `schemas.tables` by name.
    """
    shipped = load_parameters()
    page = rule_page(page_id, shipped)
    if page.query is None:
        return "", "本页由多条规则共同构成，没有单独的 SQL"
    if find_spec("duckdb") is None:
        return "", "本机没有安装 DuckDB，无法生成 SQL"
    newest = max(parameter.values[-1].since for parameter in shipped.by_name.values())
    try:
        found: Any = page.query(RuleContext(newest, shipped.as_of(newest), _sql_tables()))
        return f"-- as_of {newest}\n{found.to_native().sql_query()}", ""
    except (RuntimeError, TypeError) as error:  # what narwhals raises for a construct without SQL
        return "", Told("规则中有 SQL 无法表达的写法（%(what)s）", what=type(error).__name__)


def _sql_tables() -> dict[str, Any]:
    """Every table by name, without rows; a name can be given once a process only, so what is there already is taken."""
    with _MAKING:
        return _made_once()


@cache
def _made_once() -> dict[str, Any]:
    from narwhals.sql import CONN, table  # noqa: PLC0415  # imports duckdb

    declared = {**TABLES, "health": HEALTH, "profiles": PROFILES}
    there = {str(name) for (name,) in CONN.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
    return {
        name: nw.from_native(CONN.table(name)) if name in there else table(name, _sql_schema(each))
        for name, each in declared.items()
    }


def _sql_schema(each: Table) -> dict[str, Any]:
    kinds = {pl.String: nw.String, pl.Date: nw.Date, pl.Int64: nw.Int64, pl.Boolean: nw.Boolean, pl.Float64: nw.Float64}
    return {name: kinds[type(dtype)] for name, dtype in each.schema.items()}


def _of_rule(rule: Rule, parameters: Parameters) -> RulePage:
    due = parameters.by_name.get(rule.due_parameter)
    read = [parameters[name] for name in rule.parameters]
    read += [] if due is None or due in read else [due]
    return RulePage(
        id=rule.id,
        kind=rule.kind,
        title=rule.title,
        title_en=rule.title_en,
        laws=tuple(rule.legal_basis.split("；")),
        question=rule.question,
        same_fact=rule.same_fact,
        predicates=dict(rule.bases),
        parameters=tuple(read),
        due=due,
        reads=rule.reads,
        lines=rule.lines,
        find_cases=lambda: [each for each in (_case_of(rule, case) for case in _cases()) if each is not None],
        query=rule.evaluate,
    )


def _case_of(rule: Rule, case: Scenario) -> Case | None:
    """The case as it bears on the rule; None when it does not."""
    told = case.hits if rule.kind == "group" else case.warnings
    met = told.get(rule.id)
    written_for = case.source.partition(".")[0] == rule.id or bool(set(case.covers) & set(rule.parameters))
    if not met and not (met is not None or (rule.kind == "group" and written_for)):
        return None
    return Case(
        case.source, case.title, case.as_of, Told("命中：%(who)s", who=Listed(sorted(met), "、")) if met else "不命中"
    )


def limits_of(parameters: Iterable[Parameter]) -> tuple[Case, ...]:
    """The cases of limits that show the boundary of one of these parameters."""
    names = {each.name for each in parameters}
    shown = (each for each in _limit_cases() if names.intersection(each.covers))
    return tuple(Case(each.source, each.title, each.last_day, each.outcome) for each in shown)


def read_cases() -> None:
    """Read the officials' cases, which takes seconds, before somebody waits for them."""
    _cases()
    _limit_cases()


@cache
def _cases() -> tuple[Scenario, ...]:
    return tuple(load_scenarios())


@cache
def _limit_cases() -> tuple[LimitCase, ...]:
    return tuple(load_limit_cases())


def _subject(
    page_id: str,
    title: str,
    title_en: str,
    predicates: dict[str, str],
    parameters: Iterable[Parameter],
    find_cases: Callable[[], Iterable[Case]] = tuple,
    *,
    laws: Iterable[str] = (),
    query: Callable[[RuleContext], Frame] | None = None,
) -> RulePage:
    read = tuple(parameters)
    cited = dict.fromkeys(part for each in read for part in each.values[-1].citation.split("；"))
    return RulePage(
        id=page_id,
        kind="subject",
        title=title,
        title_en=title_en,
        laws=tuple(laws) or tuple(cited),
        question="",
        same_fact="",
        predicates=predicates,
        parameters=read,
        due=None,
        reads=(),
        lines=(),
        find_cases=find_cases,
        query=query,
    )


def _status(parameters: Parameters) -> RulePage:
    grounds = {code: GROUNDS.title_of(code) for code in GROUNDS.codes}
    return _subject(
        "status", "依规进出", "Entering and leaving the list by rule", grounds, _of_files(parameters, "status"), _stood,
    )  # fmt: skip


def _stood() -> list[Case]:
    """The cases that say how the grounds of a person stand."""
    return [_case(case, {who: _stands(told) for who, told in case.status.items()}) for case in _cases() if case.status]


def _tiers(parameters: Parameters) -> RulePage:
    read = _of_files(parameters, "tiers")
    reasons = {each.name.partition("points_")[2]: each.title for each in read if "points_" in each.name}
    return _subject(
        "tiers", "分层：红、橙、黄", "Tiers of difficulty", reasons, read,
        lambda: [*_graded("tiers"), *_graded("tier_reasons")], query=tier_reasons,
    )  # fmt: skip


def _classes(parameters: Parameters) -> RulePage:
    read = _of_files(parameters, "classes")
    return _subject(
        "classes", "分类：困难类型", "Classes of difficulty", dict(CLASSES), read,
        lambda: _graded("classes"), query=difficulty_classes,
    )  # fmt: skip


def _measures(parameters: Parameters) -> RulePage:
    said: dict[str, str] = {}
    given: dict[str, list[str]] = {}
    names = dict.fromkeys(GIVEN_PARAMETERS)
    for measure in MEASURES.values():
        for each in measure.conditions:
            said[each.id] = each.sentence
            given.setdefault(each.id, []).append(measure.title)
        names |= dict.fromkeys(measure.parameters)
    told: dict[str, str] = {
        name: Told("%(what)s → %(measures)s", what=sentence, measures=Listed(given[name], "、"))
        for name, sentence in said.items()
    }
    laws = dict.fromkeys(law for each in MEASURES.values() for law in each.legal_basis.split("；"))
    return _subject(
        "measures", "精准服务：帮扶措施", "Suggested measures", told, [parameters[name] for name in names],
        lambda: _graded("measures"), laws=laws, query=measures,
    )  # fmt: skip


def _graded(grade: str) -> list[Case]:
    """The cases that say what is expected of a family's `grade`."""
    return [_case(case, told) for case in _cases() if (told := case.grades.get(grade))]


def _case(case: Scenario, told: Mapping[str, object]) -> Case:
    return Case(case.source, case.title, case.as_of, _outcome(told))


def _outcome(told: Mapping[str, object]) -> str:
    return Listed((Told("%(who)s：%(what)s", who=who, what=_plain(what)) for who, what in told.items()), "；")


def _stands(told: Mapping[str, str]) -> str:
    """How a person's grounds stand, in words: `left by_rule` is by which manner it was left."""
    words = {
        ground: STATUSES.title_of(how) if how in STATUSES.labels else CHANGE_MANNERS.title_of(how.removeprefix("left "))
        for ground, how in told.items()
    }
    stood = (Told("%(ground)s %(how)s", ground=GROUNDS.title_of(each), how=how) for each, how in words.items())
    return Listed(stood, "、") or "不在列"


def _plain(what: object) -> str:
    if isinstance(what, dict):
        return Listed((f"{name} {value}" for name, value in what.items()), "、")
    if isinstance(what, list | tuple):
        return Listed(map(str, what), "、")
    return what if isinstance(what, str) else str(what)


def _of_files(parameters: Parameters, *files: str) -> list[Parameter]:
    return [each for name, each in parameters.by_name.items() if name.partition(".")[0] in files]
