"""The rule book: every rule with its legal basis, every number with its dates and citations."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fastapi import Request, Response

from editions.rulebook import KINDS, RulePage, limits_of, rule_page, rule_pages, sql_of
from portal.access import Reader
from portal.language import SOURCE, gettext, locale
from portal.page import Nav, Page, render
from portal.parameter_words import subject_title
from portal.words import rule_name
from registry.casework.results import results_stamp
from registry.filters import TIERS
from registry.precision import told_precision
from registry.queries import current_edition
from registry.rulebook import SUBJECT_CODES, Measured, Month, measured, told_outcomes
from registry.scope import Scope
from registry.wording import told_value
from rules import rules_of
from rules.parameters import Band, Parameter, Parameters, load_parameters
from rules.parameters.model import UNITS, ParameterValue
from rules.parameters.overlaid import overlaid_values
from schemas.told import Listed, Told

__all__ = ["PAGES", "STATUSES", "measured_by", "parameters_of", "spoken"]

STATUSES = {"seed": "本区文件", "regulation": "法规", "local": "本区选择"}


def spoken(value: ParameterValue, unit: str = "code") -> str:
    """A parameter's value as people write it: codes by the words of their list, feed or rule."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return Listed((_spoken_part(each, unit) for each in value), "、")
    return f"{value:,}" if isinstance(value, int) else _word(value, unit)


def _spoken_part(part: object, unit: str) -> str:
    match part:
        case Band(at_least, points):
            return Told("%(limit)s 起 %(points)s 分", limit=f"{at_least:,}", points=points)
        case (str(key), str(meaning)):
            return Listed((_word(key, unit), _word(meaning, unit)), " → ")
        case str():
            return Listed((_word(each, unit) for each in part.split("+")), " + ")
    return str(part)


def _word(code: str, unit: str) -> str:
    if code in TIERS.labels:
        return TIERS.title_of(code)
    word = told_value(code, unit)
    return rule_name(code) if word == code else word


def _overlays(request: Request) -> Path | None:
    folder: Path = request.app.state.settings.parameters_dir
    return folder if folder.is_dir() else None


@cache
def _loaded(overlays: Path | None, _stamp: float) -> Parameters:
    return load_parameters(overlays)


def parameters_of(request: Request) -> Parameters:
    """The parameters of the installation; read again only when an overlay has changed."""
    overlays = _overlays(request)
    stamp = max((each.stat().st_mtime for each in overlays.iterdir()), default=0.0) if overlays else 0.0
    return _loaded(overlays, stamp)


def measured_by(request: Request, parameters: Parameters, scope: Scope) -> dict[str, Measured]:
    """What was measured, kept until an edition or a result of casework is new; for readers of the whole district."""
    if not scope.area.is_district:
        return {}
    state = request.app.state
    edition = current_edition(state.engine)
    if edition is None:
        return {}
    kept: dict[tuple[str, str, int], dict[str, Measured]] = state.measured
    key = (edition.edition_id, parameters.digest, results_stamp(state.engine))
    if key not in kept:
        kept.clear()
        kept[key] = measured(state.engine, state.settings, parameters.as_of(edition.as_of))
    hidden = {rule.id for rule in rules_of("need", "verify", "feed")} - {rule.id for rule in rules_of(*scope.kinds)}
    return {rule_id: each for rule_id, each in kept[key].items() if rule_id not in hidden}


def _by_subject(parameters: Iterable[Parameter]) -> dict[str, list[Parameter]]:
    subjects: dict[str, list[Parameter]] = defaultdict(list)
    for each in parameters:
        subjects[each.name.partition(".")[0]].append(each)
    return dict(subjects)


def _book(request: Request, reader: Reader) -> Response:
    known = parameters_of(request)
    pages = rule_pages(known)
    read = {parameter.name for page in pages.values() for parameter in page.parameters}
    shared = _by_subject(each for name, each in known.by_name.items() if name not in read)
    return render(
        request,
        "rules.html",
        title=gettext("规则手册"),
        subject_title=subject_title,
        kinds={title: [page for page in pages.values() if page.kind == kind] for kind, title in KINDS.items()},
        measured=measured_by(request, known, reader.scope),
        shared=shared,
        limits={subject: limits_of(each) for subject, each in shared.items()},
        overlaid=overlaid_values(known),
        statuses=STATUSES,
        units=UNITS,
        spoken=spoken,
    )


def _rule(request: Request, reader: Reader, rule_id: str) -> Response:
    known = parameters_of(request)
    page = rule_page(rule_id, known)
    found = measured_by(request, known, reader.scope).get(page.id)
    statement, missing = sql_of(page.id)
    return render(
        request,
        "rule.html",
        title=page.title if locale().language == SOURCE else page.title_en,
        rule=page,
        kind=KINDS[page.kind],
        parameters=page.parameters,
        due=None if page.due is None else spoken(page.due.values[-1].value),
        months=_rows(page, found) if found else {},
        outcomes=told_outcomes(found.outcomes if found else {}) if page.due else "",
        precision=told_precision(found.precision if found else None) if page.kind != "subject" else "",
        sql=statement,
        sql_missing=missing,
        overlaid=overlaid_values(known),
        statuses=STATUSES,
        units=UNITS,
        spoken=spoken,
    )


def _rows(page: RulePage, found: Measured) -> dict[str, tuple[Month, ...]]:
    """The months by what they count: the rule itself, or each tier, class, measure or status of a subject."""
    if page.kind == "subject":
        return {SUBJECT_CODES[page.id][code]: months for code, months in found.parts.items()}
    return {"户数" if page.kind == "group" else "预警数": found.months}


PAGES = (
    Page("/rules", _book, "rules.read", nav=Nav("规则手册", 60)),
    Page("/rules/{rule_id}", _rule, "rules.read"),
)
