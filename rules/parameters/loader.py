"""Reads parameter files and refuses whatever is not exactly of the form.

The form of a parameter: `title`, `description`, `type`, `unit`, `status`, `last_reviewed`, `values` (by
effective date: `value` and `citation`), and where they apply `choices`, `minimum` and `maximum`. An
overlay directory of the same form replaces whole parameters; what it replaces is recorded. It may not
change type or unit, leave the shipped choices and limits, or begin later than the shipped values.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from rules.errors import (
    DateOrderError,
    DuplicateKeyError,
    MissingKeyError,
    ParameterFileError,
    ParameterTypeError,
    ParameterValueError,
    UnknownKeyError,
)
from rules.parameters.model import (
    STATUSES,
    TYPES,
    UNITS,
    Band,
    DatedValue,
    Parameter,
    Parameters,
    ParameterValue,
    Status,
)

__all__ = ["load_parameters", "read_mapping", "read_parameter", "read_text", "read_value"]

_REQUIRED = ("title", "description", "type", "unit", "status", "last_reviewed", "values")
_OPTIONAL = ("choices", "minimum", "maximum")
_FOLDER = Path(__file__).parent
_SUFFIX = ".yaml"
_TAKEN_FOR_IT = (".yaml", ".yml", ".json")

if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:  # that of libyaml reads the same some times as fast; there are builds of PyYAML without it
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_SafeLoader):
    """A safe loader that refuses a key given twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """The mapping of `node`; raises `DuplicateKeyError` or `ParameterFileError`."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ParameterFileError("a key must be a word, not a list or mapping", place=self.name)
            key = self.construct_object(key_node)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise DuplicateKeyError(f"line {line} gives {key!r} a second time; keep one", place=self.name)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_text(text: str, place: str) -> object:
    """What `text` says in YAML (of which JSON is a part); raises `ParameterFileError` or `DuplicateKeyError`."""
    try:
        loader = _StrictLoader(text)
        loader.name = place
        try:
            return cast("object", loader.get_single_data())
        finally:
            loader.dispose()
    except (ValueError, yaml.YAMLError) as error:  # a ValueError is a date that does not exist
        raise ParameterFileError(f"cannot be read as YAML ({type(error).__name__})", place=place) from error


def read_mapping(path: Path) -> dict[str, Any]:
    """The YAML mapping in `path`; raises `ParameterFileError` or `DuplicateKeyError`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterFileError(f"cannot be read as YAML ({type(error).__name__})", place=path.name) from error
    content = read_text(text, path.name)
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ParameterFileError("must be a mapping of names", place=path.name)
    return cast("dict[str, Any]", content)


def load_parameters(overlays: Path | None = None) -> Parameters:
    """All shipped parameters, with those replaced that `overlays/*.yaml` gives.

    Args:
        overlays: a directory of parameter files of the installation; one that does not exist is empty.

    Raises:
        ParameterError: a file is not of the form, or an overlay names a parameter that does not exist.
    """
    shipped = _shipped()
    if overlays is None or not overlays.is_dir():
        return shipped
    misnamed = sorted(each.name for each in overlays.iterdir() if _is_misnamed(each))
    if misnamed:
        raise ParameterFileError(f"would not be read; name it *{_SUFFIX}, or take it away", place=misnamed[0])
    replaced = _read_directory(overlays)
    unknown = sorted(set(replaced) - set(shipped.by_name))
    if unknown:
        raise UnknownKeyError(f"{', '.join(unknown)} is no parameter and cannot be replaced", place=overlays.name)
    held = {name: _instead_of(shipped[name], parameter) for name, parameter in replaced.items()}
    return Parameters({**shipped.by_name, **held}, tuple(sorted(held)))


def read_value(parameter: Parameter, value: object, place: str = "") -> ParameterValue:
    """`value` (plain, as YAML gives it) as one of `parameter`; raises `ParameterError`."""
    read = _READERS[parameter.type](place or parameter.name, value)
    _check_range(place or parameter.name, read, parameter)
    return read


def _is_misnamed(path: Path) -> bool:
    """Whether somebody may think that `path` counts: hidden files and notes are left alone."""
    shown = not path.name.startswith(".")
    return shown and path.suffix != _SUFFIX and (path.is_dir() or path.suffix.lower() in _TAKEN_FOR_IT)


def _instead_of(shipped: Parameter, overlay: Parameter) -> Parameter:
    """`overlay` in the place of `shipped`, held to its type, unit, choices and limits, and to its first day."""
    name = shipped.name
    if overlay.type != shipped.type:
        raise ParameterTypeError(f"is {shipped.type}, the overlay says {overlay.type}", place=name)
    if overlay.unit != shipped.unit:
        raise ParameterValueError(f"is given in {shipped.unit}, the overlay says {overlay.unit}", place=name)
    first, own = shipped.values[0].since, overlay.values[0].since
    if own > first:
        told = f"begins on {own}, the shipped one on {first}; repeat the values before {own} in the overlay"
        raise DateOrderError(told, place=name)
    for dated in overlay.values:
        _check_range(f"{name} [{dated.since}]", dated.value, shipped)
    return replace(
        overlay,
        choices=overlay.choices or shipped.choices,
        minimum=shipped.minimum if overlay.minimum is None else overlay.minimum,
        maximum=shipped.maximum if overlay.maximum is None else overlay.maximum,
    )


@cache
def _shipped() -> Parameters:
    return Parameters(_read_directory(_FOLDER))


def _read_directory(directory: Path) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for path in sorted(directory.glob(f"*{_SUFFIX}")):
        for key, entry in read_mapping(path).items():
            name = f"{path.stem}.{key}"
            found[name] = read_parameter(name, entry)
    return found


