"""What a local overlay changes: by parameter and date, the value of the installation beside the shipped one.

What belongs here: comparing the two. Which files an overlay is read from stands in `loader`.
"""

from dataclasses import dataclass
from datetime import date

from rules.parameters.loader import load_parameters
from rules.parameters.model import DatedValue, Parameter, Parameters, ParameterValue

__all__ = ["Overlaid", "overlaid_values", "plain"]


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A value that holds here from `since`, and the shipped one of that day: None where none was in force yet."""

    parameter: str
    title: str
    since: date
    value: ParameterValue
    shipped: ParameterValue | None
    citation: str

    def as_plain(self) -> dict[str, object]:
        """As JSON gives it back, for the manifest of an edition."""
        return {
            "parameter": self.parameter,
            "since": self.since.isoformat(),
            "value": plain(self.value),
            "shipped": plain(self.shipped),
            "citation": self.citation,
        }

    @property
    def differs(self) -> bool:
        """Whether the value is another than the shipped one; otherwise only what is said of it is."""
        return self.value != self.shipped


def overlaid_values(parameters: Parameters) -> tuple[Overlaid, ...]:
    """By parameter, each date from which the value differs from the shipped one; one that never does has its first.

    A date is one on which the value of the installation or the shipped value changes.
    """
    shipped = load_parameters()
    return tuple(
        row for name in parameters.overlaid for row in _compared(parameters.by_name[name], shipped.by_name[name])
    )


def plain(value: ParameterValue | None) -> object:
    """`value` as JSON gives it back: lists in place of tuples."""
    if isinstance(value, tuple):
        return [list(each) if isinstance(each, tuple) else each for each in value]
    return value


def _compared(own: Parameter, shipped: Parameter) -> list[Overlaid]:
    days = sorted({each.since for each in (*own.values, *shipped.values)})
    pairs = [(day, _on(own, day), _on(shipped, day)) for day in days]
    rows = [
        Overlaid(own.name, own.title, day, held.value, None if other is None else other.value, held.citation)
        for day, held, other in pairs
        if held is not None
    ]
    return [each for each in rows if each.differs] or rows[:1]


def _on(parameter: Parameter, day: date) -> DatedValue | None:
    return parameter.at(day) if parameter.values[0].since <= day else None
