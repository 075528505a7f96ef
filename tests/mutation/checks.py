"""What must notice a mutant: the officials' cases, then the tests that concern its module.

What belongs here: running the cases without computing anew what comes before the mutant, and the tests within this
process. What a case says and when it holds is settled by `editions.scenarios` alone.
"""

import importlib
import io
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

import polars as pl
import pytest

from tests.mutation.worlds import world

__all__ = ["Cases", "Target", "TimeIsUpError", "fails_anew", "with_tests", "within"]

_SECONDS = 60
_PLAIN = ("-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")
Tables = Mapping[str, pl.LazyFrame]


class TimeIsUpError(Exception):
    """A mutant that does not come to an end is noticed."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A module to be mutated: the stages that it takes part in, its rules, and the tests that concern it."""

    module: str
    stages: tuple[str, ...]
    rules: frozenset[str]
    tests: tuple[str, ...]

    @property
    def imported(self) -> tuple[str, ...]:
        """Modules that are imported before its cases and tests run."""
        files = dict.fromkeys(each.partition("::")[0] for each in self.tests)
        return ("rules.measures", "editions.scenarios", *(name.removesuffix(".py").replace("/", ".") for name in files))


@dataclass
class _Known:
    """What the unchanged code computes for one case: its facts, and by day the tables of stages and hits of rules."""

    facts: dict[str, pl.LazyFrame] = field(default_factory=dict)
    stages: dict[tuple[date, str], dict[str, pl.LazyFrame]] = field(default_factory=dict)
    hits: dict[tuple[date, str], pl.LazyFrame] = field(default_factory=dict)


