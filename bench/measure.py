"""How long something takes, and how the results are printed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

__all__ = ["Contest", "Result", "best_of", "contest"]


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


@dataclass(frozen=True, slots=True)
class Contest:
    """Seconds of each run of each contender, the first of whom is ours."""

    name: str
    rows: int
    seconds: Mapping[str, tuple[float, ...]]

    def __str__(self) -> str:
        """A line a contender: least, median and greatest time, and our median as a multiple of its median."""
        ours = median(next(iter(self.seconds.values())))
        lines = [f"{self.name}: {self.rows:,} rows"]
        for name, runs in self.seconds.items():
            times = f"{min(runs):.2f} / {median(runs):.2f} / {max(runs):.2f} s"
            lines.append(f"  {name}: {times} (min / median / max); ours takes {ours / median(runs):.2f} times that")
        return "\n".join(lines)


def contest(name: str, rows: int, times: int, contenders: Mapping[str, Callable[[], object]]) -> Contest:
    """Run the contenders in turn, several times, so that what else the machine does falls on all of them."""
    seconds: dict[str, list[float]] = {each: [] for each in contenders}
    for _ in range(times):
        for each, work in contenders.items():
            seconds[each].append(_seconds(work))
    return Contest(name, rows, {each: tuple(runs) for each, runs in seconds.items()})


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of several runs."""
    return min(_seconds(work) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
