"""All parameters as one text, from which they can be had again when the shipped files have changed.

What belongs here: that text (JSON, by name, in the form of the files) and reading it back by the checks of a file.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from rules.errors import ParameterFileError
from rules.parameters.loader import read_parameter
from rules.parameters.model import Band, Parameter, Parameters, ParameterValue

__all__ = ["read_whole", "whole_text"]


def whole_text(parameters: Parameters) -> str:
    """Every parameter with its dated values, and which of them are overlaid; equal for equal parameters."""
    entries = {name: _entry(each) for name, each in parameters.by_name.items()}
    whole = {"overlaid": parameters.overlaid, "parameters": entries}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def read_whole(text: str, place: str) -> Parameters:
    """The parameters of a text of `whole_text`; raises `ParameterError`."""
    try:
        whole = json.loads(text)
        entries = {name: _dated(entry) for name, entry in whole["parameters"].items()}
        overlaid = tuple(map(str, whole["overlaid"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParameterFileError(f"does not give all parameters ({type(error).__name__})", place=place) from None
    return Parameters({name: read_parameter(name, entry) for name, entry in entries.items()}, overlaid)


def _entry(parameter: Parameter) -> dict[str, Any]:
    """The parameter as its file gives it, dates as text."""
    limits = {"minimum": parameter.minimum, "maximum": parameter.maximum, "choices": list(parameter.choices) or None}
    return {
        "title": parameter.title,
        "description": parameter.description,
        "type": parameter.type,
        "unit": parameter.unit,
        "status": parameter.status,
        "last_reviewed": parameter.last_reviewed.isoformat(),
        "values": {
            each.since.isoformat(): {"value": _written(parameter.type, each.value), "citation": each.citation}
            for each in parameter.values
        },
        **{name: value for name, value in limits.items() if value is not None},
    }


def _written(kind: str, value: ParameterValue) -> object:
    if kind == "mapping":
        return dict(cast("tuple[tuple[str, str], ...]", value))
    if kind == "bands":
        return [{"from": each.at_least, "points": each.points} for each in cast("tuple[Band, ...]", value)]
    return value


def _dated(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with its dates as dates, in their order."""
    values = {date.fromisoformat(since): held for since, held in sorted(entry["values"].items())}
    return {**entry, "last_reviewed": date.fromisoformat(entry["last_reviewed"]), "values": values}
