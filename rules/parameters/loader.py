"""Reads parameter files and refuses whatever is not exactly of the form.

The form of a parameter: `title`, `description`, `type`, `unit`, `status`, `last_reviewed`, `values` (by
effective date: `value` and `citation`), and where they apply `choices` and `minimum`. An overlay
directory of the same form replaces whole parameters; what it replaces is recorded.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

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
from rules.parameters.model import STATUSES, TYPES, Band, DatedValue, Parameter, Parameters, ParameterValue, Status

__all__ = ["load_parameters", "read_mapping"]

_REQUIRED = ("title", "description", "type", "unit", "status", "last_reviewed", "values")
_OPTIONAL = ("choices", "minimum")


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """The mapping of `node`; raises `DuplicateKeyError`."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise DuplicateKeyError(f"line {line} gives {key!r} a second time; keep one", place=self.name)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_mapping(path: Path) -> dict[str, Any]:
    """The YAML mapping in `path`; raises `ParameterFileError` or `DuplicateKeyError`."""
    try:
        with path.open(encoding="utf-8") as stream:
            loader = _StrictLoader(stream)
            loader.name = path.name
            try:
                content = loader.get_single_data()
            finally:
                loader.dispose()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ParameterFileError(f"cannot be read as YAML ({type(error).__name__})", place=path.name) from error
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
    replaced = _read_directory(overlays)
    unknown = sorted(set(replaced) - set(shipped.by_name))
    if unknown:
        raise UnknownKeyError(f"{', '.join(unknown)} is no parameter and cannot be replaced", place=overlays.name)
    for name, parameter in replaced.items():
        if parameter.type != shipped[name].type:
            raise ParameterTypeError(f"is {shipped[name].type}, the overlay says {parameter.type}", place=name)
    return Parameters({**shipped.by_name, **replaced}, tuple(sorted(replaced)))


@cache
def _shipped() -> Parameters:
    return Parameters(_read_directory(Path(__file__).parent))


def _read_directory(directory: Path) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for path in sorted(directory.glob("*.yaml")):
        for key, entry in read_mapping(path).items():
            name = f"{path.stem}.{key}"
            found[name] = _parameter(name, entry)
    return found


def _parameter(name: str, entry: object) -> Parameter:
    if not isinstance(entry, dict):
        raise ParameterTypeError("must be a mapping", place=name)
    _check_keys(name, entry, _REQUIRED, _OPTIONAL)
    kind, status = entry["type"], entry["status"]
    _one_of(name, "type", kind, TYPES)
    _one_of(name, "status", status, STATUSES)
    for key in ("title", "description", "unit"):
        _text(name, key, entry[key])
    if type(entry["last_reviewed"]) is not date:
        raise ParameterTypeError("last_reviewed must be a date (YYYY-MM-DD)", place=name)
    choices = tuple(_texts(name, entry["choices"])) if "choices" in entry else ()
    minimum = _integer(name, entry["minimum"]) if "minimum" in entry else None
    return Parameter(
        name=name,
        title=entry["title"],
        description=entry["description"],
        type=kind,
        unit=entry["unit"],
        status=cast("Status", status),
        last_reviewed=entry["last_reviewed"],
        values=_values(name, entry["values"], kind, choices, minimum),
        choices=choices,
        minimum=minimum,
    )


def _values(
    name: str, entries: object, kind: str, choices: tuple[str, ...], minimum: int | None
) -> tuple[DatedValue, ...]:
    if not isinstance(entries, dict) or not entries:
        raise ParameterTypeError("values must map dates to a value and its citation", place=name)
    dated: list[DatedValue] = []
    for since, entry in entries.items():
        place = f"{name} [{since}]"
        if type(since) is not date:
            raise ParameterTypeError("values must be by date (YYYY-MM-DD)", place=place)
        if dated and since <= dated[-1].since:
            raise DateOrderError(f"stands after {dated[-1].since}; dates must ascend", place=place)
        if not isinstance(entry, dict):
            raise ParameterTypeError("must be a mapping of value and citation", place=place)
        _check_keys(place, entry, ("value", "citation"), ())
        _text(place, "citation", entry["citation"])
        dated.append(DatedValue(since, _value(place, entry["value"], kind, choices, minimum), entry["citation"]))
    return tuple(dated)


def _value(place: str, value: object, kind: str, choices: tuple[str, ...], minimum: int | None) -> ParameterValue:
    read = _READERS[kind](place, value)
    words = (read,) if isinstance(read, str) else read if kind == "texts" else ()
    wrong = [word for word in cast("tuple[str, ...]", words) if choices and word not in choices]
    if wrong:
        raise ParameterValueError(f"{wrong[0]!r} is none of {', '.join(choices)}", place=place)
    if minimum is not None and kind == "integer" and cast("int", read) < minimum:
        raise ParameterValueError(f"{read} is below the minimum of {minimum}", place=place)
    return read


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
