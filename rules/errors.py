"""The errors of `rules/`: what is wrong with a parameter file, a rule or a scenario, and where.

DoudiError
└── RuleError
    ├── ParameterError              something about a parameter
    │   ├── ParameterFileError          not readable as a YAML mapping
    │   ├── DuplicateKeyError           one name given twice
    │   ├── UnknownKeyError             a key or parameter that does not exist
    │   ├── MissingKeyError             a citation, unit, title or value is not given
    │   ├── ParameterTypeError          a value of another type than declared
    │   ├── ParameterValueError         a status or value outside the closed list or range
    │   ├── DateOrderError              effective dates out of order
    │   └── NotInForceError             no value is in force at the date asked for
    ├── RuleDeclarationError        a rule module contradicts itself (a bug of ours)
    └── ScenarioError               a scenario file cannot be read as one
"""

from pathlib import Path

from schemas.errors import DoudiError

__all__ = [
    "DateOrderError",
    "DuplicateKeyError",
    "MissingKeyError",
    "NotInForceError",
    "ParameterError",
    "ParameterFileError",
    "ParameterTypeError",
    "ParameterValueError",
    "RuleDeclarationError",
    "RuleError",
    "ScenarioError",
    "UnknownKeyError",
]


class RuleError(DoudiError):
    """Base of the errors of this room."""


class ParameterError(RuleError):
    """Something about a parameter; the message begins with the file and the parameter."""

    def __init__(self, message: str, *, place: str | Path = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)


class ParameterFileError(ParameterError):
    """The file is not a YAML mapping of parameters."""


class DuplicateKeyError(ParameterError):
    """A key, or a parameter over all files, is given twice."""


class UnknownKeyError(ParameterError):
    """A key is not part of the form, or an overlay names a parameter that does not exist."""


class MissingKeyError(ParameterError):
    """A required key is absent or empty."""


class ParameterTypeError(ParameterError):
    """A value is not of the declared type."""


class ParameterValueError(ParameterError):
    """A value is outside its closed list or range."""


class DateOrderError(ParameterError):
    """Effective dates do not ascend."""


class NotInForceError(ParameterError):
    """No value is in force at the date asked for."""


class RuleDeclarationError(RuleError):
    """A rule module contradicts itself."""


class ScenarioError(RuleError):
    """A scenario file cannot be read as one."""
