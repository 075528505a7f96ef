"""The values of parameters that a what-if asks about, read from text.

What belongs here: texts of a command and fields of a form as values, held to type, choices and limits. What the values
change stands in `registry.whatif`.
"""

from collections.abc import Sequence

from registry.errors import WhatIfError
from rules.errors import ParameterError
from rules.parameters import Parameter, Parameters
from rules.parameters.loader import read_text, read_value
from rules.parameters.model import ParameterValue

__all__ = ["parse_settings", "value_of"]

_PREFIX = "rules."
_BOOLEANS = {"true": True, "false": False}
_FORMS = {
    "integer": "a whole number",
    "integers": "whole numbers separated by commas",
    "text": "one word",
    "texts": "words separated by commas",
    "boolean": "true or false",
    "bands": "bands in ascending order, like '[{from: 0, points: 15}, {from: 20000, points: 0}]'",
    "mapping": "pairs, like '{medical: illness, housing: housing}'",
}


def parse_settings(texts: Sequence[str], parameters: Parameters) -> dict[str, ParameterValue]:
    """The values by parameter of texts like `rules.low_income_family.annual_income_yuan=120000`.

    Raises:
        UnknownNameError: there is no such parameter.
        WhatIfError: a text has no value, names a parameter twice, or its value is not one of the parameter.
    """
    if not texts:
        raise WhatIfError(
            "nothing to change; give --set NAME=VALUE, for example --set temporary_assistance.window_months=6"
        )
    values: dict[str, ParameterValue] = {}
    for text in texts:
        name, separator, written = text.partition("=")
        name = name.strip().removeprefix(_PREFIX)
        if not separator:
            raise WhatIfError(f"--set {text!r} gives no value; write it like NAME=VALUE")
        if name in values:
            raise WhatIfError(f"--set gives {name} twice; keep one")
        values[name] = value_of(parameters[name], written.strip())
    return values


def value_of(parameter: Parameter, text: str) -> ParameterValue:
    """The value that `text` is for `parameter`, checked as one in a parameter file is.

    Items of lists are separated by commas; bands and mappings are written in YAML or JSON. Raises `WhatIfError`.
    """
    if not text:
        raise WhatIfError(f"{parameter.name} is given no value; write {_FORMS[parameter.type]}")
    try:
        return read_value(parameter, _plain(parameter, text))
    except ParameterError as error:
        raise WhatIfError(f"{error}; write {_FORMS[parameter.type]}") from error


def _plain(parameter: Parameter, text: str) -> object:
    """`text` as the parameter's file would give it; what it cannot be stays text and is refused by the loader."""
    words = [each.strip() for each in text.split(",") if each.strip()]
    match parameter.type:
        case "integer":
            return _number(text)
        case "integers":
            return [_number(each) for each in words]
        case "texts":
            return words
        case "boolean":
            return _BOOLEANS.get(text.lower(), text)
        case "text":
            return text
    return read_text(text, parameter.name)


def _number(text: str) -> object:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else text
