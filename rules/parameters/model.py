"""What a parameter is and how a rule reads one: typed access at a date, and a digest of all.

What belongs here: the types. Reading YAML, and every check of its form, is in `loader`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias, cast

from rules.errors import NotInForceError, ParameterTypeError
from schemas.errors import UnknownNameError

__all__ = [
    "STATUSES",
    "TYPES",
    "UNITS",
    "Band",
    "DatedValue",
    "Parameter",
    "ParameterValue",
    "Parameters",
    "ParametersAt",
]

STATUSES = ("seed", "regulation", "local")
TYPES = ("integer", "integers", "text", "texts", "boolean", "bands", "mapping")
# unit: how it is written after a number in Chinese; "" where there is no number to follow
UNITS = {
    "choice": "",
    "code": "",
    "flag": "",
    "name": "",
    "feed": "个数据源",
    "hour": "小时",
    "day": "天",
    "working day": "个工作日",
    "month": "个月",
    "year": "年",
    "age": "岁",
    "yuan": "元",
    "percent": "%",
    "grade": "级",
    "home": "套",
    "lead": "条",
    "payment": "笔",
    "person": "人",
    "point": "分",
    "row": "行",
    "spell": "段",
    "visit": "次",
    "deviation": "倍标准差",
    "case": "件",
    "means": "种方式",
    "character": "字",
    "photo": "张",
    "megabyte": "MB",
    "pixel": "像素",
}

Status: TypeAlias = Literal["seed", "regulation", "local"]


class Band(NamedTuple):
    """Points that apply from a value upwards, to the next band."""

    at_least: int
    points: int


ParameterValue: TypeAlias = (
    int | str | bool | tuple[int, ...] | tuple[str, ...] | tuple[Band, ...] | tuple[tuple[str, str], ...]
)


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value, the first day on which it is in force, and where it is written."""

    since: date
    value: ParameterValue
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: its dated values in ascending order, and what is to be known of it."""

    name: str
    title: str
    description: str
    type: str
    unit: str
    status: Status
    last_reviewed: date
    values: tuple[DatedValue, ...]
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    def at(self, day: date) -> DatedValue:
        """The value in force on `day`; raises `NotInForceError`."""
        held = [each for each in self.values if each.since <= day]
        if not held:
            raise NotInForceError(f"has no value on {day}; the first is of {self.values[0].since}", place=self.name)
        return held[-1]


@dataclass(frozen=True)
class Parameters:
    """All parameters by name; `overlaid` names those that the installation has replaced."""

    by_name: Mapping[str, Parameter]
    overlaid: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Parameter:
        """The parameter called `name`; raises `UnknownNameError`."""
        if name not in self.by_name:
            raise UnknownNameError("parameter", name, self.by_name)
        return self.by_name[name]

    def as_of(self, day: date) -> "ParametersAt":
        """The values in force on `day`."""
        return ParametersAt(self, day)

    def replacing(self, values: Mapping[str, ParameterValue | list[int] | list[str]]) -> "Parameters":
        """The same parameters with some values over all dates, as if they had always held; told as overlaid."""
        fitting = {name: self._fitting(name, each) for name, each in values.items()}
        return self._with({name: (self[name].values[0].since, each) for name, each in fitting.items()})

    def replacing_from(self, day: date, values: Mapping[str, ParameterValue | list[int] | list[str]]) -> "Parameters":
        """The same parameters with other values from `day` on, told as overlaid.

        A value that is in force on `day` changes nothing. Raises `NotInForceError` for a parameter that has none yet.
        """
        fitting = {name: self._fitting(name, each) for name, each in values.items()}
        return self._with({name: (day, each) for name, each in fitting.items() if each != self[name].at(day).value})

    def _fitting(self, name: str, given: ParameterValue | list[int] | list[str]) -> ParameterValue:
        """`given` as a value of the parameter; raises `ParameterTypeError`."""
        value = cast("ParameterValue", tuple(given) if isinstance(given, list) else given)
        if type(value) is not type(self[name].values[0].value):
            raise ParameterTypeError(f"is {self[name].type}, not {type(value).__name__}", place=name)
        return value

    def _with(self, values: Mapping[str, tuple[date, ParameterValue]]) -> "Parameters":
        """Each parameter of `values` with its value from that day on, whatever was in force later."""
        changed = dict(self.by_name)
        for name, (day, value) in values.items():
            former = tuple(each for each in self[name].values if each.since < day)
            changed[name] = replace(self[name], values=(*former, DatedValue(day, value, "what-if")))
        return Parameters(changed, tuple(sorted({*self.overlaid, *values})))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names, dated values and citations, and over which of them are overlaid."""
        content = {
            name: [[each.since.isoformat(), each.value, each.citation] for each in self.by_name[name].values]
            for name in sorted(self.by_name)
        }
        text = json.dumps([content, self.overlaid], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class ParametersAt:
    """The parameters in force on `day`, read by type; a wrong type raises `ParameterTypeError`."""

    parameters: Parameters
    day: date

    @property
    def digest(self) -> str:
        """Digest of all parameters (not only of those in force)."""
        return self.parameters.digest

    def _value(self, name: str, *types: str) -> ParameterValue:
        parameter = self.parameters[name]
        if parameter.type not in types:
            raise ParameterTypeError(f"is {parameter.type}, not {' or '.join(types)}", place=name)
        return parameter.at(self.day).value

    def dated(self, name: str) -> DatedValue:
        """The value in force with its date and citation."""
        return self.parameters[name].at(self.day)

    def citation(self, name: str) -> str:
        """Where the value in force is written."""
        return self.dated(name).citation

    def integer(self, name: str) -> int:
        """A whole number, in the parameter's unit."""
        return self._value(name, "integer")  # type: ignore[return-value]

    def integers(self, name: str) -> list[int]:
        """A list of whole numbers."""
        return list(self._value(name, "integers"))  # type: ignore[arg-type]

    def text(self, name: str) -> str:
        """A word of a closed list, or a name."""
        return self._value(name, "text")  # type: ignore[return-value]

    def texts(self, name: str) -> list[str]:
        """A list of codes or names."""
        return list(self._value(name, "texts"))  # type: ignore[arg-type]

    def boolean(self, name: str) -> bool:
        """A choice."""
        return self._value(name, "boolean")  # type: ignore[return-value]

    def bands(self, name: str) -> list[Band]:
        """Points by bands, in ascending order of `at_least`."""
        return list(self._value(name, "bands"))  # type: ignore[arg-type]

    def mapping(self, name: str) -> dict[str, str]:
        """Codes to codes."""
        return dict(self._value(name, "mapping"))  # type: ignore[arg-type]
