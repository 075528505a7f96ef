"""How long something takes, and how the results are printed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

__all__ = ["Contest", "Result", "Run", "best_of", "contest"]


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
class Run:
    """How long a run took, and how long all processors together worked for it."""

    seconds: float
    worked: float


@dataclass(frozen=True, slots=True)
class Contest:
    """The runs of each contender, the first of whom is ours; `goals` are our time as a multiple of others'."""

    name: str
    rows: int
    runs: Mapping[str, tuple[Run, ...]]
    goals: Mapping[str, float]

    def __str__(self) -> str:
        """A line a contender: least, median and greatest time, and our medians as multiples of its medians."""
        ours = next(iter(self.runs.values()))
        lines = [f"{self.name}: {self.rows:,} rows; elapsed time and work of all processors, each min / median / max"]
        for name, runs in self.runs.items():
            elapsed, worked = [each.seconds for each in runs], [each.worked for each in runs]
            line = f"  {name}: {_spread(elapsed)}, work {_spread(worked)}"
            if name in self.goals:
                ratio = median(each.seconds for each in ours) / median(elapsed)
                work = median(each.worked for each in ours) / median(worked)
                line += f"; ours takes {ratio:.2f} times that (goal {self.goals[name]:g}), works {work:.2f} times that"
            lines.append(line)
        return "\n".join(lines)


def contest(
    name: str, rows: int, times: int, contenders: Mapping[str, Callable[[], object]], goals: Mapping[str, float]
) -> Contest:
    """Run the contenders in turn, several times, so that what else the machine does falls on all of them."""
    runs: dict[str, list[Run]] = {each: [] for each in contenders}
    for _ in range(times):
        for each, work in contenders.items():
            before = process_time()
            seconds = _seconds(work)
            runs[each].append(Run(seconds, process_time() - before))
    return Contest(name, rows, {each: tuple(held) for each, held in runs.items()}, goals)


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of several runs."""
    return min(_seconds(work) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _spread(values: list[float]) -> str:
    return f"{min(values):.2f} / {median(values):.2f} / {max(values):.2f} s"
