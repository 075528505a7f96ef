"""Geometry of the one chart that the pages draw: stacked bars over the months."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.counts import Point

__all__ = ["HEIGHT", "WIDTH", "Bar", "bars"]

WIDTH, HEIGHT = 640, 220
_TOP, _BOTTOM = 26, 28
_WIDEST = 64
_FILLED = 0.7


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: where its two parts stand, in the units of the drawing."""

    label: str
    families: int
    x: float
    width: float
    extended_y: float
    extended_height: float
    registered_y: float
    registered_height: float

    @property
    def middle(self) -> float:
        """Where labels are centred."""
        return self.x + self.width / 2


def bars(points: Sequence[Point]) -> list[Bar]:
    """One bar a month; the tallest fills the drawing."""
    if not points:
        return []
    room = HEIGHT - _TOP - _BOTTOM
    tallest = max(1, *(each.families for each in points))
    step = WIDTH / len(points)
    width = min(_WIDEST, step * _FILLED)
    found = []
    for number, point in enumerate(points):
        registered = round(room * point.registered / tallest, 1)
        extended = round(room * point.extended / tallest, 1)
        floor = HEIGHT - _BOTTOM
        found.append(
            Bar(
                label=f"{point.as_of:%Y-%m}",
                families=point.families,
                x=round(step * number + (step - width) / 2, 1),
                width=round(width, 1),
                extended_y=round(floor - registered - extended, 1),
                extended_height=extended,
                registered_y=round(floor - registered, 1),
                registered_height=registered,
            )
        )
    return found
