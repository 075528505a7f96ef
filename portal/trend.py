"""Geometry of the small chart on a receipt: accepted rows as bars, the share to mend as figures above them."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.receipts import TrendPoint

__all__ = ["HEIGHT", "WIDTH", "TrendBar", "trend_bars"]

WIDTH, HEIGHT = 640, 160
_TOP, _BOTTOM = 22, 24
_WIDEST = 48
_FILLED = 0.7


@dataclass(frozen=True, slots=True)
class TrendBar:
    """One month, in the units of the drawing."""

    point: TrendPoint
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where labels are centred."""
        return self.x + self.width / 2


def trend_bars(points: Sequence[TrendPoint]) -> list[TrendBar]:
    """One bar a month; the tallest fills the drawing."""
    if not points:
        return []
    tallest = max(1, *(each.rows for each in points))
    step = WIDTH / len(points)
    width = min(_WIDEST, step * _FILLED)
    bars = []
    for number, point in enumerate(points):
        height = round((HEIGHT - _TOP - _BOTTOM) * point.rows / tallest, 1)
        x = round(step * number + (step - width) / 2, 1)
        bars.append(TrendBar(point, x, round(HEIGHT - _BOTTOM - height, 1), round(width, 1), height))
    return bars