def read_parameter(name: str, entry: object) -> Parameter:
    """The parameter called `name` from its entry in a file; raises `ParameterError`."""
    if not isinstance(entry, dict):
        raise ParameterTypeError("must be a mapping", place=name)
    _check_keys(name, entry, _REQUIRED, _OPTIONAL)
    _one_of(name, "type", entry["type"], TYPES)
    _one_of(name, "status", entry["status"], STATUSES)
    for key in ("title", "description", "unit"):
        _text(name, key, entry[key])
    _one_of(name, "unit", entry["unit"], tuple(UNITS))
    if type(entry["last_reviewed"]) is not date:
        raise ParameterTypeError("last_reviewed must be a date (YYYY-MM-DD)", place=name)
    bare = Parameter(
        name=name,
        title=entry["title"],
        description=entry["description"],
        type=entry["type"],
        unit=entry["unit"],
        status=cast("Status", entry["status"]),
        last_reviewed=entry["last_reviewed"],
        values=(),
        choices=tuple(_texts(name, entry["choices"])) if "choices" in entry else (),
        minimum=_integer(name, entry["minimum"]) if "minimum" in entry else None,
        maximum=_integer(name, entry["maximum"]) if "maximum" in entry else None,
    )
    return replace(bare, values=_values(bare, entry["values"]))


def _values(parameter: Parameter, entries: object) -> tuple[DatedValue, ...]:
    if not isinstance(entries, dict) or not entries:
        raise ParameterTypeError("values must map dates to a value and its citation", place=parameter.name)
    dated: list[DatedValue] = []
    for since, entry in entries.items():
        place = f"{parameter.name} [{since}]"
        if type(since) is not date:
            raise ParameterTypeError("values must be by date (YYYY-MM-DD)", place=place)
        if dated and since <= dated[-1].since:
            raise DateOrderError(f"stands after {dated[-1].since}; dates must ascend", place=place)
        if not isinstance(entry, dict):
            raise ParameterTypeError("must be a mapping of value and citation", place=place)
        _check_keys(place, entry, ("value", "citation"), ())
        _text(place, "citation", entry["citation"])
        dated.append(DatedValue(since, read_value(parameter, entry["value"], place), entry["citation"]))
    return tuple(dated)


def _check_range(place: str, value: ParameterValue, parameter: Parameter) -> None:
    """Whether `value` is of the parameter's choices and within its limits; raises `ParameterValueError`."""
    words = (value,) if isinstance(value, str) else value if parameter.type == "texts" else ()
    choices = parameter.choices
    wrong = [word for word in cast("tuple[str, ...]", words) if choices and word not in choices]
    if wrong:
        raise ParameterValueError(f"{wrong[0]!r} is none of {', '.join(choices)}", place=place)
    numbers = (value,) if parameter.type == "integer" else value if parameter.type == "integers" else ()
    for number in cast("tuple[int, ...]", numbers):
        if parameter.minimum is not None and number < parameter.minimum:
            raise ParameterValueError(f"{number} is below the minimum of {parameter.minimum}", place=place)
        if parameter.maximum is not None and number > parameter.maximum:
            raise ParameterValueError(f"{number} is above the maximum of {parameter.maximum}", place=place)


def _check_keys(place: str, entry: Mapping[str, object], required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    unknown = [str(key) for key in entry if key not in required and key not in optional]
    if unknown:
        raise UnknownKeyError(f"unknown key {unknown[0]!r}; known: {', '.join(required + optional)}", place=place)
    missing = [key for key in required if entry.get(key) is None]
    if missing:
        raise MissingKeyError(f"{missing[0]} is missing", place=place)


def _one_of(place: str, key: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ParameterValueError(f"{key} {value!r} is none of {', '.join(known)}", place=place)


def _text(place: str, key: str, value: object) -> None:
    if not isinstance(value, str):
        raise ParameterTypeError(f"{key} must be text", place=place)
    if not value.strip():
        raise MissingKeyError(f"{key} is empty", place=place)


def _integer(place: str, value: object) -> int:
    if type(value) is not int:
        raise ParameterTypeError(f"must be a whole number, not {type(value).__name__}", place=place)
    return value


def _word(place: str, value: object) -> str:
    _text(place, "value", value)
    return cast("str", value)


def _boolean(place: str, value: object) -> bool:
    if type(value) is not bool:
        raise ParameterTypeError("must be true or false", place=place)
    return value


def _sequence(place: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise ParameterTypeError("must be a list", place=place)
    return value


def _integers(place: str, value: object) -> tuple[int, ...]:
    return tuple(_integer(place, each) for each in _sequence(place, value))


def _texts(place: str, value: object) -> tuple[str, ...]:
    return tuple(_word(place, each) for each in _sequence(place, value))


def _bands(place: str, value: object) -> tuple[Band, ...]:
    bands: list[Band] = []
    for each in _sequence(place, value):
        if not isinstance(each, dict):
            raise ParameterTypeError("a band must give from and points", place=place)
        _check_keys(place, each, ("from", "points"), ())
        band = Band(_integer(place, each["from"]), _integer(place, each["points"]))
        if bands and band.at_least <= bands[-1].at_least:
            raise DateOrderError("bands must ascend", place=place)
        bands.append(band)
    if not bands:
        raise MissingKeyError("a band is missing", place=place)
    return tuple(bands)


def _mapping(place: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ParameterTypeError("must be a mapping", place=place)
    return tuple(sorted((_word(place, key), _word(place, each)) for key, each in value.items()))


_READERS: Mapping[str, Callable[[str, object], ParameterValue]] = {
    "integer": _integer,
    "integers": _integers,
    "text": _word,
    "texts": _texts,
    "boolean": _boolean,
    "bands": _bands,
    "mapping": _mapping,
}
