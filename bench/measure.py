"""How long something takes, and how the results are printed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Result", "best_of"]


@dataclass(frozen=True, slots=True)
class Result:
    """Two times over the same data: ours, and the baseline that does as little as possible."""

    name: str
    rows: int
    ours: float
    baseline: float
    baseline_name: str

    def __str__(self) -> str:
        """One line: both times and the ratio, which is what compares between machines."""
        return (
            f"{self.name}: {self.rows:,} rows, {self.ours:.2f} s; {self.baseline_name} {self.baseline:.2f} s; "
            f"ratio {self.ours / self.baseline:.1f}"
        )


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of several runs."""
    return min(_seconds(work) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
