"""The rule book: every rule with its legal basis, every number with its dates and citations."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fastapi import Request, Response

from portal.access import Permission
from portal.page import Page, render
from rules import all_rules, get_rule
from rules.parameters import Band, Parameter, Parameters, load_parameters
from rules.parameters.model import ParameterValue

__all__ = ["PAGES", "spoken"]

_KINDS = {"group": "群体", "need": "困难发现", "verify": "待核实", "feed": "数据源"}
_UNITS = {
    "day": "天",
    "feed": "个数据源",
    "home": "套",
    "lead": "条",
    "month": "个月",
    "payment": "次",
    "percent": "%",
    "person": "人",
    "point": "分",
    "row": "行",
    "spell": "段",
    "year": "年",
    "yuan": "元",
}
_STATUSES = {"seed": "本区文件", "regulation": "法规", "local": "本区选择"}


def spoken(value: ParameterValue) -> str:
    """A parameter's value as people write it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(_spoken_part(each) for each in value)
    return f"{value:,}" if isinstance(value, int) else value


def _spoken_part(part: object) -> str:
    match part:
        case Band(at_least, points):
            return f"{at_least:,} 起 {points} 分"
        case (str(key), str(meaning)):
            return f"{key} → {meaning}"
    return str(part)


def _overlays(request: Request) -> Path | None:
    folder: Path = request.app.state.settings.parameters_dir
    return folder if folder.is_dir() else None


@cache
def _loaded(overlays: Path | None, _stamp: float) -> Parameters:
    return load_parameters(overlays)


def _parameters(request: Request) -> Parameters:
    """The parameters of the installation; read again only when an overlay has changed."""
    overlays = _overlays(request)
    stamp = max((each.stat().st_mtime for each in overlays.iterdir()), default=0.0) if overlays else 0.0
    return _loaded(overlays, stamp)


def _by_subject(parameters: Iterable[Parameter]) -> dict[str, list[Parameter]]:
    subjects: dict[str, list[Parameter]] = defaultdict(list)
    for each in parameters:
        subjects[each.name.partition(".")[0]].append(each)
    return dict(subjects)


def _book(request: Request) -> Response:
    rules = all_rules()
    read = {name for rule in rules.values() for name in rule.parameters}
    shared = _by_subject(each for name, each in _parameters(request).by_name.items() if name not in read)
    return render(
        request,
        "rules.html",
        title="规则手册",
        kinds={title: [rule for rule in rules.values() if rule.kind == kind] for kind, title in _KINDS.items()},
        shared=shared,
        statuses=_STATUSES,
        units=_UNITS,
        spoken=spoken,
    )


def _rule(request: Request, rule_id: str) -> Response:
    rule = get_rule(rule_id)
    known = _parameters(request)
    return render(
        request,
        "rule.html",
        title=rule.title,
        rule=rule,
        kind=_KINDS[rule.kind],
        parameters=[known[name] for name in rule.parameters],
        statuses=_STATUSES,
        units=_UNITS,
        spoken=spoken,
    )


PAGES = (
    Page("/rules", _book, Permission.RULES),
    Page("/rules/{rule_id}", _rule, Permission.RULES),
)
