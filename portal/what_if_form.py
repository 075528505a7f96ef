"""The form of a what-if: which parameters there are to choose from, a field for each, and reading the fields back.

What belongs here: fields and their words. Whether a value fits is decided by `registry.whatif_values`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.datastructures import FormData

from portal.forms import whole_of
from portal.language import gettext
from portal.parameter_words import subject_place, subject_title
from registry.errors import WhatIfError
from registry.whatif_values import value_of
from registry.wording import told_value
from rules.errors import ParameterError
from rules.parameters import Band, Parameter, Parameters
from rules.parameters.loader import read_value
from rules.parameters.model import UNITS, ParameterValue

__all__ = ["Choice", "Field", "choices", "fields_of", "read_fields"]

_BESIDE = frozenset({"anomalies", "audit", "casework", "fairness", "gate", "retention", "rulebook", "visits"})
"""Files of parameters that no list is computed with; asking about them would always answer that nothing changes."""

_SPARE_BANDS = 2
_SEPARATORS = str.maketrans({"，": ",", "、": ",", "；": ","})
_PREFIX = "v."
_FROM, _POINTS = "from.", "points."


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that can be chosen, with the value in force."""

    parameter: Parameter
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One parameter of the form: what is typed into it now, and why it cannot be used ("" when it can)."""

    parameter: Parameter
    in_force: str
    citation: str
    needs: str
    text: str
    bands: tuple[tuple[str, str], ...]
    ticked: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    fault: str = ""

    @property
    def kind(self) -> str:
        """How it is asked: number, bands, ticks, select, lines or words."""
        match self.parameter.type:
            case "integer":
                return "number"
            case "bands":
                return "bands"
            case "mapping":
                return "lines"
            case "texts" if self.options:
                return "ticks"
        return "select" if self.options else "words"


def choices(parameters: Parameters, day: date, words: str) -> dict[str, list[Choice]]:
    """What can be chosen, by subject; of parameters whose title, name or subject holds every one of the `words`."""
    asked = words.lower().split()
    found: dict[str, list[Choice]] = defaultdict(list)
    places: dict[str, tuple[int, str]] = {}
    for name, parameter in parameters.by_name.items():
        subject = name.partition(".")[0]
        if subject in _BESIDE or parameter.values[0].since > day:
            continue
        title = subject_title(subject)
        places[title] = subject_place(subject)
        if all(word in f"{title} {name} {parameter.title} {parameter.description}".lower() for word in asked):
            found[title].append(Choice(parameter, told_value(parameter.at(day).value, parameter.unit)))
    return {title: found[title] for title in sorted(found, key=lambda title: places[title])}


def fields_of(
    parameters: Parameters,
    names: Iterable[str],
    day: date,
    *,
    posted: FormData | None = None,
    faults: Mapping[str, str] | None = None,
) -> list[Field]:
    """A field for each of `names`, once, with the value in force or what was typed; unknown names raise."""
    return [
        _field(parameters[name], day, posted, (faults or {}).get(name, "")) for name in dict.fromkeys(names) if name
    ]


def read_fields(
    parameters: Parameters, names: Iterable[str], posted: FormData
) -> tuple[dict[str, ParameterValue], dict[str, str]]:
    """The values of the fields, and by parameter why one cannot be used."""
    values: dict[str, ParameterValue] = {}
    faults: dict[str, str] = {}
    for name in dict.fromkeys(names):
        parameter = parameters[name]
        try:
            values[name] = _read(parameter, posted)
        except (WhatIfError, ParameterError):
            faults[name] = gettext("这个值不能用。要求：%(needs)s") % {"needs": _needs(parameter)}
    return values, faults


def _read(parameter: Parameter, posted: FormData) -> ParameterValue:
    name = parameter.name
    if parameter.type == "bands":
        pairs = zip(_all(posted, _FROM + name), _all(posted, _POINTS + name), strict=False)
        bands = [
            {"from": _whole(at_least), "points": _whole(points)} for at_least, points in pairs if at_least or points
        ]
        return read_value(parameter, bands)
    if parameter.type == "texts" and parameter.choices:
        return read_value(parameter, _all(posted, _PREFIX + name))
    text = "".join(_all(posted, _PREFIX + name)[:1])
    return value_of(parameter, text.translate(_SEPARATORS) if parameter.type != "mapping" else text)


def _all(posted: FormData, name: str) -> list[str]:
    return [each.strip() for each in posted.getlist(name) if isinstance(each, str)]


def _whole(text: str) -> object:
    number = whole_of(text.removeprefix("-"))
    if number is None:
        return text
    return -number if text.startswith("-") else number


def _field(parameter: Parameter, day: date, posted: FormData | None, fault: str) -> Field:
    held = parameter.at(day)
    typed = posted is not None
    name = parameter.name
    text = "".join(_all(posted, _PREFIX + name)[:1]) if posted is not None else _text(held.value)
    bands: Sequence[tuple[str, str]] = ()
    if parameter.type == "bands":
        bands = (
            [*zip(_all(posted, _FROM + name), _all(posted, _POINTS + name), strict=False)]
            if posted is not None
            else [(str(each.at_least), str(each.points)) for each in held.value if isinstance(each, Band)]  # type: ignore[union-attr]
        )
        bands = [each for each in bands if any(each)] + [("", "")] * _SPARE_BANDS
    return Field(
        parameter=parameter,
        in_force=told_value(held.value, parameter.unit),
        citation=held.citation,
        needs=_needs(parameter),
        text=text,
        bands=tuple(bands),
        ticked=tuple(_all(posted, _PREFIX + name)) if posted is not None and typed else _words(held.value),
        options=_options(parameter),
        fault=fault,
    )


def _words(value: ParameterValue) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, tuple) else ()


def _options(parameter: Parameter) -> tuple[tuple[str, str], ...]:
    if parameter.type == "boolean":
        return ("true", gettext("是")), ("false", gettext("否"))
    return tuple((code, gettext(told_value(code, parameter.unit))) for code in parameter.choices)


def _text(value: ParameterValue) -> str:
    """A value as it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, tuple):
        return str(value)
    pairs = [each for each in value if isinstance(each, tuple) and not isinstance(each, Band)]
    return "\n".join(f"{key}: {meaning}" for key, meaning in pairs) if pairs else ",".join(map(str, value))


def _needs(parameter: Parameter) -> str:
    """What a value has to be, in words."""
    unit = gettext(UNITS[parameter.unit]) if UNITS.get(parameter.unit) else ""
    said = {
        "integer": gettext("整数") + (f"({unit})" if unit else "") + _limits(parameter),
        "integers": gettext("整数，用逗号隔开") + _limits(parameter),
        "bands": gettext("至少一档；起点为整数，从小到大；分值为整数"),
        "mapping": gettext("每行一对，写作“代码: 代码”，每个代码只写一次"),
        "boolean": gettext("是或否"),
        "texts": gettext("代码，用逗号隔开"),
        "text": gettext("一个词"),
    }
    return gettext("所列选项中的值") if parameter.choices else said[parameter.type]


def _limits(parameter: Parameter) -> str:
    least, most = parameter.minimum, parameter.maximum
    if least is not None and most is not None:
        return gettext("，%(least)s 至 %(most)s") % {"least": f"{least:,}", "most": f"{most:,}"}
    if least is not None:
        return gettext("，不小于 %(least)s") % {"least": f"{least:,}"}
    return "" if most is None else gettext("，不大于 %(most)s") % {"most": f"{most:,}"}