class Cases:
    """All cases with what the unchanged code makes of them; those that notice most are asked first."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        with world(None):
            scenarios = importlib.import_module("editions.scenarios")
            self.scenarios: list[Any] = scenarios.load_scenarios()
            shipped = importlib.import_module("rules.parameters").load_parameters()
            for case in self.scenarios:
                known = self._known.setdefault(case.source, _Known())
                with _patched(known, None):
                    if not scenarios.run_scenario(case, shipped).passed:
                        raise AssertionError(f"case {case.source} does not hold without any mutant")

    def noticing(self, target: Target) -> str | None:
        """The first case that does not hold with the mutant that is in place, or cannot be computed."""
        if not target.stages:
            return None
        try:
            scenarios = importlib.import_module("editions.scenarios")
            shipped = importlib.import_module("rules.parameters").load_parameters()
        except Exception as error:  # noqa: BLE001  # a mutant may raise anything
            return f"import ({type(error).__name__})"
        for place, case in enumerate(self.scenarios):
            known = self._known[case.source]
            if _concerns(case, known, target) and not self._holds(scenarios, case, shipped, known, target):
                self.scenarios.insert(0, self.scenarios.pop(place))
                return str(case.source)
        return None

    @staticmethod
    def _holds(scenarios: Any, case: Any, shipped: Any, known: _Known, target: Target) -> bool:
        try:
            with _patched(known, target):
                result = scenarios.run_scenario(case, shipped)
            declared = importlib.import_module("rules").get_rule
            return result.passed and all(declared(rule).found(basis) for rule, basis in result.predicates)
        except Exception:  # noqa: BLE001  # a mutant may raise anything
            return False


def _concerns(case: Any, known: _Known, target: Target) -> bool:
    """Whether the case computes a stage of the target; of a target of warnings, one of its rules."""
    if {name for _, name in known.stages}.isdisjoint(target.stages):
        return False
    return target.stages != ("warnings",) or not case.warnings or not target.rules.isdisjoint(case.warnings)


@contextmanager
def _patched(known: _Known, target: Target | None) -> Iterator[None]:
    """The fresh modules with stages and rules remembered, or with those before `target` taken from memory."""
    names = ("editions.scenarios", "editions.hits", "editions.warnings")
    scenarios, hits, warnings = (cast("Any", importlib.import_module(name)) for name in names)
    held = [(scenarios, name, getattr(scenarios, name)) for name in ("run_stages", "frame_of")]
    held += [(each, "evaluate", each.evaluate) for each in (hits, warnings)]
    memory = _Memory(known, target, evaluate=hits.evaluate, frame_of=scenarios.frame_of)
    scenarios.run_stages, scenarios.frame_of = memory.run_stages, memory.frame_of
    hits.evaluate = warnings.evaluate = memory.evaluate
    try:
        yield
    finally:
        for module, name, value in held:
            setattr(module, name, value)


class _Memory:
    """Stands in for `run_stages` and its parts: computes what the mutant touches, and remembers the rest."""

    def __init__(
        self, known: _Known, target: Target | None, *, evaluate: Callable[..., Any], frame_of: Callable[..., Any]
    ) -> None:
        self._known, self._target = known, target
        self._evaluate, self._frame_of = evaluate, frame_of
        self._differs = target is None

    def frame_of(self, table: Any, rows: Any) -> pl.LazyFrame:
        """The facts of a case do not hang on the mutant."""
        if table.name not in self._known.facts:
            self._known.facts[table.name] = self._frame_of(table, rows)
        return self._known.facts[table.name]

    def run_stages(self, given: Any, stages: Iterable[Any], *, keep: object = None) -> dict[str, pl.LazyFrame]:
        """The stages of the target, and those after a table that differs, are computed; others are remembered."""
        whole, tables = given.complete(), dict(given.tables)
        for stage in stages:
            at = (given.as_of, stage.name)
            made = self._known.stages.get(at, {})
            if self._differs or self._target is None or stage.name in self._target.stages:
                made = {name: each.collect().lazy() for name, each in stage.run(replace(whole, tables=tables)).items()}
                self._differs = self._differs or not _equal(made, self._known.stages[at])
            if self._target is None:
                self._known.stages[at] = made
            tables.update(made)
        return tables

    def evaluate(self, rules: Iterable[Any], context: Any) -> pl.LazyFrame:
        """The rules of the target, and all over tables that differ, are evaluated; others are remembered."""
        parts = []
        for rule in rules:
            fresh = self._differs or self._target is None or rule.id in self._target.rules
            found = (
                self._evaluate([rule], context).collect().lazy() if fresh else self._known.hits[context.as_of, rule.id]
            )
            if self._target is None:
                self._known.hits[context.as_of, rule.id] = found
            parts.append(found)
        return pl.concat(parts)


def _equal(made: Tables, known: Tables) -> bool:
    pairs = [(each.collect(), known[name].collect()) for name, each in made.items()]
    return all(
        one.height == other.height and (one.is_empty() or one.sort(pl.all()).equals(other.sort(pl.all())))
        for one, other in pairs
    )


class _Loop:
    """In place of pytest's loop over the tests: hands `work` a function that runs them until one fails."""

    def __init__(self, work: Callable[[Callable[[], bool]], object]) -> None:
        self._work, self._failed = work, False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Whoever fails goes first the next time."""

        def fails() -> bool:
            for place, item in enumerate(session.items):
                self._failed = False
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
                if self._failed:
                    session.items.insert(0, session.items.pop(place))
                    return True
            return False

        self._work(fails)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure in setting up or taking down counts as well."""
        self._failed = self._failed or report.failed


def with_tests(tests: Iterable[str], work: Callable[[Callable[[], bool]], object]) -> None:
    """Collect `tests` (files, as pytest names them) once, and do `work` with a function that says whether one fails."""
    arguments = ["-q", "-s", "--no-header", *_PLAIN, *tests]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        ended = pytest.main(arguments, plugins=[_Loop(work)])
    if ended not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"pytest cannot run {' '.join(tests)}: {ended!r}")


def fails_anew(tests: Iterable[str]) -> bool:
    """Whether one of `tests` fails when all of them are imported anew."""
    arguments = ["-x", "-q", "--no-header", *_PLAIN, *tests]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        ended = pytest.main(arguments)
    if ended not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}:
        raise RuntimeError(f"pytest cannot run {' '.join(tests)}: {ended!r}")
    return ended is not pytest.ExitCode.OK


@contextmanager
def within(seconds: int = _SECONDS) -> Iterator[None]:
    """Raises `TimeIsUpError` when what is in it takes longer."""

    def _ring(*_: object) -> None:
        raise TimeIsUpError

    before = signal.signal(signal.SIGALRM, _ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
