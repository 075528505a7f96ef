"""Showing that something is being done.

What belongs here: `Progress`, on a terminal a bar, elsewhere one line a phase. What is done stands with the caller.
"""

from time import perf_counter
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

__all__ = ["Bar", "Progress", "Silent"]


class Progress(Protocol):
    """Told which phase begins with how many steps, and each step."""

    def begin(self, phase: str, steps: int | None = None) -> None:
        """A phase begins; `steps` is how many will follow, if that is known."""

    def step(self, what: str) -> None:
        """One step begins; `what` says which in a few words, without data."""


class Silent:
    """Shows nothing."""

    def begin(self, phase: str, steps: int | None = None) -> None:
        """A phase begins."""

    def step(self, what: str) -> None:
        """One step begins."""


class Bar:
    """A bar a phase on a terminal; without one, a line when a phase ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[what]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._phase, self._since, self._steps = "", 0.0, 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._bar.stop()

    def begin(self, phase: str, steps: int | None = None) -> None:
        """A phase begins; the one before it has ended."""
        self._end()
        self._phase, self._since, self._steps = phase, perf_counter(), 0
        self._task = self._bar.add_task(phase, total=steps, what="")

    def step(self, what: str) -> None:
        """One step begins."""
        if self._task is not None:
            self._bar.update(self._task, completed=self._steps, what=what)
        self._steps += 1

    def _end(self) -> None:
        if self._task is None:
            return
        self._bar.update(self._task, total=self._steps or 1, completed=self._steps or 1, what="")
        if not self._console.is_terminal:
            seconds = perf_counter() - self._since
            self._console.print(f"{self._phase}: {self._steps} steps, {seconds:.1f} s")
        self._task = None
